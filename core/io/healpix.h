#pragma once

#include <cstdint>

namespace penumbra::io::healpix {

/// Degrees.
struct Direction {
    double ra = 0.0;
    double dec = 0.0;
};

inline constexpr int finestOrder = 29;

/// The pixel of that order in the nested scheme (Górski et al. 2005) that holds the direction; order 0 to 29.
std::uint64_t pixelAt(int order, Direction at);
Direction centreOf(int order, std::uint64_t pixel);
/// No point of a pixel of this order is farther from its centre, in degrees.
double largestRadius(int order);
/// Angle between two directions in degrees, good for small ones as well.
double separation(Direction a, Direction b);

} // namespace penumbra::io::healpix
