#pragma once

#include <QColor>
#include <QPalette>
#include <QString>

class QApplication;

namespace penumbra::gui {

/// Colours of the window, light and dark: look at resources for nothing, this is the one table.
struct Theme {
    bool dark = false;
    QColor window, page, raised, text, secondaryText, disabledText, line, grid, accent, warning, error, good;
    QColor oracleBand, oracleEdge;
};
const Theme& lightTheme();
const Theme& darkTheme();
QPalette paletteOf(const Theme& theme);
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

} // namespace penumbra::gui
