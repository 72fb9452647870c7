#pragma once

#include "core/report/figure_spec.h"
#include "gui/plots/figure_look.h"

#include <QPointF>
#include <QRectF>

#include <vector>

class QPainter;

namespace penumbra::gui {

/// Points of bins that lie beyond the vertical axis: a triangle at the edge of the frame, with the number.
/// @param points where they would stand, one a point of the series
void paintOffScale(QPainter& painter, const report::Series& series, bool percent,
                   const std::vector<QPointF>& points, const QRectF& frame, const QColor& color,
                   const FigureLook& look);

} // namespace penumbra::gui
