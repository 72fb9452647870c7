#pragma once

#include "core/report/figure_spec.h"

#include <string>

namespace penumbra::gui {

/// Writes a figure at its size in millimetres: "pdf" (vector, fonts embedded), "svg" (vector, font embedded),
/// "png" (300 dpi), and, without drawing, "csv" or "json". Light colours, text 7-8 pt. The recipe travels
/// inside pdf, svg and png. Needs a QGuiApplication (offscreen is enough). Written to a temporary name, then
/// renamed. @throws Error
void exportFigure(const report::FigureSpec& figure, const std::string& path, const std::string& format);

} // namespace penumbra::gui
