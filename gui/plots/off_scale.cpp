#include "gui/plots/off_scale.h"

#include "core/base/text.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QPolygonF>

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::gui {

void paintOffScale(QPainter& painter, const report::Series& series, bool percent,
                   const std::vector<QPointF>& points, const QRectF& frame, const QColor& color,
                   const FigureLook& look) {
    painter.setFont(look.font(FigureLook::kTickPt));
    const QFontMetricsF metrics(painter.font());
    const double half = look.size(1.8), gap = look.size(1.0);
    double free = -std::numeric_limits<double>::infinity(); // where the next number may begin
    for (std::size_t i = 0; i < std::min(points.size(), series.y.size()); ++i) {
        const QPointF& point = points[i];
        const bool below = point.y() > frame.bottom(), above = point.y() < frame.top();
        if ((!below && !above) || !(point.x() >= frame.left() && point.x() <= frame.right()))
            continue;
        const double down = below ? 1.0 : -1.0;
        const QPointF tip(point.x(), below ? frame.bottom() - gap : frame.top() + gap);
        painter.setPen(Qt::NoPen);
        painter.setBrush(color);
        painter.drawPolygon(QPolygonF(
            {tip, tip - QPointF(half, 1.6 * down * half), tip - QPointF(-half, 1.6 * down * half)}));
        const QString number =
            QString::fromStdString(formatReal((percent ? 100.0 : 1.0) * series.y[i], percent ? 2 : 3));
        const double width = metrics.horizontalAdvance(number);
        const double left =
            std::clamp(point.x() - 0.5 * width, frame.left(), std::max(frame.left(), frame.right() - width));
        if (left < free)
            continue; // it would touch its neighbour's; hover and CSV still have it
        free = left + width + gap;
        const double edge = tip.y() - down * (1.6 * half + gap);
        painter.setPen(look.theme.text);
        painter.drawText(QRectF(left, below ? edge - metrics.height() : edge, width, metrics.height()),
                         Qt::AlignCenter | Qt::TextDontClip, number);
    }
}

} // namespace penumbra::gui
