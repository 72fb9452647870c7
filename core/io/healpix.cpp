#include "core/io/healpix.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace penumbra::io::healpix {

namespace {

constexpr double degree = std::numbers::pi / 180.0;
// Ring and longitude of the southernmost corner of each of the twelve faces, in units of a face.
constexpr std::int64_t faceRing[12] = {2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4};
constexpr std::int64_t faceLongitude[12] = {1, 3, 5, 7, 0, 2, 4, 6, 1, 3, 5, 7};

/// Bit k goes to bit 2k.
std::uint64_t spread(std::uint64_t x) {
    std::uint64_t bits = 0;
    for (int k = 0; k < 32; ++k)
        bits |= (x >> k & 1U) << (2 * k);
    return bits;
}

std::uint64_t gather(std::uint64_t x) {
    std::uint64_t bits = 0;
    for (int k = 0; k < 32; ++k)
        bits |= (x >> (2 * k) & 1U) << k;
    return bits;
}

std::uint64_t pixelOf(int order, std::int64_t face, std::int64_t x, std::int64_t y) {
    return (static_cast<std::uint64_t>(face) << (2 * order)) + spread(static_cast<std::uint64_t>(x)) +
           (spread(static_cast<std::uint64_t>(y)) << 1U);
}

/// Near a pole: the distance from it keeps its digits where 1 - |z| would lose them.
std::uint64_t polarPixel(int order, double z, double fromPole, double quarters) {
    const std::int64_t side = std::int64_t{1} << order;
    const auto quarter = std::min<std::int64_t>(3, static_cast<std::int64_t>(quarters));
    const double along = quarters - static_cast<double>(quarter);
    const double ring = static_cast<double>(side) * std::sin(fromPole) / std::sqrt((1.0 + std::abs(z)) / 3.0);
    const std::int64_t p = std::min(side - 1, static_cast<std::int64_t>(along * ring));
    const std::int64_t m = std::min(side - 1, static_cast<std::int64_t>((1.0 - along) * ring));
    return z >= 0.0 ? pixelOf(order, quarter, side - m - 1, side - p - 1) : pixelOf(order, quarter + 8, p, m);
}

} // namespace

std::uint64_t pixelAt(int order, Direction at) {
    const std::int64_t side = std::int64_t{1} << order;
    const double z = std::sin(at.dec * degree);
    double quarters = std::fmod(at.ra / 90.0, 4.0);
    if (quarters < 0.0)
        quarters += 4.0;
    if (quarters >= 4.0)
        quarters = 0.0;
    if (std::abs(z) > 2.0 / 3.0)
        return polarPixel(order, z, (90.0 - std::abs(at.dec)) * degree, quarters);
    const double n = static_cast<double>(side);
    const auto p = static_cast<std::int64_t>(std::floor(n * (0.5 + quarters) - n * z * 0.75));
    const auto m = static_cast<std::int64_t>(std::floor(n * (0.5 + quarters) + n * z * 0.75));
    const std::int64_t facesP = p >> order, facesM = m >> order;
    const std::int64_t face = facesP == facesM ? (facesP | 4) : facesP < facesM ? facesP : facesM + 8;
    return pixelOf(order, face, m & (side - 1), side - (p & (side - 1)) - 1);
}

Direction centreOf(int order, std::uint64_t pixel) {
    const std::int64_t side = std::int64_t{1} << order;
    const auto face = static_cast<std::size_t>(pixel >> (2 * order)) % 12;
    const std::uint64_t inside = pixel & ((std::uint64_t{1} << (2 * order)) - 1);
    const auto x = static_cast<std::int64_t>(gather(inside));
    const auto y = static_cast<std::int64_t>(gather(inside >> 1U));
    const std::int64_t ring = faceRing[face] * side - x - y - 1; // from the north pole, 1 to 4 * side - 1
    const std::int64_t perQuarter = std::min({ring, side, 4 * side - ring});
    const auto square = [side](std::int64_t k) {
        const double ratio = static_cast<double>(k) / static_cast<double>(side);
        return ratio * ratio / 3.0;
    };
    double dec = 0.0;
    if (ring < side) // 1 - z = square, through the half angle: exact near the pole
        dec = 90.0 - 2.0 * std::asin(std::sqrt(square(ring) / 2.0)) / degree;
    else if (ring > 3 * side)
        dec = 2.0 * std::asin(std::sqrt(square(4 * side - ring) / 2.0)) / degree - 90.0;
    else
        dec = std::asin(static_cast<double>(2 * side - ring) * 2.0 / (3.0 * static_cast<double>(side))) /
              degree;
    std::int64_t eighths = faceLongitude[face] * perQuarter + x - y;
    if (eighths < 0)
        eighths += 8 * perQuarter;
    return {45.0 * static_cast<double>(eighths) / static_cast<double>(perQuarter), dec};
}

double largestRadius(int order) {
    const double side = std::ldexp(1.0, order);
    const auto direction = [](double z, double phi) {
        return Direction{phi / degree, std::asin(z) / degree};
    };
    const double t = (1.0 - 1.0 / side) * (1.0 - 1.0 / side);
    return separation(direction(2.0 / 3.0, std::numbers::pi / (4.0 * side)), direction(1.0 - t / 3.0, 0.0));
}

double separation(Direction a, Direction b) {
    const double dDec = std::sin((b.dec - a.dec) * degree / 2.0);
    const double dRa = std::sin((b.ra - a.ra) * degree / 2.0);
    const double h = dDec * dDec + std::cos(a.dec * degree) * std::cos(b.dec * degree) * dRa * dRa;
    return 2.0 * std::asin(std::sqrt(std::clamp(h, 0.0, 1.0))) / degree;
}

} // namespace penumbra::io::healpix
