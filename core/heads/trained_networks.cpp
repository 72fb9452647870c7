#include "core/base/error.h"
#include "core/base/parallel_for.h"
#include "core/heads/pass.h"
#include "core/heads/trained_impl.h"
#include "core/nn/device.h"
#include "core/nn/worker_scope.h"

#include <algorithm>
#include <atomic>
#include <optional>

namespace penumbra::heads {

namespace {
constexpr std::int64_t rowsPerBlock =
    512; // fixed, so that neither threads nor rows change a row's prediction

/// Runs body(from, count, standardised inputs) over blocks of rows, on the context's threads and device.
template <typename MakeWorker>
void forBlocks(const TrainedNetworks::Impl& impl, const MatrixF& inputs, const RunContext& context,
               const std::string& doing, const MakeWorker& makeWorker) {
    const at::Device device = nn::deviceFor(context.device);
    const std::int64_t blocks = (inputs.rows() + rowsPerBlock - 1) / rowsPerBlock;
    std::atomic<std::int64_t> done{0};
    const int threads = device.is_cpu() ? nn::threadCount(context) : 1;
    parallelFor(static_cast<std::size_t>(blocks), threads, [&](std::size_t begin, std::size_t end) {
        const nn::WorkerScope scope;
        auto worker = makeWorker(device);
        MatrixF scaled(std::min(rowsPerBlock, inputs.rows()), inputs.cols());
        for (std::size_t block = begin; block < end; ++block) {
            const std::int64_t from = static_cast<std::int64_t>(block) * rowsPerBlock;
            const std::int64_t count = std::min(rowsPerBlock, inputs.rows() - from);
            context.step(static_cast<double>(done++) / static_cast<double>(blocks), doing);
            impl.inputScaling.applyRows(inputs, from, count, scaled.data());
            worker(from, count, nn::viewOf(scaled).narrow(0, 0, count).to(device));
        }
    });
}
} // namespace

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

MatrixD TrainedNetworks::predict(const MatrixF& inputs, const RunContext& context) const {
    impl_->checkInputs(inputs);
    const auto networks = static_cast<std::int64_t>(size());
    constexpr std::int64_t networksAtOnce = 4; // keeps the activations in the cache
    MatrixD result(inputs.rows(), networks);
    forBlocks(*impl_, inputs, context, "predicting", [&](at::Device device) {
        const std::int64_t together = std::min(networks, networksAtOnce);
        return [&, pass = Pass(impl_->shape, together, rowsPerBlock, false, device),
                weights = impl_->weights.to(device)](std::int64_t from, std::int64_t count,
                                                     const at::Tensor& block) mutable {
            for (std::int64_t first = 0; first < networks; first += networksAtOnce) {
                const std::int64_t some = std::min(networksAtOnce, networks - first);
                const std::vector<float> outputs =
                    nn::toVector(pass.forward(weights.slice(first, some), block));
                for (std::int64_t k = 0; k < some; ++k) {
                    const LabelScaling& label = impl_->labelScalings[static_cast<std::size_t>(first + k)];
                    for (std::int64_t i = 0; i < count; ++i)
                        result(from + i, first + k) =
                            static_cast<double>(outputs[static_cast<std::size_t>(k * count + i)]) *
                                label.scale +
                            label.shift;
                }
            }
        };
    });
    return result;
}

MatrixF TrainedNetworks::hidden(std::size_t network, const MatrixF& inputs, const RunContext& context) const {
    impl_->checkInputs(inputs);
    impl_->checkNetwork(network);
    if (impl_->shape.hidden.empty())
        throw Error("network " + impl_->specs[network].name + " has no hidden layer");
    MatrixF result(inputs.rows(), impl_->shape.hidden.back());
    forBlocks(*impl_, inputs, context, "hidden activations", [&](at::Device device) {
        return [&, pass = Pass(impl_->shape, 1, rowsPerBlock, false, device),
                weights = impl_->weights.slice(static_cast<std::int64_t>(network), 1).to(device)](
                   std::int64_t from, std::int64_t, const at::Tensor& block) mutable {
            pass.forward(weights, block);
            const std::vector<float> values = nn::toVector(pass.lastHidden()[0]);
            std::copy(values.begin(), values.end(), result.data() + from * result.cols());
        };
    });
    return result;
}

void appendScalings(const InputScaling& inputs, std::span<const LabelScaling> labels,
                    std::vector<NamedArray>& arrays) {
    const auto columns = static_cast<std::int64_t>(inputs.mean.size());
    const auto networks = static_cast<std::int64_t>(labels.size());
    NamedArray shift{"labels/shift", {networks}, {}};
    NamedArray scale{"labels/scale", {networks}, {}};
    for (const LabelScaling& label : labels) {
        shift.values.push_back(label.shift);
        scale.values.push_back(label.scale);
    }
    arrays.push_back({"inputs/mean", {columns}, inputs.mean});
    arrays.push_back({"inputs/inverse_std", {columns}, inputs.inverseStd});
    arrays.push_back(std::move(shift));
    arrays.push_back(std::move(scale));
}

std::vector<NamedArray> TrainedNetworks::arrays() const {
    const nn::WorkerScope scope;
    std::vector<NamedArray> arrays;
    appendScalings(impl_->inputScaling, impl_->labelScalings, arrays);
    for (std::size_t k = 0; k < size(); ++k)
        impl_->weights.appendArrays(static_cast<std::int64_t>(k), "network" + std::to_string(k), "", arrays);
    return arrays;
}

TrainedNetworks TrainedNetworks::fromArrays(std::vector<NetworkSpec> specs,
                                            std::span<const NamedArray> arrays) {
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
    impl->weights = Parameters::zeros(impl->shape, networks, at::kCPU);
    for (std::size_t k = 0; k < specs.size(); ++k) {
        if (!(specs[k].shape == impl->shape))
            throw Error("stored networks: " + specs[k].name + " has another shape than " +
                        specs.front().name);
        impl->labelScalings.push_back({shift.values[k], scale.values[k]});
        impl->weights.readArrays(static_cast<std::int64_t>(k), "network" + std::to_string(k), "", arrays);
        specs[k].labels.clear();
    }
    impl->specs = std::move(specs);
    TrainedNetworks result;
    result.impl_ = std::move(impl);
    return result;
}

} // namespace penumbra::heads
