#pragma once

// Internal: sees torch.
#include "core/aion/layers_impl.h"
#include "core/aion/pooling.h"

namespace penumbra::aion {

/// An attentive pooling with its weights on a device. The single query lets keys and values be folded into
/// it: tokens are never projected one by one, unless keys are normalised.
class PoolingOnDevice {
public:
    PoolingOnDevice(const AttentivePooling& pooling, at::Device device);
    at::Tensor operator()(const at::Tensor& x) const; ///< [B, n, D], all valid -> [B, D]

private:
    std::int64_t heads_, headWidth_;
    at::Tensor scorers_; ///< [H, D]: Wk_h^T q_h / sqrt(d); undefined if keys are normalised
    at::Tensor query_;   ///< [H, d], scaled
    at::Tensor key_, kNormWeight_, kNormBias_;
    at::Tensor value_;      ///< [H, d, D]
    at::Tensor projection_; ///< undefined: none
};

/// Checks sizes. @throws Error
void checkPooling(const AttentivePooling& pooling);

} // namespace penumbra::aion
