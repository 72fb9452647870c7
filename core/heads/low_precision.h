#pragma once

// Internal: sees torch.
#include "core/heads/parameters.h"

namespace penumbra::heads {

/// bfloat16 copies of the operands of a pass's matrix products, in buffers that are reused. Each operand is
/// rounded once a block of rows: forward's are used again by backward.
class LowPrecision {
public:
    LowPrecision(std::vector<Layer> layers, std::int64_t maxNetworks, std::int64_t maxRows,
                 at::Device device);

    /// A last layer's product with one column is done in float32: there is nothing to gain.
    bool covers(std::size_t layer) const { return layers_[layer].out > 1; }

    /// Rounds a layer's input rows and weights. @param rows shared by all networks: 2 dimensions, else 3
    void roundForward(std::size_t layer, const at::Tensor& rows, const at::Tensor& weight);
    void roundSlope(std::size_t layer, const at::Tensor& slope);
    const at::Tensor& rows(std::size_t layer) const { return rows_[layer]; }
    const at::Tensor& weight(std::size_t layer) const { return weight_[layer]; }
    const at::Tensor& slope(std::size_t layer) const { return slope_[layer]; }

    /// out = keep * out + a b, out in float32. [n, k] x [k, m], or batched.
    void addProduct(at::Tensor out, const at::Tensor& a, const at::Tensor& b, bool keep);

private:
    at::Tensor buffer(std::size_t index, const at::Tensor& like);

    std::vector<Layer> layers_;
    std::vector<at::Tensor> storage_; ///< rows, weights and slopes of each layer
    std::vector<at::Tensor> rows_, weight_, slope_;
    at::Tensor product_;
};

} // namespace penumbra::heads
