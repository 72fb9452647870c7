#pragma once

#include "core/report/table_spec.h"

#include <memory>

namespace penumbra::report {

/// The study with this target alone; tables look at no more.
std::shared_ptr<const Study> onlyTarget(const Study& study, const std::string& target);

/// A run under the name that the user gave it.
struct NamedStudy {
    std::string name;
    std::shared_ptr<const Study> study;
};
/// Scores of one target in several runs, beside each other: methods as groups, a line a run, every number
/// with its interval and its own run's strata. What makes runs hard to compare stands in the footnotes.
/// @param runs at one alpha; those without the target are left out and told
TableSpec runsTable(std::span<const NamedStudy> runs, const std::string& target,
                    const std::string& convention = "all", const RunContext& context = {});

/// What tells the runs apart: of each the options, written "epochs 500", that not all have alike. Machine,
/// targets and methods aside.
std::vector<std::string> optionDifferences(std::span<const NamedStudy> runs);

} // namespace penumbra::report
