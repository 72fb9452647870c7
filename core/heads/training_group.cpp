#include "core/heads/training_group.h"

#include "core/base/error.h"
#include "core/heads/adam.h"
#include "core/nn/tf32_scope.h"

#include <ATen/ops/full.h>
#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::heads {

namespace {
at::Tensor doubles(std::int64_t size, at::Device device) {
    return at::zeros({size}, at::TensorOptions().dtype(at::kDouble).device(device));
}

std::vector<double> toDoubles(const at::Tensor& values) {
    const at::Tensor host = values.to(at::kCPU).contiguous();
    const double* data = host.const_data_ptr<double>();
    return {data, data + host.numel()};
}

/// Number of labels among rows and their sum of squares around their mean.
void labelVariation(const GroupLabels& labels, std::int64_t network, std::span<const std::int32_t> rows,
                    std::vector<double>& counts, std::vector<double>& variations) {
    double count = 0.0;
    double sum = 0.0;
    for (const std::int32_t row : rows)
        if (const double label = labels.at(network, row); !std::isnan(label)) {
            count += 1.0;
            sum += label;
        }
    double squares = 0.0;
    for (const std::int32_t row : rows)
        if (const double label = labels.at(network, row); !std::isnan(label))
            squares += (label - sum / count) * (label - sum / count);
    counts.push_back(count);
    variations.push_back(squares);
}

std::vector<NetworkSpec> withoutLabels(std::vector<NetworkSpec> specs) {
    for (NetworkSpec& spec : specs) {
        spec.labels.clear();
        spec.labels.shrink_to_fit();
    }
    return specs;
}
} // namespace

TrainingGroup::TrainingGroup(const TrainingPlan& plan, const TrainingRows& rows,
                             std::vector<NetworkSpec> networks, std::span<const LabelScaling> scalings)
    : plan_(plan), rows_(rows), labels_(networks, scalings, plan.residence()) {
    specs_ = withoutLabels(std::move(networks));
    const std::int64_t count = this->networks();
    weights_ = Parameters::zeros(plan.shape, count, plan.device);
    first_ = Parameters::zeros(plan.shape, count, plan.device);
    second_ = Parameters::zeros(plan.shape, count, plan.device);
    epochLoss_ = doubles(count, plan.device);
    for (std::int64_t k = 0; k < count; ++k) {
        weights_.initialise(k, specs_[static_cast<std::size_t>(k)].seed);
        labelVariation(labels_, k, plan.split.training, trainCount_, trainVariation_);
        labelVariation(labels_, k, plan.split.validation, validationCount_, validationVariation_);
    }
}

void TrainingGroup::beginEpoch(int epoch) {
    const std::vector<std::int32_t>& training = plan_.split.training;
    order_.lines = plan_.options.ownOrder ? networks() : 1;
    order_.rows.resize(training.size() * static_cast<std::size_t>(order_.lines));
    for (std::int64_t line = 0; line < order_.lines; ++line) {
        // An own order hangs on the network's seed alone, so that other networks do not change it.
        const std::uint64_t own =
            plan_.options.ownOrder ? specs_[static_cast<std::size_t>(line)].seed + 1 : 0;
        minibatchOrder(training, plan_.options, plan_.options.seed + own * 0x9e3779b97f4a7c15ULL, epoch,
                       std::span(order_.rows)
                           .subspan(training.size() * static_cast<std::size_t>(line), training.size()));
    }
    if (plan_.resident)
        order_.upload(plan_.device);
    if (!inverseCount_.defined())
        inverseCount_ = nn::floats({plan_.stepsPerEpoch(), networks(), 1}, plan_.device);
    nn::copyInto(inverseCounts(), inverseCount_);
}

std::vector<float> TrainingGroup::inverseCounts() const {
    const std::int64_t length = order_.length();
    std::vector<float> inverse;
    for (std::int64_t from = 0; from < length; from += plan_.options.batch) {
        const std::int64_t to = std::min<std::int64_t>(length, from + plan_.options.batch);
        for (std::int64_t k = 0; k < networks(); ++k) {
            std::int64_t count = to - from;
            const std::int32_t* rows = order_.rows.data() + (order_.lines == 1 ? 0 : k) * length;
            if (!labels_.complete(k))
                count = std::count_if(rows + from, rows + to,
                                      [&](auto row) { return !std::isnan(labels_.at(k, row)); });
            inverse.push_back(count > 0 ? 1.0F / static_cast<float>(count) : 0.0F);
        }
    }
    return inverse;
}

