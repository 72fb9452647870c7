#include "core/base/error.h"
#include "core/heads/pass.h"
#include "core/heads/trained_impl.h"
#include "core/nn/worker_scope.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::heads {

void TrainedNetworks::Impl::checkInputs(const MatrixF& inputs) const {
    if (inputs.cols() != shape.inputs)
        throw Error("these networks take " + std::to_string(shape.inputs) + " input columns, not " +
                    std::to_string(inputs.cols()));
}

void TrainedNetworks::Impl::checkNetwork(std::size_t network) const {
    if (network >= specs.size())
        throw Error("there is no network " + std::to_string(network) + "; there are " +
                    std::to_string(specs.size()));
}

std::size_t TrainedNetworks::size() const {
    return impl_->specs.size();
}

const NetworkSpec& TrainedNetworks::spec(std::size_t network) const {
    impl_->checkNetwork(network);
    return impl_->specs[network];
}

MatrixD TrainedNetworks::Impl::predict(const MatrixF& inputs, const BlockPlan& plan,
                                       const RunContext& context, const std::vector<bool>& wanted) const {
    const auto networks = static_cast<std::int64_t>(specs.size());
    MatrixD result = MatrixD::Constant(inputs.rows(), networks, std::numeric_limits<double>::quiet_NaN());
    // Groups stay what they are for all networks, and with them the shapes of the products.
    const auto wants = [&](std::int64_t first, std::int64_t some) {
        const auto begin = wanted.begin() + first;
        return wanted.empty() || std::find(begin, begin + some, true) != begin + some;
    };
    forBlocks(inputScaling, inputs, plan, context, "predicting", [&]() -> BlockWorker {
        return [&, pass = Pass(shape, plan.networks, largestBlock(plan, inputs), false, plan.device),
                onDevice = weights.to(plan.device)](std::int64_t from, std::int64_t count,
                                                    const at::Tensor& block) mutable {
            const std::int64_t stride = block.size(0);
            for (std::int64_t first = 0; first < networks; first += plan.networks) {
                const std::int64_t some = std::min(plan.networks, networks - first);
                if (!wants(first, some))
                    continue;
                const std::vector<float> outputs =
                    nn::toVector(pass.forward(onDevice.slice(first, some), block));
                for (std::int64_t k = 0; k < some; ++k) {
                    const LabelScaling& label = labelScalings[static_cast<std::size_t>(first + k)];
                    for (std::int64_t i = 0; i < count; ++i)
                        result(from + i, first + k) =
                            static_cast<double>(outputs[static_cast<std::size_t>(k * stride + i)]) *
                                label.scale +
                            label.shift;
                }
            }
        };
    });
    return result;
}

MatrixF TrainedNetworks::Impl::hidden(std::size_t network, const MatrixF& inputs, const BlockPlan& plan,
                                      const RunContext& context) const {
    MatrixF result(inputs.rows(), shape.hidden.back());
    forBlocks(inputScaling, inputs, plan, context, "hidden activations", [&]() -> BlockWorker {
        return [&, pass = Pass(shape, 1, largestBlock(plan, inputs), false, plan.device),
                onDevice = weights.slice(static_cast<std::int64_t>(network), 1).to(plan.device)](
                   std::int64_t from, std::int64_t count, const at::Tensor& block) mutable {
            pass.forward(onDevice, block);
            const std::vector<float> values = nn::toVector(pass.lastHidden()[0].narrow(0, 0, count));
            std::copy(values.begin(), values.end(), result.data() + from * result.cols());
        };
    });
    return result;
}

MatrixD TrainedNetworks::predict(const MatrixF& inputs, const RunContext& context,
                                 const std::vector<bool>& wanted) const {
    impl_->checkInputs(inputs);
    if (!wanted.empty() && wanted.size() != size())
        throw Error("which networks are wanted is told for " + std::to_string(wanted.size()) + " of " +
                    std::to_string(size()));
    const at::Device device = nn::deviceFor(context.device);
    return impl_->predict(inputs, planForward(impl_->shape, static_cast<std::int64_t>(size()), device),
                          context, wanted);
}

MatrixF TrainedNetworks::hidden(std::size_t network, const MatrixF& inputs, const RunContext& context) const {
    impl_->checkInputs(inputs);
    impl_->checkNetwork(network);
    if (impl_->shape.hidden.empty())
        throw Error("network " + impl_->specs[network].name + " has no hidden layer");
    const at::Device device = nn::deviceFor(context.device);
    return impl_->hidden(network, inputs, planForward(impl_->shape, 1, device), context);
}

