#include "core/base/statistics.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <numbers>

namespace penumbra {
namespace {

TEST(Statistics, NormalQuantileAgreesWithTables) {
    // Standard tables to 16 digits.
    EXPECT_NEAR(normalQuantile(0.975), 1.959963984540054, 1e-15);
    EXPECT_NEAR(normalQuantile(0.95), 1.644853626951473, 1e-15);
    EXPECT_NEAR(normalQuantile(0.9), 1.281551565544600, 1e-15);
    EXPECT_NEAR(normalQuantile(0.995), 2.575829303548901, 2e-15);
    EXPECT_EQ(normalQuantile(0.5), 0.0);
}

TEST(Statistics, NormalQuantileInvertsTheDistribution) {
    for (double p : {1e-300, 1e-100, 1e-20, 1e-6, 1e-3, 0.02425, 0.1, 0.3, 0.4999}) {
        const double x = normalQuantile(p);
        // Relative to the condition number of the tail.
        EXPECT_NEAR(0.5 * std::erfc(-x / std::numbers::sqrt2) / p, 1.0, 4e-16 * (1.0 + x * x)) << "p = " << p;
    }
    for (double p : {0.5, 0.25, 0.125, 0x1.0p-40})
        EXPECT_EQ(normalQuantile(1.0 - p), -normalQuantile(p));
    EXPECT_EQ(normalQuantile(0.0), -std::numeric_limits<double>::infinity());
    EXPECT_EQ(normalQuantile(1.0), std::numeric_limits<double>::infinity());
    EXPECT_TRUE(std::isnan(normalQuantile(-0.1)));
    EXPECT_TRUE(std::isnan(normalQuantile(std::nan(""))));
}

TEST(Statistics, LogGammaIsLogOfFactorials) {
    double logFactorial = 0.0;
    for (int n = 1; n <= 60; ++n) {
        EXPECT_NEAR(logGamma(n), logFactorial, 1e-14 * std::max(1.0, logFactorial)) << n;
        logFactorial += std::log(n);
    }
    EXPECT_NEAR(logGamma(0.5), 0.5 * std::log(std::numbers::pi), 1e-14);
}

TEST(Statistics, BetaHasItsClosedForms) {
    for (double x : {1e-8, 0.01, 0.2, 0.5, 0.77, 0.999}) {
        for (double b : {0.5, 1.0, 3.0, 40.0, 5000.0}) {
            EXPECT_NEAR(regularisedBeta(x, 1.0, b), -std::expm1(b * std::log1p(-x)), 1e-13);
            EXPECT_NEAR(regularisedBeta(x, b, 1.0), std::pow(x, b), 1e-13);
            EXPECT_NEAR(regularisedBeta(x, 2.5, b) + regularisedBeta(1.0 - x, b, 2.5), 1.0, 1e-13);
        }
        EXPECT_NEAR(regularisedBeta(x, 0.5, 0.5), 2.0 / std::numbers::pi * std::asin(std::sqrt(x)), 1e-14);
    }
    EXPECT_EQ(regularisedBeta(0.0, 2.0, 3.0), 0.0);
    EXPECT_EQ(regularisedBeta(1.0, 2.0, 3.0), 1.0);
}

TEST(Statistics, BetaIsTheBinomialTail) {
    // P(Bin(n, p) >= k) = I_p(k, n - k + 1), the left side summed term by term.
    const int n = 37;
    const double p = 0.3;
    double tail = 0.0;
    for (int k = n; k >= 1; --k) {
        double choose = 1.0;
        for (int i = 1; i <= k; ++i)
            choose = choose * (n - k + i) / i;
        tail += choose * std::pow(p, k) * std::pow(1.0 - p, n - k);
        EXPECT_NEAR(regularisedBeta(p, k, n - k + 1), tail, 1e-13);
    }
}

TEST(Statistics, BetaQuantileInverts) {
    for (double a : {0.5, 1.0, 2.0, 30.0, 10226.0})
        for (double b : {0.5, 1.0, 7.0, 1136.0})
            for (double p : {1e-6, 0.025, 0.5, 0.975, 0.999999}) {
                // Where the density is steep, p itself is coarse: the claim is about x.
                const double x = betaQuantile(p, a, b);
                EXPECT_LE(regularisedBeta(x - 1e-12, a, b), p + 1e-15) << a << " " << b << " " << p;
                EXPECT_GE(regularisedBeta(x + 1e-12, a, b), p - 1e-15) << a << " " << b << " " << p;
            }
    EXPECT_NEAR(betaQuantile(0.025, 1.0, 11362.0), -std::expm1(std::log(0.975) / 11362.0), 1e-15);
    EXPECT_EQ(betaQuantile(0.0, 2.0, 2.0), 0.0);
    EXPECT_EQ(betaQuantile(1.0, 2.0, 2.0), 1.0);
}

TEST(Statistics, ConformalRankIsTheExactCeiling) {
    for (std::size_t n = 0; n <= 3000; ++n)
        for (std::size_t percent = 1; percent <= 99; ++percent) {
            const std::size_t exact = ((n + 1) * (100 - percent) + 99) / 100;
            ASSERT_EQ(conformalRank(n, static_cast<double>(percent) / 100.0), exact) << n << " " << percent;
        }
    EXPECT_EQ(conformalRank(9, 0.1), 9u);
    EXPECT_EQ(conformalRank(999999, 0.7), 300000u);
    EXPECT_EQ(conformalRank(3, 0.9999), 1u);
}

} // namespace
} // namespace penumbra
