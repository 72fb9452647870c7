#pragma once

#include <QPolygonF>

#include <utility>
#include <vector>

namespace penumbra::gui {

/// The edges of a polygon by bands of y, so that a point meets few of them.
/// Inside is by the even-odd rule; a point on an edge is inside or not as
/// rounding has it.
class Polygon {
public:
    explicit Polygon(const QPolygonF& corners);
    bool contains(double x, double y) const;

private:
    std::size_t bandOf(double y) const;
    QRectF box_;
    std::vector<std::vector<std::pair<QPointF, QPointF>>> bands_;
};

} // namespace penumbra::gui
