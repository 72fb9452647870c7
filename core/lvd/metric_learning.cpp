#include "core/lvd/metric_learning.h"

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/base/text.h"
#include "core/lvd/metric_step.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <thread>
#include <unordered_set>

namespace penumbra::lvd {

namespace {

void checkOptions(const MetricOptions& o) {
    const auto refuse = [](const std::string& what, const std::string& value, const std::string& range) {
        throw UsageError("metric learning: " + what + " is " + value + ", not " + range);
    };
    if (o.outputs < 1)
        refuse("the number of outputs", std::to_string(o.outputs), "at least 1");
    if (o.normalisation == Normalisation::UnitOutput && o.outputs < 2)
        refuse("the number of outputs", std::to_string(o.outputs), "at least 2, as outputs of length 1 need");
    if (o.iterations < 0)
        refuse("the number of iterations", std::to_string(o.iterations), "0 or more");
    if (!(o.learningRate > 0.0) || !std::isfinite(o.learningRate))
        refuse("the learning rate", shortestReal(o.learningRate), "a positive number");
    if (o.batch < 0)
        refuse("the batch", std::to_string(o.batch), "0 (all rows) or more");
    if (o.maxNeighbours < 0 || (o.maxNeighbours == 1 && o.ownMean))
        refuse("the neighbour cap", std::to_string(o.maxNeighbours),
               o.ownMean ? "0 (all) or at least 2 (an anchor counts as its own neighbour)"
                         : "0 (all) or more");
    if (!(o.threshold >= 0.0))
        refuse("the threshold", shortestReal(o.threshold), "0 or more");
}

void checkTarget(const MetricTarget& target, std::size_t rows, const MetricOptions& options) {
    const std::string name = target.name.empty() ? "the target" : "target '" + target.name + "'";
    if (target.values.size() != rows)
        throw Error(name + " has " + std::to_string(target.values.size()) + " values for " +
                    std::to_string(rows) + " rows of a kernel's inputs");
    for (std::size_t i = 0; i < rows; ++i)
        if (!std::isfinite(target.values[i]))
            throw Error(name + " is " + (std::isnan(target.values[i]) ? "NaN" : "infinite") +
                        " in training row " + std::to_string(i) +
                        ": leave unlabelled rows out before learning a kernel");
    for (const auto& batch : target.batches) {
        std::set<std::size_t> seen;
        for (const std::size_t row : batch)
            if (row >= rows || !seen.insert(row).second)
                throw Error(name + ": a given batch names row " + std::to_string(row) +
                            ", which is out of range or twice in it");
        if (batch.empty())
            throw Error(name + ": a given batch is empty");
    }
    if (!target.batches.empty() && target.batches.size() < static_cast<std::size_t>(options.iterations))
        throw Error(name + ": " + std::to_string(target.batches.size()) + " batches are given for " +
                    std::to_string(options.iterations) + " iterations");
}

/// Every entry uniform on +-1/sqrt(D') (spec/lvd.md a.3).
MatrixD drawnStart(std::size_t outputs, std::size_t columns, std::uint64_t seed) {
    Rng rng(seed, 0);
    const double bound = 1.0 / std::sqrt(static_cast<double>(columns));
    MatrixD A(static_cast<Eigen::Index>(outputs), static_cast<Eigen::Index>(columns));
    for (Eigen::Index i = 0; i < A.size(); ++i)
        A.data()[i] = bound * (2.0 * rng.uniform() - 1.0);
    return A;
}

} // namespace

std::vector<std::size_t> TargetState::batchOf(int iteration, const MetricOptions& options) const {
    if (!target.batches.empty())
        return target.batches.at(static_cast<std::size_t>(iteration));
    const std::size_t rows = target.values.size(), size = static_cast<std::size_t>(options.batch);
    std::vector<std::size_t> batch;
    if (size == 0 || size >= rows) {
        batch.resize(rows);
        std::iota(batch.begin(), batch.end(), std::size_t{0});
        return batch;
    }
    // A stream for each iteration: an interrupted training draws the same.
    Rng rng(target.seed, static_cast<std::uint64_t>(iteration) + 1);
    if (2 * size > rows) {
        batch = rng.permutation(rows);
        batch.resize(size);
        return batch;
    }
    std::unordered_set<std::size_t> seen;
    while (batch.size() < size) {
        const std::size_t row = rng.below(rows);
        if (seen.insert(row).second)
            batch.push_back(row);
    }
    return batch;
}

void TargetState::update(double loss, const MetricOptions& options) {
    constexpr double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
    if (gradient.hasNaN()) {
        stopped = true;
        return;
    }
    losses.push_back(loss);
    const auto t = static_cast<int>(losses.size()) - 1;
    firstMoment = beta1 * firstMoment + (1.0 - beta1) * gradient;
    secondMoment = beta2 * secondMoment + (1.0 - beta2) * gradient.cwiseAbs2();
    const double rate = options.learningRate / (1.0 - std::pow(beta1, t + 1));
    const double correction = std::sqrt(1.0 - std::pow(beta2, t + 1));
    A.array() -= rate * firstMoment.array() / (secondMoment.array().sqrt() / correction + epsilon);
    if (bestIteration < 0 || loss < bestLoss) {
        bestLoss = loss;
        bestIteration = t;
        best = A;
    } else if (options.patience >= 0 && t > bestIteration + options.patience) {
        stopped = true;
    }
}

bool MetricLearner::Impl::done() const {
    return iterationsDone >= options.iterations ||
           std::all_of(targets.begin(), targets.end(), [](const TargetState& s) { return s.stopped; });
}

void MetricLearner::Impl::work(Team& team, int lane, int target, std::atomic<bool>& finished,
                               const RunContext& context) {
    std::vector<TargetState*> active;
    for (;;) {
        if (lane == 0)
            team.attempt([&] {
                finished = done() || iterationsDone >= target;
                if (finished)
                    return;
                context.step(static_cast<double>(iterationsDone) / std::max(1, options.iterations),
                             "metric learning");
                active.clear();
                for (TargetState& state : targets)
                    if (!state.stopped)
                        active.push_back(&state);
                step->begin(active, iterationsDone);
            });
        if (!team.meet() || finished || !step->run(team, lane))
            return;
        if (lane == 0)
            team.attempt([&] {
                for (std::size_t t = 0; t < active.size(); ++t)
                    active[t]->update(step->loss(t), options);
                ++iterationsDone;
            });
    }
}

MetricLearner::MetricLearner(const InputRows& rows, std::vector<MetricTarget> targets,
                             const MetricOptions& options, const RunContext& context, const StepMaker& steps)
    : impl_(std::make_unique<Impl>()) {
    checkOptions(options);
    if (rows.size() < 2 || targets.empty())
        throw Error("metric learning needs at least 2 training rows and a target: got " +
                    std::to_string(rows.size()) + " rows, " + std::to_string(targets.size()) + " targets");
    for (const MetricTarget& target : targets)
        checkTarget(target, rows.size(), options);
    impl_->options = options;
    impl_->rows = rows.size();
    impl_->input = fitKernelInput(rows, options.normalisation, options.threshold, options.relativeThreshold);
    const std::size_t outputs = static_cast<std::size_t>(options.outputs),
                      columns = impl_->input.keptColumns();
    for (MetricTarget& target : targets) {
        TargetState state;
        state.target = std::move(target);
        for (const double y : state.target.values)
            state.sum += y;
        state.mean = state.sum / static_cast<double>(rows.size());
        state.A =
            state.target.startA ? *state.target.startA : drawnStart(outputs, columns, state.target.seed);
        if (state.A.rows() != options.outputs || static_cast<std::size_t>(state.A.cols()) != columns)
            throw Error("the given start of a kernel is " + std::to_string(state.A.rows()) + " x " +
                        std::to_string(state.A.cols()) + ", not " + std::to_string(options.outputs) + " x " +
                        std::to_string(columns));
        state.best = state.A;
        state.firstMoment = state.secondMoment = state.gradient =
            MatrixD::Zero(state.A.rows(), state.A.cols());
        impl_->targets.push_back(std::move(state));
    }
    impl_->step = steps ? steps(rows, impl_->input, options, context)
                        : makeMetricStep(rows, impl_->input, options, context);
}

MetricLearner::~MetricLearner() = default;
MetricLearner::MetricLearner(MetricLearner&&) noexcept = default;

void MetricLearner::runUntil(int iteration, const RunContext& context) {
    context.checkStop();
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    const std::size_t threads = context.threads > 0 ? static_cast<std::size_t>(context.threads) : cores;
    const int lanes = static_cast<int>(std::min(threads, impl_->step->pieces()));
    Team team(lanes, [&] { return context.stop.stop_requested(); });
    std::atomic<bool> finished{false};
    {
        std::vector<std::jthread> others;
        for (int lane = 1; lane < lanes; ++lane)
            others.emplace_back([&, lane] { impl_->work(team, lane, iteration, finished, context); });
        impl_->work(team, 0, iteration, finished, context);
    }
    if (team.failed())
        std::rethrow_exception(team.failure());
    if (!finished)
        context.checkStop();
}

int MetricLearner::iterationsDone() const {
    return impl_->iterationsDone;
}
bool MetricLearner::done() const {
    return impl_->done();
}
std::size_t MetricLearner::size() const {
    return impl_->targets.size();
}
bool MetricLearner::stopped(std::size_t target) const {
    return impl_->targets.at(target).stopped;
}
const std::vector<double>& MetricLearner::losses(std::size_t target) const {
    return impl_->targets.at(target).losses;
}
int MetricLearner::bestIteration(std::size_t target) const {
    return impl_->targets.at(target).bestIteration;
}
const MatrixD& MetricLearner::best(std::size_t target) const {
    return impl_->targets.at(target).best;
}
const MatrixD& MetricLearner::last(std::size_t target) const {
    return impl_->targets.at(target).A;
}
const MatrixD& MetricLearner::gradient(std::size_t target) const {
    return impl_->targets.at(target).gradient;
}
const KernelInput& MetricLearner::input() const {
    return impl_->input;
}
int MetricLearner::keptIteration(std::size_t target) const {
    const TargetState& state = impl_->targets.at(target);
    return impl_->options.kept == KeptMetric::Best ? state.bestIteration
                                                   : static_cast<int>(state.losses.size()) - 1;
}
LearnedKernel MetricLearner::kernel(std::size_t target) const {
    return {impl_->input, impl_->options.kept == KeptMetric::Best ? best(target) : last(target), 1.0};
}

} // namespace penumbra::lvd
