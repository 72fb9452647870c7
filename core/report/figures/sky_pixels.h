#pragma once

#include <cstdint>
#include <vector>

namespace penumbra::report {

/// A cell as it is drawn.
struct CellOutline {
    double x = 0.0, y = 0.0;                ///< its centre
    std::vector<double> cornersX, cornersY; ///< in turn around it
};

/// Pixels of the sky that hold galaxies.
struct SkyPixels {
    int order = 3;                     ///< nside is 2^order
    std::vector<std::int64_t> ofRow;   ///< [rows] place in outlines; -1: no position
    std::vector<CellOutline> outlines; ///< right ascension and declination in degrees
};

/// HEALPix pixels (nested; Gorski et al. 2005) of the finest nside from 8 to 64 that leaves 20 rows for each
/// pixel that holds any. Right ascensions are shifted by whole turns so that they lie together: the widest
/// empty stretch of the sky is where the axis is cut.
/// @param ra, dec [rows], degrees; NaN: not known
SkyPixels pixelsOfSky(const std::vector<double>& ra, const std::vector<double>& dec);

} // namespace penumbra::report
