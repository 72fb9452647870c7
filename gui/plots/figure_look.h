#pragma once

#include "gui/style/theme.h"

#include <QFont>
#include <QPen>
#include <QString>
#include <algorithm>
#include <cmath>
#include <string>

namespace penumbra::gui {

/// Colours and sizes a figure is drawn with. All sizes are in points of the final figure; `unit` is the
/// number of drawing units in a point: 10 on export (layouts are integers, so finer is better), about 1.6 on
/// screen.
struct FigureLook {
    Theme theme;
    double unit = 1.6;
    QString family;

    static constexpr double kLabelPt = 7.5;
    static constexpr double kTickPt = 7.0;
    static constexpr double kLinePt = 0.8;  ///< curves
    static constexpr double kFramePt = 0.6; ///< axes and ticks

    double size(double points) const { return points * unit; }
    int whole(double points) const { return std::max(1, static_cast<int>(std::lround(points * unit))); }
    QFont font(double points) const {
        QFont font(family);
        font.setPixelSize(whole(points));
        return font;
    }
    QPen pen(const QColor& color, double points, Qt::PenStyle style = Qt::SolidLine) const {
        const bool onScreen = unit < 5.0;
        // Thin lines stay one pixel on screen: 1.05 would be drawn as two.
        const double width = onScreen && size(points) < 1.45 ? 1.0 : size(points);
        QPen pen(color, width, style, Qt::FlatCap, Qt::RoundJoin);
        return pen;
    }
};

/// Text as drawn: plain names of units become signs ("Msun" -> "M⊙").
inline QString drawnText(const std::string& text) {
    QString out = QString::fromStdString(text);
    out.replace(QStringLiteral("Msun"), QStringLiteral("M\u2299"));
    return out;
}

} // namespace penumbra::gui
