#include "gui/style/category_colours.h"

#include <cstdlib>

namespace penumbra::gui {

namespace {
constexpr QRgb kLight[categoryColourCount] = {0xFF0099F2, 0xFFCE5000, 0xFF2400A5, 0xFFC0847D,
                                              0xFF582337, 0xFF3E6F9B, 0xFF940300, 0xFF8A5A65};
constexpr QRgb kDark[categoryColourCount] = {0xFF97E9E1, 0xFFDAD057, 0xFFC700DA, 0xFF70AC94,
                                             0xFFC596E6, 0xFF8E871C, 0xFF517C7A, 0xFF636F48};
} // namespace

QColor categoryColour(int index, const Theme& theme) {
    const int place = std::abs(index) % categoryColourCount;
    return QColor::fromRgb(theme.dark ? kDark[place] : kLight[place]);
}

} // namespace penumbra::gui
