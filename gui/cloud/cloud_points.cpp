#include "gui/cloud/cloud_points.h"

#include "core/base/error.h"
#include "core/base/rng.h"
#include "gui/cloud/polygon.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::gui {

namespace {

/// Cells that an edge of the polygon may pass through: those under the box of each edge, which is small where
/// a shape was drawn by hand, and is cut into pieces where it is not.
std::vector<std::uint8_t> crossedCells(const QPolygonF& corners, const PointGrid& grid) {
    std::vector<std::uint8_t> crossed(grid.side() * grid.side(), 0);
    for (qsizetype i = 0; i < corners.size(); ++i) {
        const QPointF a = corners[i], along = corners[(i + 1) % corners.size()] - a;
        const auto [first, last] = std::minmax({grid.columnOf(a.x()), grid.columnOf(a.x() + along.x())});
        const std::size_t across = std::max<std::size_t>(1, last - first);
        const auto pieces = static_cast<double>(across);
        for (std::size_t piece = 0; piece < across; ++piece) {
            const QPointF from = a + static_cast<double>(piece) / pieces * along;
            const QPointF to = a + static_cast<double>(piece + 1) / pieces * along;
            const auto [left, right] = std::minmax({grid.columnOf(from.x()), grid.columnOf(to.x())});
            const auto [low, high] = std::minmax({grid.rowOf(from.y()), grid.rowOf(to.y())});
            for (std::size_t r = low; r <= high; ++r)
                std::fill_n(crossed.begin() + static_cast<std::ptrdiff_t>(r * grid.side() + left),
                            right - left + 1, std::uint8_t{1});
        }
    }
    return crossed;
}

} // namespace

void shuffle(std::vector<std::int64_t>& rows) {
    Rng rng(1);
    for (std::size_t i = rows.size(); i > 1; --i)
        std::swap(rows[i - 1],
                  rows[std::min(i - 1, static_cast<std::size_t>(rng.uniform() * static_cast<double>(i)))]);
}

CloudPoints::CloudPoints(const std::vector<double>& x, const std::vector<double>& y) {
    if (x.size() != y.size())
        throw Error("The horizontal axis has " + std::to_string(x.size()) + " values, the vertical one " +
                    std::to_string(y.size()) + ".");
    for (std::size_t i = 0; i < x.size(); ++i)
        if (std::isfinite(x[i]) && std::isfinite(y[i]))
            row_.push_back(static_cast<std::int64_t>(i));
    shuffle(row_);
    constexpr double inf = std::numeric_limits<double>::infinity();
    double low[2] = {inf, inf}, high[2] = {-inf, -inf};
    for (const std::int64_t row : row_) {
        x_.push_back(x[static_cast<std::size_t>(row)]);
        y_.push_back(y[static_cast<std::size_t>(row)]);
        low[0] = std::min(low[0], x_.back());
        high[0] = std::max(high[0], x_.back());
        low[1] = std::min(low[1], y_.back());
        high[1] = std::max(high[1], y_.back());
    }
    if (row_.empty())
        return;
    lastRow_ = *std::max_element(row_.begin(), row_.end());
    for (const int axis : {0, 1})
        if (!(high[axis] > low[axis])) { // one value: half a unit, or what doubles can tell there, about it
            const double about = std::max(0.5, 1e-6 * std::abs(low[axis]));
            low[axis] -= about;
            high[axis] += about;
        }
    bounds_ = QRectF(QPointF(low[0], low[1]), QPointF(high[0], high[1]));
    grid_ = PointGrid(x_, y_, low[0], low[1], high[0] - low[0], high[1] - low[1]);
}

std::vector<std::int64_t> CloudPoints::rowsWithin(const QPolygonF& corners) const {
    if (corners.size() < 3 || row_.empty())
        return {};
    const Polygon polygon(corners);
    const std::vector<std::uint8_t> crossed = crossedCells(corners, grid_);
    const QRectF box = corners.boundingRect();
    const std::size_t firstColumn = grid_.columnOf(box.left()), lastColumn = grid_.columnOf(box.right());
    std::vector<std::uint8_t> inside(static_cast<std::size_t>(lastRow_) + 1, 0);
    std::size_t count = 0;
    for (std::size_t r = grid_.rowOf(box.top()); r <= grid_.rowOf(box.bottom()); ++r)
        for (std::size_t c = firstColumn; c <= lastColumn; ++c) {
            const bool edge = crossed[r * grid_.side() + c] != 0;
            // Where no edge passes, all points are on one side.
            if (!edge && !polygon.contains(grid_.middleOfColumn(c), grid_.middleOfRow(r)))
                continue;
            grid_.forEach(c, r, [&](std::uint32_t point) {
                if (edge && !polygon.contains(x_[point], y_[point]))
                    return;
                inside[static_cast<std::size_t>(row_[point])] = 1;
                ++count;
            });
        }
    std::vector<std::int64_t> rows;
    rows.reserve(count);
    for (std::size_t row = 0; row < inside.size(); ++row)
        if (inside[row] != 0)
            rows.push_back(static_cast<std::int64_t>(row));
    return rows;
}

std::optional<std::size_t> CloudPoints::nearest(const QPointF& place, double pixelsPerX, double pixelsPerY,
                                                double radius) const {
    std::optional<std::size_t> found;
    if (row_.empty())
        return found;
    double best = radius * radius;
    const double aside = radius / std::abs(pixelsPerX), above = radius / std::abs(pixelsPerY);
    for (std::size_t r = grid_.rowOf(place.y() - above); r <= grid_.rowOf(place.y() + above); ++r)
        for (std::size_t c = grid_.columnOf(place.x() - aside); c <= grid_.columnOf(place.x() + aside); ++c)
            grid_.forEach(c, r, [&](std::uint32_t point) {
                const double dx = (x_[point] - place.x()) * pixelsPerX,
                             dy = (y_[point] - place.y()) * pixelsPerY;
                const double distance = dx * dx + dy * dy;
                if (distance < best || (distance == best && (!found || point > *found))) {
                    best = distance; // of several at one place the topmost
                    found = point;
                }
            });
    return found;
}

} // namespace penumbra::gui
