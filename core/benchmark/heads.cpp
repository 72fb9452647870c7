#include "core/benchmark/heads.h"

#include "core/base/derived_seed.h"
#include "core/heads/trainer.h"

#include <algorithm>
#include <cmath>

namespace penumbra::benchmark {

namespace {

/// Mean over networks; their labels are standardised, so that targets count alike.
double watched(const heads::EpochReport& report) {
    double sum = 0.0;
    for (const double loss : report.validationLoss.empty() ? report.trainLoss : report.validationLoss)
        sum += loss;
    return sum;
}

} // namespace

std::vector<MatrixD> trainHeads(const MatrixF& inputs, std::span<const std::int32_t> training,
                                const MatrixD& labels, const HeadOptions& options, const RunContext& context,
                                std::span<const MatrixF* const> others) {
    const std::vector<Eigen::Index> rows(training.begin(), training.end());
    const MatrixF seen = inputs(rows, Eigen::all);
    std::vector<heads::NetworkSpec> networks;
    for (Eigen::Index target = 0; target < labels.cols(); ++target)
        for (int s = 0; s < options.seeds; ++s) {
            heads::NetworkSpec network;
            network.name = "target " + std::to_string(target + 1) + ", head " + std::to_string(s + 1);
            network.shape.inputs = static_cast<int>(inputs.cols());
            network.shape.hidden = {options.hidden};
            network.seed = derivedSeed(options.seed, network.name);
            for (const Eigen::Index row : rows)
                network.labels.push_back(labels(row, target));
            networks.push_back(std::move(network));
        }
    heads::TrainingOptions schedule;
    schedule.epochs = options.epochs;
    schedule.batch = std::clamp(static_cast<int>(rows.size() / 8), 16, std::max(16, options.batch));
    schedule.learningRate = options.learningRate;
    schedule.weightDecay = options.weightDecay;
    schedule.validationFraction = options.validationFraction;
    schedule.ownOrder = true;
    schedule.seed = derivedSeed(options.seed, "benchmark");
    heads::Trainer trainer(seen, std::move(networks), schedule, context.quiet());
    heads::TrainedNetworks best;
    double least = std::numeric_limits<double>::infinity();
    for (int epoch = 1; epoch <= options.epochs; ++epoch) {
        context.step(static_cast<double>(epoch - 1) / options.epochs, "training heads");
        const auto reports = trainer.runUntil(epoch, context.quiet());
        if (const double loss = watched(reports.back()); epoch == 1 || loss < least) {
            least = loss;
            best = trainer.networks();
        }
    }
    std::vector<MatrixD> predictions{best.predict(inputs, context.quiet())};
    for (const MatrixF* other : others)
        predictions.push_back(best.predict(*other, context.quiet()));
    return predictions;
}

} // namespace penumbra::benchmark
