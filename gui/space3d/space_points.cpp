#include "gui/space3d/space_points.h"

#include "core/base/error.h"
#include "gui/cloud/cloud_points.h"
#include "gui/cloud/polygon.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::gui {

SpacePoints::SpacePoints(const std::vector<double>& x, const std::vector<double>& y,
                         const std::vector<double>& z, bool equalScales) {
    if (x.size() != y.size() || x.size() != z.size())
        throw Error("The three axes have " + std::to_string(x.size()) + ", " + std::to_string(y.size()) +
                    " and " + std::to_string(z.size()) + " values.");
    const std::array<const std::vector<double>*, 3> axes = {&x, &y, &z};
    for (std::size_t i = 0; i < x.size(); ++i)
        if (std::isfinite(x[i]) && std::isfinite(y[i]) && std::isfinite(z[i]))
            row_.push_back(static_cast<std::int64_t>(i));
    if (row_.empty())
        return;
    shuffle(row_);
    for (std::size_t axis = 0; axis < 3; ++axis) {
        double low = std::numeric_limits<double>::infinity(), high = -low;
        for (const std::int64_t row : row_) {
            const double value = (*axes[axis])[static_cast<std::size_t>(row)];
            low = std::min(low, value);
            high = std::max(high, value);
        }
        middle_[axis] = low + 0.5 * (high - low);
        half_[axis] = 0.5 * (high - low);
        if (!(half_[axis] > 0.0)) // one value: a flat sheet
            half_[axis] = std::max(0.5, 1e-6 * std::abs(low));
    }
    if (equalScales) {
        const double longest = *std::max_element(half_.begin(), half_.end());
        for (std::size_t axis = 0; axis < 3; ++axis)
            reach_[axis] = half_[axis] / longest;
        half_.fill(longest);
    }
    unit_.reserve(3 * row_.size());
    for (const std::int64_t row : row_)
        for (std::size_t axis = 0; axis < 3; ++axis)
            unit_.push_back(static_cast<float>(
                ((*axes[axis])[static_cast<std::size_t>(row)] - middle_[axis]) / half_[axis]));
}

std::array<double, 3> SpacePoints::place(std::size_t i) const {
    return {unit_[3 * i], unit_[3 * i + 1], unit_[3 * i + 2]};
}

std::vector<std::int64_t> SpacePoints::rowsWithin(const QPolygonF& pixels,
                                                  const SpaceProjection& projection) const {
    std::vector<std::int64_t> rows;
    if (pixels.size() < 3)
        return rows;
    const Polygon polygon(pixels);
    for (std::size_t i = 0; i < size(); ++i)
        if (const auto seen = projection.project(place(i)))
            if (polygon.contains(seen->pixel.x(), seen->pixel.y()))
                rows.push_back(row_[i]);
    std::sort(rows.begin(), rows.end());
    return rows;
}

std::optional<std::size_t> SpacePoints::pick(const QPointF& pixel, const SpaceProjection& projection,
                                             double discRadius, double radius) const {
    std::optional<std::size_t> foremost, nearest;
    double depth = std::numeric_limits<double>::infinity(), best = radius * radius;
    for (std::size_t i = 0; i < size(); ++i) {
        const auto seen = projection.project(place(i));
        if (!seen)
            continue;
        const QPointF away = seen->pixel - pixel;
        const double distance = QPointF::dotProduct(away, away);
        if (distance <= discRadius * discRadius && seen->depth < depth) {
            depth = seen->depth;
            foremost = i;
        }
        if (distance <= best) {
            best = distance;
            nearest = i;
        }
    }
    return foremost ? foremost : nearest;
}

} // namespace penumbra::gui
