#pragma once

// Internal: sees torch.
#include "core/heads/network.h"
#include "core/nn/tensors.h"

#include <span>

namespace penumbra::heads {

/// Squared error or pinball, network by network, of a group of networks. Labels that are NaN weigh nothing.
class LossTerms {
public:
    /// @param maxRows largest call to come; the buffers stay where they are
    LossTerms(std::span<const NetworkSpec> networks, std::int64_t maxRows, at::Device device);

    /// @param outputs, labels [networks, rows] in standardised units
    /// @returns derivative of each row's loss by its output, 0 without label [networks, rows]; call lossSum
    /// next
    const at::Tensor& slope(const at::Tensor& outputs, const at::Tensor& labels);
    /// Sum of the rows' losses of the last call, [networks], double.
    at::Tensor lossSum() const;
    std::int64_t maxRows() const { return maxRows_; }

private:
    std::int64_t maxRows_;
    bool anySquared_ = false;
    bool anyPinball_ = false;
    at::Tensor isSquared_, isPinball_, lossPerSlope_; ///< [networks, 1]
    at::Tensor level_;                                ///< [networks, 1]
    at::Tensor residualStorage_, slopeStorage_, workStorage_;
    at::Tensor residual_, slope_, missing_, work_; ///< [networks, rows]
};

} // namespace penumbra::heads
