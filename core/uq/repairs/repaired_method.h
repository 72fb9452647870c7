#pragma once

#include "core/uq/uq_method.h"

#include <optional>
#include <string>
#include <vector>

namespace penumbra::uq {

/// How a method is calibrated anew from signals that are already there; nothing is trained.
enum class RepairKind {
    Mondrian,    ///< bins of a column, each by itself: "MADSplit+mondrian(z)"
    Subset,      ///< inside and outside a named subset, each by itself: "CQR+subset(faint)"
    Conditional, ///< overlapping groups: "CQR+conditional(z&mag_err)"
    Region,      ///< overlapping groups: the regions found to be covered too little: "CQR+region"
    Shift,       ///< weights towards another population: "CQR+shift" (the test galaxies), "CQR+shift(deep)"
    Asymmetric,  ///< each end by itself: "MADSplit+asymmetric"
    Ratio,       ///< CQR-r: "CQR+ratio"
    Median,      ///< CQR-m: "CQR+median"
    Split,       ///< a method that was never calibrated: "DeepEnsembles+split"
    Localised,   ///< RLCP in a learned metric: "MADSplit+rlcp(net)"
};

/// What a repair does and promises; a line of the table of repairs.
struct RepairInfo {
    RepairKind kind;
    const char* word;      ///< in ids and on the command line: "mondrian"
    const char* argument;  ///< what stands in brackets, for --help; "" where nothing does
    const char* title;     ///< "calibrated in groups"
    const char* oneLine;   ///< what it does
    const char* promises;  ///< one sentence
    const char* doesNot;   ///< what it does not promise, one sentence
    const char* reference; ///< paper
    bool conformal;        ///< has a finite-sample guarantee on average over all galaxies
    bool isStored;         ///< needs a signal of its own
};
std::span<const RepairInfo> allRepairs();
const RepairInfo& repairInfo(RepairKind kind);
const RepairInfo& findRepair(const std::string& word); ///< @throws UsageError listing the words

/// A repaired method's id, taken apart: base method, repair, what stands in brackets.
struct RepairedId {
    std::string base;
    RepairKind kind = RepairKind::Mondrian;
    std::string argument;
    std::string text() const; ///< "MADSplit+mondrian(z)"
};
/// Nothing for an id that is none of a repaired method's.
std::optional<RepairedId> parseRepairedId(const std::string& id);
/// Of rlcp: the coordinates that tell how alike two galaxies are.
Signal localisingKernel(const RepairedId& id);
/// Of rlcp: effective calibration galaxies that half of the galaxies have at least.
inline constexpr double localisedEffectiveRows = 150.0;
inline bool isRepaired(const std::string& id) {
    return parseRepairedId(id).has_value();
}

/// The signal that holds a repair's groups, basis or weights: "repair_mondrian(z)"; that of regions belongs
/// to the method as well.
Signal repairSignal(const RepairedId& id);

/// The repaired method of this id; kept for the life of the program. @throws UsageError for a base or repair
/// that is not there, or a base that cannot be repaired so
const UqMethod& repairedMethod(const RepairedId& id);

/// Why this method cannot be repaired so; "" where it can.
std::string whyNotRepairable(const UqMethod& base, RepairKind kind);

} // namespace penumbra::uq
