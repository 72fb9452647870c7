#pragma once

#include "core/eval/stability.h"
#include "core/eval/study.h"
#include "core/workflow/command.h"

namespace penumbra::workflow {

struct StabilityOptions {
    std::vector<std::string> targets = {}; ///< empty: all
    std::vector<std::string> methods = {}; ///< empty: all
    int repeats = 1000;                    ///< re-splits, and bootstrap samples
    int slowRepeats =
        0; ///< of methods that must be calibrated anew for each galaxy (LC...); 0: what time allows
    std::uint64_t seed = 0;
};

/// How much the study's numbers would change with another draw of the galaxies, nothing trained again: the
/// labelled held-out galaxies are split anew into calibration and test sets of the same sizes, and the test
/// galaxies are resampled. Methods whose interval is centre -/+ q times a width of the galaxy's own are
/// recognised as such and cost O(n) a repeat; all others are calibrated by UqMethod::intervals each time.
/// @throws Error when the study holds no signals to calibrate from.
Stability repeatSplits(const Study& study, const StabilityOptions& options, const RunContext& context);

/// penumbra-cli stability
void describeStabilityOptions(OptionSet& options);
CommandResult runStability(const OptionSet& options, const Services& services, RunContext& context);

} // namespace penumbra::workflow
