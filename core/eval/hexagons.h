#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace penumbra {

/// Hexagons that tile a plane of two quantities: those of Matplotlib's hexbin. Two rectangular grids of
/// centres, the second in the gaps of the first; a point belongs to the nearer centre in units of the cells.
class HexagonGrid {
public:
    struct Point {
        double x = 0.0, y = 0.0;
    };
    /// @param across hexagons along x; as many along y as make them regular in a square frame. The ranges are
    /// those of the finite points, wider by 1e-9. @throws Error for no hexagons, or lengths that disagree
    HexagonGrid(std::span<const double> x, std::span<const double> y, std::size_t across);

    std::size_t cells() const { return firstCells() + columns_ * rows_; }
    /// -1 where a coordinate is not finite or beyond the ranges.
    std::int64_t cellOf(double x, double y) const;
    Point centreOf(std::size_t cell) const;
    std::array<Point, 6> cornersOf(std::size_t cell) const;

private:
    std::size_t firstCells() const { return (columns_ + 1) * (rows_ + 1); }
    std::size_t columns_, rows_;
    Point low_, high_, size_; ///< ranges; size of a cell of the first grid
};

} // namespace penumbra
