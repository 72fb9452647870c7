#include "core/base/error.h"
#include "core/base/parallel_for.h"
#include "core/base/text.h"
#include "core/heads/pass.h"
#include "core/heads/trained_impl.h"
#include "core/nn/device.h"
#include "core/nn/worker_scope.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/mul.h>
#include <algorithm>
#include <atomic>
#include <cmath>

namespace penumbra::heads {

namespace {
constexpr std::int64_t rowsPerBlock = 256;

std::uint64_t mixed(std::uint64_t z) { // SplitMix64's finaliser
    z += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

/// Bernoulli masks from a hash of (seed, row, pass, layer, unit); 16 bits decide about a unit.
struct DropoutMask {
    std::uint64_t seed;
    std::uint32_t dropBelow; ///< of 65536
    float scale;             ///< 1 / probability to keep

    /// @param to [rows, units]: 0 or scale
    void fill(std::int64_t firstRow, std::int64_t rows, std::int64_t units, std::uint64_t pass,
              std::uint64_t layer, float* to) const {
        for (std::int64_t i = 0; i < rows; ++i) {
            const auto row = static_cast<std::uint64_t>(firstRow + i);
            const std::uint64_t key = mixed(mixed(mixed(seed) ^ row) ^ ((pass << 8) | layer));
            const auto decide = [this](std::uint64_t bits) {
                return static_cast<float>(static_cast<std::uint32_t>(bits & 0xffffU) >= dropBelow) * scale;
            };
            const auto bitsOf = [key](std::int64_t unit) {
                return mixed(key + static_cast<std::uint64_t>(unit) * 0x9e3779b97f4a7c15ULL);
            };
            std::int64_t unit = 0;
            for (; unit + 4 <= units; unit += 4, to += 4) { // unrolled: this is the costly part of a pass
                const std::uint64_t bits = bitsOf(unit);
                to[0] = decide(bits);
                to[1] = decide(bits >> 16);
                to[2] = decide(bits >> 32);
                to[3] = decide(bits >> 48);
            }
            for (std::uint64_t bits = bitsOf(unit); unit < units; ++unit, bits >>= 16)
                *to++ = decide(bits);
        }
    }
};

/// All passes over one block of rows; buffers are reused.
class DropoutBlock {
public:
    DropoutBlock(const NetworkShape& shape, const Parameters& weights, const DropoutMask& mask, int passes,
                 at::Device device)
        : shape_(shape), mask_(mask), passes_(passes), device_(device) {
        for (std::size_t l = 0; l < weights.weight.size(); ++l) {
            const std::int64_t units = weights.weight[l].size(1);
            weightTransposed_.push_back(weights.weight[l][0].to(device).t());
            bias_.push_back(weights.bias[l][0].to(device));
            before_.push_back(nn::floats({rowsPerBlock, units}, device));
            after_.push_back(nn::floats({rowsPerBlock, units}, device));
            kept_.push_back(nn::floats({rowsPerBlock, units}, at::kCPU));
        }
        firstActivation_ = nn::floats({rowsPerBlock, weights.weight.front().size(1)}, device);
    }

    /// Mean and population standard deviation of the outputs, in label units. @param inputs [rows, D]
    /// standardised
    void run(std::int64_t firstRow, const at::Tensor& inputs, const LabelScaling& label,
             const RunContext& context, double* mean, double* spread) {
        const std::int64_t rows = inputs.size(0);
        at::Tensor first = firstActivation_.narrow(0, 0, rows);
        at::addmm_out(first, bias_[0], inputs, weightTransposed_[0]);
        activate(shape_.activation, first, first);
        std::vector<double> squares(static_cast<std::size_t>(rows), 0.0);
        std::fill(mean, mean + rows, 0.0);
        for (int pass = 0; pass < passes_; ++pass) {
            context.checkStop();
            const std::vector<float> outputs = nn::toVector(onePass(firstRow, rows, pass, first));
            for (std::int64_t i = 0; i < rows; ++i) { // Welford's running mean and sum of squares
                const double value = outputs[static_cast<std::size_t>(i)];
                const double difference = value - mean[i];
                mean[i] += difference / (pass + 1);
                squares[static_cast<std::size_t>(i)] += difference * (value - mean[i]);
            }
        }
        for (std::int64_t i = 0; i < rows; ++i) {
            mean[i] = mean[i] * label.scale + label.shift;
            spread[i] = std::sqrt(squares[static_cast<std::size_t>(i)] / passes_) * label.scale;
        }
    }

private:
    at::Tensor onePass(std::int64_t firstRow, std::int64_t rows, int pass,
                       const at::Tensor& firstActivation) {
        const std::size_t last = bias_.size() - 1;
        for (std::size_t l = 0; l < last; ++l) {
            const at::Tensor mask = kept_[l].narrow(0, 0, rows);
            at::Tensor dropped = after_[l].narrow(0, 0, rows);
            mask_.fill(firstRow, rows, mask.size(1), static_cast<std::uint64_t>(pass), l,
                       kept_[l].mutable_data_ptr<float>());
            at::mul_out(dropped, l == 0 ? firstActivation : dropped, mask.to(device_));
            at::Tensor next =
                l + 1 == last ? before_[last].narrow(0, 0, rows) : after_[l + 1].narrow(0, 0, rows);
            at::addmm_out(next, bias_[l + 1], dropped, weightTransposed_[l + 1]);
            if (l + 1 < last)
                activate(shape_.activation, next, next);
        }
        at::Tensor outputs = after_[last].narrow(0, 0, rows);
        activateOutput(shape_.output, before_[last].narrow(0, 0, rows), outputs);
        return outputs;
    }

    const NetworkShape& shape_;
    DropoutMask mask_;
    int passes_;
    at::Device device_;
    std::vector<at::Tensor> weightTransposed_, bias_, before_, after_, kept_;
    at::Tensor firstActivation_;
};
} // namespace

TrainedNetworks::DropoutResult TrainedNetworks::dropout(std::size_t network, const MatrixF& inputs,
                                                        double rate, int passes, std::uint64_t seed,
                                                        const RunContext& context) const {
    impl_->checkInputs(inputs);
    impl_->checkNetwork(network);
    if (!(rate >= 0.0 && rate < 1.0))
        throw UsageError("the dropout rate must be in [0, 1), not " + shortestReal(rate));
    if (passes < 1)
        throw UsageError("dropout needs at least one pass, not " + std::to_string(passes));
    if (impl_->shape.hidden.empty())
        throw Error("network " + impl_->specs[network].name + " has no hidden layer to drop units from");
    const auto dropBelow =
        std::min<std::uint32_t>(65535, static_cast<std::uint32_t>(std::lround(rate * 65536.0)));
    const DropoutMask mask{seed, dropBelow, 65536.0F / static_cast<float>(65536 - dropBelow)};
    const at::Device device = nn::deviceFor(context.device);
    const LabelScaling& label = impl_->labelScalings[network];

    DropoutResult result;
    result.mean.resize(static_cast<std::size_t>(inputs.rows()));
    result.spread.resize(result.mean.size());
    const std::int64_t blocks = (inputs.rows() + rowsPerBlock - 1) / rowsPerBlock;
    std::atomic<std::int64_t> done{0};
    const int threads = device.is_cpu() ? nn::threadCount(context) : 1;
    parallelFor(static_cast<std::size_t>(blocks), threads, [&](std::size_t begin, std::size_t end) {
        const nn::WorkerScope scope;
        DropoutBlock block(impl_->shape, impl_->weights.slice(static_cast<std::int64_t>(network), 1), mask,
                           passes, device);
        MatrixF scaled(rowsPerBlock, inputs.cols());
        for (auto b = static_cast<std::int64_t>(begin); b < static_cast<std::int64_t>(end); ++b) {
            const std::int64_t from = b * rowsPerBlock;
            const std::int64_t count = std::min(rowsPerBlock, inputs.rows() - from);
            context.step(static_cast<double>(done++) / static_cast<double>(blocks), "dropout passes");
            impl_->inputScaling.applyRows(inputs, from, count, scaled.data());
            block.run(from, nn::viewOf(scaled).narrow(0, 0, count).to(device), label, context,
                      result.mean.data() + from, result.spread.data() + from);
        }
    });
    return result;
}

} // namespace penumbra::heads
