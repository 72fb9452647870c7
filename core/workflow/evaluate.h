#pragma once

#include "core/workflow/command.h"

namespace penumbra::workflow {

/// Metrics of a study at any alpha, on any subset, by any column; or of intervals made elsewhere.
void describeEvaluateOptions(OptionSet& options);
CommandResult runEvaluate(const OptionSet& options, const Services& services, RunContext& context);

/// Which columns of which table hold intervals made elsewhere.
struct IntervalColumns {
    std::string table, lower, upper, truth, mean;
    bool meanGiven = false; ///< else the column is used where it is there
    std::vector<double> alphas;
};
IntervalColumns intervalColumns(const OptionSet& options);

/// A table with columns lower, upper, truth (and mean) as a study of one target and one method.
Study studyFromIntervals(const OptionSet& options, const RunContext& context);

} // namespace penumbra::workflow
