#pragma once

#include "core/eval/score.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace penumbra {

/// What the coverage of a group is held against.
struct CoveragePromise {
    double alpha = 0.1;
    std::size_t nCalibration =
        0; ///< rows behind the split-conformal quantile that all groups share; 0: fixed
};

/// Coverage in groups of rows that were formed without a look at the truth: by width (size-stratified), by a
/// column (feature-stratified), by anything. Chance alone makes the lowest of several groups look bad: it
/// stands beside what exact intervals show.
struct GroupedCoverage {
    std::vector<std::size_t> n, covered;                      ///< [groups]
    std::vector<Interval> bracket;                            ///< [groups] 95 %, Clopper-Pearson
    double lowest = std::numeric_limits<double>::quiet_NaN(); ///< coverage of the lowest group
    Interval lowestByChance; ///< central 95 % of the lowest group under exact intervals
    double lowestP = std::numeric_limits<double>::quiet_NaN(); ///< exact intervals have so low a lowest group
    /// Mean over groups of |coverage - nominal|; weighted: by the rows of each.
    double gap = std::numeric_limits<double>::quiet_NaN();
    double gapWeighted = std::numeric_limits<double>::quiet_NaN();
    Interval gapBracket;                                           ///< 95 %, bootstrap of the rows
    double gapByChance = std::numeric_limits<double>::quiet_NaN(); ///< what exact intervals have on average
    double gapWeightedByChance = std::numeric_limits<double>::quiet_NaN();
    double gapP = std::numeric_limits<double>::quiet_NaN(); ///< exact intervals have so large a gap
    double group(std::size_t g) const { return static_cast<double>(covered[g]) / static_cast<double>(n[g]); }
};

/// @param groupOfRow -1: in none. Empty groups are left out.
/// lowestP and the mean gap of fixed intervals are exact; the rest is simulated, 9,999 draws: of fixed
/// intervals independent binomials, of split-conformal ones with one coverage ~ Beta(k, n + 1 - k) a draw.
GroupedCoverage groupedCoverage(std::span<const std::uint8_t> covered, std::span<const int> groupOfRow,
                                const CoveragePromise& promise, std::uint64_t seed);

/// Groups of nearly equal size by ascending value, ties by row, infinite ones last; the first n % groups hold
/// one more (numpy.array_split). NaN rows are in none.
std::vector<int> groupsBySize(std::span<const double> values, std::size_t groups);

} // namespace penumbra
