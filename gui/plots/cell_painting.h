#pragma once

#include "core/report/figure_spec.h"
#include "gui/plots/figure_look.h"

#include <QPainter>

#include <functional>

namespace penumbra::gui {

/// Polygons filled by their values, with what the colours mean in a corner of the frame; outlined where the
/// series has no values.
void paintCells(QPainter& painter, const report::Series& series, const FigureLook& look, const QRectF& frame,
                const std::function<QPointF(double x, double y)>& pixelOf);

} // namespace penumbra::gui
