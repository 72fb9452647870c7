#pragma once

#include <QColor>
#include <QPalette>
#include <QString>

class QApplication;

namespace penumbra::gui {

/// Colours of the window, light and dark: the one table of them.
struct Theme {
    bool dark = false;
    QColor window, page, raised, text, secondaryText, disabledText, line, grid, accent, warning, error, good;
    QColor oracleBand, oracleEdge;
};
const Theme& lightTheme();
const Theme& darkTheme();
inline const Theme& themeOf(bool dark) {
    return dark ? darkTheme() : lightTheme();
}
QPalette paletteOf(const Theme& theme);
/// Rules for the whole window: 4 px grid, radius 4, focus ring in the accent.
QString styleSheetOf(const Theme& theme);
/// Palette and style sheet for the whole application.
void applyTheme(QApplication& application, const Theme& theme);

enum class Marker { Circle, OpenCircle, Square, OpenSquare, Cross, Plus, Diamond, UpTriangle, DownTriangle };
struct MethodStyle {
    QColor color;
    Marker marker = Marker::Circle;
    Qt::PenStyle dash = Qt::SolidLine;
};
/// Colour, marker and dash of a method, the same in every plot, chip and export. Unknown ids (imported
/// predictions) get a stable style from a reserve list.
MethodStyle methodStyle(const QString& methodId, const Theme& theme);

/// The reserve list in order: for curves that are no methods (networks of a training).
MethodStyle reserveStyle(int index, const Theme& theme);

/// WCAG contrast of two opaque colours, 1 to 21.
double contrastRatio(const QColor& a, const QColor& b);

/// Viridis (Smith & van der Walt 2015) at t in [0, 1].
QColor viridis(double t);

/// The family figures are drawn in: DejaVu Sans, taken from its package's folder if the platform's font list
/// lacks it, else the application's own family. A sans with the signs we need, and TrueType, so that it
/// embeds.
QString figureFontFamily();

} // namespace penumbra::gui
