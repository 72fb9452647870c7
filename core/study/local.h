#pragma once

#include "core/base/option_set.h"
#include "core/base/run_context.h"
#include "core/eval/study.h"
#include "core/uq/uq_method.h"

namespace penumbra::workflow {

/// Quantiles of the study's local methods (LC, LCMAD) at alpha = 0.01 ... 0.99 and the study's own, one pass
/// over each kernel for all of them: fills target.local.
void fillLocalGrids(TargetStudy& target, const std::vector<std::string>& methods, double alpha,
                    const OptionSet& options, const RunContext& context);

/// Whether a method has a grid that holds this alpha.
bool knowsQuantilesAt(const TargetStudy& target, const std::string& method, double alpha);
/// The intervals of a method at an alpha that its grid holds; null if it has none or not this alpha.
std::unique_ptr<Prediction> predictionFromGrid(const TargetStudy& target, const uq::UqMethod& method,
                                               const uq::Evidence& evidence, double alpha);

/// Local methods with more than 1 % infinite intervals: how many, why, and what would help.
std::vector<std::string> infiniteLocalNotes(const Study& study);

} // namespace penumbra::workflow
