#pragma once

// Internal: sees torch.
#include "core/heads/dropout_network.h"
#include "core/heads/row_blocks.h"
#include "core/heads/trainer.h"

namespace penumbra::heads {

/// As many rows as fit some 256 MiB.
BlockPlan planDeviceDropout(const NetworkShape& shape, at::Device device);

/// MC dropout for GPUs: masks by tensor arithmetic, the mean and spread of the passes kept on the device in
/// double, one copy to the host a block. Same masks as on the CPU: the results differ by rounding only. Runs
/// on any device.
TrainedNetworks::DropoutResult deviceDropout(const DropoutTask& task, const InputScaling& scaling,
                                             const MatrixF& inputs, std::span<const std::uint64_t> keys,
                                             const BlockPlan& plan, const RunContext& context);

} // namespace penumbra::heads
