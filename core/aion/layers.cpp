#include "core/aion/layers_impl.h"
#include "core/base/error.h"
#include "core/nn/tensors.h"

#include <ATen/Context.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <algorithm>

namespace penumbra::aion {

Weights::Weights(const io::SafetensorsFile& file, const WeightList& list, at::Device device,
                 at::ScalarType type) {
    add(file, list, device, type);
}

void Weights::add(const io::SafetensorsFile& file, const WeightList& list, at::Device device,
                  at::ScalarType type) {
    for (const WeightSpec& spec : list) {
        const io::TensorEntry* entry = findWeight(file, spec);
        if (entry == nullptr)
            continue;
        const at::Tensor host = nn::floats(entry->shape, at::kCPU);
        file.floatsInto(*entry, {host.mutable_data_ptr<float>(), static_cast<std::size_t>(host.numel())});
        tensors_[spec.key] = host.to(device, type);
    }
}

const at::Tensor& Weights::at(const std::string& key) const {
    const auto found = tensors_.find(key);
    if (found == tensors_.end())
        throw Error("internal: weight " + key + " was not loaded");
    return found->second;
}

at::Tensor Weights::find(const std::string& key) const {
    const auto found = tensors_.find(key);
    return found == tensors_.end() ? at::Tensor() : found->second;
}

Linear::Linear(const Weights& weights, const std::string& prefix)
    : weight(weights.at(prefix + ".weight")), bias(weights.find(prefix + ".bias")) {}

namespace {
using PackSignature = at::Tensor(const at::Tensor&, std::optional<c10::SymInt>);
using PackedSignature = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&,
                                   std::string_view, c10::List<std::optional<at::Scalar>>,
                                   std::optional<std::string_view>);

/// torch's operators for prepacked weights have no entry in its C++ headers; they go by name.
template <class Signature>
std::optional<c10::TypedOperatorHandle<Signature>> namedOperator(const char* name) {
    const auto found = c10::Dispatcher::singleton().findSchema({name, ""});
    return found ? std::optional(found->typed<Signature>()) : std::nullopt;
}

const auto& packedOperator() {
    static const auto found = namedOperator<PackedSignature>("mkldnn::_linear_pointwise");
    return found;
}
} // namespace

void Linear::pack() {
    static const auto packer = namedOperator<PackSignature>("mkldnn::_reorder_linear_weight");
    if (!packer || !packedOperator() || !weight.is_cpu() || weight.scalar_type() != at::kFloat ||
        !at::globalContext().userEnabledMkldnn() || !at::hasMKLDNN())
        return;
    packed = packer->call(weight.contiguous(), std::nullopt);
    weight = at::Tensor();
}

at::Tensor Linear::operator()(const at::Tensor& x) const {
    if (packed.defined())
        return packedOperator()->call(x, packed,
                                      bias.defined() ? std::optional<at::Tensor>(bias) : std::nullopt, "none",
                                      c10::List<std::optional<at::Scalar>>(), "");
    return at::linear(x, weight, bias.defined() ? std::optional<at::Tensor>(bias) : std::nullopt);
}

Norm::Norm(const Weights& weights, const std::string& prefix, double eps)
    : weight(weights.at(prefix + ".weight")), bias(weights.find(prefix + ".bias")), epsilon(eps) {}

at::Tensor Norm::operator()(const at::Tensor& x) const {
    return at::layer_norm(x, weight.sizes(), weight,
                          bias.defined() ? std::optional<at::Tensor>(bias) : std::nullopt, epsilon);
}

at::Tensor floatTensor(std::span<const float> values, at::IntArrayRef shape, at::Device device) {
    const at::Tensor host = nn::floats(shape, at::kCPU);
    if (static_cast<std::int64_t>(values.size()) != host.numel())
        throw Error("internal: " + std::to_string(values.size()) + " values for a tensor of " +
                    std::to_string(host.numel()));
    std::copy(values.begin(), values.end(), host.mutable_data_ptr<float>());
    return host.to(device);
}

at::Tensor indexTensor(std::span<const std::int64_t> values, at::IntArrayRef shape, at::Device device) {
    const at::Tensor host = at::empty(shape, at::TensorOptions().dtype(at::kLong));
    std::copy(values.begin(), values.end(), host.mutable_data_ptr<std::int64_t>());
    return host.to(device);
}

} // namespace penumbra::aion
