#pragma once

// Internal: sees torch.
#include "core/base/run_context.h"
#include "core/heads/network.h"
#include "core/heads/scaling.h"
#include "core/nn/tensors.h"

#include <functional>
#include <string>

namespace penumbra::heads {

/// Where rows are computed, and how much at once.
struct BlockPlan {
    at::Device device = at::kCPU;
    std::int64_t rows = 512;   ///< in a block
    std::int64_t networks = 1; ///< together
};

constexpr std::int64_t mostRowsPerBlock = 16384; ///< off the CPU; more is no quicker, but slower to stop

/// Rows of the largest block that workers get.
std::int64_t largestBlock(const BlockPlan& plan, const MatrixF& inputs);

/// For forward passes of this many networks. CPU: few, for the caches. Elsewhere every launch and every copy
/// to the host is a wait: as many as fit some 512 MiB.
BlockPlan planForward(const NetworkShape& shape, std::int64_t networks, at::Device device);

/// Computes with rows from..from+count. @param inputs [count, D] standardised, on the plan's device; on the
/// CPU always [plan.rows, D], what lies beyond `count` being of no interest: products of one shape give a row
/// the same bits wherever it stands, so that a galaxy gets the same prediction in any company.
using BlockWorker = std::function<void(std::int64_t from, std::int64_t count, const at::Tensor& inputs)>;

/// Runs workers over all blocks of rows. CPU: one on each of the context's threads. Elsewhere: one, which the
/// threads supply with standardised rows.
void forBlocks(const InputScaling& scaling, const MatrixF& inputs, const BlockPlan& plan,
               const RunContext& context, const std::string& doing,
               const std::function<BlockWorker()>& makeWorker);

} // namespace penumbra::heads
