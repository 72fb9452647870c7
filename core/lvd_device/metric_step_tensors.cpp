#include "core/lvd_device/metric_step_tensors.h"

#include "core/lvd/metric_step.h"
#include "core/nn/tensors.h"
#include "core/nn/worker_scope.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/where.h>
#include <algorithm>

namespace penumbra::lvd {

namespace {

constexpr double smallestMass = 1e-7;                         // as in lvd/metric_step.cpp
constexpr std::int64_t kernelBytes = std::int64_t{256} << 20; ///< of kernel values held at once

class TensorStep final : public MetricStep {
public:
    TensorStep(const InputRows& inputs, const KernelInput& input, const MetricOptions& options,
               const RunContext& context)
        : options_(options), unitOutput_(input.normalisation == Normalisation::UnitOutput),
          device_(nn::deviceFor(context.device)),
          type_(options.precision == Precision::Double ? at::kDouble : at::kFloat),
          n_(static_cast<std::int64_t>(inputs.size())), d_(options.outputs) {
        const nn::WorkerScope scope;
        const auto kept = static_cast<std::int64_t>(input.keptColumns());
        const at::Tensor host = at::empty({n_, kept}, at::TensorOptions().dtype(type_));
        if (type_ == at::kDouble)
            normaliseRows(inputs, input, host.mutable_data_ptr<double>(), input.keptColumns(), context);
        else
            normaliseRows(inputs, input, host.mutable_data_ptr<float>(), input.keptColumns(), context);
        z_ = host.to(device_);
        groupSize_ = std::max<std::int64_t>(8, kernelBytes / (n_ * host.element_size()));
    }

    void begin(const std::vector<TargetState*>& active, int iteration) override {
        const nn::WorkerScope scope;
        if (active.size() != active_.size() ||
            !std::equal(active.begin(), active.end(), active_.begin(),
                        [](const TargetState* a, const Active& b) { return a == b.state; })) {
            active_.clear();
            for (TargetState* state : active) {
                at::Tensor values = hostDoubles(state->target.values);
                active_.push_back(
                    {state, (values - state->mean).to(device_, type_), values.to(device_), {}, {}});
            }
        }
        std::vector<double> rows;
        for (Active& target : active_) {
            const MatrixD& A = target.state->A; // [d, D'], row-major
            rows.insert(rows.end(), A.data(), A.data() + A.size());
            const auto batch = target.state->batchOf(iteration, options_);
            target.batch = hostRows(batch).to(device_);
        }
        a_ = hostDoubles(rows)
                 .view({static_cast<std::int64_t>(active_.size()) * d_, z_.size(1)})
                 .to(device_, type_);
    }

    bool run(Team& team, int) override {
        team.attempt([&] {
            const nn::WorkerScope scope;
            const auto targets = static_cast<std::int64_t>(active_.size());
            at::Tensor p = at::mm(z_, a_.t()); // [N, targets d]
            at::Tensor inverseLength;          // [N, targets, 1]
            if (unitOutput_) {
                const at::Tensor byTarget = p.view({n_, targets, d_});
                const at::Tensor squares = byTarget.square().sum(-1, true);
                inverseLength = at::where(squares > 0.0, squares.rsqrt(), squares);
                p = (byTarget * inverseLength).view({n_, targets * d_});
            }
            at::Tensor w = at::zeros({n_, targets * d_}, p.options()); // dL/dp
            for (std::int64_t t = 0; t < targets; ++t) {
                Active& target = active_[static_cast<std::size_t>(t)];
                const at::Tensor own = p.narrow(1, t * d_, d_).contiguous();
                at::Tensor weights = w.narrow(1, t * d_, d_);
                std::vector<at::Tensor> losses;
                const std::int64_t batch = target.batch.size(0);
                for (std::int64_t first = 0; first < batch; first += groupSize_) {
                    if (team.stopRequested())
                        return team.abandon();
                    losses.push_back(addAnchors(
                        target, own, target.batch.narrow(0, first, std::min(groupSize_, batch - first)),
                        weights));
                }
                target.loss = at::cat(losses).mean();
            }
            if (unitOutput_) { // through the division by the length
                const at::Tensor pBy = p.view({n_, targets, d_}), wBy = w.view({n_, targets, d_});
                w = ((wBy - (wBy * pBy).sum(-1, true) * pBy) * inverseLength).view({n_, targets * d_});
            }
            const at::Tensor gradient = at::mm(w.t(), z_).to(at::kCPU, at::kDouble).contiguous();
            const double* values = gradient.const_data_ptr<double>();
            for (Active& target : active_) {
                MatrixD& own = target.state->gradient;
                std::copy(values, values + own.size(), own.data());
                values += own.size();
            }
        });
        return team.meet();
    }

