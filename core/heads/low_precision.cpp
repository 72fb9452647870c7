#include "core/heads/low_precision.h"

#include "core/nn/tensors.h"

#include <ATen/ops/bmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <algorithm>

namespace penumbra::heads {

LowPrecision::LowPrecision(std::vector<Layer> layers, std::int64_t maxNetworks, std::int64_t maxRows,
                           at::Device device)
    : layers_(std::move(layers)) {
    const auto low = at::TensorOptions().dtype(at::kBFloat16).device(device);
    std::int64_t largest = 0;
    for (const Layer& layer : layers_) {
        const std::int64_t weights = maxNetworks * layer.out * layer.in;
        for (const std::int64_t size :
             {maxNetworks * maxRows * layer.in, weights, maxNetworks * maxRows * layer.out})
            storage_.push_back(at::empty({layer.out > 1 ? size : 0}, low));
        const std::int64_t widest = &layer == &layers_.front() ? layer.out : std::max(layer.in, layer.out);
        largest = std::max({largest, weights, maxNetworks * maxRows * widest});
    }
    product_ = at::empty({largest}, low);
    for (auto* views : {&rows_, &weight_, &slope_})
        views->resize(layers_.size());
}

/// A view of a buffer with the sizes and strides of a dense tensor, so that views of both match.
at::Tensor LowPrecision::buffer(std::size_t index, const at::Tensor& like) {
    return storage_[index].as_strided(like.sizes(), like.strides());
}

void LowPrecision::roundForward(std::size_t layer, const at::Tensor& rows, const at::Tensor& weight) {
    rows_[layer] = buffer(3 * layer, rows).copy_(rows);
    weight_[layer] = buffer(3 * layer + 1, weight).copy_(weight);
}

void LowPrecision::roundSlope(std::size_t layer, const at::Tensor& slope) {
    slope_[layer] = buffer(3 * layer + 2, slope).copy_(slope);
}

void LowPrecision::addProduct(at::Tensor out, const at::Tensor& a, const at::Tensor& b, bool keep) {
    const bool batched = a.dim() == 3;
    if (!keep && !out.is_cpu() && out.is_contiguous()) { // GPUs write the sums in float32 themselves
        if (batched)
            at::bmm_out(out, a, b, at::kFloat);
        else
            at::mm_out(out, a, b, at::kFloat);
        return;
    }
    at::Tensor product = product_.narrow(0, 0, out.numel()).view(out.sizes());
    if (batched)
        at::bmm_out(product, a, b);
    else
        at::mm_out(product, a, b);
    if (keep)
        out.add_(product);
    else
        out.copy_(product);
}

} // namespace penumbra::heads
