#include "core/base/error.h"
#include "core/heads/schedule.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>

namespace penumbra::heads {
namespace {

TEST(Schedule, CosineFallsTowardsZeroAndRestarts) {
    TrainingOptions options;
    options.learningRate = 2.0;
    options.cycles = 2;
    EXPECT_DOUBLE_EQ(learningRateAt(options, 0, 200), 2.0);
    EXPECT_NEAR(learningRateAt(options, 50, 200), 1.0, 1e-12); // half of a cycle
    EXPECT_LT(learningRateAt(options, 99, 200), 1e-3);
    EXPECT_DOUBLE_EQ(learningRateAt(options, 100, 200), 2.0);
    for (std::int64_t step = 1; step < 100; ++step)
        EXPECT_LT(learningRateAt(options, step, 200), learningRateAt(options, step - 1, 200));
}

TEST(Schedule, MinibatchOrderVisitsEveryRowOnceAndChangesWithEpochAndSeed) {
    std::vector<std::int32_t> training{2, 3, 5, 7, 11, 13, 17, 19, 23, 29}, a(10), b(10), c(10), again(10);
    TrainingOptions options;
    options.batch = 4;
    minibatchOrder(training, options, 1, 0, a);
    minibatchOrder(training, options, 1, 1, b);
    minibatchOrder(training, options, 2, 0, c);
    minibatchOrder(training, options, 1, 0, again);
    EXPECT_EQ(a, again);
    EXPECT_NE(a, b);
    EXPECT_NE(a, c);
    std::sort(a.begin(), a.end());
    EXPECT_EQ(a, training);
    options.batch = 10;
    minibatchOrder(training, options, 1, 0, b);
    EXPECT_EQ(b, training);
}

TEST(Schedule, RowsSetAsideAreDrawnBySeedAndLeaveTheRest) {
    TrainingOptions options;
    options.validationFraction = 0.25;
    options.seed = 5;
    const RowSplit split = splitRows(1000, options);
    EXPECT_EQ(split.validation.size(), 250U);
    std::vector<std::int32_t> all = split.training, rows(1000);
    all.insert(all.end(), split.validation.begin(), split.validation.end());
    std::sort(all.begin(), all.end());
    std::iota(rows.begin(), rows.end(), 0);
    EXPECT_EQ(all, rows);
    EXPECT_EQ(splitRows(1000, options).validation, split.validation);
    options.seed = 6;
    EXPECT_NE(splitRows(1000, options).validation, split.validation);
    // Drawn evenly: the mean position is within four standard errors of the middle.
    const double mean = std::accumulate(split.validation.begin(), split.validation.end(), 0.0) / 250.0;
    EXPECT_NEAR(mean, 499.5, 4.0 * 1000.0 / std::sqrt(12.0 * 250.0));
}

TEST(Schedule, OptionsOutOfRange) {
    const auto expectRefused = [](auto change) {
        TrainingOptions options;
        change(options);
        EXPECT_THROW(checkOptions(options), UsageError);
    };
    EXPECT_NO_THROW(checkOptions(TrainingOptions{}));
    expectRefused([](auto& o) { o.epochs = 0; });
    expectRefused([](auto& o) { o.batch = 0; });
    expectRefused([](auto& o) { o.cycles = 0; });
    expectRefused([](auto& o) { o.learningRate = 0.0; });
    expectRefused([](auto& o) { o.learningRate = std::nan(""); });
    expectRefused([](auto& o) { o.weightDecay = -1.0; });
    expectRefused([](auto& o) { o.validationFraction = 1.0; });
}

} // namespace
} // namespace penumbra::heads
