#include "core/study/cost.h"

#include "core/base/rng.h"
#include "core/catalogue/posterior_table.h"
#include "core/heads/trainer.h"
#include "core/study/choices.h"
#include "core/study/options.h"
#include "core/study/posterior_features.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace penumbra::workflow {

namespace {

using Kind = uq::Signal::Kind;

/// Of a pass of a network over the training rows; each step costs some fifty microseconds beside its
/// products.
double epochCost(double rows, double batch, double parameters) {
    constexpr double operationsOfStep = 1e6;
    return 6.0 * rows * parameters + std::ceil(rows / batch) * operationsOfStep;
}

bool isNetwork(const uq::Signal& signal) {
    return signal.kind == Kind::Mean || signal.kind == Kind::Quantile || signal.kind == Kind::Member;
}

double parameterCount(const heads::NetworkShape& shape) {
    double count = 0.0;
    int inputs = shape.inputs;
    for (const int units : shape.hidden) {
        count += static_cast<double>(inputs) * units;
        inputs = units;
    }
    return count + inputs;
}

// Calibration and scores on a processor whose training runs at referenceSpeed, seconds: reading, the check of
// the data and comparing the parts of the split; a method and target, and the same a held-out galaxy.
constexpr double referenceSpeed = 2e10;
constexpr double fixedSeconds = 1.5;
constexpr double secondsOfMethod = 0.15;
constexpr double secondsOfMethodAndRow = 1.5e-5;
constexpr double secondsOfRow = 1e-4;

double scoringSeconds(const StudySize& size, std::size_t methods) {
    const double tables = size.targets * static_cast<double>(methods);
    return fixedSeconds + size.heldOutRows * secondsOfRow +
           tables * (secondsOfMethod + secondsOfMethodAndRow * size.heldOutRows);
}

} // namespace

StudySize studySize(const Catalogue& catalogue, const OptionSet& options, std::size_t targets) {
    const StudyChoices chosen = studyChoices(options);
    using Source = StudyChoices::SplitSource;
    StudySize size;
    size.targets = static_cast<double>(targets);
    const auto rows = static_cast<double>(catalogue.rowCount);
    const bool stored = !catalogue.split.empty() && chosen.split != Source::Draw;
    const auto count = std::count(catalogue.split.begin(), catalogue.split.end(), std::uint8_t{0});
    size.trainRows = stored ? static_cast<double>(count) : rows * chosen.trainFraction;
    if (stored && chosen.split == Source::Carve)
        size.trainRows = std::max(0.0, size.trainRows - rows * chosen.calibrationFraction);
    size.heldOutRows = rows - size.trainRows;
    if (!trainsNetworks(chosen))
        size.trainRows = 0.0;
    const std::string& wanted = chosen.features;
    for (const FeatureInfo& feature : catalogue.features)
        if (wanted.empty() ? size.inputs == 0 : feature.name == wanted)
            size.inputs = static_cast<int>(feature.width);
    return size;
}

std::vector<uq::Signal> signalsNeeded(std::span<const uq::UqMethod* const> methods, const OptionSet& options,
                                      double alpha) {
    std::vector<uq::Signal> signals = {uq::Signal::mean()};
    for (const uq::UqMethod* method : methods)
        for (const uq::Signal& signal : method->needs(options, alpha))
            if (signal.name() != posteriorSignal && // given, not learned
                std::find(signals.begin(), signals.end(), signal) == signals.end())
                signals.push_back(signal);
    return signals;
}

