#include "gui/style/diverging.h"

#include <cmath>

namespace penumbra::gui {

QColor mixed(const QColor& a, const QColor& b, double part) {
    const auto between = [&](int from, int to) {
        return static_cast<int>(std::lround(from + part * (to - from)));
    };
    return QColor(between(a.red(), b.red()), between(a.green(), b.green()), between(a.blue(), b.blue()));
}

QColor diverging(double t, const Theme& theme) {
    const QColor middle = theme.dark ? QColor(0x5A, 0x60, 0x68) : QColor(0xD8, 0xDA, 0xDD);
    const QColor low = theme.dark ? QColor(0xFF, 0x6B, 0x5E) : QColor(0xB2, 0x18, 0x2B);
    const QColor high = theme.dark ? QColor(0x62, 0xB0, 0xF5) : QColor(0x21, 0x66, 0xAC);
    return t < 0.5 ? mixed(low, middle, 2.0 * t) : mixed(middle, high, 2.0 * t - 1.0);
}

} // namespace penumbra::gui