    double loss(std::size_t active) const override { return active_[active].loss.item<double>(); }
    std::size_t pieces() const override { return 1; }

private:
    struct Active {
        TargetState* state;
        at::Tensor centred; ///< [N] targets minus their mean
        at::Tensor values;  ///< [N] double
        at::Tensor batch;   ///< [B] rows of the anchors
        at::Tensor loss;    ///< mean over the batch, double
    };

    static at::Tensor hostDoubles(const std::vector<double>& values) {
        at::Tensor out =
            at::empty({static_cast<std::int64_t>(values.size())}, at::TensorOptions().dtype(at::kDouble));
        std::copy(values.begin(), values.end(), out.mutable_data_ptr<double>());
        return out;
    }
    static at::Tensor hostRows(const std::vector<std::size_t>& rows) {
        at::Tensor out =
            at::empty({static_cast<std::int64_t>(rows.size())}, at::TensorOptions().dtype(at::kLong));
        std::transform(rows.begin(), rows.end(), out.mutable_data_ptr<std::int64_t>(),
                       [](std::size_t row) { return static_cast<std::int64_t>(row); });
        return out;
    }

    /// Neighbours that count beside the anchor itself (spec/lvd.md a.4).
    std::int64_t neighbours() const {
        return static_cast<std::int64_t>(neighboursBesideOwn(options_, static_cast<std::size_t>(n_)));
    }

    /// Losses of these anchors, [B] double; their part of dL/dp is added to `weights` ([N, d]).
    at::Tensor addAnchors(const Active& target, const at::Tensor& p, const at::Tensor& batch,
                          at::Tensor& weights) {
        const at::Tensor anchors = p.index_select(0, batch); // [B, d]
        at::Tensor k = at::zeros({batch.size(0), n_}, p.options());
        for (std::int64_t c = 0; c < d_; ++c) {
            const at::Tensor difference = anchors.narrow(1, c, 1) - p.select(1, c).unsqueeze(0);
            k.addcmul_(difference, difference);
        }
        k.mul_(-1.0 / static_cast<double>(d_)).exp_();
        k.scatter_(1, batch.unsqueeze(1), 0.0);
        if (neighbours() < n_ - 1)
            keepLargest(k, neighbours());
        at::Tensor mass = k.sum(1, false, at::kDouble);
        at::Tensor moment = at::mm(k, target.centred.unsqueeze(1)).squeeze(1).to(at::kDouble);
        const double mean = target.state->mean;
        const at::Tensor own = target.values.index_select(0, batch);
        if (options_.ownMean) {
            mass = mass + 1.0;
            moment = moment + ((target.state->sum - own) / static_cast<double>(n_ - 1) - mean);
        }
        const at::Tensor divisor = mass.clamp_min(smallestMass);
        const at::Tensor error = (moment + mean * mass) / divisor - own;
        const at::Tensor factor = error * (-4.0 / static_cast<double>(d_)) / divisor;
        const at::Tensor centre = at::where(mass > smallestMass, moment / divisor, (mass * 0.0).sub(mean));
        // k becomes c_ij = factor (v_j - centre) k_ij
        k.mul_((target.centred.unsqueeze(0) - centre.to(type_).unsqueeze(1))
                   .mul_(factor.to(type_).unsqueeze(1)));
        weights.add_(p * k.sum(0).unsqueeze(1)).sub_(at::mm(k.t(), anchors));
        weights.index_add_(0, batch, k.sum(1).unsqueeze(1) * anchors - at::mm(k, p));
        return error.square();
    }

    /// All but the `count` largest of each row become 0; of equal ones the first stay.
    static void keepLargest(at::Tensor& k, std::int64_t count) {
        if (count == 0) {
            k.zero_();
            return;
        }
        const at::Tensor threshold = std::get<0>(at::topk(k, count, 1)).narrow(1, count - 1, 1);
        const at::Tensor above = k > threshold, equal = k == threshold;
        const at::Tensor left = above.sum(1, true).neg_().add_(count);
        k.mul_(above.logical_or(equal.logical_and(equal.cumsum(1) <= left)));
    }

    MetricOptions options_;
    bool unitOutput_;
    at::Device device_;
    at::ScalarType type_;
    std::int64_t n_, d_, groupSize_ = 1;
    at::Tensor z_; ///< [N, D'] normalised rows
    at::Tensor a_; ///< [targets d, D']
    std::vector<Active> active_;
};

} // namespace

StepMaker tensorSteps() {
    return [](const InputRows& rows, const KernelInput& input, const MetricOptions& options,
              const RunContext& context) -> std::unique_ptr<MetricStep> {
        return std::make_unique<TensorStep>(rows, input, options, context);
    };
}

} // namespace penumbra::lvd
