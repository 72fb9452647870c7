#include "gui/plots/cell_painting.h"

#include "gui/style/diverging.h"

#include <algorithm>

namespace penumbra::gui {

namespace {

/// A step is as long on both sides of the middle.
double placeOnScale(double value, const std::vector<double>& scale) {
    const double reach = std::max(scale[1] - scale[0], scale[2] - scale[1]);
    return std::clamp(0.5 + 0.5 * (value - scale[1]) / reach, 0.0, 1.0);
}

/// What the colours of cells mean, in a corner.
void paintColourBar(QPainter& painter, const std::vector<double>& scale, const FigureLook& look,
                    const QRectF& frame) {
    const double text = look.size(FigureLook::kTickPt);
    const QRectF bar(frame.right() - look.size(62), frame.bottom() - look.size(7) - text, look.size(48),
                     look.size(4));
    QColor behind = look.theme.page;
    behind.setAlphaF(0.85f);
    painter.fillRect(bar.adjusted(-look.size(10), -look.size(3), look.size(10), text + look.size(6)), behind);
    constexpr int steps = 60;
    painter.setRenderHint(QPainter::Antialiasing, false);
    for (int step = 0; step < steps; ++step) {
        const double part = (step + 0.5) / steps;
        const double value = scale[0] + part * (scale[2] - scale[0]);
        painter.fillRect(QRectF(bar.left() + bar.width() * step / steps, bar.top(), bar.width() / steps + 1.0,
                                bar.height()),
                         diverging(placeOnScale(value, scale), look.theme));
    }
    painter.setPen(look.pen(look.theme.text, 0.5));
    painter.setFont(look.font(FigureLook::kTickPt));
    for (const double value : scale) {
        const double x = bar.left() + bar.width() * (value - scale[0]) / (scale[2] - scale[0]);
        const QRectF place(x - look.size(16), bar.bottom() + look.size(1), look.size(32),
                           text + look.size(4));
        const bool isLast = value == scale[2] && scale[2] - scale[1] < 0.35 * (scale[2] - scale[0]);
        if (!isLast) // too near the middle to be written beside it
            painter.drawText(place, Qt::AlignHCenter | Qt::AlignTop,
                             QString::number(100.0 * value, 'f', 0) + " %");
    }
}

} // namespace

void paintCells(QPainter& painter, const report::Series& series, const FigureLook& look, const QRectF& frame,
                const std::function<QPointF(double x, double y)>& pixelOf) {
    const bool filled = !series.z.empty() && series.zScale.size() == 3;
    painter.setRenderHint(QPainter::Antialiasing, true);
    for (std::size_t cell = 0; cell < series.x.size(); ++cell) {
        QPolygonF outline;
        for (std::size_t c = cell * series.corners; c < (cell + 1) * series.corners; ++c)
            outline << pixelOf(series.cornersX[c], series.cornersY[c]);
        const QColor colour =
            filled ? diverging(placeOnScale(series.z[cell], series.zScale), look.theme) : look.theme.text;
        painter.setBrush(filled ? QBrush(colour) : QBrush(Qt::NoBrush));
        painter.setPen(look.pen(colour, filled ? 0.3 : 1.2)); // else hairlines show between cells
        painter.drawPolygon(outline);
    }
    if (filled && !series.x.empty())
        paintColourBar(painter, series.zScale, look, frame);
}

} // namespace penumbra::gui