void TrainingGroup::runEpoch(Team& team, std::vector<std::unique_ptr<Lane>>& lanes, int laneIndex) {
    if (plan_.resident)
        return runResidentEpoch(team);
    Lane& lane = *lanes[static_cast<std::size_t>(laneIndex)];
    const int epoch = epochsDone(); // written by lane 0 after the last meeting only
    if (laneIndex == 0)
        team.attempt([&] {
            if (losses_.size() < lanes.size() || losses_.front().maxRows() < lane.maxRows) {
                losses_.clear();
                for (std::size_t l = 0; l < lanes.size(); ++l)
                    losses_.emplace_back(specs_, lane.maxRows, plan_.device);
            }
            beginEpoch(epoch);
        });
    if (!team.meet())
        return;
    const std::int64_t end = (epoch + 1) * plan_.stepsPerEpoch();
    std::int64_t step = steps_;
    team.meet(); // every lane has read steps_
    for (; step < end; ++step) {
        team.attempt([&] { accumulateGradient(team, lane, laneIndex, step); });
        if (!team.meet())
            return;
        team.attempt([&] { update(lanes, laneIndex, step); });
        if (!team.meet())
            return;
    }
    team.attempt([&] { validate(team, lane, losses_[static_cast<std::size_t>(laneIndex)], laneIndex); });
    if (!team.meet())
        return;
    if (laneIndex == 0)
        team.attempt([&] {
            at::Tensor total = doubles(networks(), plan_.device);
            for (const auto& each : lanes)
                total.add_(each->lossSum);
            finishEpoch(toDoubles(total));
        });
    team.meet();
}

void TrainingGroup::runResidentEpoch(Team& team) {
    team.attempt([&] {
        if (!resident_)
            resident_ = std::make_unique<ResidentStep>(
                plan_, specs_,
                GroupState{rows_, labels_, order_, inverseCount_, weights_, first_, second_, epochLoss_});
        const nn::DeviceStream::Use use(resident_->stream());
        const nn::Tf32Scope products(plan_.options.precision == Precision::TensorFloat32);
        const int epoch = epochsDone();
        beginEpoch(epoch);
        resident_->begin(steps_);
        for (const std::int64_t end = (epoch + 1) * plan_.stepsPerEpoch(); steps_ < end; ++steps_) {
            if (team.stopRequested())
                return team.abandon();
            resident_->run();
        }
        validate(team, resident_->lane(), resident_->loss(), 0);
        if (team.stopRequested())
            return team.abandon();
        finishEpoch(toDoubles(resident_->lane().lossSum));
    });
    team.meet();
}

void TrainingGroup::accumulateGradient(Team& team, Lane& lane, int laneIndex, std::int64_t step) {
    const std::int64_t inEpoch = step % plan_.stepsPerEpoch();
    const std::int64_t batchFrom = inEpoch * plan_.options.batch;
    const std::int64_t batchRows = std::min<std::int64_t>(plan_.options.batch, order_.length() - batchFrom);
    const std::int64_t from = batchFrom + batchRows * laneIndex / team.lanes();
    const std::int64_t count = batchFrom + batchRows * (laneIndex + 1) / team.lanes() - from;
    const std::int64_t blocks = std::max<std::int64_t>(1, (count + lane.maxRows - 1) / lane.maxRows);
    Parameters& gradient = lane.gradient(plan_.shape, networks());
    LossTerms& loss = losses_[static_cast<std::size_t>(laneIndex)];
    lane.lossSum = doubles(networks(), plan_.device);
    if (count == 0)
        gradient.flat.zero_();
    for (std::int64_t block = 0; block < blocks && count > 0; ++block) {
        if (team.stopRequested())
            return team.abandon();
        const std::int64_t blockFrom = from + count * block / blocks;
        const std::int64_t rows = from + count * (block + 1) / blocks - blockFrom;
        at::Tensor inputs = lane.inputs(order_, rows, plan_.shape.inputs);
        at::Tensor labels = lane.labels(networks(), rows);
        rows_.gather(order_, blockFrom, rows, inputs);
        labels_.gather(order_, blockFrom, rows, labels);
        at::Tensor slope = loss.slope(lane.pass.forward(weights_, inputs), labels);
        lane.lossSum.add_(loss.lossSum());
        slope.mul_(inverseCount_[inEpoch]);
        lane.pass.backward(weights_, inputs, slope, gradient, block > 0);
    }
}

