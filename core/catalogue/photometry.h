#pragma once

#include <span>
#include <vector>

namespace penumbra {

/// Fluxes in nanomaggies unless a zero point says otherwise: m = zeroPoint - 2.5 log10(flux), AB.
constexpr double nanomaggyZeroPoint = 22.5;

/// One band of all rows, with one-sigma errors (NaN = unknown). Fluxes or magnitudes.
struct BandValues {
    std::vector<double> values; ///< [N]
    std::vector<double> errors; ///< [N] or empty
};

/// Pogson magnitude; NaN where flux <= 0 or missing.
double pogsonMagnitude(double flux, double zeroPoint = nanomaggyZeroPoint);
/// sigma_m = 2.5 / ln 10 * sigma_f / f.
double pogsonMagnitudeError(double flux, double fluxError);

/// Asinh magnitude of Lupton, Gunn & Szalay (1999, AJ 118, 1406): zeroPoint - 2.5 log10(b) - a asinh(f / 2b),
/// a = 2.5 / ln 10, with the softening b in the unit of the flux. Defined for f <= 0; tends to Pogson's for f
/// >> b.
double asinhMagnitude(double flux, double softening, double zeroPoint = nanomaggyZeroPoint);
/// a sigma_f / sqrt(f^2 + 4 b^2).
double asinhMagnitudeError(double flux, double fluxError, double softening);
/// LGS99's best choice for a band, b = sqrt(a) * (median flux error) = 1.042 sigma.
/// @throws Error if no error is finite and positive.
double defaultSoftening(std::span<const double> fluxErrors);

/// One sigma from inverse variances; NaN where ivar <= 0 (not measured).
std::vector<double> errorsFromInverseVariance(std::span<const double> ivar);
/// Removes A magnitudes of extinction in place: fluxes and their errors grow by 10^(0.4 A).
void correctFluxForExtinction(BandValues& band, std::span<const double> extinctionMag);
/// m - A; the errors stay.
void correctMagnitudeForExtinction(BandValues& band, std::span<const double> extinctionMag);

BandValues pogsonMagnitudes(const BandValues& flux, double zeroPoint = nanomaggyZeroPoint);
BandValues asinhMagnitudes(const BandValues& flux, double softening, double zeroPoint = nanomaggyZeroPoint);
/// blue - red; errors added in quadrature where both are given.
BandValues colour(const BandValues& blue, const BandValues& red);

} // namespace penumbra