TrainingCosts trainingCosts(const StudySize& size, const OptionSet& options,
                            std::span<const uq::Signal> signals) {
    TrainingCosts costs;
    if (size.trainRows <= 0.0)
        return costs;
    const heads::NetworkShape shape = headShape(options, size.inputs);
    const heads::TrainingOptions training = headTraining(options);
    const StudyChoices chosen = studyChoices(options);
    const double network =
        training.epochs * size.targets * epochCost(size.trainRows, training.batch, parameterCount(shape));
    const bool wantsResiduals = std::any_of(signals.begin(), signals.end(), [](const uq::Signal& signal) {
        return signal.kind == Kind::Residual;
    });
    if (wantsResiduals && chosen.crossFitted)
        costs.heads += network * chosen.residualFolds;
    if (wantsResiduals && chosen.crossFittedIfOverfit) // at most: they are trained where the heads overfit
        costs.residuals += network * chosen.residualFolds;
    for (const uq::Signal& signal : signals) {
        const bool net = signal.space == uq::Signal::Space::Net;
        const double inputs = net ? shape.hidden.back() : shape.inputs;
        if (isNetwork(signal)) {
            costs.heads += network;
            costs.fill += 2.0 * size.heldOutRows * size.targets * parameterCount(shape);
        } else if (signal.kind == Kind::FoldMeans) { // half of the held-out rows calibrate, or so
            costs.folds += network * signal.index * (1.0 + 0.5 * size.heldOutRows / size.trainRows);
        } else if (signal.kind == Kind::DropoutMean) {
            const double beyondFirst =
                parameterCount(shape) - static_cast<double>(shape.inputs) * shape.hidden[0];
            costs.fill += 4.0 * size.heldOutRows * size.targets * signal.index * beyondFirst;
        } else if (signal.kind == Kind::Residual) {
            costs.residuals += 6.0 * size.trainRows * residualTraining(options, 1).epochs * size.targets *
                               inputs * residualShape(options, net, 1).hidden[0];
        } else if (signal.kind == Kind::Kernel) {
            const lvd::MetricOptions metric = metricOptions(options, net);
            costs.kernels += static_cast<double>(metric.iterations) * size.targets * size.trainRows *
                             metric.outputs * (4.0 * inputs + 12.0 * metric.batch);
        }
    }
    return costs;
}

StudyTime studyTime(const TrainingCosts& costs, const StudySize& size, std::size_t methods, double speed) {
    return {costs.total() / speed,
            scoringSeconds(size, methods) * std::max(0.1, std::min(10.0, referenceSpeed / speed))};
}

double speedOf(const TrainingCosts& costs, const StudySize& size, std::size_t methods, double seconds) {
    if (!(seconds > 0.5) || costs.total() <= 0.0)
        return 0.0;
    double slow = 1e6, fast = 1e15; // the time falls with the speed
    for (int step = 0; step < 100; ++step) {
        const double middle = std::sqrt(slow * fast);
        (studyTime(costs, size, methods, middle).total() > seconds ? slow : fast) = middle;
    }
    return fast > 9e14 || slow < 2e6 ? 0.0 : std::sqrt(slow * fast);
}

double measureSpeed(const StudySize& size, const OptionSet& options, const RunContext& context) {
    constexpr double longEnough = 0.1;
    constexpr int mostEpochs = 64;
    const int rows = static_cast<int>(std::clamp(size.trainRows, 64.0, 2048.0));
    Rng rng(1);
    MatrixF inputs(rows, std::max(1, size.inputs));
    for (Eigen::Index i = 0; i < inputs.size(); ++i)
        inputs.data()[i] = static_cast<float>(rng.normal());
    std::vector<heads::NetworkSpec> specs(2);
    for (heads::NetworkSpec& spec : specs) {
        spec.name = "speed";
        spec.shape = headShape(options, static_cast<int>(inputs.cols()));
        for (int i = 0; i < rows; ++i)
            spec.labels.push_back(rng.normal());
    }
    heads::TrainingOptions training = headTraining(options);
    training.epochs = mostEpochs;
    heads::Trainer trainer(inputs, specs, training, context);
    trainer.runUntil(1, context); // threads and buffers are made
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    double seconds = 0.0;
    int epoch = 1;
    while (seconds < longEnough && epoch < mostEpochs) {
        trainer.runUntil(++epoch, context);
        seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    }
    return (epoch - 1) * static_cast<double>(specs.size()) *
           epochCost(rows, training.batch, parameterCount(specs[0].shape)) / seconds;
}

std::string aboutSeconds(double seconds) {
    const auto rounded = [](double value) { // 1, 2, 3 ... 9, 10, 15, 20 ... 60
        return static_cast<long long>(value < 9.5 ? std::round(value) : 5.0 * std::round(value / 5.0));
    };
    if (seconds < 10.0)
        return "less than 10 s";
    if (seconds < 57.5)
        return "about " + std::to_string(rounded(seconds)) + " s";
    if (seconds < 57.5 * 60.0)
        return "about " + std::to_string(rounded(std::max(1.0, seconds / 60.0))) + " min";
    if (seconds < 40.0 * 3600.0)
        return "about " + std::to_string(std::max(1LL, rounded(seconds / 3600.0))) + " h";
    return "about " + std::to_string(std::max(2LL, rounded(seconds / 86400.0))) + " days";
}

} // namespace penumbra::workflow
