#pragma once

// Internal: sees torch.
#include "core/heads/dropout_mask.h"
#include "core/heads/parameters.h"
#include "core/heads/scaling.h"

#include <functional>

namespace penumbra::heads {

/// One network, and how it is to be dropped from.
struct DropoutTask {
    NetworkShape shape;
    Parameters weights; ///< of this network alone
    LabelScaling label;
    DropoutMask mask;
    int passes = 0;
};

/// Forward passes of one network with masks on its hidden activations, in buffers that are reused.
class DropoutNetwork {
public:
    DropoutNetwork(const DropoutTask& task, std::int64_t maxRows, at::Device device);
    /// The first layer, alike in all passes. @param inputs [rows, D] standardised
    void begin(const at::Tensor& inputs);
    /// @param mask of a hidden layer, [rows, units]
    /// @returns outputs in standardised units, [rows, 1], valid until the next pass
    at::Tensor pass(const std::function<at::Tensor(std::size_t layer)>& mask);

private:
    NetworkShape shape_;
    std::int64_t rows_ = 0;
    std::vector<at::Tensor> weightTransposed_, bias_;
    std::vector<at::Tensor> after_; ///< a layer: activations, then dropped from; at last the outputs
    at::Tensor firstActivation_, beforeOutput_;
};

} // namespace penumbra::heads
