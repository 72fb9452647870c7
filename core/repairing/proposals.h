#pragma once

#include "core/catalogue/catalogue.h"
#include "core/eval/regions.h"
#include "core/uq/repairs/repaired_method.h"

#include <string>
#include <vector>

namespace penumbra::workflow {

/// A repair that fits what is to be mended, and why.
struct RepairProposal {
    std::string by, where;            ///< as the verb repair takes them
    std::vector<std::string> methods; ///< that can be repaired so, of those wanted
    /// Shown on the test galaxies that the search for regions held back: the groups were found on the others.
    bool heldBack = false;
    std::string title;  ///< "calibrated inside and outside a subset"
    std::string reason; ///< why it fits, one sentence
    const uq::RepairInfo& info() const;
};

/// The fitting ones, best first, and sentences on what does not fit.
struct RepairProposals {
    std::vector<RepairProposal> fitting;
    std::vector<std::string> unfit;
};

/// For a region that a search found. @param name it is to have @param methods that are to be repaired
/// @param others further regions of the same method are confirmed @param catalogue null: the study stands
/// alone
RepairProposals proposalsForRegion(const Region& region, const std::string& name,
                                   const std::vector<std::string>& methods, bool others,
                                   const Catalogue* catalogue);
/// For named galaxies. @param where what they are by columns of the catalogue; empty: galaxies picked one by
/// one
RepairProposals proposalsForSubset(const std::string& name, const std::string& where,
                                   const std::vector<std::string>& methods);
/// For bins of columns of the catalogue, "prediction" or "width".
RepairProposals proposalsForColumns(const std::vector<std::string>& columns,
                                    const std::vector<std::string>& methods);
/// For other galaxies than the calibration galaxies. @param path of their catalogue; empty: the study's test
/// galaxies
RepairProposals proposalsForSample(const std::string& path, const std::vector<std::string>& methods);
/// For whole methods: what mends them for all galaxies alike.
RepairProposals proposalsForMethods(const std::vector<std::string>& methods);

} // namespace penumbra::workflow
