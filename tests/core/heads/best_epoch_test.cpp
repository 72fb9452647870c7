#include "core/heads/best_epoch.h"

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/heads/schedule.h"
#include "tests/core/heads/synthetic.h"

#include <gtest/gtest.h>
#include <limits>

namespace penumbra::heads {
namespace {

/// Two networks on noise, which overfit early and late, and one without a label among the rows set aside.
TEST(BestEpoch, EveryNetworkIsAsItWasAfterItsOwnLowestValidationLoss) {
    const MatrixF inputs = normalInputs(160, 4, 1);
    std::vector<NetworkSpec> specs = {network(inputs, {16}, 0), network(inputs, {16}, 1),
                                      network(inputs, {16}, 2)};
    TrainingOptions options;
    options.epochs = 40;
    options.batch = 32;
    options.learningRate = 0.02;
    options.validationFraction = 0.25;
    options.seed = 3;
    Rng rng(9);
    for (double& label : specs[0].labels)
        label = rng.normal();
    for (const std::int32_t row : splitRows(inputs.rows(), options).validation)
        specs[2].labels[static_cast<std::size_t>(row)] = std::numeric_limits<double>::quiet_NaN();
    const RunContext one = threads(1);
    BestEpoch best(specs);
    Trainer trainer(inputs, specs, options, one);
    std::vector<MatrixD> outputs;
    std::vector<EpochReport> reports;
    for (int epoch = 1; epoch <= options.epochs; ++epoch) {
        reports.push_back(trainer.runUntil(epoch, one).front());
        best.see(trainer, reports.back());
        outputs.push_back(trainer.networks().predict(inputs, one));
    }
    const MatrixD kept = best.networks(trainer).predict(inputs, one);
    for (std::size_t k = 0; k < 2; ++k) {
        std::size_t lowest = 0;
        for (std::size_t e = 0; e < reports.size(); ++e)
            if (reports[e].validationLoss[k] < reports[lowest].validationLoss[k])
                lowest = e;
        EXPECT_EQ(best.epochs()[k], static_cast<int>(lowest) + 1);
        const auto column = static_cast<Eigen::Index>(k);
        EXPECT_TRUE(kept.col(column) == outputs[lowest].col(column)) << k;
    }
    EXPECT_LT(best.epochs()[0], options.epochs) << "noise is overfitted long before the end";
    EXPECT_EQ(best.epochs()[2], 0);
    EXPECT_TRUE(kept.col(2) == outputs.back().col(2))
        << "without a validation loss the last weights are kept";
}

TEST(BestEpoch, NeedsRowsSetAside) {
    const MatrixF inputs = normalInputs(40, 2, 1);
    const std::vector<NetworkSpec> specs = {network(inputs, {4}, 0)};
    TrainingOptions options;
    options.epochs = 1;
    options.batch = 16;
    BestEpoch best(specs);
    Trainer trainer(inputs, specs, options, threads(1));
    const auto reports = trainer.runUntil(1, threads(1));
    EXPECT_THROW(best.see(trainer, reports.front()), Error);
}

} // namespace
} // namespace penumbra::heads
