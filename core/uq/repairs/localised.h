#pragma once

#include "core/base/run_context.h"
#include "core/catalogue/matrix.h"

#include <cstdint>
#include <span>
#include <vector>

namespace penumbra::uq {

/// Randomly localised split conformal (RLCP, Hore & Barber 2025): each galaxy's threshold is a weighted
/// quantile of the calibration scores, weights falling with the distance to a point drawn about the galaxy,
/// exp(-d^2 / (2 h^2)), its own weight standing at +inf. At least the nominal share is covered on average,
/// whatever the kernel, and about it within balls of size h. The draw belongs to the galaxy, so that an
/// interval never changes.
struct LocalisedThresholds {
    std::vector<double> threshold; ///< [test rows]; may be infinite
    std::vector<double> effective; ///< [test rows] effective calibration rows, (sum w)^2 / sum w^2
};
/// @param calibration, test [rows, d] coordinates @param ids [test rows] of the galaxies, seeds of their
/// draws
/// @param scores [calibration rows], NaN: takes no part
LocalisedThresholds localisedThresholds(const MatrixD& calibration, const MatrixD& test,
                                        std::span<const std::int64_t> ids, std::span<const double> scores,
                                        double h, double alpha, const RunContext& context);

/// What it goes by, settled once and stored as a signal [rows, 2]: the key of each galaxy's draw, and h, so
/// that an interval is the same in a study, at any alpha, among other galaxies. Integers below 2^24 and
/// float32 values, which study files keep as they are. @param keys of the galaxies' identities
MatrixD localisedSignal(std::span<const std::uint64_t> keys, double h);

/// The h at which half of the rows have at least so many effective calibration rows (or a third of them,
/// where there are few): chosen by coordinates alone, of all rows alike.
double bandwidthFor(const MatrixD& calibration, const MatrixD& test, double effectiveRows);

} // namespace penumbra::uq
