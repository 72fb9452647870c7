#include "core/base/error.h"
#include "core/uq/conformal.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>
#include <vector>

namespace penumbra::uq {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

std::vector<double> oneTo(int n) {
    std::vector<double> values(static_cast<std::size_t>(n));
    std::iota(values.rbegin(), values.rend(), 1.0); // descending: the order must not matter
    return values;
}

TEST(ConformalQuantile, FiniteSampleTakesTheRankOfTheTheorem) {
    // n = 9: k = 9, the largest; n = 8: k = 9 > 8.
    EXPECT_EQ(conformalQuantile(oneTo(9), 0.1, QuantileRule::FiniteSample), 9.0);
    EXPECT_EQ(conformalQuantile(oneTo(8), 0.1, QuantileRule::FiniteSample), inf);
    EXPECT_EQ(conformalQuantile(oneTo(99), 0.1, QuantileRule::FiniteSample), 90.0);
    EXPECT_EQ(conformalQuantile(oneTo(100), 0.1, QuantileRule::FiniteSample), 91.0);
    EXPECT_EQ(conformalQuantile(oneTo(1), 0.5, QuantileRule::FiniteSample), 1.0);
    EXPECT_EQ(conformalQuantile(oneTo(1), 0.49, QuantileRule::FiniteSample), inf);
}

TEST(ConformalQuantile, InterpolatedIsLinearBetweenOrderStatistics) {
    // Position (n-1)(1-alpha) in 1, 2, ..., n.
    EXPECT_NEAR(conformalQuantile(oneTo(11), 0.1, QuantileRule::Interpolated), 10.0, 1e-12);
    EXPECT_NEAR(conformalQuantile(oneTo(5), 0.1, QuantileRule::Interpolated), 4.6, 1e-12);
    EXPECT_EQ(conformalQuantile(oneTo(1), 0.1, QuantileRule::Interpolated), 1.0);
}

TEST(ConformalQuantile, InfiniteScoresGiveNoNaN) {
    const std::vector<double> scores = {1.0, inf, inf};
    EXPECT_EQ(conformalQuantile(scores, 0.1, QuantileRule::Interpolated), inf);
    EXPECT_EQ(conformalQuantile(scores, 0.5, QuantileRule::FiniteSample), inf);
    EXPECT_EQ(conformalQuantile(scores, 0.75, QuantileRule::FiniteSample), 1.0);
}

TEST(ConformalQuantile, RefusesWhatHasNoAnswer) {
    for (const auto rule : {QuantileRule::FiniteSample, QuantileRule::Interpolated}) {
        EXPECT_THROW(conformalQuantile({}, 0.1, rule), Error);
        EXPECT_THROW(conformalQuantile(std::vector<double>{1.0, std::nan("")}, 0.1, rule), Error);
        for (const double alpha : {0.0, 1.0, -0.1, 2.0, std::nan("")})
            EXPECT_THROW(conformalQuantile(oneTo(10), alpha, rule), Error) << alpha;
    }
}

TEST(ResidualFloor, IsAPartOfTheErrorsOwnScale) {
    EXPECT_DOUBLE_EQ(relativeResidualFloor({3.0, 1.0, 2.0, std::nan("")}, {}), 2e-5); // the median is 2
    EXPECT_DOUBLE_EQ(relativeResidualFloor({0.0, 0.0, 0.0, 4.0}, {}), 1e-5);          // the mean is 1
    // No errors at all: labels 1, 2, 6 lie 2, 1, 3 from their mean.
    EXPECT_DOUBLE_EQ(relativeResidualFloor({0.0, 0.0, 0.0}, {1.0, 2.0, 6.0}), 2e-5);
    EXPECT_DOUBLE_EQ(relativeResidualFloor({0.0, 0.0}, {-5.0, -5.0}), 5e-5);
    EXPECT_GT(relativeResidualFloor({}, {}), 0.0);
    for (const double unit : {1e-17, 1e10})
        EXPECT_DOUBLE_EQ(relativeResidualFloor({unit, 2 * unit, 9 * unit}, {}), 2e-5 * unit);
}

} // namespace
} // namespace penumbra::uq
