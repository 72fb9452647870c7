#pragma once

#include <QColor>

namespace penumbra::gui::test {

struct Lab {
    double l, a, b;
};
enum class Vision { Normal, Protanopia, Deuteranopia, Tritanopia };
/// CIELAB (D65) of a colour as seen with a deficiency of full severity: the matrices of Machado, Oliveira &
/// Fernandes (2009), on linear sRGB.
Lab seenAs(const QColor& colour, Vision vision);
/// CIEDE2000 (Sharma, Wu & Dalal 2005), with all weights 1.
double colourDifference(const Lab& first, const Lab& second);

} // namespace penumbra::gui::test
