#include "core/base/cosmology.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace penumbra;

namespace {
/// The same integral by the trapezoidal rule with very many steps in z.
double trapezoid(double redshift) {
    constexpr int steps = 400000;
    const auto inverse = [](double z) {
        return 1.0 / std::sqrt(omegaMatter * std::pow(1.0 + z, 3) + 1.0 - omegaMatter);
    };
    double sum = 0.5 * (inverse(0.0) + inverse(redshift));
    for (int i = 1; i < steps; ++i)
        sum += inverse(redshift * i / steps);
    return 299792.458 / hubbleToday * sum * redshift / steps;
}
} // namespace

TEST(Cosmology, DistancesAreTheIntegral) {
    for (const double z : {0.001, 0.1, 0.5, 1.0, 1.9995, 2.0005, 3.5, 7.0})
        EXPECT_NEAR(comovingDistanceMpc(z) / trapezoid(z), 1.0, 1e-6) << z;
    EXPECT_EQ(comovingDistanceMpc(0.0), 0.0);
    EXPECT_EQ(comovingDistanceMpc(-0.01), 0.0);
}

TEST(Cosmology, NearbyTheyFollowHubblesLaw) {
    // D = cz/H0 (1 - 3/4 Om z + ...) in a flat universe with a cosmological constant.
    const double z = 1e-3;
    EXPECT_NEAR(comovingDistanceMpc(z), 299792.458 * z / hubbleToday * (1.0 - 0.75 * omegaMatter * z), 1e-5);
}
