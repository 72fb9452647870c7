#include "core/heads/dropout_device.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <algorithm>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace penumbra::heads {

namespace {
constexpr std::int64_t dropoutBytes = std::int64_t{256} << 20;
constexpr int passesPerWait = 4;

/// Until the device has done all that was launched.
void waitFor(const at::Device& device) {
    const c10::impl::VirtualGuardImpl backend(device.type());
    backend.synchronizeStream(backend.getStream(device));
}

/// [2, rows] double, on the CPU: mean and spread of the passes over one block, in label units.
at::Tensor meanAndSpread(const DropoutTask& task, DropoutNetwork& network, const DropoutMaskTensors& masks,
                         const at::Tensor& inputs, const RunContext& context) {
    network.begin(inputs);
    const at::Tensor mean = at::zeros({inputs.size(0)}, inputs.options().dtype(at::kDouble));
    const at::Tensor squares = at::zeros({inputs.size(0)}, mean.options());
    for (int pass = 0; pass < task.passes; ++pass) {
        context.checkStop();
        const at::Tensor value = network.pass([&](std::size_t layer) { return masks.mask(pass, layer); })
                                     .squeeze(1)
                                     .to(at::kDouble);
        const at::Tensor difference = value - mean; // Welford's running mean and sum of squares
        mean.add_(difference, 1.0 / (pass + 1));
        squares.addcmul_(difference, value - mean);
        if ((pass + 1) % passesPerWait == 0) { // a GPU lags behind: a short queue is quick to stop
            waitFor(inputs.device());
            context.step(static_cast<double>(pass + 1) / task.passes, "dropout passes");
        }
    }
    const double scale = task.label.scale;
    return at::stack(
               {mean * scale + task.label.shift, (squares / static_cast<double>(task.passes)).sqrt() * scale})
        .to(at::kCPU);
}
} // namespace

BlockPlan planDeviceDropout(const NetworkShape& shape, at::Device device) {
    std::int64_t widest = 0;
    std::int64_t floats = 32 + shape.inputs + shape.hidden.front(); // of a row
    for (const std::int64_t units : shape.hidden) {
        floats += units;
        widest = std::max(widest, units);
    }
    const std::int64_t bytes = 4 * floats + 12 * widest; // the latter: a mask and its hash
    return {device, std::clamp<std::int64_t>(dropoutBytes / bytes, 1, mostRowsPerBlock), 1};
}

TrainedNetworks::DropoutResult deviceDropout(const DropoutTask& task, const InputScaling& scaling,
                                             const MatrixF& inputs, std::span<const std::uint64_t> keys,
                                             const BlockPlan& plan, const RunContext& context) {
    const auto all = static_cast<double>(inputs.rows());
    TrainedNetworks::DropoutResult result;
    result.mean.resize(static_cast<std::size_t>(inputs.rows()));
    result.spread.resize(result.mean.size());
    forBlocks(scaling, inputs, plan, context, "dropout passes", [&]() -> BlockWorker {
        return [&, network = DropoutNetwork(task, largestBlock(plan, inputs), plan.device),
                masks = DropoutMaskTensors(task.mask, task.shape.hidden, plan.device)](
                   std::int64_t from, std::int64_t count, const at::Tensor& rows) mutable {
            const auto some = static_cast<std::size_t>(count);
            masks.begin(keys.subspan(static_cast<std::size_t>(from), some));
            const RunContext part =
                context.slice(static_cast<double>(from) / all, static_cast<double>(from + count) / all);
            const at::Tensor both = meanAndSpread(task, network, masks, rows.narrow(0, 0, count), part);
            const double* values = both.const_data_ptr<double>();
            std::copy(values, values + count, result.mean.begin() + from);
            std::copy(values + count, values + 2 * count, result.spread.begin() + from);
        };
    });
    return result;
}

} // namespace penumbra::heads
