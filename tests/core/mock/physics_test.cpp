#include "core/mock/cutout.h"
#include "core/mock/spectral_model.h"
#include "core/mock/spectrum.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>

using namespace penumbra;
using namespace penumbra::mock;

namespace {

Galaxy starForming() {
    Galaxy g;
    g.logSsfr = -9.8;
    g.ageGyr = 4.0;
    return g;
}

Galaxy quiescent() {
    Galaxy g;
    g.logSsfr = -12.0;
    g.ageGyr = 9.0;
    g.logMetallicity = 0.1;
    g.dustAv = 0.05;
    return g;
}

double colour(const Galaxy& g, std::size_t blue, std::size_t red) {
    const SpectralModel model(g);
    return -2.5 * std::log10(model.bandFlux(surveyBands[blue]) / model.bandFlux(surveyBands[red]));
}

/// Mean continuum ratio over the narrow D4000 windows (Balogh et al. 1999).
double breakStrength(const Galaxy& g) {
    const SpectralModel model(g);
    double red = 0.0, blue = 0.0;
    for (int i = 0; i < 100; ++i) {
        red += model.continuum((4000.0 + i) * (1.0 + g.redshift));
        blue += model.continuum((3850.0 + i) * (1.0 + g.redshift));
    }
    return red / blue;
}

} // namespace

TEST(Cosmology, AgreesWithDirectIntegrationAndLimits) {
    const auto expansion = [](double z) { return std::sqrt(0.3097 * std::pow(1 + z, 3) + 0.6903); };
    for (const double z : {0.01, 0.1, 0.35, 0.8}) {
        double sum = 0.0;
        constexpr int n = 200'000;
        for (int i = 0; i < n; ++i)
            sum += z / n / expansion(z * (i + 0.5) / n);
        const double comoving = 299792.458 / 67.66 * sum;
        EXPECT_NEAR(Cosmology::luminosityDistanceMpc(z), comoving * (1 + z), 1e-5 * comoving);
        EXPECT_NEAR(Cosmology::angularDiameterDistanceMpc(z), comoving / (1 + z), 1e-5 * comoving);
    }
    double age = 0.0; // int da / (a H), without radiation
    constexpr int n = 1'000'000;
    for (int i = 0; i < n; ++i) {
        const double a = (i + 0.5) / n;
        age += 1.0 / n / std::sqrt(0.3097 / a + 0.6903 * a * a);
    }
    EXPECT_NEAR(Cosmology::ageOfUniverseGyr(0.0), 977.792 / 67.66 * age, 1e-3);
}

TEST(Population, LiesInTheSurveyAndHasTheKnownTrends) {
    double massQuiet = 0, massActive = 0, quiet = 0, active = 0;
    for (std::uint64_t i = 0; i < 4000; ++i) {
        Rng rng(1, i);
        const Galaxy g = drawGalaxy(rng);
        ASSERT_GT(g.redshift, 0.0);
        ASSERT_LT(g.redshift, 0.61);
        ASSERT_LT(g.ageGyr, Cosmology::ageOfUniverseGyr(g.redshift));
        ASSERT_GT(g.axisRatio, 0.1);
        ASSERT_LE(g.axisRatio, 1.0);
        (g.logSsfr < -11.0 ? massQuiet : massActive) += g.logMass;
        (g.logSsfr < -11.0 ? quiet : active) += 1.0;
        const double r = 22.5 - 2.5 * std::log10(SpectralModel(g).bandFlux(surveyBands[1]));
        ASSERT_GT(r, 9.0) << "z " << g.redshift << ", log M " << g.logMass;
        ASSERT_LT(r, 24.0) << "z " << g.redshift << ", log M " << g.logMass;
    }
    EXPECT_GT(massQuiet / quiet, massActive / active + 0.1);
    EXPECT_GT(quiet, 800);
    EXPECT_GT(active, 800);
}

