#pragma once

#include "core/base/run_context.h"
#include "core/eval/study.h"

namespace penumbra::workflow {

/// Takes the local quantiles of one target and space in double, on the study's own metric and on that learned
/// in double, and completes `check` with their differences from the fast path, at every alpha of the grid.
/// @param referenceKernel the projected held-out rows of the target, in double
void checkLocalQuantiles(PrecisionCheck& check, const TargetStudy& target, const MatrixD& referenceKernel,
                         const RunContext& context);

std::string checkInWords(const PrecisionCheck& check);

} // namespace penumbra::workflow
