#pragma once

#include "core/base/run_context.h"
#include "core/eval/study.h"
#include "core/study/options.h"
#include "core/uq/uq_method.h"

namespace penumbra::workflow {

/// What drawing the calibration rows of one method anew needs; null for methods that are no function of one
/// order statistic.
std::shared_ptr<const CalibrationPart> calibrationPartOf(const uq::UqMethod& method,
                                                         const uq::Evidence& evidence, double alpha,
                                                         double trainedAlpha, const OptionSet& options);
/// The same, kept by the target. Methods that are no function of one order
/// statistic (LC, LCMAD) keep what addLocalDraws gave them; without, what is said of them holds for this
/// calibration set.
void addCalibrationPart(TargetStudy& target, const uq::UqMethod& method, const uq::Evidence& evidence,
                        double alpha, double trainedAlpha, const OptionSet& options);

/// For all methods and targets of a study as its file holds it, at its alpha; nothing for a study without
/// signals.
void addCalibrationParts(Study& study);

/// Makes the brackets of marginal and stratified scores (not those by bins) hold for this calibration set, or
/// for any: those of a file may be of the other kind.
void setBrackets(Study& study, const Scoring& scoring, const RunContext& context);

} // namespace penumbra::workflow
