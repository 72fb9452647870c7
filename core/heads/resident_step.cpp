#include "core/heads/resident_step.h"

#include "core/heads/adam.h"

#include <ATen/ops/add.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/mm.h>

namespace penumbra::heads {

namespace {
at::TensorOptions optionsOf(at::ScalarType type, at::Device device) {
    return at::TensorOptions().dtype(type).device(device);
}
} // namespace

ResidentStep::ResidentStep(const TrainingPlan& plan, std::span<const NetworkSpec> networks,
                           const GroupState& state)
    : plan_(plan), state_(state), stream_(plan.device),
      lane_(plan, static_cast<std::int64_t>(networks.size()), 1), loss_(networks, lane_.maxRows, plan.device),
      countUp_(at::arange(plan.rowsOfStep(0), optionsOf(at::kLong, plan.device))),
      inEpoch_(at::zeros({1}, optionsOf(at::kLong, plan.device))),
      number_(at::zeros({1}, optionsOf(at::kFloat, plan.device))),
      rates_(nn::zeros({plan.stepsPerEpoch()}, plan.device)), one_(nn::zeros({1, 1}, plan.device)) {}

void ResidentStep::begin(std::int64_t step) {
    next_ = step;
    const std::int64_t inEpoch = step % plan_.stepsPerEpoch();
    inEpoch_.fill_(inEpoch);
    number_.fill_(static_cast<double>(step));
    std::vector<float> rates;
    for (std::int64_t s = step - inEpoch; s < step - inEpoch + plan_.stepsPerEpoch(); ++s)
        rates.push_back(static_cast<float>(learningRateAt(plan_.options, s, plan_.totalSteps())));
    nn::copyInto(rates, rates_);
}

void ResidentStep::run() {
    const std::int64_t rows = plan_.rowsOfStep(next_ % plan_.stepsPerEpoch());
    queue(rows);
    ++next_;
    constexpr double mostQueued = 1e12;
    constexpr double leastPerStep = mostQueued / 256; // small steps are launches rather than products
    queued_ += std::max(leastPerStep,
                        static_cast<double>(rows * state_.weights.networks()) * flopsPerRow(plan_.shape));
    if (queued_ >= mostQueued) {
        stream_.wait();
        queued_ = 0.0;
    }
}

void ResidentStep::queue(std::int64_t count) {
    if (!plan_.makeGraph)
        return work(count);
    Recorded& recorded = recorded_[count];
    if (!recorded.hasRun) { // torch sets up at first use what a graph may not
        work(count);
        recorded.hasRun = true;
        return;
    }
    if (!recorded.graph) {
        at::mm(one_, one_); // a thread's library handle as well is made at first use
        auto graph = plan_.makeGraph();
        graph->record([this, count] { work(count); });
        recorded.graph = std::move(graph);
    }
    recorded.graph->replay();
}

void ResidentStep::work(std::int64_t count) {
    const std::int64_t networks = state_.weights.networks();
    Parameters& gradient = lane_.gradient(plan_.shape, networks);
    const at::Tensor positions = at::add(countUp_.narrow(0, 0, count), inEpoch_, plan_.options.batch);
    const at::Tensor rows = state_.order.onDevice.index_select(1, positions); // [lines, count]
    const at::Tensor inverseCount = state_.inverseCount.index_select(0, inEpoch_).squeeze(0);
    const std::int64_t blocks = (count + lane_.maxRows - 1) / lane_.maxRows;
    for (std::int64_t block = 0; block < blocks; ++block) {
        const std::int64_t from = count * block / blocks;
        const std::int64_t some = count * (block + 1) / blocks - from;
        at::Tensor inputs = lane_.inputs(state_.order, some, plan_.shape.inputs);
        at::Tensor labels = lane_.labels(networks, some);
        state_.rows.gatherResident(rows.narrow(1, from, some), inputs);
        state_.labels.gatherResident(rows.narrow(1, from, some), labels);
        at::Tensor slope = loss_.slope(lane_.pass.forward(state_.weights, inputs), labels);
        state_.epochLoss.add_(loss_.lossSum());
        slope.mul_(inverseCount);
        lane_.pass.backward(state_.weights, inputs, slope, gradient, block > 0);
    }
    number_.add_(1.0);
    adamStep(plan_.options, state_.weights.flat, gradient.flat, state_.firstMoment.flat,
             state_.secondMoment.flat, number_, rates_.index_select(0, inEpoch_));
    inEpoch_.add_(1);
}

} // namespace penumbra::heads
