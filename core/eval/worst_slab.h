#pragma once

#include "core/base/run_context.h"
#include "core/eval/grouped_coverage.h"

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

namespace penumbra {

/// A slab a <= direction . x <= b of one direction in which the searched rows are covered least.
struct Slab {
    double low = 0.0, high = 0.0; ///< projections of its first and last searched row
    double coverage = 1.0;        ///< of the searched rows in it: optimistic, it was chosen
    std::size_t n = 0;
};
/// The window of at least ceil(delta n) consecutive projections with the lowest coverage; ties: the earliest
/// start, then the shortest. Windows part no equal projections. All rows, where no window is below
/// coverage 1.
/// @param projection and covered of the searched rows; not empty
Slab worstWindow(std::span<const double> projection, std::span<const std::uint8_t> covered, double delta);

/// The worst slab over random directions (Cauchois, Gupta & Duchi 2021), searched on one half of the rows and
/// scored on the other: searched and scored on the same rows, exact 90 % intervals show 78 %.
struct WorstSlab {
    Eigen::VectorXd direction; ///< unit vector in the columns given
    Slab searched;
    std::size_t n = 0, covered = 0; ///< of the half held back, inside the slab: honest
    double coverage = std::numeric_limits<double>::quiet_NaN();
    Interval bracket; ///< 95 %, Clopper-Pearson
    double p = 1.0;   ///< exact intervals cover as few or fewer of the n (one-sided)
};
struct WorstSlabOptions {
    std::size_t directions = 1000;
    double delta = 0.1; ///< share of the searched rows that a slab holds at least
    std::uint64_t seed = 0;
};
/// Rows of unit directions, normalised Gaussians.
Eigen::MatrixXd randomDirections(std::size_t count, Eigen::Index columns, std::uint64_t seed);
/// @param x [rows, columns] of like scales, finite @param searchHalf 1 = searched, 0 = held back
/// @throws Error for lengths that disagree or an empty searched half
WorstSlab worstSlab(const Eigen::MatrixXd& x, std::span<const std::uint8_t> covered,
                    std::span<const std::uint8_t> searchHalf, const Eigen::MatrixXd& directions, double delta,
                    const CoveragePromise& promise, const RunContext& context);

} // namespace penumbra
