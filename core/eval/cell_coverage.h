#pragma once

#include "core/eval/score.h"

#include <cstdint>
#include <span>
#include <vector>

namespace penumbra {

struct CellCoverageOptions {
    double alpha = 0.1;
    double falseDiscoveryRate =
        0.05; ///< expected share of cells that cover enough among the marked ones, to each side
    std::size_t calibrationRows =
        0; ///< of a split-conformal method, whose counts are Beta-Binomial; 0: fixed intervals
    std::size_t fewestRows = 5; ///< a cell with fewer is not judged
};

/// Coverage in cells that share no row: hexagons of a plane, pixels of the sky. p is one-sided, of a count as
/// low (as high) under exact intervals; the counts of all cells rise together with what the calibration set
/// did, so that Benjamini & Hochberg's procedure holds on each side (Benjamini & Yekutieli 2001).
struct CellCoverage {
    std::vector<std::size_t> n, covered; ///< [cells]
    std::vector<double> coverage;        ///< [cells] NaN where no row is
    std::vector<Interval> bracket;       ///< [cells] 95 %, Wilson 1927
    /// [cells] central 95 % of what exact intervals, calibrated on as many rows, cover of n rows
    std::vector<Interval> perfect;
    std::vector<double> pUnder, pOver;               ///< [cells] NaN: not judged
    std::vector<double> adjustedUnder, adjustedOver; ///< [cells]
    std::vector<std::uint8_t> under, over;           ///< [cells] 1 = marked: adjusted p at most the rate
    std::size_t judged = 0;                          ///< cells
};

/// @param cellOfRow [rows] number of the cell below `cells`; -1: in none
/// @throws Error for lengths that disagree and cells that are none
CellCoverage cellCoverage(std::span<const std::uint8_t> covered, std::span<const std::int64_t> cellOfRow,
                          std::size_t cells, const CellCoverageOptions& options = {});

} // namespace penumbra