namespace {
// Arrays hold floats: a double is a mantissa in three of them, exactly, and an exponent.
constexpr std::int64_t exactParts = 4;

void appendParts(double value, std::vector<float>& parts) {
    int exponent = 0;
    double mantissa = std::frexp(value, &exponent);
    for (std::int64_t i = 0; i + 1 < exactParts; ++i) {
        parts.push_back(static_cast<float>(mantissa));
        mantissa -= static_cast<double>(parts.back());
    }
    parts.push_back(static_cast<float>(exponent));
}

double fromParts(const NamedArray& array, std::size_t number) {
    const float* parts = array.values.data() + number * static_cast<std::size_t>(exactParts);
    const double mantissa =
        static_cast<double>(parts[2]) + static_cast<double>(parts[1]) + static_cast<double>(parts[0]);
    return std::ldexp(mantissa, static_cast<int>(parts[3]));
}
} // namespace

void appendScalings(const InputScaling& inputs, std::span<const LabelScaling> labels,
                    std::vector<NamedArray>& arrays) {
    const auto columns = static_cast<std::int64_t>(inputs.mean.size());
    const auto networks = static_cast<std::int64_t>(labels.size());
    NamedArray shift{"labels/shift", {networks}, {}};
    NamedArray scale{"labels/scale", {networks}, {}};
    NamedArray exact{"labels/exact", {networks, 2 * exactParts}, {}};
    for (const LabelScaling& label : labels) {
        shift.values.push_back(static_cast<float>(label.shift));
        scale.values.push_back(static_cast<float>(label.scale));
        appendParts(label.shift, exact.values);
        appendParts(label.scale, exact.values);
    }
    arrays.push_back({"inputs/mean", {columns}, inputs.mean});
    arrays.push_back({"inputs/inverse_std", {columns}, inputs.inverseStd});
    arrays.push_back(std::move(shift));
    arrays.push_back(std::move(scale));
    arrays.push_back(std::move(exact));
}

std::vector<NamedArray> TrainedNetworks::arrays() const {
    const nn::WorkerScope scope;
    std::vector<NamedArray> arrays;
    appendScalings(impl_->inputScaling, impl_->labelScalings, arrays);
    for (std::size_t k = 0; k < size(); ++k)
        impl_->weights.appendArrays(static_cast<std::int64_t>(k), "network" + std::to_string(k), "", arrays);
    return arrays;
}

std::shared_ptr<const TrainedNetworks::Impl>
TrainedNetworks::Impl::fromArrays(std::vector<NetworkSpec> specs, std::span<const NamedArray> arrays) {
    if (specs.empty())
        throw Error("stored networks: no network is described");
    const nn::WorkerScope scope;
    auto impl = std::make_shared<Impl>();
    impl->shape = specs.front().shape;
    checkShape(impl->shape);
    const auto networks = static_cast<std::int64_t>(specs.size());
    impl->inputScaling = {findArray(arrays, "inputs/mean", {impl->shape.inputs}).values,
                          findArray(arrays, "inputs/inverse_std", {impl->shape.inputs}).values};
    const NamedArray& shift = findArray(arrays, "labels/shift", {networks});
    const NamedArray& scale = findArray(arrays, "labels/scale", {networks});
    const bool isExact = std::any_of(arrays.begin(), arrays.end(),
                                     [](const NamedArray& array) { return array.name == "labels/exact"; });
    const NamedArray* exact =
        isExact ? &findArray(arrays, "labels/exact", {networks, 2 * exactParts}) : nullptr;
    impl->weights = Parameters::zeros(impl->shape, networks, at::kCPU);
    for (std::size_t k = 0; k < specs.size(); ++k) {
        if (!(specs[k].shape == impl->shape))
            throw Error("stored networks: " + specs[k].name + " has another shape than " +
                        specs.front().name);
        impl->labelScalings.push_back(
            exact ? LabelScaling{fromParts(*exact, 2 * k), fromParts(*exact, 2 * k + 1)}
                  : LabelScaling{static_cast<double>(shift.values[k]), static_cast<double>(scale.values[k])});
        impl->weights.readArrays(static_cast<std::int64_t>(k), "network" + std::to_string(k), "", arrays);
        specs[k].labels.clear();
    }
    impl->specs = std::move(specs);
    return impl;
}

TrainedNetworks TrainedNetworks::fromArrays(std::vector<NetworkSpec> specs,
                                            std::span<const NamedArray> arrays) {
    TrainedNetworks result;
    result.impl_ = Impl::fromArrays(std::move(specs), arrays);
    return result;
}

} // namespace penumbra::heads
