#pragma once

#include "core/report/figure_spec.h"

#include <vector>

namespace penumbra::report {

/// The vertical axis of panels of bins: as asked, else, around a nominal level, its
/// neighbourhood where some points lie far below. Says in the caption what lies outside.
/// @param range its ends, as fractions or in per cent; empty: none are asked for
/// @param nominal NaN: there is none
void fitVerticalAxis(FigureSpec& figure, const std::vector<double>& range, double nominal);

} // namespace penumbra::report
