#pragma once

// Internal: sees torch.
#include "core/heads/dropout_network.h"
#include "core/heads/parameters.h"
#include "core/heads/row_blocks.h"
#include "core/heads/scaling.h"
#include "core/heads/trainer.h"

namespace penumbra::heads {

struct TrainedNetworks::Impl {
    std::vector<NetworkSpec> specs; ///< labels are empty
    NetworkShape shape;
    InputScaling inputScaling;
    std::vector<LabelScaling> labelScalings;
    Parameters weights; ///< all networks, on the CPU

    void checkInputs(const MatrixF& inputs) const; ///< @throws Error for another number of columns
    void checkNetwork(std::size_t network) const;  ///< @throws Error for an index past the end

    static std::shared_ptr<const Impl> fromArrays(std::vector<NetworkSpec> specs,
                                                  std::span<const NamedArray> arrays);
    // As of TrainedNetworks, with a plan of one's own; arguments are not checked.
    MatrixD predict(const MatrixF& inputs, const BlockPlan& plan, const RunContext& context,
                    const std::vector<bool>& wanted = {}) const;
    MatrixF hidden(std::size_t network, const MatrixF& inputs, const BlockPlan& plan,
                   const RunContext& context) const;
    DropoutTask dropoutTask(std::size_t network, const DropoutMask& mask, int passes) const;
};

/// "inputs/mean", "inputs/inverse_std", "labels/shift", "labels/scale" and, with all their digits,
/// "labels/exact".
void appendScalings(const InputScaling& inputs, std::span<const LabelScaling> labels,
                    std::vector<NamedArray>& arrays);

} // namespace penumbra::heads
