#pragma once

#include "gui/style/theme.h"

namespace penumbra::gui {

/// Colours that alone tell kinds of points apart: eight, then again from the first. Found by search so that
/// any two differ by 15 CIEDE2000 at least, also as protanopes, deuteranopes and tritanopes see them
/// (Machado, Oliveira & Fernandes 2009), with a contrast of 3:1 to the page.
inline constexpr int categoryColourCount = 8;
QColor categoryColour(int index, const Theme& theme);

} // namespace penumbra::gui
