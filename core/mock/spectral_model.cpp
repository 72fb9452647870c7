#include "core/mock/spectral_model.h"

#include <algorithm>
#include <cmath>

namespace penumbra::mock {

namespace {

constexpr double pivotAngstrom = 5500.0;
constexpr double lightSpeedAngstrom = 2.99792458e18; // A/s
constexpr double abZeroPoint = 3.631e-20;            // erg/s/cm2/Hz

/// Black body per unit wavelength, relative to its value at the pivot.
double blackBody(double angstrom, double kelvin) {
    constexpr double hcOverK = 1.43877688e8; // A K
    const double at = std::expm1(std::min(hcOverK / (pivotAngstrom * kelvin), 600.0));
    const double there = std::expm1(std::min(hcOverK / (angstrom * kelvin), 600.0));
    return std::pow(pivotAngstrom / angstrom, 5) * at / there;
}

/// 1 redward, 1 - depth blueward of an edge.
double stepBreak(double angstrom, double edge, double width, double depth) {
    return 1.0 - depth / (1.0 + std::exp((angstrom - edge) / width));
}

double absorption(double angstrom, double centre, double sigma, double depth) {
    const double t = (angstrom - centre) / sigma;
    return std::abs(t) > 6.0 ? 1.0 : 1.0 - depth * std::exp(-0.5 * t * t);
}

/// Calzetti et al. 2000, eq. 4, R_V = 4.05; extended flat-to-falling beyond 2.2 micron.
double calzetti(double angstrom) {
    const double micron = std::clamp(angstrom * 1e-4, 0.12, 2.2);
    const double k = micron >= 0.63 ? 2.659 * (-1.857 + 1.040 / micron) + 4.05
                                    : 2.659 * (-2.156 + 1.509 / micron - 0.198 / (micron * micron) +
                                               0.011 / (micron * micron * micron)) +
                                          4.05;
    return std::max(k, 0.0);
}

} // namespace

double nanomaggies(double magAb) {
    return std::pow(10.0, 0.4 * (22.5 - magAb));
}

SpectralModel::SpectralModel(const Galaxy& galaxy) : galaxy_(galaxy) {
    const double activity = std::pow(10.0, galaxy.logSsfr + 10.0); // 1 on the main sequence
    youngFraction_ = 0.42 * activity / (activity + 1.2);
    middleFraction_ = (1.0 - youngFraction_) * std::exp(-std::max(galaxy.ageGyr - 1.0, 0.0) / 4.5) * 0.75;
    oldTemperature_ = 4750.0 - 330.0 * galaxy.logMetallicity - 45.0 * (galaxy.ageGyr - 7.0);
    breakDepth_ = std::clamp(0.50 + 0.13 * galaxy.logMetallicity + 0.018 * (galaxy.ageGyr - 6.0), 0.2, 0.68);
    metalDepth_ = std::clamp(0.16 + 0.14 * galaxy.logMetallicity, 0.02, 0.32);
    balmerDepth_ = 0.30 * middleFraction_ + 0.08 * youngFraction_;

    // Light per mass falls with age and rises with recent star formation; Sun: M_AB(5500 A) = 4.8.
    const double logMassToLight = 0.28 + 0.75 * std::log10(galaxy.ageGyr / 6.0) +
                                  0.12 * galaxy.logMetallicity - 0.38 * std::log10(1.0 + 1.4 * activity);
    const double absolute = 4.8 - 2.5 * (galaxy.logMass - logMassToLight) + 0.9 * galaxy.dustAv;
    const double apparent =
        absolute + Cosmology::distanceModulus(galaxy.redshift) - 2.5 * std::log10(1.0 + galaxy.redshift);
    const double observedPivot = pivotAngstrom * (1.0 + galaxy.redshift);
    const double perHertz = abZeroPoint * std::pow(10.0, -0.4 * apparent);
    scale_ = perHertz * lightSpeedAngstrom / (observedPivot * observedPivot) * 1e17;

    const double halphaWidth = 28.0 * std::pow(activity, 0.85);
    // Metal-rich gas: strong [NII], weak [OIII] (the star-forming branch of the BPT diagram).
    const double nitrogen = std::clamp(std::pow(10.0, -0.45 + 0.9 * galaxy.logMetallicity), 0.03, 0.9);
    const double oxygen = std::clamp(std::pow(10.0, -0.15 - 1.5 * galaxy.logMetallicity), 0.08, 5.0);
    const double dustBlue = std::pow(10.0, -0.4 * 0.44 * galaxy.dustAv);
    const auto add = [&](double centre, double strength) {
        const double sigma = std::hypot(centre * galaxy.velocityDispersion * 0.7 / 299792.458, 0.7);
        lines_.push_back({centre, halphaWidth * strength, sigma});
    };
    add(6564.6, 1.0);
    add(6585.3, nitrogen);
    add(6549.9, nitrogen / 2.94);
    add(4862.7, dustBlue / 2.86);
    add(4341.7, dustBlue * 0.164);
    add(4102.9, dustBlue * 0.09);
    add(5008.2, dustBlue * oxygen / 2.86);
    add(4960.3, dustBlue * oxygen / 2.86 / 2.98);
    add(3727.1, dustBlue * 0.55);
    add(3729.9, dustBlue * 0.70);
    add(6718.3, 0.18);
    add(6732.7, 0.14);
    add(9533.2, 0.10 * oxygen);
}

double SpectralModel::restContinuum(double rest) const {
    const double old = blackBody(rest, oldTemperature_) * stepBreak(rest, 3990.0, 45.0, breakDepth_) *
                       stepBreak(rest, 2900.0, 150.0, 0.5);
    const double middle = blackBody(rest, 8200.0) * stepBreak(rest, 3780.0, 60.0, 0.38);
    const double young = blackBody(rest, 17000.0) * stepBreak(rest, 3650.0, 40.0, 0.12);
    double flux =
        (1.0 - youngFraction_ - middleFraction_) * old + middleFraction_ * middle + youngFraction_ * young;
    const double broadening = rest * galaxy_.velocityDispersion / 299792.458;
    const double oldShare = 1.0 - youngFraction_ - middleFraction_;
    const auto metal = [&](double centre, double width, double depth) {
        flux *=
            absorption(rest, centre, std::hypot(width, broadening), depth * oldShare * metalDepth_ / 0.16);
    };
    metal(3934.8, 8.0, 0.42);
    metal(3969.6, 8.0, 0.38);
    metal(4305.6, 14.0, 0.20);
    metal(4383.0, 9.0, 0.09);
    metal(5176.6, 16.0, 0.17);
    metal(5270.0, 12.0, 0.07);
    metal(5895.6, 6.0, 0.14);
    metal(6180.0, 60.0, 0.04);
    metal(7100.0, 90.0, 0.07);
    metal(8500.0, 5.0, 0.10);
    metal(8544.4, 6.0, 0.20);
    metal(8664.5, 6.0, 0.17);
    for (const double balmer : {3798.0, 3836.5, 3890.2, 3971.2, 4102.9, 4341.7, 4862.7, 6564.6})
        flux *= absorption(rest, balmer, std::hypot(6.5, broadening),
                           balmerDepth_ * (balmer > 6000.0 ? 0.5 : 1.0));
    return flux * std::pow(10.0, -0.4 * galaxy_.dustAv * (calzetti(rest) - calzetti(pivotAngstrom)) / 4.05);
}

double SpectralModel::emission(double rest) const {
    double sum = 0.0;
    for (const Line& line : lines_) {
        const double t = (rest - line.restAngstrom) / line.sigmaAngstrom;
        if (std::abs(t) < 6.0)
            sum += line.equivalentWidth * 0.3989422804014327 / line.sigmaAngstrom * std::exp(-0.5 * t * t);
    }
    return sum;
}

double SpectralModel::continuum(double observedAngstrom) const {
    return scale_ * restContinuum(observedAngstrom / (1.0 + galaxy_.redshift));
}

double SpectralModel::fluxDensity(double observedAngstrom) const {
    const double rest = observedAngstrom / (1.0 + galaxy_.redshift);
    return scale_ * (restContinuum(rest) + emission(rest));
}

double SpectralModel::bandFlux(const Band& band) const {
    // Mean f_nu over photons: int f_lambda lambda T / int c/lambda T.
    constexpr int nodes = 24;
    double photons = 0.0, reference = 0.0;
    for (int i = 0; i < nodes; ++i) {
        const double t = (i + 0.5) / nodes * 2.0 - 1.0;
        const double angstrom = band.effectiveAngstrom + t * 0.65 * band.widthAngstrom;
        const double transmission = 1.0 / (1.0 + std::exp((std::abs(t) * 0.65 - 0.5) / 0.03));
        photons += continuum(angstrom) * angstrom * transmission;
        reference += lightSpeedAngstrom / angstrom * transmission;
    }
    // Lines are narrower than the nodes' spacing: added by their integral.
    const double nodeWidth = 1.3 * band.widthAngstrom / nodes;
    for (const Line& line : lines_) {
        const double observed = line.restAngstrom * (1.0 + galaxy_.redshift);
        const double t = std::abs(observed - band.effectiveAngstrom) / band.widthAngstrom;
        photons += scale_ * line.equivalentWidth * (1.0 + galaxy_.redshift) / nodeWidth * observed /
                   (1.0 + std::exp((t - 0.5) / 0.03));
    }
    return photons * 1e-17 / reference / abZeroPoint * 1e9;
}

} // namespace penumbra::mock
