#pragma once

#include <span>
#include <vector>

namespace penumbra {

/// A galaxy's posterior of a target as quantiles at fixed levels, its distribution function linear between
/// them. Studies keep those of the held-out rows as the signal of this name, [rows, levels]; where nothing is
/// known the first half of a row is -infinity, the rest +infinity.
inline constexpr const char* posteriorSignal = "posterior";

/// 0, 0.001, ..., 0.01, 0.015, ..., 0.1, 0.11, ..., 0.9, and the mirror of the first ones, ascending.
std::span<const double> posteriorLevels();

/// Of a distribution that is uniform within bins. @param edges ascending, one more than `masses`
/// @param masses not negative, of any sum @returns one quantile a level; unknown (see above) for masses that
/// are no distribution
std::vector<double> posteriorQuantiles(std::span<const double> edges, std::span<const double> masses);

/// The functions below take one row: a quantile a level.
bool isKnownPosterior(std::span<const double> quantiles);
double posteriorQuantile(std::span<const double> quantiles, double level);
/// Distribution function at y; at a point mass the middle of its step.
double posteriorCdf(std::span<const double> quantiles, double y);
double posteriorDensity(std::span<const double> quantiles, double y); ///< 0 outside; infinity at a point mass
double posteriorSquaredDensity(std::span<const double> quantiles);    ///< its integral
/// Continuous ranked probability score (Gneiting & Raftery 2007), exact for the piecewise linear function.
double posteriorCrps(std::span<const double> quantiles, double y);

} // namespace penumbra
