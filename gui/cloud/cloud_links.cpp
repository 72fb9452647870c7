#include "gui/cloud/cloud_links.h"

#include <algorithm>
#include <unordered_map>

namespace penumbra::gui {

PlacedLinks::PlacedLinks(const CloudLinks& links, const CloudPoints& points) : label_(links.label) {
    if (links.from < 0)
        return;
    std::unordered_map<std::int64_t, double> wanted;
    for (std::size_t i = 0; i < links.rows.size(); ++i)
        wanted.emplace(links.rows[i], i < links.strength.size() ? links.strength[i] : 1.0);
    for (std::size_t point = 0; point < points.size(); ++point) {
        const std::int64_t row = points.row()[point];
        if (row == links.from)
            from_ = point;
        else if (const auto found = wanted.find(row); found != wanted.end())
            ends_.push_back({point, found->second});
    }
}

void PlacedLinks::paint(QPainter& painter, const CloudPoints& points,
                        const std::function<QPointF(double, double)>& pixelOf, const Theme& theme) const {
    if (!any())
        return;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    const QPointF start = pixelOf(points.x()[from_], points.y()[from_]);
    for (const End& end : ends_) {
        const double strength = std::clamp(end.strength, 0.0, 1.0);
        QColor colour = theme.accent;
        colour.setAlphaF(static_cast<float>(0.25 + 0.75 * strength));
        const QPointF at = pixelOf(points.x()[end.point], points.y()[end.point]);
        painter.setPen(QPen(colour, 0.8 + 1.2 * strength));
        painter.drawLine(start, at);
        painter.drawEllipse(at, 4.0, 4.0);
    }
    painter.restore();
}

} // namespace penumbra::gui
