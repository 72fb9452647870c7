#pragma once

#include "core/lvd/metric_learning.h"

namespace penumbra::lvd {

/// Iterations of metric learning on tensors, on context.device ("cuda", or "cpu"), in options.precision. The
/// rows lie on the device; per iteration only A, the losses and the gradient cross over. Agrees with lvd's
/// own loops to rounding (spec/lvd.md g), and with itself from run to run on a CPU.
/// @throws Error if the device is not to be had or its memory does not hold the rows.
StepMaker tensorSteps();

} // namespace penumbra::lvd
