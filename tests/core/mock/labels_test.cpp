#include "core/mock/labels.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace penumbra;
using namespace penumbra::mock;

TEST(SkewedNoise, SymmetricNoiseHasNormalQuantiles) {
    const SkewedNoise noise{2.0, 2.0};
    EXPECT_NEAR(noise.quantile(0.5), 0.0, 1e-12);
    EXPECT_NEAR(noise.quantile(0.975), 2.0 * 1.959963984540054, 1e-9);
    EXPECT_NEAR(noise.quantile(0.025), -2.0 * 1.959963984540054, 1e-9);
}

TEST(SkewedNoise, QuantilesInvertTheDensityIntegratedNumerically) {
    const SkewedNoise noise{0.7, 1.9};
    const auto density = [&](double x) {
        const double s = x < 0 ? noise.sigmaLow : noise.sigmaHigh;
        return 2.0 / (noise.sigmaLow + noise.sigmaHigh) * std::exp(-0.5 * x * x / s / s) /
               std::sqrt(2.0 * M_PI);
    };
    double sum = 0.0;
    double x = -10.0 * noise.sigmaLow;
    constexpr double h = 1e-4;
    for (const double p : {0.01, 0.05, 0.16, 0.269, 0.5, 0.84, 0.95, 0.99}) {
        const double end = noise.quantile(p);
        for (; x + h <= end; x += h)
            sum += h * density(x + 0.5 * h);
        EXPECT_NEAR(sum + (end - x) * density(0.5 * (x + end)), p, 1e-6);
    }
}

// Each count is binomial; 5 sigma over 10 levels is a false alarm rate under 1e-5.
TEST(SkewedNoise, DrawsFollowTheQuantiles) {
    const SkewedNoise noise{0.7, 1.9};
    Rng rng(3);
    constexpr int n = 200'000;
    std::vector<double> draws(n);
    for (double& draw : draws)
        draw = noise.draw(rng);
    for (const double p : {0.01, 0.05, 0.16, 0.25, 0.3, 0.5, 0.7, 0.84, 0.95, 0.99}) {
        const double q = noise.quantile(p);
        const auto below = std::count_if(draws.begin(), draws.end(), [&](double x) { return x < q; });
        EXPECT_NEAR(static_cast<double>(below) / n, p, 5.0 * std::sqrt(p * (1.0 - p) / n)) << p;
    }
}
