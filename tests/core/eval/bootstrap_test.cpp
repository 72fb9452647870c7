#include "core/base/rng.h"
#include "core/eval/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>

namespace penumbra {
namespace {

TEST(Bootstrap, MeanIntervalHasTheWidthOfTheCentralLimit) {
    Rng rng(5);
    std::vector<double> values(4000);
    double sum = 0.0, sum2 = 0.0;
    for (double& v : values) {
        v = rng.normal();
        sum += v;
        sum2 += v * v;
    }
    const double n = 4000.0;
    const double standardError = std::sqrt((sum2 / n - sum * sum / n / n) / n);
    EvaluateOptions options;
    options.bootstrapReplicates = 4000;
    const Interval interval = bootstrapMean(values, options);
    // A 2.5 % quantile of 4000 replicates is known to 0.043 standard deviations; five of these.
    EXPECT_NEAR(interval.low, sum / n - 1.96 * standardError, 0.22 * standardError);
    EXPECT_NEAR(interval.high, sum / n + 1.96 * standardError, 0.22 * standardError);
}

/// Percentile interval of the mean from resamples drawn here, one row at a time, and the standard error.
std::pair<Interval, double> plainBootstrap(const std::vector<double>& values, int replicates) {
    Rng rng(2024);
    const auto n = static_cast<double>(values.size());
    std::vector<double> means;
    double sum = 0.0, squares = 0.0;
    for (int r = 0; r < replicates; ++r) {
        double total = 0.0;
        for (std::size_t i = 0; i < values.size(); ++i)
            total += values[static_cast<std::size_t>(rng.uniform() * n)];
        means.push_back(total / n);
        sum += means.back();
        squares += means.back() * means.back();
    }
    std::sort(means.begin(), means.end());
    const double error = std::sqrt(squares / replicates - std::pow(sum / replicates, 2));
    return {{quantileOfSorted(means, 0.025), quantileOfSorted(means, 0.975)}, error};
}

TEST(Bootstrap, MeanIntervalIsThatOfPlainResamplingWhateverTheSkewness) {
    EvaluateOptions options;
    options.bootstrapReplicates = 4000;
    for (const double shape :
         {0.0, 0.3, 0.6, 1.0, 1.5}) { // exp(shape * normal): from symmetric to heavy tails
        Rng rng(11);
        std::vector<double> values(700);
        for (double& v : values)
            v = shape > 0.0 ? std::exp(shape * rng.normal()) : rng.normal();
        const auto [plain, error] = plainBootstrap(values, 4000);
        const Interval ours = bootstrapMean(values, options);
        // Each quantile of 4000 replicates is known to 0.043 standard errors: five of their difference.
        EXPECT_NEAR(ours.low, plain.low, 5.0 * 0.043 * std::sqrt(2.0) * error) << shape;
        EXPECT_NEAR(ours.high, plain.high, 5.0 * 0.043 * std::sqrt(2.0) * error) << shape;
        if (shape == 1.5) {
            const double mean = std::accumulate(values.begin(), values.end(), 0.0) / 700.0;
            EXPECT_GT(ours.high - mean, 1.05 * (mean - ours.low)) << "the normal limit is no limit here";
        }
    }
}

TEST(Bootstrap, MeanIntervalCovers) {
    // 300 normal samples of 50: the percentile interval covers a little below 95 %; 4 binomial sigmas
    // around 93.5 %.
    int covered = 0;
    EvaluateOptions options;
    for (int trial = 0; trial < 300; ++trial) {
        Rng rng(77, static_cast<std::uint64_t>(trial));
        std::vector<double> values(50);
        for (double& v : values)
            v = 3.0 + rng.normal();
        const Interval interval = bootstrapMean(values, options);
        covered += interval.low < 3.0 && 3.0 < interval.high ? 1 : 0;
    }
    EXPECT_NEAR(covered / 300.0, 0.935, 0.057);
}

TEST(Bootstrap, SameSeedSameIntervalWhateverTheThreads) {
    Prediction prediction;
    std::vector<double> truth;
    Rng rng(9);
    for (int i = 0; i < 500; ++i) {
        truth.push_back(rng.normal());
        prediction.mean.push_back(truth.back() + 0.1 * rng.normal());
        prediction.lower.push_back(prediction.mean.back() - rng.uniform());
        prediction.upper.push_back(prediction.mean.back() + rng.uniform());
    }
    const auto width = [](const RowSums& s) { return s.width / s.finiteRows; };
    EvaluateOptions options;
    options.threads = 1;
    const Interval one = BootstrapSums(prediction, truth, options).interval(width);
    options.threads = 3;
    const Interval three = BootstrapSums(prediction, truth, options).interval(width);
    options.seed = 1;
    const Interval other = BootstrapSums(prediction, truth, options).interval(width);
    EXPECT_EQ(one.low, three.low);
    EXPECT_EQ(one.high, three.high);
    EXPECT_NE(one.low, other.low);
}

TEST(Bootstrap, ManyRowsKeepTheirSpread) {
    // Sorted by error, as a catalogue may be: groups must be drawn at random to have it. Widths 1 + u, u
    // uniform: standard error of their mean sqrt(1/12 / n); of the mean square error of standard normals
    // sqrt(2 / n).
    constexpr std::size_t n = 61140;
    Prediction prediction;
    std::vector<double> truth, widths;
    Rng rng(3);
    for (std::size_t i = 0; i < n; ++i) {
        const double width = 1.0 + static_cast<double>(i) / n;
        truth.push_back(0.0);
        prediction.mean.push_back(rng.normal());
        prediction.lower.push_back(prediction.mean.back() - 0.5 * width);
        prediction.upper.push_back(prediction.mean.back() + 0.5 * width);
        widths.push_back(width);
    }
    EvaluateOptions options;
    options.bootstrapReplicates = 2000;
    const BootstrapSums sums(prediction, truth, options);
    EXPECT_EQ(sums.rows(), n);
    const auto expectHalf = [](const Interval& interval, double centre, double standardError) {
        // A 2.5 % quantile of 2000 replicates is known to 0.06 standard deviations; five of these.
        EXPECT_NEAR(interval.low, centre - 1.96 * standardError, 0.3 * standardError);
        EXPECT_NEAR(interval.high, centre + 1.96 * standardError, 0.3 * standardError);
    };
    const double ofWidth = std::sqrt(1.0 / 12.0 / n);
    expectHalf(sums.interval([](const RowSums& s) { return s.width / s.finiteRows; }), 1.5, ofWidth);
    const double observed = sums.observed().residual2 / n;
    expectHalf(sums.interval([](const RowSums& s) { return s.residual2 / n; }), observed, std::sqrt(2.0 / n));
    const Interval limit = bootstrapMean(widths, options);
    EXPECT_NEAR(limit.low, 1.5 - 1.96 * ofWidth, 0.01 * ofWidth);
    EXPECT_NEAR(limit.high, 1.5 + 1.96 * ofWidth, 0.01 * ofWidth);
}

TEST(Bootstrap, TooFewRowsGiveNoInterval) {
    EXPECT_TRUE(std::isnan(bootstrapMean(std::vector<double>{1.0}, {}).low));
    EXPECT_TRUE(std::isnan(bootstrapMean({}, {}).high));
    EvaluateOptions none;
    none.bootstrapReplicates = 0;
    EXPECT_TRUE(std::isnan(bootstrapMean(std::vector<double>{1.0, 2.0}, none).low));
}

TEST(MedianInterval, IsTheClassicalOrderStatistic) {
    // Ranks of the sign test's 95 % interval, e.g. Conover (1999): n = 6: 1, 6; n = 10: 2, 9; n = 20: 6, 15;
    // n = 50: 18, 33.
    const auto ranks = [](int n) {
        std::vector<double> sorted(static_cast<std::size_t>(n));
        std::iota(sorted.begin(), sorted.end(), 1.0);
        return medianInterval(sorted);
    };
    const auto expect = [&](int n, double low, double high) {
        EXPECT_EQ(ranks(n).low, low) << n;
        EXPECT_EQ(ranks(n).high, high) << n;
    };
    expect(6, 1, 6);
    expect(10, 2, 9);
    expect(20, 6, 15);
    expect(50, 18, 33);
    EXPECT_TRUE(std::isnan(ranks(5).low));
    EXPECT_TRUE(std::isnan(ranks(0).low));
    // Large n: the normal approximation n/2 -/+ 0.98 sqrt(n), within two ranks; no underflow.
    EXPECT_NEAR(ranks(100000).low, 50000 - 0.98 * std::sqrt(100000.0), 2.0);
    EXPECT_NEAR(ranks(100000).high, 50001 + 0.98 * std::sqrt(100000.0), 2.0);
}

TEST(MedianOf, OddEvenNoneAndInfinite) {
    const auto median = [](std::vector<double> values) { return medianOf(values); };
    EXPECT_EQ(median({3, 1, 2}), 2.0);
    EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
    EXPECT_TRUE(std::isnan(median({})));
    const double inf = std::numeric_limits<double>::infinity();
    EXPECT_EQ(median({1, inf, inf, inf}), inf);
}

} // namespace
} // namespace penumbra
