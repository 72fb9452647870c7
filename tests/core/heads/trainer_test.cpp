#include "core/heads/trainer.h"

#include "core/base/error.h"
#include "core/heads/schedule.h"
#include "tests/core/heads/synthetic.h"

#include <gtest/gtest.h>
#include <limits>

namespace penumbra::heads {
namespace {

TrainingOptions shortTraining() {
    TrainingOptions options;
    options.epochs = 4;
    options.batch = 64;
    options.seed = 7;
    return options;
}

std::vector<NetworkSpec> mixedNetworks(const MatrixF& inputs, int count) {
    std::vector<NetworkSpec> specs;
    for (int k = 0; k < count; ++k) {
        specs.push_back(network(inputs, {12, 9}, k));
        if (k % 3 == 1) {
            specs.back().loss = Loss::Pinball;
            specs.back().level = 0.2;
        }
        if (k % 3 == 2) // labels of its own subset
            for (std::size_t i = 0; i < specs.back().labels.size(); i += 4)
                specs.back().labels[i] = std::numeric_limits<double>::quiet_NaN();
    }
    return specs;
}

double largestDifference(const MatrixD& a, const MatrixD& b) {
    return (a - b).cwiseAbs().maxCoeff();
}

struct Layout {
    bool ownOrder;
    int networksPerPass;
    int threadCount;
};
class Batched : public testing::TestWithParam<Layout> {};

TEST_P(Batched, EqualsNetworksTrainedApart) {
    const MatrixF inputs = normalInputs(333, 5, 1);
    const std::vector<NetworkSpec> specs = mixedNetworks(inputs, 5);
    TrainingOptions options = shortTraining();
    options.ownOrder = GetParam().ownOrder;
    options.networksPerPass = GetParam().networksPerPass;
    const MatrixD together = trainAndPredict(inputs, specs, options, GetParam().threadCount);
    for (std::size_t k = 0; k < specs.size(); ++k) {
        const MatrixD apart = trainAndPredict(inputs, {specs[k]}, options, 1);
        EXPECT_LT(largestDifference(together.col(static_cast<Eigen::Index>(k)), apart), 1e-4)
            << "network " << k;
    }
}

INSTANTIATE_TEST_SUITE_P(Layouts, Batched,
                         testing::Values(Layout{false, 5, 1}, Layout{false, 5, 2}, Layout{false, 2, 2},
                                         Layout{false, 1, 3}, Layout{false, 3, 4}, Layout{true, 5, 1},
                                         Layout{true, 2, 2}, Layout{true, 5, 2}));

TEST(Trainer, SameSeedAndThreadsSameBits) {
    const MatrixF inputs = normalInputs(500, 4, 2);
    for (const int threadCount : {1, 2, 4}) {
        const MatrixD first = trainAndPredict(inputs, mixedNetworks(inputs, 3), shortTraining(), threadCount);
        const MatrixD second =
            trainAndPredict(inputs, mixedNetworks(inputs, 3), shortTraining(), threadCount);
        EXPECT_TRUE(first == second) << threadCount << " threads";
    }
}

TEST(Trainer, SeedsMatter) {
    const MatrixF inputs = normalInputs(200, 4, 2);
    std::vector<NetworkSpec> specs{network(inputs, {8}, 0)};
    const MatrixD base = trainAndPredict(inputs, specs, shortTraining(), 1);
    TrainingOptions otherOrder = shortTraining();
    otherOrder.seed = 8;
    EXPECT_GT(largestDifference(base, trainAndPredict(inputs, specs, otherOrder, 1)), 1e-6);
    specs[0].seed = 1;
    EXPECT_GT(largestDifference(base, trainAndPredict(inputs, specs, shortTraining(), 1)), 1e-3);
}

TEST(Trainer, OwnOrderSeparatesEqualNetworksOfDifferentSeedOnly) {
    // Two members with the same labels: shared order gives them the same minibatches, own order does not; a
    // network's own order does not depend on who else is trained.
    const MatrixF inputs = normalInputs(300, 4, 3);
    TrainingOptions options = shortTraining();
    options.ownOrder = true;
    NetworkSpec a = network(inputs, {8}, 0), b = a, c = network(inputs, {8}, 5);
    const MatrixD same = trainAndPredict(inputs, {a, b}, options, 1);
    EXPECT_LT(largestDifference(same.col(0), same.col(1)), 1e-5);
    const MatrixD withOther = trainAndPredict(inputs, {c, a}, options, 1);
    EXPECT_LT(largestDifference(withOther.col(1), same.col(0)), 1e-5);
    options.ownOrder = false;
    EXPECT_GT(largestDifference(trainAndPredict(inputs, {a}, options, 1), same.col(0)), 1e-6);
}

TEST(Trainer, LearnsAndReports) {
    const MatrixF inputs = normalInputs(2000, 3, 4);
    TrainingOptions options;
    options.epochs = 40;
    options.batch = 128;
    options.learningRate = 5e-3;
    options.validationFraction = 0.2;
    NetworkSpec mean = network(inputs, {32, 32}, 0);
    NetworkSpec quantile = mean;
    quantile.loss = Loss::Pinball;
    Trainer trainer(inputs, {mean, quantile}, options, threads(2));
    Progress progress;
    RunContext context = threads(2);
    context.progress = &progress;
    const auto reports = trainer.runUntil(1000, context);
    ASSERT_EQ(reports.size(), 40U);
    EXPECT_EQ(trainer.epochsDone(), 40);
    EXPECT_EQ(trainer.reports().size(), 40U);
    EXPECT_EQ(reports.back().epoch, 40);
    EXPECT_LT(reports.back().trainLoss[0], 0.2 * reports.front().trainLoss[0]);
    EXPECT_GT(reports.back().r2[0], 0.9); // noise 0.1 of a standard deviation above 1 leaves 1 - 0.01 at best
    EXPECT_TRUE(std::isnan(reports.back().r2[1]));
    EXPECT_NEAR(progress.state().fraction, 1.0, 1e-9);
    EXPECT_NE(progress.state().doing.find("2 networks"), std::string::npos) << progress.state().doing;
    EXPECT_TRUE(trainer.runUntil(1000, context).empty());
}

// bfloat16 has 8 bits of mantissa: products are off by some 0.4 % at random, which the fit averages out.
TEST(Trainer, Bfloat16LearnsAlmostTheSame) {
    const MatrixF inputs = normalInputs(2000, 3, 4);
    TrainingOptions options;
    options.epochs = 40;
    options.batch = 128;
    options.learningRate = 5e-3;
    const std::vector<NetworkSpec> specs{network(inputs, {32, 32}, 0), network(inputs, {32, 32}, 1)};
    const MatrixD full = trainAndPredict(inputs, specs, options, 2);
    for (const bool ownOrder : {false, true}) {
        options.precision = Precision::BFloat16;
        options.ownOrder = ownOrder;
        Trainer trainer(inputs, specs, options, threads(2));
        const auto reports = trainer.runUntil(options.epochs, threads(2));
        EXPECT_GT(reports.back().r2[0], 0.9);
        EXPECT_GT(reports.back().r2[1], 0.9);
        const MatrixD low = trainer.networks().predict(inputs, threads(2));
        EXPECT_GT((low - full).cwiseAbs().maxCoeff(), 0.0) << "the option must do something";
        EXPECT_LT((low - full).norm(), 0.3 * (full.array() - full.mean()).matrix().norm());
    }
}

TEST(Trainer, ReportedValidationScoresAreThoseOfThePredictions) {
    const MatrixF inputs = normalInputs(400, 3, 5);
    TrainingOptions options = shortTraining();
    options.validationFraction = 0.25;
    const NetworkSpec spec = network(inputs, {10}, 0);
    Trainer trainer(inputs, {spec}, options, threads(2));
    const auto reports = trainer.runUntil(4, threads(2));
    const MatrixD predicted = trainer.networks().predict(inputs, threads(1));
    const RowSplit split = splitRows(400, options);
    const auto label = [&](std::int32_t row) { return spec.labels[static_cast<std::size_t>(row)]; };
    const auto meanOver = [](const std::vector<std::int32_t>& rows, const auto& value) {
        double sum = 0.0;
        for (const std::int32_t row : rows)
            sum += value(row);
        return sum / static_cast<double>(rows.size());
    };
    const double error =
        meanOver(split.validation, [&](auto row) { return std::pow(predicted(row, 0) - label(row), 2); });
    const double middle = meanOver(split.validation, label);
    const double variance =
        meanOver(split.validation, [&](auto row) { return std::pow(label(row) - middle, 2); });
    const double trainMiddle = meanOver(split.training, label); // labels are standardised by the trained rows
    const double unit =
        meanOver(split.training, [&](auto row) { return std::pow(label(row) - trainMiddle, 2); });
    EXPECT_NEAR(reports.back().validationLoss[0], error / unit, 1e-4);
    EXPECT_NEAR(reports.back().r2[0], 1.0 - error / variance, 1e-4);
}

TEST(Trainer, LargeBatchesInBlocksEqualSmallNetworksInOne) {
    // Same training with rows split among lanes and blocks: only rounding may differ.
    const MatrixF inputs = normalInputs(3000, 6, 6);
    TrainingOptions options = shortTraining();
    options.batch = 3000;
    options.epochs = 6;
    const std::vector<NetworkSpec> specs{
        network(inputs, {700, 700}, 0)}; // costly enough to be cut into blocks
    const MatrixD one = trainAndPredict(inputs, specs, options, 1);
    const MatrixD four = trainAndPredict(inputs, specs, options, 4);
    EXPECT_LT(largestDifference(one, four), 1e-3);
}

TEST(Trainer, MissingLabelsEqualRowsLeftOut) {
    // Full batch: a network with labels on half the rows = one trained on those rows alone, given equal
    // scaling.
    MatrixF inputs = normalInputs(200, 3, 8);
    inputs.bottomRows(100) = inputs.topRows(100); // the same statistics with and without the second half
    NetworkSpec half = network(inputs, {7}, 0);
    std::fill(half.labels.begin() + 100, half.labels.end(), std::numeric_limits<double>::quiet_NaN());
    TrainingOptions options = shortTraining();
    options.batch = 200;
    const MatrixD masked = trainAndPredict(inputs, {half}, options, 1);
    const MatrixF top = inputs.topRows(100);
    half.labels.resize(100);
    const MatrixD alone = trainAndPredict(top, {half}, options, 1);
    EXPECT_LT(largestDifference(masked.topRows(100), alone), 1e-4);
}

TEST(Trainer, WrongInputsAreRefused) {
    const MatrixF inputs = normalInputs(50, 3, 9);
    const TrainingOptions options = shortTraining();
    const NetworkSpec good = network(inputs, {4}, 0);
    const auto make = [&](std::vector<NetworkSpec> specs) {
        Trainer(inputs, std::move(specs), options, threads(1));
    };
    EXPECT_NO_THROW(make({good}));
    EXPECT_THROW(make({}), Error);
    NetworkSpec other = good;
    other.shape.hidden = {5};
    EXPECT_THROW(make({good, other}), Error);
    other = good;
    other.labels.pop_back();
    EXPECT_THROW(make({other}), Error);
    other = good;
    other.shape.inputs = 4;
    EXPECT_THROW(make({other}), Error);
    other = good;
    other.labels.assign(50, std::nan(""));
    EXPECT_THROW(make({good, other}), Error);
    other = good;
    other.loss = Loss::Pinball;
    other.level = 1.0;
    EXPECT_THROW(make({other}), UsageError);
    MatrixF bad = inputs;
    bad(3, 1) = std::numeric_limits<float>::quiet_NaN();
    EXPECT_THROW(Trainer(bad, {good}, options, threads(1)), Error);
    const MatrixF none(0, 3);
    other = good;
    other.labels.clear();
    EXPECT_THROW(Trainer(none, {other}, options, threads(1)), Error);
    RunContext context = threads(1);
    context.device = "abacus";
    EXPECT_THROW(Trainer(inputs, {good}, options, context), UsageError);
}

TEST(Trainer, DivergenceIsAnErrorNamingTheNetwork) {
    const MatrixF inputs = normalInputs(100, 3, 10);
    TrainingOptions options = shortTraining();
    options.learningRate = 1e30;
    for (const int threadCount : {1, 3}) { // three: with lanes, none may wait for ever
        Trainer trainer(inputs, {network(inputs, {8, 8}, 0)}, options, threads(threadCount));
        try {
            trainer.runUntil(4, threads(threadCount));
            FAIL() << "no error";
        } catch (const Error& error) {
            EXPECT_NE(std::string(error.what()).find("network 0"), std::string::npos) << error.what();
        }
    }
}

} // namespace
} // namespace penumbra::heads
