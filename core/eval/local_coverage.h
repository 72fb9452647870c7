#pragma once

#include "core/eval/score.h"

#include <cstdint>
#include <span>
#include <vector>

namespace penumbra {

/// A window around every row: the row itself and its nearest others in some embedding.
struct CoverageWindows {
    std::size_t k = 0;               ///< rows of a window
    std::vector<std::uint32_t> rows; ///< [N, k]

    std::size_t count() const { return k == 0 ? 0 : rows.size() / k; }
    std::span<const std::uint32_t> window(std::size_t i) const { return std::span(rows).subspan(i * k, k); }
};

struct LocalCoverageOptions {
    double alpha = 0.1;
    double falseDiscoveryRate =
        0.05; ///< expected share of windows that cover enough among the marked ones, to each side
    bool anyDependence = false; ///< Benjamini & Yekutieli (2001) instead of Benjamini & Hochberg (1995)
    std::size_t calibrationRows =
        0; ///< of a split-conformal method: below 50 k its counts are Beta-Binomial; 0: binomial
};

/// Coverage in the window of every row. One-sided p-values of overlapping windows are positively dependent on
/// each other, so that Benjamini-Hochberg holds for them; two-sided ones are not (use anyDependence). A
/// marked window covers too little on average; its galaxies need not each be bad.
struct LocalCoverage {
    std::vector<std::size_t> covered;  ///< [N] rows of the window that are covered
    std::vector<double> coverage;      ///< [N]
    std::vector<Interval> bracket;     ///< [N] 95 %, Wilson 1927
    std::vector<double> pUnder, pOver; ///< [N] P(count <= seen), P(count >= seen) for nominal coverage
    std::vector<double> pTwoSided;     ///< [N] all counts no likelier than the one seen
    std::vector<double> adjustedUnder, adjustedOver; ///< [N]
    std::vector<std::uint8_t> under, over;           ///< [N] 1 = marked: adjusted p at most the rate
    double independentWindows = 0.0;                 ///< N^2 k / sum d^2, d: windows that hold a row
};
/// @param covered [N] 1 = inside its interval @throws Error if the windows are not of so many rows
LocalCoverage localCoverage(const CoverageWindows& windows, std::span<const std::uint8_t> covered,
                            const LocalCoverageOptions& options = {});

/// Benjamini & Yekutieli (2001): holds under any dependence. NaN stays NaN.
std::vector<double> benjaminiYekutieli(std::span<const double> p);

/// In how many windows each row is.
std::vector<std::size_t> windowsOfRows(const CoverageWindows& windows);
/// Rows whose windows share no row, first come first served in the order of rows: independent, and chosen
/// without a look at who is covered, so that tests on them hold.
std::vector<std::size_t> disjointWindows(const CoverageWindows& windows);
/// The same in the order of rising `p`, ties by row: for labels on a map, never for a test.
std::vector<std::size_t> displayWindows(const CoverageWindows& windows, std::span<const double> p);

/// What chance alone shows: coverage of every window when each row is covered with its own probability (one
/// value: the same for all), drawn from a seed.
std::vector<double> drawnLocalCoverage(const CoverageWindows& windows, std::span<const double> probability,
                                       std::uint64_t seed);
/// Mean of a quantity over every window: of true coverage probabilities, what a window would show without
/// noise.
std::vector<double> windowMeans(const CoverageWindows& windows, std::span<const double> values);

} // namespace penumbra
