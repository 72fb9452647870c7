#include "core/catalogue/photometry.h"

#include "core/base/error.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace penumbra {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TEST(Photometry, nanomaggiesGiveAbMagnitudes) {
    EXPECT_DOUBLE_EQ(pogsonMagnitude(1.0), 22.5);
    EXPECT_DOUBLE_EQ(pogsonMagnitude(100.0), 17.5);
    EXPECT_NEAR(pogsonMagnitude(1e9), 0.0, 1e-12); // one maggy
    EXPECT_TRUE(std::isnan(pogsonMagnitude(0.0)));
    EXPECT_TRUE(std::isnan(pogsonMagnitude(-1.0)));
    EXPECT_TRUE(std::isnan(pogsonMagnitude(nan)));
    EXPECT_DOUBLE_EQ(pogsonMagnitude(1.0, 25.0), 25.0);
}

TEST(Photometry, pogsonErrorIsTheDerivative) {
    const double f = 37.0, step = 1e-4;
    const double slope = (pogsonMagnitude(f - step) - pogsonMagnitude(f + step)) / (2 * step);
    EXPECT_NEAR(pogsonMagnitudeError(f, 0.5), 0.5 * slope, 1e-9);
}

// SDSS's published table of asinh softening parameters (DR7 flux calibration page, from LGS99): b relative to
// the zero-point flux of 1 maggy, and the magnitude of an object with no flux, given to two decimals.
TEST(Photometry, zeroFluxMagnitudesAreThoseOfSdss) {
    const double b[] = {1.4e-10, 0.9e-10, 1.2e-10, 1.8e-10, 7.4e-10};
    const double published[] = {24.63, 25.11, 24.80, 24.36, 22.83};
    for (int k = 0; k < 5; ++k)
        EXPECT_NEAR(asinhMagnitude(0.0, b[k] * 1e9), published[k], 0.006) << k;
}

// The form printed by SDSS: m = -2.5/ln 10 [asinh((f/f0)/(2b)) + ln b].
TEST(Photometry, asinhMagnitudeEqualsTheFormOfSdss) {
    const double b = 0.9e-10;
    for (const double nanomaggies : {-3.0, -0.05, 0.0, 0.2, 7.0, 4000.0}) {
        const double expected =
            -2.5 / std::log(10.0) * (std::asinh(nanomaggies * 1e-9 / (2 * b)) + std::log(b));
        EXPECT_NEAR(asinhMagnitude(nanomaggies, b * 1e9), expected, 1e-10) << nanomaggies;
    }
}

TEST(Photometry, asinhMagnitudesTendToPogsonsWhenBright) {
    const double b = 0.1;
    // asinh(x) = ln 2x + 1/(4x^2) - ..., x = f/2b: the difference falls as (b/f)^2.
    EXPECT_NEAR(asinhMagnitude(100 * b, b), pogsonMagnitude(100 * b), 1.1 * 1e-4);
    EXPECT_NEAR(asinhMagnitude(1e5 * b, b), pogsonMagnitude(1e5 * b), 1e-9);
    EXPECT_GT(std::abs(asinhMagnitude(b, b) - pogsonMagnitude(b)), 0.1);
}

TEST(Photometry, asinhMagnitudesFallWithFluxAlsoBelowZero) {
    double previous = asinhMagnitude(-100.0, 0.1);
    for (double flux = -99.0; flux < 100.0; flux += 1.0) {
        const double magnitude = asinhMagnitude(flux, 0.1);
        EXPECT_LT(magnitude, previous);
        previous = magnitude;
    }
}

TEST(Photometry, asinhErrorIsTheDerivative) {
    for (const double f : {-2.0, 0.0, 0.3, 50.0}) {
        const double step = 1e-5;
        const double slope = (asinhMagnitude(f - step, 0.2) - asinhMagnitude(f + step, 0.2)) / (2 * step);
        EXPECT_NEAR(asinhMagnitudeError(f, 0.1, 0.2), 0.1 * slope, 1e-8) << f;
    }
}

TEST(Photometry, defaultSofteningIsLgsBestChoice) {
    const double errors[] = {0.3, nan, 0.1, 0.2, 0.0, 5.0, -1.0, 0.25, 0.15};
    // Usable: .1 .15 .2 .25 .3 5 -> upper median .25; LGS99 give b = 1.042 sigma.
    EXPECT_NEAR(defaultSoftening(errors), 1.042 * 0.25, 1e-4);
    const double none[] = {nan, 0.0};
    EXPECT_THROW(defaultSoftening(none), Error);
}

TEST(Photometry, inverseVariancesGiveErrors) {
    const double ivar[] = {4.0, 0.0, -1.0, 100.0};
    const auto errors = errorsFromInverseVariance(ivar);
    EXPECT_DOUBLE_EQ(errors[0], 0.5);
    EXPECT_TRUE(std::isnan(errors[1]));
    EXPECT_TRUE(std::isnan(errors[2]));
    EXPECT_DOUBLE_EQ(errors[3], 0.1);
}

TEST(Photometry, extinctionBrightensByAInBothForms) {
    BandValues flux{{10.0, 50.0}, {1.0, 2.0}};
    const double extinction[] = {0.0, 0.7};
    const auto before = pogsonMagnitudes(flux);
    correctFluxForExtinction(flux, extinction);
    const auto after = pogsonMagnitudes(flux);
    EXPECT_NEAR(before.values[0] - after.values[0], 0.0, 1e-12);
    EXPECT_NEAR(before.values[1] - after.values[1], 0.7, 1e-12);
    EXPECT_NEAR(before.errors[1], after.errors[1], 1e-12); // the signal-to-noise stays
    BandValues magnitudes{{20.0, 20.0}, {}};
    correctMagnitudeForExtinction(magnitudes, extinction);
    EXPECT_DOUBLE_EQ(magnitudes.values[1], 19.3);
}

TEST(Photometry, coloursAddErrorsInQuadrature) {
    const auto both = colour({{20.0}, {0.3}}, {{19.0}, {0.4}});
    EXPECT_DOUBLE_EQ(both.values[0], 1.0);
    EXPECT_DOUBLE_EQ(both.errors[0], 0.5);
    EXPECT_TRUE(colour({{20.0}, {}}, {{19.0}, {0.4}}).errors.empty());
    EXPECT_TRUE(std::isnan(colour({{nan}, {}}, {{19.0}, {}}).values[0]));
}

TEST(Photometry, refusesASofteningThatIsNoFlux) {
    EXPECT_THROW(asinhMagnitudes({{1.0}, {}}, 0.0), Error);
    EXPECT_THROW(asinhMagnitudes({{1.0}, {}}, nan), Error);
}

} // namespace
} // namespace penumbra
