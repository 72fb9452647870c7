#include "gui/cloud/cloud_points.h"

#include "core/base/error.h"
#include "core/base/rng.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace penumbra::gui {

namespace {

/// The edges of a polygon by bands of y, so that a point meets few of them.
class Polygon {
public:
    explicit Polygon(const QPolygonF& corners) : box_(corners.boundingRect()) {
        bands_.resize(static_cast<std::size_t>(std::clamp<qsizetype>(corners.size(), 1, 256)));
        for (qsizetype i = 0; i < corners.size(); ++i) {
            const QPointF a = corners[i], b = corners[(i + 1) % corners.size()];
            if (a.y() == b.y())
                continue;
            const auto [low, high] = std::minmax({a.y(), b.y()});
            for (std::size_t band = bandOf(low); band <= bandOf(high); ++band)
                bands_[band].push_back({a, b});
        }
    }
    bool contains(double x, double y) const {
        if (!(x >= box_.left() && x <= box_.right() && y >= box_.top() && y <= box_.bottom()))
            return false;
        bool inside = false;
        for (const auto& [a, b] : bands_[bandOf(y)])
            if ((a.y() > y) != (b.y() > y) && x < (b.x() - a.x()) * (y - a.y()) / (b.y() - a.y()) + a.x())
                inside = !inside;
        return inside;
    }

private:
    std::size_t bandOf(double y) const {
        const double part = box_.height() > 0.0 ? (y - box_.top()) / box_.height() : 0.0;
        const auto last = static_cast<double>(bands_.size() - 1);
        return static_cast<std::size_t>(std::clamp(part * static_cast<double>(bands_.size()), 0.0, last));
    }
    QRectF box_;
    std::vector<std::vector<std::pair<QPointF, QPointF>>> bands_;
};

} // namespace

CloudPoints::CloudPoints(const std::vector<double>& x, const std::vector<double>& y) {
    if (x.size() != y.size())
        throw Error("The horizontal axis has " + std::to_string(x.size()) + " values, the vertical one " +
                    std::to_string(y.size()) + ".");
    for (std::size_t i = 0; i < x.size(); ++i)
        if (std::isfinite(x[i]) && std::isfinite(y[i]))
            row_.push_back(static_cast<std::int64_t>(i));
    Rng rng(1);
    for (std::size_t i = row_.size(); i > 1; --i)
        std::swap(row_[i - 1],
                  row_[std::min(i - 1, static_cast<std::size_t>(rng.uniform() * static_cast<double>(i)))]);
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
    for (const int axis : {0, 1})
        if (!(high[axis] > low[axis])) { // one value: half a unit, or what doubles can tell there, about it
            const double about = std::max(0.5, 1e-6 * std::abs(low[axis]));
            low[axis] -= about;
            high[axis] += about;
        }
    bounds_ = QRectF(QPointF(low[0], low[1]), QPointF(high[0], high[1]));
}

std::vector<std::int64_t> CloudPoints::rowsWithin(const QPolygonF& corners) const {
    std::vector<std::int64_t> rows;
    if (corners.size() < 3)
        return rows;
    const Polygon polygon(corners);
    for (std::size_t i = 0; i < size(); ++i)
        if (polygon.contains(x_[i], y_[i]))
            rows.push_back(row_[i]);
    std::sort(rows.begin(), rows.end());
    return rows;
}

std::optional<std::size_t> CloudPoints::nearest(const QPointF& place, double pixelsPerX, double pixelsPerY,
                                                double radius) const {
    std::optional<std::size_t> found;
    double best = radius * radius;
    for (std::size_t i = 0; i < size(); ++i) {
        const double dx = (x_[i] - place.x()) * pixelsPerX, dy = (y_[i] - place.y()) * pixelsPerY;
        const double distance = dx * dx + dy * dy;
        if (distance <= best) {
            best = distance;
            found = i;
        }
    }
    return found;
}

} // namespace penumbra::gui
