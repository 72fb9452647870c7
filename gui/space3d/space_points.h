#pragma once

#include "gui/space3d/space_camera.h"

#include <QPolygonF>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace penumbra::gui {

/// Galaxies at three coordinates, brought into a cube from -1 to 1. Points
/// without a finite place are left out; the others stand in an order that is
/// shuffled (the same each time), so that the first part of them is a fair
/// sample.
class SpacePoints {
public:
    SpacePoints() = default;
    /// @param x, y, z [catalogue rows], NaN where a row has no place
    /// @param equalScales a unit is as long along each axis; else each axis fills
    /// the cube
    SpacePoints(const std::vector<double>& x, const std::vector<double>& y, const std::vector<double>& z,
                bool equalScales);

    std::size_t size() const { return row_.size(); }
    const std::vector<std::int64_t>& row() const { return row_; } ///< of the catalogue
    const std::vector<float>& unit() const { return unit_; }      ///< [3 size], places in the cube
    std::array<double, 3> place(std::size_t i) const;             ///< in the cube
    /// A coordinate as it was given, from its place in the cube, and back.
    double value(int axis, double unit) const { return middle_[axis] + half_[axis] * unit; }
    double toUnit(int axis, double value) const { return (value - middle_[axis]) / half_[axis]; }
    /// Half the length of the points' box along each axis, in the cube: 1, or
    /// less with equal scales.
    const std::array<double, 3>& reach() const { return reach_; }

    /// Catalogue rows, ascending, of the points that are seen inside a polygon on
    /// the picture (even-odd rule), hidden behind others or not.
    std::vector<std::int64_t> rowsWithin(const QPolygonF& pixels, const SpaceProjection& projection) const;
    /// The point under the cursor: of those whose disc it touches the foremost;
    /// else the one seen nearest within `radius` pixels; else nothing.
    std::optional<std::size_t> pick(const QPointF& pixel, const SpaceProjection& projection,
                                    double discRadius, double radius) const;

private:
    std::vector<std::int64_t> row_;
    std::vector<float> unit_;
    std::array<double, 3> middle_{}, half_{1.0, 1.0, 1.0}, reach_{1.0, 1.0, 1.0};
};

} // namespace penumbra::gui
