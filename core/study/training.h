#pragma once

#include "core/session/study_file.h"
#include "core/study/plan.h"

#include <functional>

namespace penumbra::workflow {

/// What training leaves behind besides the signals.
struct TrainingOutcome {
    std::vector<TrainingPoint> curves;
    std::vector<session::StoredArray> networks; ///< heads, quantile networks, members; residual nets; kernels
    std::vector<KernelFacts> kernels;
    std::vector<PrecisionCheck> checks; ///< with --check: of metric learning
    std::vector<std::map<std::string, MatrixD>>
        referenceKernels;           ///< with --check, a target: signal -> values
    std::vector<std::string> notes; ///< findings in words
};

/// Called from the worker now and then with all curve points so far.
using CurveListener = std::function<void(const std::vector<TrainingPoint>&)>;

/// Trains every network the plan's signals want: all of the head's shape in one pass, then the residual nets
/// (which learn from the heads' errors) and the metrics of the local methods, and fills the signals of the
/// held-out rows of all targets.
TrainingOutcome trainAndFillSignals(const Catalogue& catalogue, StudyPlan& plan, const RunContext& context,
                                    const CurveListener& listener);

/// HeldOut::residualFloor of every target from its calibration rows, where no residual nets were trained
/// whose training set it. Nothing with floors absolute.
void setResidualFloorsByCalibration(const StudyPlan& plan, std::vector<TargetStudy>& targets);

} // namespace penumbra::workflow
