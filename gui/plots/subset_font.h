#pragma once

#include <QByteArray>
#include <QRawFont>
#include <QString>

namespace penumbra::gui {

/// A TrueType font that holds only the signs of `text`: for embedding in an SVG. Glyph numbers stay, outlines
/// of all other glyphs are dropped. Empty if the font is not TrueType (no glyf table), or its tables do not
/// read.
QByteArray subsetFont(const QRawFont& font, const QString& text);

} // namespace penumbra::gui
