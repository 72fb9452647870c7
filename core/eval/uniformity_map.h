#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace penumbra {

/// How far from uniform the probability integral transforms of a cell's galaxies are.
struct UniformityCell {
    std::size_t n = 0;
    double distance = std::numeric_limits<double>::quiet_NaN(); ///< Kolmogorov-Smirnov; NaN below fewestRows
    /// ln(distance / its median for n uniform values): 0 is what chance shows, whatever n. The distance alone
    /// is about 0.83 / sqrt(n) for perfect values, so that a map of it shows how many galaxies are where.
    double excess = std::numeric_limits<double>::quiet_NaN();
    double p = std::numeric_limits<double>::quiet_NaN();         ///< exact, of independent values
    double adjustedP = std::numeric_limits<double>::quiet_NaN(); ///< Benjamini & Hochberg 1995 over the cells
    bool marked = false;                                         ///< adjustedP at most the rate
};
struct UniformityMapOptions {
    std::size_t fewestRows = 5;
    double falseDiscoveryRate = 0.05;
};
/// Cells hold different galaxies, so that their p-values are independent; of calibrated methods one
/// calibration set makes all values depend on each other a little, which matters where a cell holds about as
/// many galaxies as were calibrated on.
/// @param values in 0..1 @param cellOfRow [values] -1: in none @throws Error for lengths that disagree, or
/// values outside 0..1
std::vector<UniformityCell> uniformityMap(std::span<const double> values, std::span<const int> cellOfRow,
                                          std::size_t cells, const UniformityMapOptions& options = {});

} // namespace penumbra