/// Each lane adds up the lanes' gradients, in their order, and moves the weights of its part.
void TrainingGroup::update(std::vector<std::unique_ptr<Lane>>& lanes, int laneIndex, std::int64_t step) {
    const auto count = static_cast<std::int64_t>(lanes.size());
    const std::int64_t total = weights_.flat.numel();
    const auto bound = [&](std::int64_t lane) {
        return lane == count ? total : total * lane / count / 16 * 16;
    };
    const std::int64_t from = bound(laneIndex);
    const std::int64_t size = bound(laneIndex + 1) - from;
    const auto part = [&](const at::Tensor& flat) { return flat.narrow(0, from, size); };
    at::Tensor gradient = part(lanes[0]->gradient(plan_.shape, networks()).flat);
    for (std::size_t other = 1; other < lanes.size(); ++other)
        gradient.add_(part(lanes[other]->gradient(plan_.shape, networks()).flat));

    const TrainingOptions& options = plan_.options;
    const double rate = learningRateAt(options, step, plan_.totalSteps());
    const at::Tensor number = at::full({}, static_cast<double>(step + 1), weights_.flat.options());
    adamStep(options, part(weights_.flat), gradient, part(first_.flat), part(second_.flat), number, rate);
    if (laneIndex == 0) {
        for (const auto& lane : lanes)
            epochLoss_.add_(lane->lossSum);
        steps_ = step + 1;
    }
}

void TrainingGroup::validate(Team& team, Lane& lane, LossTerms& loss, int laneIndex) {
    lane.lossSum = doubles(networks(), plan_.device);
    const RowOrder& order = plan_.validationOrder;
    // With own orders the buffers hold rows of every network; the set-aside rows are shared and need less.
    for (std::int64_t from = laneIndex * lane.maxRows; from < order.length();
         from += team.lanes() * lane.maxRows) {
        if (team.stopRequested())
            return team.abandon();
        const std::int64_t rows = std::min(lane.maxRows, order.length() - from);
        at::Tensor inputs = lane.inputs(order, rows, plan_.shape.inputs);
        at::Tensor labels = lane.labels(networks(), rows);
        rows_.gather(order, from, rows, inputs);
        labels_.gather(order, from, rows, labels);
        loss.slope(lane.pass.forward(weights_, inputs), labels);
        lane.lossSum.add_(loss.lossSum());
    }
}

float TrainingGroup::r2(double squares, double variation, std::size_t network) const {
    if (specs_[network].loss == Loss::Pinball || variation <= 0.0)
        return std::numeric_limits<float>::quiet_NaN();
    return static_cast<float>(1.0 - squares / variation);
}

void TrainingGroup::finishEpoch(const std::vector<double>& validation) {
    const bool validated = !plan_.split.validation.empty();
    const std::vector<double> train = toDoubles(epochLoss_);
    EpochScores scores;
    for (std::size_t k = 0; k < specs_.size(); ++k) {
        const double loss = train[k] / trainCount_[k];
        if (!std::isfinite(loss))
            throw Error("network " + specs_[k].name + " diverged in epoch " +
                        std::to_string(epochsDone() + 1) +
                        " (its loss is not finite); lower the learning rate");
        scores.trainLoss.push_back(static_cast<float>(loss));
        if (validated)
            scores.validationLoss.push_back(static_cast<float>(validation[k] / validationCount_[k]));
        scores.r2.push_back(validated ? r2(validation[k], validationVariation_[k], k)
                                      : r2(train[k], trainVariation_[k], k));
    }
    history_.push_back(std::move(scores));
    epochLoss_.zero_();
}

std::vector<double> TrainingGroup::lossSums() const {
    return toDoubles(epochLoss_);
}

void TrainingGroup::appendCheckpoint(std::int64_t network, const std::string& prefix,
                                     std::vector<NamedArray>& arrays) const {
    weights_.appendArrays(network, prefix, "", arrays);
    first_.appendArrays(network, prefix, "/first_moment", arrays);
    second_.appendArrays(network, prefix, "/second_moment", arrays);
}

void TrainingGroup::restore(std::int64_t firstNetwork, std::span<const NamedArray> arrays,
                            std::vector<EpochScores> history, std::int64_t steps,
                            const std::vector<double>& lossSums) {
    for (std::int64_t k = 0; k < networks(); ++k) {
        const std::string prefix = "network" + std::to_string(firstNetwork + k);
        weights_.readArrays(k, prefix, "", arrays);
        first_.readArrays(k, prefix, "/first_moment", arrays);
        second_.readArrays(k, prefix, "/second_moment", arrays);
        epochLoss_[k].fill_(lossSums[static_cast<std::size_t>(k)]);
    }
    history_ = std::move(history);
    steps_ = steps;
}

} // namespace penumbra::heads
