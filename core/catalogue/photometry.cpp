#include "core/catalogue/photometry.h"

#include "core/base/error.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace penumbra {

namespace {
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double pogsonScale = 2.5 / std::numbers::ln10; // "a" of LGS99, 1.0857
} // namespace

double pogsonMagnitude(double flux, double zeroPoint) {
    return flux > 0.0 ? zeroPoint - 2.5 * std::log10(flux) : nan;
}

double pogsonMagnitudeError(double flux, double fluxError) {
    return flux > 0.0 ? pogsonScale * fluxError / flux : nan;
}

double asinhMagnitude(double flux, double softening, double zeroPoint) {
    return zeroPoint - 2.5 * std::log10(softening) - pogsonScale * std::asinh(flux / (2.0 * softening));
}

double asinhMagnitudeError(double flux, double fluxError, double softening) {
    return pogsonScale * fluxError / std::hypot(flux, 2.0 * softening);
}

double defaultSoftening(std::span<const double> fluxErrors) {
    std::vector<double> usable;
    for (const double error : fluxErrors)
        if (std::isfinite(error) && error > 0.0)
            usable.push_back(error);
    if (usable.empty())
        throw Error("the asinh softening needs flux errors, and none is finite and positive: "
                    "give error or ivar columns, or softening");
    const auto middle = usable.begin() + static_cast<std::ptrdiff_t>(usable.size() / 2);
    std::nth_element(usable.begin(), middle, usable.end());
    return std::sqrt(pogsonScale) * *middle;
}

std::vector<double> errorsFromInverseVariance(std::span<const double> ivar) {
    std::vector<double> errors(ivar.size());
    std::transform(ivar.begin(), ivar.end(), errors.begin(),
                   [](double weight) { return weight > 0.0 ? 1.0 / std::sqrt(weight) : nan; });
    return errors;
}

void correctFluxForExtinction(BandValues& band, std::span<const double> extinctionMag) {
    for (std::size_t row = 0; row < band.values.size(); ++row) {
        const double factor = std::pow(10.0, 0.4 * extinctionMag[row]);
        band.values[row] *= factor;
        if (!band.errors.empty())
            band.errors[row] *= factor;
    }
}

void correctMagnitudeForExtinction(BandValues& band, std::span<const double> extinctionMag) {
    for (std::size_t row = 0; row < band.values.size(); ++row)
        band.values[row] -= extinctionMag[row];
}

BandValues pogsonMagnitudes(const BandValues& flux, double zeroPoint) {
    BandValues magnitudes;
    for (std::size_t row = 0; row < flux.values.size(); ++row) {
        magnitudes.values.push_back(pogsonMagnitude(flux.values[row], zeroPoint));
        if (!flux.errors.empty())
            magnitudes.errors.push_back(pogsonMagnitudeError(flux.values[row], flux.errors[row]));
    }
    return magnitudes;
}

BandValues asinhMagnitudes(const BandValues& flux, double softening, double zeroPoint) {
    if (!(softening > 0.0) || !std::isfinite(softening))
        throw Error("the asinh softening must be a positive flux, found " + std::to_string(softening));
    BandValues magnitudes;
    for (std::size_t row = 0; row < flux.values.size(); ++row) {
        magnitudes.values.push_back(asinhMagnitude(flux.values[row], softening, zeroPoint));
        if (!flux.errors.empty())
            magnitudes.errors.push_back(asinhMagnitudeError(flux.values[row], flux.errors[row], softening));
    }
    return magnitudes;
}

BandValues colour(const BandValues& blue, const BandValues& red) {
    BandValues out;
    const bool errors = !blue.errors.empty() && !red.errors.empty();
    for (std::size_t row = 0; row < blue.values.size(); ++row) {
        out.values.push_back(blue.values[row] - red.values[row]);
        if (errors)
            out.errors.push_back(std::hypot(blue.errors[row], red.errors[row]));
    }
    return out;
}

} // namespace penumbra
