#include "core/eval/rest_contrast.h"

#include "core/base/error.h"
#include "core/base/rng.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <vector>

namespace penumbra {
namespace {

// Fisher's tea (1935) and Fisher's twins (1962), whose two-sided p-values R's documentation of fisher.test
// gives: 0.4857 and 0.0005367.
TEST(RestContrast, PublishedTables) {
    EXPECT_NEAR(contrastWithRest(3, 4, 1, 4).p, 34.0 / 70.0, 1e-12);
    EXPECT_NEAR(contrastWithRest(2, 17, 10, 13).p, 0.0005367, 5e-8);
}

// Newcombe 1998, Statistics in Medicine 17, 873, table II, method 10.
TEST(RestContrast, PublishedBrackets) {
    const struct {
        std::size_t k, n, restK, restN;
        double low, high;
    } cases[] = {{56, 70, 48, 80, 0.0524, 0.3339}, {9, 10, 3, 10, 0.1705, 0.8090},
                 {6, 7, 2, 7, 0.0582, 0.8062},     {5, 56, 0, 29, -0.0381, 0.1926},
                 {0, 10, 0, 20, -0.1611, 0.2775},  {10, 10, 0, 20, 0.6791, 1.0}};
    for (const auto& c : cases) {
        const RestContrast contrast = contrastWithRest(c.k, c.n, c.restK, c.restN);
        EXPECT_NEAR(contrast.bracket.low, c.low, 6e-5) << c.k << "/" << c.n;
        EXPECT_NEAR(contrast.bracket.high, c.high, 6e-5) << c.k << "/" << c.n;
    }
}

double logChoose(std::size_t n, std::size_t k) {
    return std::lgamma(static_cast<double>(n) + 1.0) - std::lgamma(static_cast<double>(k) + 1.0) -
           std::lgamma(static_cast<double>(n - k) + 1.0);
}

TEST(RestContrast, EveryTableOfAFewRows) {
    for (std::size_t n = 1; n <= 7; ++n)
        for (std::size_t rest = 1; rest <= 9; ++rest)
            for (std::size_t covered = 0; covered <= n + rest; ++covered) {
                const std::size_t least = covered > rest ? covered - rest : 0, most = std::min(n, covered);
                const auto probability = [&](std::size_t x) {
                    return std::exp(logChoose(n, x) + logChoose(rest, covered - x) -
                                    logChoose(n + rest, covered));
                };
                for (std::size_t seen = least; seen <= most; ++seen) {
                    double p = 0.0;
                    for (std::size_t x = least; x <= most; ++x)
                        p += probability(x) <= probability(seen) * (1.0 + 1e-7) ? probability(x) : 0.0;
                    EXPECT_NEAR(contrastWithRest(seen, n, covered - seen, rest).p, p, 1e-12);
                }
            }
}

TEST(RestContrast, AMillionRows) {
    const RestContrast contrast = contrastWithRest(89700, 100000, 810000, 900000);
    // So large a table is normal but for its skewness, which changes p at three sigma by some per cent.
    const double pooled = 0.8997, z = 0.003 / std::sqrt(pooled * (1.0 - pooled) * (1.0 / 1e5 + 1.0 / 9e5));
    EXPECT_NEAR(std::log(contrast.p), std::log(std::erfc(z / std::sqrt(2.0))), 0.1);
    EXPECT_EQ(contrastWithRest(0, 1000, 100000, 100000).p, 0.0) << "below the smallest number there is";
}

TEST(RestContrast, NothingToCompare) {
    EXPECT_TRUE(std::isnan(contrastWithRest(0, 0, 5, 9).p));
    EXPECT_TRUE(std::isnan(contrastWithRest(3, 5, 0, 0).difference));
    EXPECT_THROW(contrastWithRest(6, 5, 1, 2), Error);
}

// 19 calibration rows leave the coverage of a whole study anywhere between 75 and 99 %: a test against the
// nominal level would reject most studies. Held against the rest of the same study, 5 % is kept: over 2,000
// studies the rate is above 0.05 + 4 standard errors (0.0195) less than once in 10,000.
TEST(RestContrast, ASharedCalibrationSetDropsOut) {
    Rng rng(17);
    constexpr int studies = 2000;
    int rejected = 0, againstNominal = 0;
    for (int study = 0; study < studies; ++study) {
        std::vector<double> scores;
        for (int i = 0; i < 19; ++i)
            scores.push_back(std::abs(rng.normal()));
        std::sort(scores.begin(), scores.end());
        const double threshold = scores[17]; // rank 18 of 19 + 1: 90 %
        std::size_t here = 0, there = 0;
        for (int i = 0; i < 400; ++i)
            (i < 100 ? here : there) += std::abs(rng.normal()) <= threshold ? 1 : 0;
        rejected += contrastWithRest(here, 100, there, 300).p <= 0.05 ? 1 : 0;
        againstNominal += std::abs(static_cast<double>(here) / 100.0 - 0.9) > 1.96 * 0.03 ? 1 : 0;
    }
    EXPECT_LE(rejected, studies * 0.0695);
    EXPECT_GE(rejected, studies * 0.01) << "a test that never rejects says nothing";
    EXPECT_GE(againstNominal, studies * 0.2) << "this case is meant to be hard";
}

// 70 % inside against 90 % outside must be seen: Newcombe's or any other power, n = 100 and 400, is above
// 0.98.
TEST(RestContrast, ARealDifferenceIsSeen) {
    Rng rng(18);
    int seen = 0;
    for (int study = 0; study < 200; ++study) {
        std::size_t here = 0, there = 0;
        for (int i = 0; i < 500; ++i)
            (i < 100 ? here : there) += rng.uniform() < (i < 100 ? 0.7 : 0.9) ? 1 : 0;
        seen += contrastWithRest(here, 100, there, 400).p <= 0.05 ? 1 : 0;
    }
    EXPECT_GE(seen, 185);
}

} // namespace
} // namespace penumbra
