#include "core/eval/local_coverage.h"

#include "core/base/error.h"
#include "core/base/rng.h"

#include <cmath>
#include <gtest/gtest.h>
#include <numeric>

namespace penumbra {
namespace {

/// Rows along a line: a window holds the k nearest.
CoverageWindows lineWindows(std::size_t n, std::size_t k) {
    CoverageWindows windows;
    windows.k = k;
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t first = std::min(i < k / 2 ? 0 : i - k / 2, n - k);
        for (std::size_t j = 0; j < k; ++j)
            windows.rows.push_back(static_cast<std::uint32_t>(first + j));
    }
    return windows;
}

std::vector<std::uint8_t> drawCovered(const std::vector<double>& probability, std::uint64_t seed) {
    Rng rng(seed);
    std::vector<std::uint8_t> covered;
    for (const double p : probability)
        covered.push_back(rng.uniform() < p ? 1 : 0);
    return covered;
}

std::size_t marked(const std::vector<std::uint8_t>& marks) {
    return static_cast<std::size_t>(std::accumulate(marks.begin(), marks.end(), 0));
}

// With nominal coverage everywhere every mark is false, so that a map with any mark counts as a false
// discovery: at most 5 % of maps. 200 maps: more than 21 happen with probability 2e-4 at exactly 5 %.
TEST(LocalCoverage, marksLittleWhereNothingIsWrong) {
    const CoverageWindows windows = lineWindows(400, 40);
    std::size_t under = 0, over = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const LocalCoverage local = localCoverage(windows, drawCovered(std::vector<double>(400, 0.9), seed));
        under += marked(local.under) > 0 ? 1 : 0;
        over += marked(local.over) > 0 ? 1 : 0;
    }
    EXPECT_LE(under, 21U);
    EXPECT_LE(over, 21U);
}

TEST(LocalCoverage, findsABadStretch) {
    const CoverageWindows windows = lineWindows(600, 50);
    std::vector<double> probability(600, 0.92);
    std::fill(probability.begin() + 200, probability.begin() + 280, 0.5);
    const auto mean = windowMeans(windows, probability);
    std::size_t found = 0, falsely = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const LocalCoverage local = localCoverage(windows, drawCovered(probability, seed));
        for (std::size_t i = 0; i < 600; ++i) {
            found += local.under[i] != 0 ? 1 : 0;
            falsely += local.under[i] != 0 && mean[i] >= 0.9 ? 1 : 0;
        }
        EXPECT_EQ(local.under[240], 1) << seed; // 50 rows at 50 %: p below 1e-10
    }
    EXPECT_LE(static_cast<double>(falsely), 0.1 * static_cast<double>(found)); // rate 5 %, 20 maps
}

TEST(LocalCoverage, fewCalibrationRowsWidenTheLaw) {
    const CoverageWindows windows = lineWindows(100, 20);
    const std::vector<std::uint8_t> none(100, 0);
    LocalCoverageOptions options;
    options.calibrationRows = 30;
    const std::vector<std::uint8_t> half = drawCovered(std::vector<double>(100, 0.7), 3);
    const auto binomial = localCoverage(windows, half), conformal = localCoverage(windows, half, options);
    for (std::size_t i = 0; i < 100; ++i)
        if (binomial.covered[i] < 16) {
            EXPECT_GT(conformal.pUnder[i], binomial.pUnder[i]);
        }
    options.calibrationRows = 20 * 50; // as good as known
    EXPECT_EQ(localCoverage(windows, half, options).pUnder, binomial.pUnder);
    EXPECT_EQ(localCoverage(windows, none).covered, std::vector<std::size_t>(100, 0));
}

TEST(LocalCoverage, disjointWindowsShareNoRow) {
    const CoverageWindows windows = lineWindows(95, 10);
    const auto chosen = disjointWindows(windows);
    EXPECT_EQ(chosen.front(), 0U);
    EXPECT_GE(chosen.size(), 8U);
    std::vector<int> seen(95, 0);
    for (const std::size_t i : chosen)
        for (const auto row : windows.window(i))
            EXPECT_EQ(seen[row]++, 0);
}

TEST(LocalCoverage, chanceHasTheRightMeanAndSpread) {
    // 2,000 windows of 25 that share no row would have a spread of sqrt(0.09 / 25) = 0.06.
    CoverageWindows windows;
    windows.k = 25;
    for (std::uint32_t i = 0; i < 5000; ++i)
        for (std::uint32_t j = 0; j < 25; ++j)
            windows.rows.push_back(i / 25 * 25 + j);
    const auto drawn = drawnLocalCoverage(windows, std::vector<double>{0.9}, 4);
    double mean = 0.0, square = 0.0;
    for (const double value : drawn) {
        mean += value / 5000.0;
        square += (value - 0.9) * (value - 0.9) / 5000.0;
    }
    EXPECT_NEAR(mean, 0.9, 4.5 * std::sqrt(0.09 / 5000.0));
    EXPECT_NEAR(std::sqrt(square), 0.06, 0.015); // 200 blocks: relative error of a spread 5 %
    EXPECT_THROW(drawnLocalCoverage(windows, std::vector<double>{0.9, 0.8}, 4), Error);
    EXPECT_THROW(localCoverage(windows, std::vector<std::uint8_t>(10, 1)), Error);
}

} // namespace
} // namespace penumbra
