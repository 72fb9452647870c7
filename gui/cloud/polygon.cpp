#include "gui/cloud/polygon.h"

#include <algorithm>

namespace penumbra::gui {

Polygon::Polygon(const QPolygonF& corners) : box_(corners.boundingRect()) {
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

bool Polygon::contains(double x, double y) const {
    if (!(x >= box_.left() && x <= box_.right() && y >= box_.top() && y <= box_.bottom()))
        return false;
    bool inside = false;
    for (const auto& [a, b] : bands_[bandOf(y)])
        if ((a.y() > y) != (b.y() > y) && x < (b.x() - a.x()) * (y - a.y()) / (b.y() - a.y()) + a.x())
            inside = !inside;
    return inside;
}

std::size_t Polygon::bandOf(double y) const {
    const double part = box_.height() > 0.0 ? (y - box_.top()) / box_.height() : 0.0;
    const auto last = static_cast<double>(bands_.size() - 1);
    return static_cast<std::size_t>(std::clamp(part * static_cast<double>(bands_.size()), 0.0, last));
}

} // namespace penumbra::gui
