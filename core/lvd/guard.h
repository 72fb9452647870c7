#pragma once

#include "core/lvd/learned_kernel.h"

namespace penumbra::lvd {

struct GuardOptions {
    double alpha = 0.1;              ///< of the study
    double share = 0.01;             ///< of the held-out rows that may be infinite
    std::size_t calibrationRows = 0; ///< of the study: the held-out kernel mass is scaled to so many
};

struct GuardReport {
    double scale = 1.0; ///< of projected rows: 1 leaves the kernel as it was, 0.5 makes it twice as wide
    double shareBefore = 0.0; ///< of held-out rows whose interval would be infinite
    double shareAfter = 0.0;
    std::size_t heldOutRows = 0;
    bool reached = true; ///< false: too few calibration rows for this alpha, whatever the width
};

/// How much the kernel must be widened so that at most `share` of rows that it has not seen would get an
/// infinite interval. A kernel can overfit its training rows until no calibration row is near (spec/lvd.md
/// f.6); this looks at training rows held out of metric learning only, so validity is untouched.
/// @param heldOut [H, d] rows kept from metric learning, projected; queries and neighbours are both from it,
/// their mass scaled by calibrationRows / (H - 1).
GuardReport guardScale(const MatrixD& heldOut, const GuardOptions& options, const RunContext& context);

} // namespace penumbra::lvd
