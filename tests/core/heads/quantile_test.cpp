// Pinball networks learn the conditional quantiles of a problem where these are known.
#include "tests/core/heads/synthetic.h"

#include <gtest/gtest.h>

namespace penumbra::heads {
namespace {

double centre(double x) {
    return std::sin(3.0 * x);
}
double scaleAt(double x) {
    return 0.2 + 0.4 * std::abs(x);
}

TEST(Pinball, LearnsTheQuantilesOfHeteroscedasticNoise) {
    constexpr int rows = 20000;
    Rng rng(5);
    const auto draw = [&](MatrixF& inputs, std::vector<double>& labels) {
        inputs.resize(rows, 2);
        labels.clear();
        for (Eigen::Index i = 0; i < rows; ++i) {
            const double x = 2.0 * rng.uniform() - 1.0;
            inputs(i, 0) = static_cast<float>(x);
            inputs(i, 1) = static_cast<float>(rng.normal()); // of no use
            labels.push_back(centre(x) + scaleAt(x) * rng.normal());
        }
    };
    MatrixF inputs, fresh;
    std::vector<double> labels, freshLabels;
    draw(inputs, labels);
    draw(fresh, freshLabels);
    const std::vector<std::pair<double, double>> levels{{0.05, -1.6448536}, {0.5, 0.0}, {0.95, 1.6448536}};
    std::vector<NetworkSpec> specs;
    for (const auto& [level, z] : levels) {
        NetworkSpec spec = network(inputs, {32, 32}, static_cast<int>(specs.size()));
        spec.labels = labels;
        spec.loss = Loss::Pinball;
        spec.level = level;
        specs.push_back(spec);
    }
    TrainingOptions options;
    options.epochs = 30;
    options.batch = 256;
    options.learningRate = 3e-3;
    const MatrixD predicted = [&] {
        Trainer trainer(inputs, specs, options, threads(2));
        trainer.runUntil(options.epochs, threads(2));
        return trainer.networks().predict(fresh, threads(2));
    }();
    for (std::size_t k = 0; k < levels.size(); ++k) {
        const auto [level, z] = levels[k];
        double below = 0.0, squares = 0.0;
        for (Eigen::Index i = 0; i < rows; ++i) {
            const double x = static_cast<double>(fresh(i, 0));
            const double q = predicted(i, static_cast<Eigen::Index>(k));
            below += freshLabels[static_cast<std::size_t>(i)] < q ? 1.0 : 0.0;
            squares += std::pow((q - centre(x) - z * scaleAt(x)) / scaleAt(x), 2);
        }
        // Fresh rows: 4 standard errors of a frequency on train and test rows each, and 0.01 for a finite
        // network.
        const double allowed = 8.0 * std::sqrt(level * (1.0 - level) / rows) + 0.01;
        EXPECT_NEAR(below / rows, level, allowed) << "level " << level;
        EXPECT_LT(std::sqrt(squares / rows), 0.2) << "level " << level << ": rms error in units of the noise";
    }
}

} // namespace
} // namespace penumbra::heads
