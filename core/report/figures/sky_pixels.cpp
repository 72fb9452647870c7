#include "core/report/figures/sky_pixels.h"

#include "core/io/healpix.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace penumbra::report {

namespace {

constexpr int coarsest = 3, finest = 6;
constexpr std::size_t rowsPerPixel = 20;
constexpr int piecesOfEdge = 4; ///< edges of pixels are bent

bool isPosition(double ra, double dec) {
    return std::isfinite(ra) && std::isfinite(dec) && std::abs(dec) <= 90.0;
}

double turned(double ra) { // 0 <= ra < 360
    const double rest = std::fmod(ra, 360.0);
    return rest < 0.0 ? rest + 360.0 : rest;
}

/// Where the widest stretch without galaxies ends: there the axis begins.
double firstOf(const std::vector<double>& ra, const std::vector<double>& dec) {
    std::vector<double> sorted;
    for (std::size_t i = 0; i < ra.size(); ++i)
        if (isPosition(ra[i], dec[i]))
            sorted.push_back(turned(ra[i]));
    std::sort(sorted.begin(), sorted.end());
    if (sorted.empty())
        return 0.0;
    double first = sorted.front(), widest = sorted.front() + 360.0 - sorted.back();
    for (std::size_t i = 1; i < sorted.size(); ++i)
        if (sorted[i] - sorted[i - 1] > widest) {
            widest = sorted[i] - sorted[i - 1];
            first = sorted[i];
        }
    return first > 180.0 && first - 360.0 + (360.0 - widest) < 180.0 ? first - 360.0 : first;
}

int orderFor(const std::vector<double>& ra, const std::vector<double>& dec) {
    for (int order = finest; order > coarsest; --order) {
        std::set<std::uint64_t> held;
        std::size_t rows = 0;
        for (std::size_t i = 0; i < ra.size(); ++i)
            if (isPosition(ra[i], dec[i])) {
                held.insert(io::healpix::pixelAt(order, {ra[i], dec[i]}));
                ++rows;
            }
        if (rows >= rowsPerPixel * held.size())
            return order;
    }
    return coarsest;
}

/// Every second bit, from the first.
std::uint64_t spread(std::uint64_t x) {
    std::uint64_t bits = 0;
    for (int k = 0; k < io::healpix::finestOrder; ++k)
        bits |= (x >> k & 1U) << (2 * k);
    return bits;
}

/// The pixel's edge by the centres of the smallest pixels along it: a nested number is the coordinates within
/// the face, bit by bit in turn.
/// @param near right ascension of a galaxy in it, as drawn
CellOutline outlineOf(int order, std::uint64_t pixel, double near) {
    const int deeper = io::healpix::finestOrder - order;
    const std::uint64_t last = (std::uint64_t{1} << deeper) - 1;
    const auto around = [](double ra, double from) { // less than half a turn away
        return ra - 360.0 * std::round((ra - from) / 360.0);
    };
    const io::healpix::Direction centre = io::healpix::centreOf(order, pixel);
    CellOutline outline;
    outline.x = around(centre.ra, near);
    outline.y = centre.dec;
    const auto corner = [&](std::uint64_t x, std::uint64_t y) {
        const std::uint64_t small = (pixel << (2 * deeper)) + spread(x) + (spread(y) << 1U);
        const io::healpix::Direction at = io::healpix::centreOf(io::healpix::finestOrder, small);
        outline.cornersX.push_back(around(at.ra, outline.x));
        outline.cornersY.push_back(at.dec);
    };
    for (int side = 0; side < 4; ++side)
        for (int piece = 0; piece < piecesOfEdge; ++piece) {
            const std::uint64_t along = last / piecesOfEdge * static_cast<std::uint64_t>(piece);
            const std::uint64_t x = side == 0 ? along : side == 1 ? last : side == 2 ? last - along : 0;
            const std::uint64_t y = side == 0 ? 0 : side == 1 ? along : side == 2 ? last : last - along;
            corner(x, y);
        }
    return outline;
}

} // namespace

SkyPixels pixelsOfSky(const std::vector<double>& ra, const std::vector<double>& dec) {
    SkyPixels sky;
    sky.order = orderFor(ra, dec);
    const double first = firstOf(ra, dec);
    std::map<std::uint64_t, std::int64_t> place;
    for (std::size_t i = 0; i < ra.size(); ++i) {
        if (!isPosition(ra[i], dec[i])) {
            sky.ofRow.push_back(-1);
            continue;
        }
        const std::uint64_t pixel = io::healpix::pixelAt(sky.order, {ra[i], dec[i]});
        const auto [found, isNew] = place.try_emplace(pixel, static_cast<std::int64_t>(sky.outlines.size()));
        if (isNew)
            sky.outlines.push_back(outlineOf(sky.order, pixel, first + turned(ra[i] - first)));
        sky.ofRow.push_back(found->second);
    }
    return sky;
}

} // namespace penumbra::report
