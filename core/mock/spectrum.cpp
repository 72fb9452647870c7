#include "core/mock/spectrum.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace penumbra::mock {

namespace {

struct SkyLine {
    double angstrom;
    double strength; ///< of the sky continuum's noise
};
// The brightest airglow features: [OI], Na D, and the OH forest's strongest heads.
constexpr std::array<SkyLine, 30> airglow{
    {{4358.3, 2.0}, {5461.0, 3.0}, {5577.3, 14.0}, {5891.6, 4.0}, {6300.3, 7.0}, {6363.8, 3.5},
     {6864.0, 3.0}, {6923.2, 3.0}, {7276.4, 4.5},  {7316.3, 4.5}, {7340.9, 4.5}, {7750.6, 5.5},
     {7794.1, 6.0}, {7821.5, 5.0}, {7913.7, 6.0},  {7964.7, 6.0}, {7993.3, 5.5}, {8344.6, 6.5},
     {8399.2, 7.5}, {8430.2, 6.5}, {8465.4, 6.5},  {8760.0, 4.5}, {8778.3, 5.5}, {8827.1, 7.5},
     {8885.9, 8.0}, {8919.6, 7.5}, {8958.1, 6.5},  {9337.9, 7.0}, {9375.9, 7.5}, {9439.7, 7.5}}};

double gaussian(double t) {
    return std::exp(-0.5 * t * t);
}

/// One-sigma noise of a blank sky fibre, 1e-17 erg/s/cm2/A, bright-time exposure.
const std::vector<double>& skyNoise() {
    static const std::vector<double> noise = [] {
        std::vector<double> out(spectrumPixels);
        for (std::size_t i = 0; i < spectrumPixels; ++i) {
            const double angstrom = spectrumWavelengthAngstrom(i);
            // Throughput falls steeply at the blue end and in the far red, with dips where the arms meet.
            const double blueEnd = 1.0 + 5.5 * std::exp(-(angstrom - 3600.0) / 260.0);
            const double redEnd = 1.0 + 0.9 * std::exp((angstrom - 9824.0) / 180.0);
            const double joints = 1.0 + 0.55 * gaussian((angstrom - 5780.0) / 45.0) +
                                  0.55 * gaussian((angstrom - 7560.0) / 55.0);
            double level = 0.85 * blueEnd * redEnd * joints;
            double lines = 0.0;
            for (const auto& line : airglow)
                lines += line.strength * gaussian((angstrom - line.angstrom) / 1.7);
            // Unresolved OH forest beyond 7200 A.
            if (angstrom > 7200.0)
                lines += 0.8 * (1.0 + std::sin(angstrom / 9.0) * std::sin(angstrom / 37.0));
            out[i] = level * (1.0 + 0.45 * lines);
        }
        return out;
    }();
    return noise;
}

} // namespace

double spectrumWavelengthAngstrom(std::size_t pixel) {
    return 3600.0 + 0.8 * static_cast<double>(pixel);
}

Spectrum drawSpectrum(const SpectralModel& model, double fibreFraction, Rng& rng) {
    Spectrum out;
    out.flux.resize(spectrumPixels);
    out.ivar.resize(spectrumPixels);
    out.mask.assign(spectrumPixels, 0);
    const double exposure = std::pow(10.0, 0.12 * rng.normal()); // conditions differ from tile to tile
    const auto& sky = skyNoise();
    for (std::size_t i = 0; i < spectrumPixels; ++i) {
        const double signal = fibreFraction * model.fluxDensity(spectrumWavelengthAngstrom(i));
        const double variance = (sky[i] * sky[i] + 0.05 * std::max(signal, 0.0)) / exposure;
        out.flux[i] = static_cast<float>(signal + rng.normal() * std::sqrt(variance));
        out.ivar[i] = static_cast<float>(1.0 / variance);
    }
    const auto maskRun = [&](std::size_t first, std::size_t count) {
        for (std::size_t i = first; i < std::min(first + count, spectrumPixels); ++i) {
            out.mask[i] = 1;
            out.ivar[i] = 0.0F;
        }
    };
    const auto cosmicRays = 4 + rng.below(14);
    for (std::uint64_t hit = 0; hit < cosmicRays; ++hit) {
        const auto at = static_cast<std::size_t>(rng.below(spectrumPixels));
        const auto count = static_cast<std::size_t>(1 + rng.below(4));
        for (std::size_t i = at; i < std::min(at + count, spectrumPixels); ++i)
            out.flux[i] += static_cast<float>(20.0 * -std::log(1.0 - rng.uniform()));
        maskRun(at, count);
    }
    if (rng.uniform() < 0.2) // a bad column
        maskRun(static_cast<std::size_t>(rng.below(spectrumPixels)), 6);
    return out;
}

} // namespace penumbra::mock
