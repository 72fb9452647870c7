#pragma once

// Internal: sees torch. For .cpp files of aion only.
#include "core/aion/weight_layout.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <map>
#include <string>

namespace penumbra::aion {

/// The tensors of one file by key, converted and on their device.
class Weights {
public:
    Weights() = default;
    Weights(const io::SafetensorsFile& file, const WeightList& list, at::Device device, at::ScalarType type);
    void add(const io::SafetensorsFile& file, const WeightList& list, at::Device device, at::ScalarType type);
    const at::Tensor& at(const std::string& key) const;
    at::Tensor find(const std::string& key) const; ///< undefined: absent

private:
    std::map<std::string, at::Tensor> tensors_;
};

struct Linear {
    at::Tensor weight, bias; ///< bias may be undefined
    at::Tensor packed;       ///< the weight as oneDNN likes it best, in its place; undefined: not packed
    Linear() = default;
    Linear(const Weights& weights, const std::string& prefix);
    /// On a CPU in float32: 5-15 % faster products than with the plain weight, which is given up.
    void pack();
    at::Tensor operator()(const at::Tensor& x) const; ///< over the last dimension
};

/// Layer norm over the last dimension.
struct Norm {
    at::Tensor weight, bias;
    double epsilon = 1e-6;
    Norm() = default;
    Norm(const Weights& weights, const std::string& prefix, double eps);
    at::Tensor operator()(const at::Tensor& x) const;
};

/// Values of a tensor as float32 on the CPU without torch's help.
at::Tensor floatTensor(std::span<const float> values, at::IntArrayRef shape, at::Device device);
at::Tensor indexTensor(std::span<const std::int64_t> values, at::IntArrayRef shape, at::Device device);

} // namespace penumbra::aion
