// Quantile tables of posteriors, against distributions whose numbers are known in closed form.

#include "core/base/statistics.h"
#include "core/catalogue/posterior_table.h"

#include <cmath>
#include <gtest/gtest.h>

namespace penumbra {
namespace {

/// 1000 bins of a unit Gaussian from -6 to 6.
std::vector<double> gaussianTable(double centre, double sigma) {
    std::vector<double> edges, masses;
    const auto cdf = [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); };
    for (int i = 0; i <= 1000; ++i)
        edges.push_back(centre + sigma * (-6.0 + 0.012 * i));
    for (int i = 0; i < 1000; ++i)
        masses.push_back(cdf(-6.0 + 0.012 * (i + 1)) - cdf(-6.0 + 0.012 * i));
    return posteriorQuantiles(edges, masses);
}

TEST(PosteriorTable, levelsAscendFromNothingToAll) {
    const auto levels = posteriorLevels();
    EXPECT_EQ(levels.front(), 0.0);
    EXPECT_EQ(levels.back(), 1.0);
    for (std::size_t i = 1; i < levels.size(); ++i)
        EXPECT_GT(levels[i], levels[i - 1]);
}

TEST(PosteriorTable, ofAGaussianIsThatGaussian) {
    const auto table = gaussianTable(2.0, 0.5);
    for (const double level : {0.01, 0.05, 0.16, 0.5, 0.84, 0.975})
        EXPECT_NEAR(posteriorQuantile(table, level), 2.0 + 0.5 * normalQuantile(level), 2e-3) << level;
    for (const double y : {1.0, 1.7, 2.0, 2.6, 3.2}) {
        const double z = (y - 2.0) / 0.5, cdf = 0.5 * std::erfc(-z / std::sqrt(2.0)),
                     density = std::exp(-0.5 * z * z) / std::sqrt(2.0 * M_PI);
        EXPECT_NEAR(posteriorCdf(table, y), cdf, 1e-3) << y;
        EXPECT_NEAR(posteriorDensity(table, y), density / 0.5, 0.03) << y;
        // Gneiting & Raftery 2007, eq. 21
        EXPECT_NEAR(posteriorCrps(table, y),
                    0.5 * (z * (2.0 * cdf - 1.0) + 2.0 * density - 1.0 / std::sqrt(M_PI)), 1e-3)
            << y;
    }
    EXPECT_NEAR(posteriorSquaredDensity(table), 1.0 / (2.0 * 0.5 * std::sqrt(M_PI)), 5e-3);
}

TEST(PosteriorTable, ofAUniformIsExact) {
    const auto table = posteriorQuantiles(std::vector<double>{1.0, 3.0}, std::vector<double>{7.0});
    for (const double level : {0.0, 0.003, 0.33, 0.9, 1.0})
        EXPECT_NEAR(posteriorQuantile(table, level), 1.0 + 2.0 * level, 1e-12);
    EXPECT_EQ(posteriorCdf(table, 0.5), 0.0);
    EXPECT_EQ(posteriorCdf(table, 9.0), 1.0);
    EXPECT_NEAR(posteriorCdf(table, 1.777), 0.3885, 1e-12);
    // Uniform on a..b: int F^2 below y and (1 - F)^2 above; outside the distance is added.
    EXPECT_NEAR(posteriorCrps(table, 2.0), 2.0 * (0.125 + 0.125) / 3.0, 1e-12);
    EXPECT_NEAR(posteriorCrps(table, 4.0), 1.0 + 2.0 / 3.0, 1e-12);
    EXPECT_NEAR(posteriorDensity(table, 1.5), 0.5, 1e-9);
    EXPECT_EQ(posteriorDensity(table, 3.5), 0.0);
}

TEST(PosteriorTable, emptyBinsHoldNoQuantile) {
    const auto table =
        posteriorQuantiles(std::vector<double>{0, 1, 2, 3, 4, 5}, std::vector<double>{0, 1, 0, 1, 0});
    EXPECT_EQ(posteriorQuantile(table, 0.0), 1.0);
    EXPECT_EQ(posteriorQuantile(table, 1.0), 4.0);
    EXPECT_NEAR(posteriorQuantile(table, 0.25), 1.5, 1e-12);
    EXPECT_NEAR(posteriorQuantile(table, 0.75), 3.5, 1e-12);
}

TEST(PosteriorTable, whatIsNoDistributionIsUnknown) {
    const std::vector<double> edges{0, 1, 2};
    for (const auto& masses : {std::vector<double>{0, 0}, {-1, 2}, {std::nan(""), 1}}) {
        const auto table = posteriorQuantiles(edges, masses);
        EXPECT_FALSE(isKnownPosterior(table));
        EXPECT_EQ(posteriorQuantile(table, 0.05), -INFINITY);
        EXPECT_EQ(posteriorQuantile(table, 0.95), INFINITY);
    }
    EXPECT_TRUE(isKnownPosterior(posteriorQuantiles(edges, std::vector<double>{0, 1})));
}

TEST(PosteriorTable, aPointMassIsAStep) {
    const auto table = posteriorQuantiles(std::vector<double>{1, 1, 2}, std::vector<double>{0.5, 0.5});
    EXPECT_NEAR(posteriorCdf(table, 1.0), 0.25, 1e-12); // the middle of 0 .. 0.5
    EXPECT_NEAR(posteriorCdf(table, 1.5), 0.75, 1e-12);
    EXPECT_NEAR(posteriorCrps(table, 1.0), (0.25 + 0.25 * 0.0 + 0.0) / 3.0 * 1.0,
                1e-12); // int (1 - F)^2 = 1/12
}

} // namespace
} // namespace penumbra
