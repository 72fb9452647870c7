#pragma once

#include "core/base/option_set.h"
#include "core/base/run_context.h"
#include "core/eval/study.h"
#include "core/uq/uq_method.h"

#include <string>

namespace penumbra::workflow {

/// How a study's methods are calibrated.
struct Calibrating {
    double alpha = 0.1, trainedAlpha = 0.1;
    Ends ends = Ends::Closed;
    const OptionSet& options;
};

/// The intervals of one method, from the signals of the held-out rows.
Prediction intervalsOf(const TargetStudy& target, const uq::Evidence& evidence, const uq::UqMethod& method,
                       const Calibrating& how, const RunContext& context);
/// Appends them on all targets, at study.alpha, with what drawing their calibration rows anew needs.
void addIntervals(Study& study, const std::string& id, const OptionSet& options, const RunContext& context);
/// Gives those of all methods to targets that have none: targets and methods side by side.
void addAllIntervals(Study& study, const Calibrating& how, const RunContext& context);

} // namespace penumbra::workflow
