#pragma once

#include "core/report/figure_spec.h"
#include "gui/plots/figure_look.h"
#include "gui/plots/qcp.h"

namespace penumbra::gui {

/// Frame on two sides, outward ticks, the house's pens and fonts, and the ticker the axis asks for.
void styleAxis(QCPAxis& axis, const report::Axis& spec, const FigureLook& look);
/// Faint lines where a value is read off; none behind a scatter.
void styleGrid(QCPAxisRect& axes, const report::Panel& panel, const FigureLook& look);
/// Ranges that show all data and reference lines, with a margin; the spec's own limits win.
void fitAxes(QCPAxisRect& axes, const report::Panel& panel);
/// The label, in two lines if it is longer than `length` drawing units.
QString wrappedLabel(const std::string& label, const QFont& font, double length);
/// Fewer ticks on short axes, so that their numbers do not touch.
void thinTicks(QCPAxis& axis, const report::Axis& spec, double length, const FigureLook& look);

} // namespace penumbra::gui
