#pragma once

#include "core/base/run_context.h"
#include "core/eval/score.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace penumbra {

/// Hilbert-Schmidt independence criterion of widths and being covered (Feldman, Bates & Romano 2021), kernels
/// exp(-d^2), as trace(K H L H) / (n - 1)^2: 2 (1 - 1/e) c'K c / (n - 1)^2 with c = covered - its mean. The
/// kernel's sums are taken in its Fourier series, exact to rounding, O(n) each.
/// @param widths finite, divided by the unit wanted
double independenceCriterion(std::span<const double> widths, std::span<const std::uint8_t> covered);
/// The same of other orders of `covered`: one value an order. @param orders [orders][n] row numbers
std::vector<double> independenceCriteria(std::span<const double> widths,
                                         std::span<const std::uint8_t> covered,
                                         const std::vector<std::vector<std::size_t>>& orders);

/// Pearson correlation of width and being covered; NaN without scatter.
double widthCorrelation(std::span<const double> widths, std::span<const std::uint8_t> covered);

/// Whether being covered depends on the width: of exact conditional intervals it does not.
struct WidthDependence {
    std::size_t n = 0;                                              ///< rows with a finite interval
    bool oneWidth = false;                                          ///< nothing to depend on
    double hsic = std::numeric_limits<double>::quiet_NaN();         ///< widths in units of their own scatter
    double hsicByChance = std::numeric_limits<double>::quiet_NaN(); ///< mean over random orders
    double hsicP = std::numeric_limits<double>::quiet_NaN();
    double correlation = std::numeric_limits<double>::quiet_NaN();  ///< of width and being *missed*
    Interval bracket;                                               ///< of it: 95 %, Fisher's z
    double correlationP = std::numeric_limits<double>::quiet_NaN(); ///< two-sided, by random orders
};
/// @param widths of all rows, infinite ones are left out; those that differ by rounding alone made equal
WidthDependence widthDependence(std::span<const double> widths, std::span<const std::uint8_t> covered,
                                std::size_t permutations, std::uint64_t seed, const RunContext& context);

} // namespace penumbra
