#include "core/base/error.h"
#include "core/heads/trained_impl.h"
#include "core/heads/trainer_impl.h"
#include "core/nn/worker_scope.h"

#include <algorithm>

namespace penumbra::heads {

namespace {
// Arrays hold floats only; numbers that need more digits are stored as sums of floats, which is exact.
constexpr std::int64_t doubleParts = 3;

void appendExactly(double value, std::vector<float>& parts) {
    for (std::int64_t i = 0; i < doubleParts; ++i) {
        parts.push_back(static_cast<float>(value));
        value -= static_cast<double>(parts.back());
    }
}

double exactly(std::span<const float> parts) {
    double value = 0.0;
    for (auto part = parts.rbegin(); part != parts.rend(); ++part)
        value += static_cast<double>(*part);
    return value;
}

std::span<const float> partsOf(const NamedArray& array, std::int64_t network) {
    return std::span(array.values).subspan(static_cast<std::size_t>(network * doubleParts), doubleParts);
}

void requireSame(std::span<const NamedArray> arrays, const NamedArray& ours, const std::string& what) {
    if (findArray(arrays, ours.name, ours.shape).values != ours.values)
        throw Error("array '" + ours.name + "' does not fit: the checkpoint was made with other " + what);
}

NamedArray scheduleArray(const TrainingPlan& plan) {
    const auto steps = static_cast<float>(plan.stepsPerEpoch());
    return {"schedule", {2}, {steps, static_cast<float>(plan.options.epochs)}};
}

/// "curves/NAME" [networks, epochs]: losses so far; 0 past a network's last epoch.
NamedArray curve(const Trainer::Impl& impl, const std::string& name, std::vector<float> EpochScores::*values,
                 std::int64_t epochs) {
    NamedArray array{"curves/" + name, {static_cast<std::int64_t>(impl.specs.size()), epochs}, {}};
    for (const auto& group : impl.groups)
        for (std::int64_t k = 0; k < group->networks(); ++k)
            for (std::int64_t e = 0; e < epochs; ++e) {
                const bool known = e < group->epochsDone();
                const auto& scores =
                    known ? group->history()[static_cast<std::size_t>(e)].*values : std::vector<float>{};
                array.values.push_back(scores.empty() ? 0.0F : scores[static_cast<std::size_t>(k)]);
            }
    return array;
}

std::vector<float> column(const NamedArray& array, std::int64_t first, std::int64_t count,
                          std::int64_t epoch) {
    std::vector<float> values;
    for (std::int64_t k = first; k < first + count; ++k)
        values.push_back(array.values[static_cast<std::size_t>(k * array.shape[1] + epoch)]);
    return values;
}
} // namespace

std::vector<NamedArray> Trainer::checkpoint() const {
    const nn::WorkerScope scope;
    const Impl& impl = *impl_;
    const auto networks = static_cast<std::int64_t>(impl.specs.size());
    std::vector<NamedArray> arrays;
    appendScalings(impl.inputScaling, impl.labelScalings, arrays);
    arrays.push_back(scheduleArray(impl.plan));
    NamedArray steps{"counters/steps", {networks, doubleParts}, {}};
    NamedArray epochs{"counters/epochs", {networks}, {}};
    NamedArray losses{"counters/epoch_loss", {networks, doubleParts}, {}};
    std::int64_t mostEpochs = 0;
    for (std::size_t g = 0; g < impl.groups.size(); ++g) {
        const TrainingGroup& group = *impl.groups[g];
        mostEpochs = std::max<std::int64_t>(mostEpochs, group.epochsDone());
        const std::vector<double> sums = group.lossSums();
        for (std::int64_t k = 0; k < group.networks(); ++k) {
            appendExactly(static_cast<double>(group.steps()), steps.values);
            epochs.values.push_back(static_cast<float>(group.epochsDone()));
            appendExactly(sums[static_cast<std::size_t>(k)], losses.values);
            group.appendCheckpoint(k, "network" + std::to_string(impl.firstNetwork[g] + k), arrays);
        }
    }
    arrays.push_back(std::move(steps));
    arrays.push_back(std::move(epochs));
    arrays.push_back(std::move(losses));
    arrays.push_back(curve(impl, "train_loss", &EpochScores::trainLoss, mostEpochs));
    arrays.push_back(curve(impl, "validation_loss", &EpochScores::validationLoss, mostEpochs));
    arrays.push_back(curve(impl, "r2", &EpochScores::r2, mostEpochs));
    return arrays;
}

void Trainer::restore(std::span<const NamedArray> arrays) {
    const nn::WorkerScope scope;
    Impl& impl = *impl_;
    const auto networks = static_cast<std::int64_t>(impl.specs.size());
    std::vector<NamedArray> ours;
    appendScalings(impl.inputScaling, impl.labelScalings, ours);
    for (const NamedArray& array : ours)
        requireSame(arrays, array, array.name.starts_with("labels") ? "labels" : "training rows");
    requireSame(arrays, scheduleArray(impl.plan), "epochs, batch or training rows");
    const NamedArray& steps = findArray(arrays, "counters/steps", {networks, doubleParts});
    const NamedArray& epochs = findArray(arrays, "counters/epochs", {networks});
    const NamedArray& losses = findArray(arrays, "counters/epoch_loss", {networks, doubleParts});
    const auto mostEpochs =
        static_cast<std::int64_t>(*std::max_element(epochs.values.begin(), epochs.values.end()));
    const NamedArray& train = findArray(arrays, "curves/train_loss", {networks, mostEpochs});
    const NamedArray& validation = findArray(arrays, "curves/validation_loss", {networks, mostEpochs});
    const NamedArray& r2 = findArray(arrays, "curves/r2", {networks, mostEpochs});

    for (std::size_t g = 0; g < impl.groups.size(); ++g) {
        TrainingGroup& group = *impl.groups[g];
        const std::int64_t first = impl.firstNetwork[g];
        const double groupSteps = exactly(partsOf(steps, first));
        std::vector<double> sums;
        for (std::int64_t k = first; k < first + group.networks(); ++k) {
            if (exactly(partsOf(steps, k)) != groupSteps)
                throw Error("array 'counters/steps' does not fit: the training was stopped within an epoch "
                            "on another "
                            "device or with other networks per pass; continue it there");
            sums.push_back(exactly(partsOf(losses, k)));
        }
        std::vector<EpochScores> history;
        const auto done = static_cast<std::int64_t>(epochs.values[static_cast<std::size_t>(first)]);
        for (std::int64_t e = 0; e < done; ++e) {
            history.push_back(
                {column(train, first, group.networks(), e), {}, column(r2, first, group.networks(), e)});
            if (!impl.plan.split.validation.empty())
                history.back().validationLoss = column(validation, first, group.networks(), e);
        }
        group.restore(first, arrays, std::move(history), static_cast<std::int64_t>(groupSteps), sums);
    }
    impl.epochSeconds.clear();
}

} // namespace penumbra::heads
