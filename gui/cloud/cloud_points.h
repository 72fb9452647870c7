#pragma once

#include "gui/cloud/point_grid.h"

#include <QPointF>
#include <QPolygonF>
#include <QRectF>

#include <cstdint>
#include <optional>
#include <vector>

namespace penumbra::gui {

/// Rows in an order without a pattern, the same each time.
void shuffle(std::vector<std::int64_t>& rows);

/// Galaxies at two coordinates. Points without a finite place are left out; the others stand in an order that
/// is shuffled (the same each time), so that neither what lies on top nor the first part of them follows the
/// catalogue's order.
class CloudPoints {
public:
    CloudPoints() = default;
    /// @param x, y [catalogue rows], NaN where a row has no place
    CloudPoints(const std::vector<double>& x, const std::vector<double>& y);

    std::size_t size() const { return row_.size(); }
    const std::vector<double>& x() const { return x_; }
    const std::vector<double>& y() const { return y_; }
    const std::vector<std::int64_t>& row() const { return row_; } ///< of the catalogue
    /// Of all points, never without extent.
    QRectF bounds() const { return bounds_; }

    /// Catalogue rows, ascending, of the points inside the polygon by the even-odd rule, on its edge or not
    /// as rounding has it.
    std::vector<std::int64_t> rowsWithin(const QPolygonF& polygon) const;
    /// The point nearest to a place where a unit of x and of y are worth so many pixels; none within `radius`
    /// pixels: nothing.
    std::optional<std::size_t> nearest(const QPointF& place, double pixelsPerX, double pixelsPerY,
                                       double radius) const;

private:
    std::vector<double> x_, y_;
    std::vector<std::int64_t> row_;
    QRectF bounds_{0.0, 0.0, 1.0, 1.0};
    PointGrid grid_;
    std::int64_t lastRow_ = -1;
};

} // namespace penumbra::gui