TEST(SpectralModel, OldGalaxiesAreRedderAndHaveAStrongerBreak) {
    EXPECT_GT(colour(quiescent(), 0, 1), colour(starForming(), 0, 1) + 0.2);
    EXPECT_GT(breakStrength(quiescent()), 1.5);
    EXPECT_LT(breakStrength(starForming()), 1.4);
    EXPECT_GT(breakStrength(starForming()), 1.0);
}

TEST(SpectralModel, FluxFallsWithDistanceAndRisesWithMass) {
    Galaxy near = quiescent(), far = quiescent(), heavy = quiescent();
    near.redshift = 0.05;
    far.redshift = 0.3;
    heavy.redshift = 0.05;
    heavy.logMass += 1.0;
    const Band& r = surveyBands[1];
    EXPECT_GT(SpectralModel(near).bandFlux(r), 20.0 * SpectralModel(far).bandFlux(r));
    EXPECT_NEAR(SpectralModel(heavy).bandFlux(r) / SpectralModel(near).bandFlux(r), 10.0, 1e-6);
}

TEST(SpectralModel, HalphaStandsAtItsPlaceOnlyWhereStarsForm) {
    for (const bool active : {true, false}) {
        Galaxy g = active ? starForming() : quiescent();
        g.redshift = 0.2;
        const SpectralModel model(g);
        const double at = 6564.6 * 1.2;
        const double contrast = model.fluxDensity(at) / model.continuum(at) - 1.0;
        if (active)
            EXPECT_GT(contrast, 1.0);
        else
            EXPECT_LT(contrast, 0.3);
        EXPECT_NEAR(model.fluxDensity(at + 120.0), model.continuum(at + 120.0), 1e-9);
    }
}

TEST(Cutout, SersicHalfLightRadiusHoldsHalfTheLight) {
    for (const double index : {1.0, 4.0}) {
        Galaxy g;
        g.sersicIndex = index;
        g.halfLightArcsec = 3.0;
        g.axisRatio = 0.6;
        g.positionAngle = 0.7;
        const std::size_t size = 401;
        const auto image = sersicImage(g, 1.0, 0.3, 0.0, 0.0, size);
        const double total = std::accumulate(image.begin(), image.end(), 0.0);
        EXPECT_NEAR(total, 1.0, index > 2 ? 0.06 : 0.02) << "n = " << index;
        double inside = 0.0;
        const double radius = g.halfLightArcsec / cutoutPixelScaleArcsec;
        for (std::size_t y = 0; y < size; ++y)
            for (std::size_t x = 0; x < size; ++x) {
                const double dx = static_cast<double>(x) - 200.0, dy = static_cast<double>(y) - 200.0;
                const double major = dx * std::cos(0.7) + dy * std::sin(0.7);
                const double minor = (dy * std::cos(0.7) - dx * std::sin(0.7)) / 0.6;
                inside += std::hypot(major, minor) < radius ? image[y * size + x] : 0.0;
            }
        EXPECT_NEAR(inside, 0.5, 0.02) << "n = " << index;
    }
}

// Standardised residuals of unmasked pixels: mean and variance within 5 sigma of 0 and 1.
TEST(Spectrum, IvarDescribesTheNoise) {
    const Galaxy g = starForming();
    const SpectralModel model(g);
    Rng rng(8);
    const Spectrum spectrum = drawSpectrum(model, 0.4, rng);
    double sum = 0, square = 0, n = 0;
    for (std::size_t i = 0; i < spectrumPixels; ++i) {
        if (spectrum.mask[i]) {
            EXPECT_EQ(spectrum.ivar[i], 0.0F);
            continue;
        }
        const double t = (spectrum.flux[i] - 0.4 * model.fluxDensity(spectrumWavelengthAngstrom(i))) *
                         std::sqrt(static_cast<double>(spectrum.ivar[i]));
        sum += t;
        square += t * t;
        n += 1;
    }
    EXPECT_LT(n, spectrumPixels);
    EXPECT_NEAR(sum / n, 0.0, 5.0 / std::sqrt(n));
    EXPECT_NEAR(square / n, 1.0, 5.0 * std::sqrt(2.0 / n));
}
