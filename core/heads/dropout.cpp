#include "core/base/error.h"
#include "core/base/text.h"
#include "core/heads/dropout_device.h"
#include "core/heads/trained_impl.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace penumbra::heads {

namespace {
/// All passes over one block of rows on the CPU; buffers are reused.
class DropoutBlock {
public:
    DropoutBlock(const DropoutTask& task, std::int64_t maxRows)
        : task_(task), network_(task, maxRows, at::kCPU) {
        for (const int units : task.shape.hidden)
            masks_.push_back(nn::zeros({maxRows, units}, at::kCPU));
    }

    /// Mean and population standard deviation of the outputs, in label units, of as many rows as have keys.
    /// @param inputs [maxRows, D] standardised
    void run(std::span<const std::uint64_t> keys, const at::Tensor& inputs, const RunContext& context,
             double* mean, double* spread) {
        const auto rows = static_cast<std::int64_t>(keys.size());
        network_.begin(inputs);
        std::vector<double> squares(static_cast<std::size_t>(rows), 0.0);
        std::fill(mean, mean + rows, 0.0);
        for (int pass = 0; pass < task_.passes; ++pass) {
            context.checkStop();
            const std::vector<float> outputs = nn::toVector(network_.pass([&](std::size_t layer) {
                at::Tensor& mask = masks_[layer]; // rows beyond the keys are of no interest
                task_.mask.fill(keys, mask.size(1), static_cast<std::uint64_t>(pass), layer,
                                mask.mutable_data_ptr<float>());
                return mask;
            }));
            for (std::int64_t i = 0; i < rows; ++i) { // Welford's running mean and sum of squares
                const double value = outputs[static_cast<std::size_t>(i)];
                const double difference = value - mean[i];
                mean[i] += difference / (pass + 1);
                squares[static_cast<std::size_t>(i)] += difference * (value - mean[i]);
            }
        }
        for (std::int64_t i = 0; i < rows; ++i) {
            mean[i] = mean[i] * task_.label.scale + task_.label.shift;
            spread[i] = std::sqrt(squares[static_cast<std::size_t>(i)] / task_.passes) * task_.label.scale;
        }
    }

private:
    const DropoutTask& task_;
    DropoutNetwork network_;
    std::vector<at::Tensor> masks_; ///< a hidden layer: [rows, units]
};
} // namespace

DropoutTask TrainedNetworks::Impl::dropoutTask(std::size_t network, const DropoutMask& mask,
                                               int passes) const {
    return {shape, weights.slice(static_cast<std::int64_t>(network), 1), labelScalings[network], mask,
            passes};
}

TrainedNetworks::DropoutResult TrainedNetworks::dropout(std::size_t network, const MatrixF& inputs,
                                                        double rate, int passes, std::uint64_t seed,
                                                        const RunContext& context) const {
    std::vector<std::uint64_t> keys(static_cast<std::size_t>(inputs.rows()));
    std::iota(keys.begin(), keys.end(), std::uint64_t{0});
    return dropout(network, inputs, keys, rate, passes, seed, context);
}

TrainedNetworks::DropoutResult TrainedNetworks::dropout(std::size_t network, const MatrixF& inputs,
                                                        std::span<const std::uint64_t> keys, double rate,
                                                        int passes, std::uint64_t seed,
                                                        const RunContext& context) const {
    impl_->checkInputs(inputs);
    if (keys.size() != static_cast<std::size_t>(inputs.rows()))
        throw Error("dropout needs one key a row: " + std::to_string(keys.size()) + " keys, " +
                    std::to_string(inputs.rows()) + " rows");
    impl_->checkNetwork(network);
    if (!(rate >= 0.0 && rate < 1.0))
        throw UsageError("the dropout rate must be in [0, 1), not " + shortestReal(rate));
    if (passes < 1)
        throw UsageError("dropout needs at least one pass, not " + std::to_string(passes));
    if (impl_->shape.hidden.empty())
        throw Error("network " + impl_->specs[network].name + " has no hidden layer to drop units from");
    const DropoutTask task = impl_->dropoutTask(network, DropoutMask::of(rate, seed), passes);
    const at::Device device = nn::deviceFor(context.device);
    if (!device.is_cpu())
        return deviceDropout(task, impl_->inputScaling, inputs, keys, planDeviceDropout(task.shape, device),
                             context);

    const BlockPlan plan{device, 256, 1};
    DropoutResult result;
    result.mean.resize(static_cast<std::size_t>(inputs.rows()));
    result.spread.resize(result.mean.size());
    forBlocks(impl_->inputScaling, inputs, plan, context, "dropout passes", [&]() -> BlockWorker {
        return [&, block = DropoutBlock(task, plan.rows)](std::int64_t from, std::int64_t count,
                                                          const at::Tensor& rows) mutable {
            block.run(keys.subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(count)), rows,
                      context, result.mean.data() + from, result.spread.data() + from);
        };
    });
    return result;
}

} // namespace penumbra::heads
