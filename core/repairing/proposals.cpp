#include "core/repairing/proposals.h"

#include "core/base/text.h"
#include "core/study/region_search.h"

#include <algorithm>

namespace penumbra::workflow {

namespace {

using Kind = uq::RepairKind;

/// Adds a repair for those methods that can have it; why the others cannot is told once.
void propose(RepairProposals& proposals, Kind kind, const std::string& by, const std::string& where,
             const std::vector<std::string>& methods, const std::string& reason, bool heldBack = false) {
    RepairProposal proposal{by, where, {}, heldBack, uq::repairInfo(kind).title, reason};
    for (const std::string& method : methods) {
        const std::string why = uq::whyNotRepairable(uq::findMethod(method), kind);
        if (why.empty()) {
            proposal.methods.push_back(method);
            continue;
        }
        const std::string sentence = method + ": " + why + ".";
        if (std::find(proposals.unfit.begin(), proposals.unfit.end(), sentence) == proposals.unfit.end())
            proposals.unfit.push_back(sentence);
    }
    if (!proposal.methods.empty())
        proposals.fitting.push_back(std::move(proposal));
}

/// Where none was ever calibrated that comes first.
void proposeSplit(RepairProposals& proposals, const std::vector<std::string>& methods) {
    std::vector<std::string> raw;
    for (const std::string& method : methods)
        if (uq::whyNotRepairable(uq::findMethod(method), Kind::Split).empty())
            raw.push_back(method);
    if (!raw.empty())
        propose(proposals, Kind::Split, "split", "", raw,
                joinText(raw, ", ") + (raw.size() == 1 ? " was" : " were") +
                    " never calibrated: that comes first, and is all that is missing in many cases.");
}

std::vector<std::string> columnsOf(const Region& region) {
    std::vector<std::string> columns;
    for (const NamedCondition& condition : region.conditions)
        if (std::find(columns.begin(), columns.end(), condition.column) == columns.end())
            columns.push_back(condition.column);
    return columns;
}

/// Bins of one column, or of several at once.
void proposeBins(RepairProposals& proposals, const std::vector<std::string>& columns,
                 const std::vector<std::string>& methods, const std::string& reason, bool heldBack) {
    if (columns.size() == 1)
        propose(proposals, Kind::Mondrian, "mondrian:" + columns.front(), "", methods, reason, heldBack);
    else
        propose(proposals, Kind::Conditional, "conditional:" + joinText(columns, ","), "", methods, reason,
                heldBack);
}

} // namespace

const uq::RepairInfo& RepairProposal::info() const {
    return uq::findRepair(by.substr(0, by.find(':')));
}

RepairProposals proposalsForRegion(const Region& region, const std::string& name,
                                   const std::vector<std::string>& methods, bool others,
                                   const Catalogue* catalogue) {
    RepairProposals proposals;
    const std::vector<std::string> columns = columnsOf(region);
    const std::string where = catalogue != nullptr ? whereOf(region, catalogue) : std::string();
    if (!where.empty())
        propose(proposals, Kind::Subset, "subset:" + name, where, methods,
                "Of every galaxy it is known whether it lies in the region, so those inside can have a "
                "threshold of their own.",
                true);
    else
        proposals.unfit.push_back(
            "Inside and outside the region cannot be calibrated apart: it is described by what the study "
            "predicts, or by single features, not by columns of the catalogue.");
    if (std::none_of(columns.begin(), columns.end(),
                     [](const std::string& column) { return column.ends_with("]"); }))
        proposeBins(proposals, columns, methods,
                    "The edges of a region that was searched for are uncertain: bins of " +
                        joinText(columns, " and ") + " mend what lies beside it, too.",
                    true);
    if (others)
        propose(proposals, Kind::Region, "region", "", methods,
                "All regions that a search through every column confirms are mended at once, however they "
                "overlap.");
    proposeSplit(proposals, methods);
    return proposals;
}

RepairProposals proposalsForSubset(const std::string& name, const std::string& where,
                                   const std::vector<std::string>& methods) {
    RepairProposals proposals;
    if (where.empty())
        proposals.unfit.push_back(
            "'" + name +
            "' is a list of test galaxies: nothing says which calibration galaxies belong to it. "
            "Name galaxies by an expression over columns of the catalogue instead.");
    else
        propose(proposals, Kind::Subset, "subset:" + name, where, methods,
                "Of every galaxy it is known whether it is in '" + name +
                    "', so those inside can have a threshold of their own.");
    proposeSplit(proposals, methods);
    return proposals;
}

RepairProposals proposalsForColumns(const std::vector<std::string>& columns,
                                    const std::vector<std::string>& methods) {
    RepairProposals proposals;
    if (columns.empty()) {
        proposals.unfit.emplace_back("Name a column of the catalogue, or several.");
        return proposals;
    }
    proposeBins(proposals, columns, methods,
                columns.size() == 1
                    ? "Every bin of " + columns.front() + " gets a threshold of its own."
                    : "Bins of " + joinText(columns, " and ") +
                          " overlap; all of them are held at once, with fewer thresholds than all their "
                          "crossings would need.",
                false);
    proposeSplit(proposals, methods);
    return proposals;
}

RepairProposals proposalsForSample(const std::string& path, const std::vector<std::string>& methods) {
    RepairProposals proposals;
    propose(proposals, Kind::Shift, path.empty() ? "shift" : "shift:" + path, "", methods,
            path.empty()
                ? "The test galaxies may be another population than the calibration galaxies: these "
                  "are weighted to look like those."
                : "These galaxies may be another population than the calibration galaxies: those are "
                  "weighted to look like these. It is refused where too few would count.");
    proposeSplit(proposals, methods);
    return proposals;
}

RepairProposals proposalsForMethods(const std::vector<std::string>& methods) {
    RepairProposals proposals;
    proposeSplit(proposals, methods);
    propose(proposals, Kind::Asymmetric, "asymmetric", "", methods,
            "Where misses lie mostly on one side, each end gets a threshold of its own.");
    propose(proposals, Kind::Ratio, "ratio", "", methods,
            "Where quantiles lie at very different distances, their ends move in proportion.");
    propose(
        proposals, Kind::Median, "median", "", methods,
        "Where intervals are lopsided, each end moves in proportion to its distance from the prediction.");
    propose(proposals, Kind::Localised, "rlcp", "", methods,
            "Calibration galaxies that are alike in the learned metric count more, and the guarantee on "
            "average stays.");
    return proposals;
}

} // namespace penumbra::workflow
