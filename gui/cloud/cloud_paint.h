#pragma once

#include "gui/cloud/colouring.h"

#include <QPointF>
#include <QRect>
#include <QString>

#include <vector>

class QPainter;

namespace penumbra::gui {

// What views of points write around them.

/// Round numbers, about `count` of them, inside low..high.
std::vector<double> roundTicks(double low, double high, int count);
QString tickText(double value);
struct Tick {
    double at = 0.0; ///< in the points' coordinates
    QString text;
};
/// Of an axis; `logarithmic`: its coordinates are logarithms to base 10 of what is written.
std::vector<Tick> ticksOf(double low, double high, int count, bool logarithmic);
/// The colouring's scale or categories, with its name above, in a strip;
/// nothing where all points are alike.
void paintLegend(QPainter& painter, const QRect& strip, const CloudColouring& colouring, const Theme& theme);
/// Lines on a raised box beside a place, inside `within`; none: nothing.
void paintNote(QPainter& painter, const QRect& within, const QPointF& beside, const QString& lines,
               const Theme& theme);

} // namespace penumbra::gui
