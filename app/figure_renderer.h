#pragma once

#include "core/report/figure_spec.h"

#include <string>

namespace penumbra::app {

/// Draws a figure without a screen. The Qt application is made on the first call, so that other commands
/// never pay for it; the offscreen platform and the C locale are used whatever the environment says.
void renderFigure(const report::FigureSpec& figure, const std::string& path, const std::string& format);

} // namespace penumbra::app
