#include "core/mock/labels.h"

#include "core/base/statistics.h"

#include <algorithm>
#include <cmath>

namespace penumbra::mock {

namespace {

/// 0 for bright galaxies, about 1 at the survey's limit (r = 19.5), more beyond.
double faintness(double rMagnitude) {
    return std::pow(10.0, 0.3 * (std::clamp(rMagnitude, 13.0, 22.0) - 19.5));
}

SkewedNoise redshiftNoise(const Galaxy& g, double rMagnitude) {
    const double sigma = (1.0 + g.redshift) * (0.0025 + 0.010 * faintness(rMagnitude));
    return {sigma, sigma * 1.25};
}

SkewedNoise massNoise(const Galaxy& g, double rMagnitude) {
    // Dust and young light make masses uncertain, mostly towards too small.
    const double sigma = 0.035 + 0.07 * faintness(rMagnitude) + 0.04 * std::min(g.dustAv, 1.5);
    return {sigma * 1.4, sigma};
}

SkewedNoise ageNoise(const Galaxy& g, double rMagnitude) {
    const double sigma = 0.12 * g.ageGyr * (0.6 + faintness(rMagnitude));
    return {sigma, sigma * (g.logSsfr > -11.0 ? 1.8 : 1.1)};
}

SkewedNoise metallicityNoise(const Galaxy& g, double rMagnitude) {
    const double sigma = 0.04 + 0.05 * faintness(rMagnitude) + 0.03 * std::max(0.0, -g.logMetallicity);
    return {sigma * 1.7, sigma};
}

SkewedNoise ssfrNoise(const Galaxy& g, double rMagnitude) {
    // Below 1e-11 per year there is hardly any light of young stars left to measure.
    const double quiet = 1.0 / (1.0 + std::exp((g.logSsfr + 11.2) / 0.3));
    const double sigma = 0.08 + 0.30 * quiet + 0.06 * faintness(rMagnitude);
    return {sigma * (1.0 + 1.2 * quiet), sigma};
}

} // namespace

double SkewedNoise::quantile(double p) const {
    const double sum = sigmaLow + sigmaHigh;
    const double below = sigmaLow / sum;
    if (p < below)
        return sigmaLow * normalQuantile(p * sum / (2.0 * sigmaLow));
    return sigmaHigh * normalQuantile((p * sum - sigmaLow + sigmaHigh) / (2.0 * sigmaHigh));
}

double SkewedNoise::draw(Rng& rng) const {
    const bool below = rng.uniform() < sigmaLow / (sigmaLow + sigmaHigh);
    const double size = std::abs(rng.normal());
    return below ? -sigmaLow * size : sigmaHigh * size;
}

const std::array<LabelModel, 5>& labelModels() {
    static const std::array<LabelModel, 5> models{
        {{"z", "", "redshift", [](const Galaxy& g) { return g.redshift; }, redshiftNoise},
         {"log_mstar", "log Msun", "stellar mass", [](const Galaxy& g) { return g.logMass; }, massNoise},
         {"age", "Gyr", "mass-weighted age", [](const Galaxy& g) { return g.ageGyr; }, ageNoise},
         {"log_zmet", "log Zsun", "metallicity", [](const Galaxy& g) { return g.logMetallicity; },
          metallicityNoise},
         {"log_ssfr", "log 1/yr", "specific star formation rate", [](const Galaxy& g) { return g.logSsfr; },
          ssfrNoise}}};
    return models;
}

} // namespace penumbra::mock
