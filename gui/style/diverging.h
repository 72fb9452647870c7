#pragma once

#include "gui/style/theme.h"

namespace penumbra::gui {

/// From a (part 0) to b (part 1).
QColor mixed(const QColor& a, const QColor& b, double part);
/// Red at 0, pale at 0.5, blue at 1, on either page: too little coverage alarms.
QColor diverging(double t, const Theme& theme);

} // namespace penumbra::gui
