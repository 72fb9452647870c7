#pragma once

#include "core/repairing/groups.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// One group before and after.
struct GroupComparison {
    std::string name;                ///< "all" for all galaxies
    std::size_t calibrationRows = 0; ///< in the group
    std::size_t n = 0; ///< labelled test galaxies in the group that the choice of groups did not see
    struct Side {
        double coverage = 0.0;
        Interval bracket;       ///< 95 %, Clopper-Pearson
        double meanWidth = 0.0; ///< of those finite before and after
        std::size_t infinite = 0;
    } before, after;
    Interval perfect; ///< central 95 % of what an exact method calibrated on the group's rows covers of n
};

/// One method before and after its repair.
struct RepairComparison {
    std::string target, unit, method, repaired;
    uq::RepairKind kind = uq::RepairKind::Mondrian;
    double alpha = 0.1;
    bool heldBackOnly = false; ///< n counts the half of the test galaxies that the search did not see
    /// Coverage of the galaxies aimed at, estimated on the test galaxies by their weights; NaN without
    /// weights.
    double aimedBefore = std::numeric_limits<double>::quiet_NaN(),
           aimedAfter = std::numeric_limits<double>::quiet_NaN();
    std::vector<GroupComparison> groups; ///< all galaxies first
    std::vector<std::string> notes;
};

RepairComparison compareRepair(const TargetStudy& target, const std::string& method,
                               const std::string& repaired, const RepairSignal& signal);
/// Before and after, a group a line.
std::string inWords(const RepairComparison& comparison);
/// What a repair promises, and what not.
std::string promiseOf(uq::RepairKind kind);
nlohmann::json toJson(const RepairComparison& comparison);

} // namespace penumbra::workflow
