#include "core/base/error.h"
#include "core/eval/evaluate.h"

#include <cmath>
#include <gtest/gtest.h>

namespace penumbra {
namespace {

double logChoose(double n, double k) {
    return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
}
double logBeta(double a, double b) {
    return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b);
}

double binomial(std::size_t k, std::size_t n, double p) {
    const auto j = static_cast<double>(k);
    const auto m = static_cast<double>(n);
    return std::exp(logChoose(m, j) + j * std::log(p) + (m - j) * std::log1p(-p));
}

double betaBinomial(std::size_t k, std::size_t n, double a, double b) {
    const auto j = static_cast<double>(k);
    const auto m = static_cast<double>(n);
    return std::exp(logChoose(m, j) + logBeta(j + a, m - j + b) - logBeta(a, b));
}

TEST(Wilson, AgreesWithNewcombe1998) {
    // Newcombe (1998), Statistics in Medicine 17, 857, table I, method 3.
    const auto expect = [](std::size_t k, std::size_t n, double low, double high) {
        EXPECT_NEAR(wilson(k, n).low, low, 5e-5);
        EXPECT_NEAR(wilson(k, n).high, high, 5e-5);
    };
    expect(81, 263, 0.2553, 0.3662);
    expect(15, 148, 0.0624, 0.1605);
    expect(0, 20, 0.0, 0.1611);
    expect(1, 29, 0.0061, 0.1718);
}

TEST(Wilson, EndsInvertTheScoreTest) {
    const double z = 1.959963984540054;
    for (std::size_t n : {1u, 5u, 40u, 11362u})
        for (std::size_t k = 0; k <= n; k += 1 + n / 7) {
            const Interval interval = wilson(k, n);
            const auto size = static_cast<double>(n);
            const double fraction = static_cast<double>(k) / size;
            for (const double p : {interval.low, interval.high}) {
                if (p > 0.0 && p < 1.0) {
                    EXPECT_NEAR(std::abs(fraction - p), z * std::sqrt(p * (1 - p) / size), 1e-13);
                }
            }
            EXPECT_LE(interval.low, fraction);
            EXPECT_GE(interval.high, fraction);
        }
    EXPECT_EQ(wilson(0, 10).low, 0.0);
    EXPECT_NEAR(wilson(0, 10).high, z * z / (10 + z * z), 1e-15);
    EXPECT_EQ(wilson(10, 10).high, 1.0);
}

TEST(Wilson, AverageCoverageIsNearNominal) {
    // The average over p of the exact coverage is within a percent of 95 % (Agresti & Coull 1998).
    for (std::size_t n : {20u, 50u}) {
        double average = 0.0;
        const int grid = 999;
        for (int g = 1; g <= grid; ++g) {
            const double p = g / (grid + 1.0);
            for (std::size_t k = 0; k <= n; ++k)
                if (wilson(k, n).low <= p && p <= wilson(k, n).high)
                    average += binomial(k, n, p) / grid;
        }
        EXPECT_NEAR(average, 0.95, 0.01) << n;
    }
}

TEST(ClopperPearson, AgreesWithNewcombe1998) {
    const auto expect = [](std::size_t k, std::size_t n, double low, double high) {
        EXPECT_NEAR(clopperPearson(k, n).low, low, 5e-5);
        EXPECT_NEAR(clopperPearson(k, n).high, high, 5e-5);
    };
    expect(81, 263, 0.2527, 0.3676);
    expect(15, 148, 0.0578, 0.1617);
    expect(0, 20, 0.0, 0.1684);
    expect(1, 29, 0.0009, 0.1776);
}

TEST(ClopperPearson, HasItsClosedFormsAtTheEnds) {
    for (std::size_t n : {1u, 7u, 300u, 11362u})
        for (double confidence : {0.68, 0.95, 0.999}) {
            const double tail = 0.5 * (1 - confidence);
            const double end = -std::expm1(std::log(tail) / static_cast<double>(n));
            EXPECT_EQ(clopperPearson(0, n, confidence).low, 0.0);
            EXPECT_NEAR(clopperPearson(0, n, confidence).high, end, 1e-12);
            EXPECT_NEAR(clopperPearson(n, n, confidence).low, 1 - end, 1e-12);
            EXPECT_EQ(clopperPearson(n, n, confidence).high, 1.0);
        }
}

TEST(ClopperPearson, EndsLeaveHalfOfTheErrorOnEachSide) {
    for (std::size_t n : {3u, 30u, 250u})
        for (std::size_t k = 1; k < n; k += 1 + n / 9) {
            const Interval interval = clopperPearson(k, n);
            double above = 0.0; // P(X >= k | low)
            for (std::size_t j = k; j <= n; ++j)
                above += binomial(j, n, interval.low);
            double below = 0.0; // P(X <= k | high)
            for (std::size_t j = 0; j <= k; ++j)
                below += binomial(j, n, interval.high);
            EXPECT_NEAR(above, 0.025, 1e-10) << k << " of " << n;
            EXPECT_NEAR(below, 0.025, 1e-10) << k << " of " << n;
        }
}

TEST(ClopperPearson, NeverCoversLessThanNominal) {
    for (std::size_t n : {1u, 5u, 20u, 50u})
        for (int g = 1; g < 500; ++g) {
            const double p = g / 500.0;
            double coverage = 0.0;
            for (std::size_t k = 0; k <= n; ++k) {
                const Interval interval = clopperPearson(k, n);
                if (interval.low <= p && p <= interval.high)
                    coverage += binomial(k, n, p);
            }
            ASSERT_GE(coverage, 0.95 - 1e-12) << "n = " << n << ", p = " << p;
        }
}

TEST(SplitConformalBand, IsTheEqualTailedBetaBinomialRange) {
    for (std::size_t nCalibration : {9u, 99u, 2000u})
        for (std::size_t nTest : {1u, 50u, 3000u}) {
            const Interval band = splitConformalBand(nCalibration, nTest, 0.1);
            const double a = std::ceil((static_cast<double>(nCalibration) + 1) * 0.9 - 1e-9);
            const double b = static_cast<double>(nCalibration) + 1 - a;
            const auto low = static_cast<std::size_t>(std::lround(band.low * static_cast<double>(nTest)));
            const auto high = static_cast<std::size_t>(std::lround(band.high * static_cast<double>(nTest)));
            double below = 0.0;
            for (std::size_t j = 0; j < low; ++j)
                below += betaBinomial(j, nTest, a, b);
            double above = 0.0;
            for (std::size_t j = high + 1; j <= nTest; ++j)
                above += betaBinomial(j, nTest, a, b);
            EXPECT_LT(below, 0.025);
            EXPECT_LE(above, 0.025 + 1e-9);
            // One step inwards would leave too much outside.
            EXPECT_GE(below + betaBinomial(low, nTest, a, b), 0.025 - 1e-9);
            if (high > 0) {
                EXPECT_GT(above + betaBinomial(high, nTest, a, b), 0.025);
            }
        }
}

TEST(SplitConformalBand, HasItsLimits) {
    // Too few calibration rows: every interval is infinite and covers.
    EXPECT_EQ(splitConformalBand(8, 100, 0.1).low, 1.0);
    EXPECT_EQ(splitConformalBand(0, 100, 0.1).low, 1.0);
    EXPECT_EQ(splitConformalBand(100, 0, 0.1).low, 0.0);
    EXPECT_EQ(splitConformalBand(100, 0, 0.1).high, 1.0);
    // With endless calibration data only the binomial scatter of the test rows is left.
    const Interval band = splitConformalBand(100000000, 1000, 0.1);
    double below = 0.0;
    for (std::size_t j = 0; j < static_cast<std::size_t>(std::lround(1000 * band.low)); ++j)
        below += binomial(j, 1000, 0.9);
    EXPECT_LT(below, 0.025);
    EXPECT_GT(below, 0.02);
}

TEST(Binomial, RefusesNonsense) {
    EXPECT_THROW(wilson(3, 2), Error);
    EXPECT_THROW(clopperPearson(3, 2), Error);
    EXPECT_THROW(wilson(1, 2, 1.0), Error);
    EXPECT_THROW(splitConformalBand(10, 10, 0.0), Error);
    for (const Interval& interval : {wilson(0, 0), clopperPearson(0, 0)}) {
        EXPECT_EQ(interval.low, 0.0);
        EXPECT_EQ(interval.high, 1.0);
    }
}

} // namespace
} // namespace penumbra
