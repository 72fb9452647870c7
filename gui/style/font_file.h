#pragma once

#include <QString>

namespace penumbra::gui {

/// DejaVu Sans as a TrueType file, for what draws letters without Qt; empty where it is not installed.
QString plainFontFile();

} // namespace penumbra::gui
