#include "core/nn/tensors.h"

#include "core/base/error.h"
#include "core/nn/device.h"

#include <algorithm>

namespace penumbra::nn {

at::Device deviceFor(const std::string& name) {
    openDevice(name);
    return at::Device(name == "cuda" ? at::kCUDA : at::kCPU);
}

at::Tensor viewOf(std::span<float> values, at::IntArrayRef shape) {
    return at::from_blob(values.data(), shape, at::TensorOptions().dtype(at::kFloat));
}

at::Tensor viewOf(MatrixF& rows) {
    return viewOf({rows.data(), static_cast<std::size_t>(rows.size())}, {rows.rows(), rows.cols()});
}

std::vector<float> toVector(const at::Tensor& tensor) {
    const at::Tensor host = tensor.to(at::kCPU, at::kFloat).contiguous();
    const float* data = host.const_data_ptr<float>();
    return {data, data + host.numel()};
}

void copyInto(std::span<const float> values, const at::Tensor& destination) {
    if (static_cast<std::int64_t>(values.size()) != destination.numel())
        throw Error("internal: " + std::to_string(values.size()) + " values for a tensor of " +
                    std::to_string(destination.numel()));
    const at::Tensor source = floats(destination.sizes(), at::kCPU);
    std::copy(values.begin(), values.end(), source.mutable_data_ptr<float>());
    destination.copy_(source);
}

at::Tensor floats(at::IntArrayRef shape, at::Device device) {
    return at::empty(shape, at::TensorOptions().dtype(at::kFloat).device(device));
}

at::Tensor zeros(at::IntArrayRef shape, at::Device device) {
    return at::zeros(shape, at::TensorOptions().dtype(at::kFloat).device(device));
}

} // namespace penumbra::nn
