#include "core/mock/population.h"

#include "core/base/cosmology.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace penumbra::mock {

namespace {

/// n(z) of a flux-limited sample, z^2 exp(-(z/z0)^1.5), by inverting its cumulative sum.
double drawRedshift(Rng& rng) {
    constexpr int steps = 600;
    constexpr double low = 0.01, high = 0.6, scale = 0.19;
    static const auto cumulative = [] {
        std::array<double, steps + 1> sum{};
        for (int i = 1; i <= steps; ++i) {
            const double z = low + (high - low) * (i - 0.5) / steps;
            sum[static_cast<std::size_t>(i)] =
                sum[static_cast<std::size_t>(i - 1)] + z * z * std::exp(-std::pow(z / scale, 1.5));
        }
        return sum;
    }();
    const double wanted = rng.uniform() * cumulative.back();
    const auto above = std::upper_bound(cumulative.begin(), cumulative.end(), wanted);
    const auto i = static_cast<std::size_t>(
        std::clamp<std::ptrdiff_t>(above - cumulative.begin(), 1, static_cast<std::ptrdiff_t>(steps)));
    const double f = (wanted - cumulative[i - 1]) / (cumulative[i] - cumulative[i - 1]);
    return low + (high - low) * (static_cast<double>(i - 1) + f) / steps;
}

void drawStellarPopulation(Galaxy& g, bool quiescent, Rng& rng) {
    const double mass = g.logMass - 10.5;
    const double ageLimit = Cosmology::ageOfUniverseGyr(g.redshift) - 0.8;
    if (quiescent) {
        g.logSsfr = -11.9 - 0.1 * mass + 0.35 * rng.normal();
        g.ageGyr = 7.6 + 1.0 * mass + 1.1 * rng.normal();
        g.dustAv = 0.12 * std::abs(rng.normal());
    } else {
        g.logSsfr = -10.1 - 0.2 * mass + 3.0 * std::log10((1.0 + g.redshift) / 1.1) + 0.3 * rng.normal();
        g.ageGyr = 4.6 + 1.2 * mass + 0.9 * rng.normal();
        g.dustAv = std::max(0.0, 0.55 + 0.2 * mass + 0.28 * rng.normal());
    }
    g.ageGyr = std::clamp(g.ageGyr, 0.6, ageLimit);
    g.logMetallicity = 0.05 + 0.28 * std::tanh(mass / 0.9) - (mass < -0.5 ? 0.25 * (-0.5 - mass) : 0.0) +
                       (quiescent ? 0.06 : -0.03) + 0.1 * rng.normal();
    g.velocityDispersion = std::clamp(std::pow(10.0, 2.2 + 0.3 * mass + 0.08 * rng.normal()), 30.0, 400.0);
}

void drawShape(Galaxy& g, bool quiescent, Rng& rng) {
    const double mass = g.logMass - 10.5;
    const double logKpc = (quiescent ? 0.52 + 0.6 * mass : 0.72 + 0.22 * mass) + 0.13 * rng.normal();
    const double kpcPerArcsec =
        Cosmology::angularDiameterDistanceMpc(g.redshift) * 1e3 * std::numbers::pi / 648000.0;
    g.halfLightArcsec = std::clamp(std::pow(10.0, logKpc) / kpcPerArcsec, 0.25, 12.0);
    g.sersicIndex = std::clamp(quiescent ? 4.0 + 0.7 * rng.normal() : 1.1 + 0.35 * rng.normal(), 0.5, 6.0);
    // Discs are thin and randomly inclined; spheroids are round.
    const double cosine = rng.uniform();
    const double thickness = quiescent ? 0.6 : 0.2;
    g.axisRatio = std::sqrt(cosine * cosine + thickness * thickness * (1.0 - cosine * cosine));
    g.positionAngle = std::numbers::pi * rng.uniform();
}

} // namespace

double Cosmology::luminosityDistanceMpc(double redshift) {
    return comovingDistanceMpc(redshift) * (1.0 + redshift);
}
double Cosmology::angularDiameterDistanceMpc(double redshift) {
    return comovingDistanceMpc(redshift) / (1.0 + redshift);
}
double Cosmology::distanceModulus(double redshift) {
    return 5.0 * std::log10(luminosityDistanceMpc(redshift)) + 25.0;
}
double Cosmology::ageOfUniverseGyr(double redshift) {
    // Closed form for flat LCDM; 977.8 Gyr km/s/Mpc is the Hubble time's unit.
    const double lambda = 1.0 - omegaMatter;
    return 977.792 / hubbleToday * 2.0 / (3.0 * std::sqrt(lambda)) *
           std::asinh(std::sqrt(lambda / omegaMatter) * std::pow(1.0 + redshift, -1.5));
}

Galaxy drawGalaxy(Rng& rng) {
    Galaxy g;
    g.redshift = drawRedshift(rng);
    // A flux limit: distant galaxies that made it into the survey are massive.
    const double floor = 8.2 + 2.05 * std::log10(g.redshift / 0.03);
    g.logMass = std::clamp(floor + 0.85 + 0.45 * rng.normal(), 7.8, 12.0);
    const bool quiescent = rng.uniform() < 1.0 / (1.0 + std::exp(-(g.logMass - 10.75) / 0.3));
    drawStellarPopulation(g, quiescent, rng);
    drawShape(g, quiescent, rng);
    g.ra = 360.0 * rng.uniform();
    // A galactic-cap-like strip, uniform on the sphere.
    g.dec = std::asin(-0.2 + 0.7 * rng.uniform()) * 180.0 / std::numbers::pi;
    g.galacticEbv = 0.02 + 0.025 * -std::log(1.0 - rng.uniform());
    return g;
}

} // namespace penumbra::mock
