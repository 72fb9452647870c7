#include "core/report/number_text.h"

#include "core/base/text.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::report {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double smallestPlain = 1e-4; ///< smaller numbers are written with a power of ten
constexpr double largestPlain = 1e7;   ///< larger ones too, where that leaves out digits that mean nothing

int exponentOf(double value) {
    return static_cast<int>(std::floor(std::log10(std::abs(value))));
}

/// Place of the last digit shown, as a power of ten: the half width keeps one digit, two where the first
/// is 1.
int lastPlaceForHalfWidth(double halfWidth) {
    const int exponent = static_cast<int>(std::floor(std::log10(halfWidth) + 1e-9));
    return exponent - (halfWidth / std::pow(10.0, exponent) < 2.0 ? 1 : 0);
}

/// Value, low and high of a cell in what is shown; low and high are NaN without an interval.
struct Shown {
    double value = nan, low = nan, high = nan;
    int lastPlace = 0;
};

Shown shownOf(const Cell& cell) {
    const double scale = cell.percent ? 100.0 : 1.0;
    Shown shown{scale * cell.value, scale * cell.low, scale * cell.high, 0};
    const double halfWidth = 0.5 * (shown.high - shown.low);
    // An interval of rounding errors (the mean of equal widths) is none.
    const double rounding = std::max(1e-9 * std::abs(shown.value), cell.percent ? 1e-9 : 0.0);
    if (std::isfinite(shown.value) && std::isfinite(halfWidth) && halfWidth > rounding) {
        shown.lastPlace = lastPlaceForHalfWidth(halfWidth);
        return shown;
    }
    shown.low = shown.high = nan;
    if (cell.percent)
        shown.lastPlace = -1;
    else if (std::isfinite(shown.value) && shown.value != 0.0)
        shown.lastPlace = exponentOf(shown.value) - 2;
    return shown;
}

/// The power of ten that is set apart; 0: none.
int powerOf(const Shown& shown, bool percent) {
    double largest = 0.0;
    for (const double number : {shown.value, shown.low, shown.high})
        if (std::isfinite(number))
            largest = std::max(largest, std::abs(number));
    if (percent || largest == 0.0)
        return 0;
    const bool large = largest >= largestPlain && shown.lastPlace > 1;
    return largest < smallestPlain || large ? exponentOf(largest) : 0;
}

/// value / 10^power, without overflow where 10^power is none.
double divided(double value, int power) {
    const int half = power / 2;
    return value / std::pow(10.0, half) / std::pow(10.0, power - half);
}

std::string fixedText(double value, int power, int decimals) {
    if (std::isinf(value))
        return value > 0 ? "inf" : "-inf";
    std::string text = formatFixed(divided(value, power), decimals);
    const bool isZero = text.find_first_of("123456789") == std::string::npos;
    if (isZero && text.front() == '-') // no "-0.0"
        text.erase(0, 1);
    return text;
}

} // namespace

NumberText mantissasOf(const Cell& cell, int& power) {
    power = 0;
    NumberText out;
    if (cell.count && std::isfinite(cell.value)) {
        out.value = fixedText(cell.value, 0, 0);
        return out;
    }
    const Shown shown = shownOf(cell);
    power = powerOf(shown, cell.percent);
    const int decimals = std::max(0, power - shown.lastPlace);
    out.value = fixedText(shown.value, power, decimals);
    if (std::isnan(shown.low))
        return out;
    out.low = fixedText(shown.low, power, decimals);
    out.high = fixedText(shown.high, power, decimals);
    out.minus = fixedText(std::max(shown.value - shown.low, 0.0), power, decimals);
    out.plus = fixedText(std::max(shown.high - shown.value, 0.0), power, decimals);
    return out;
}

NumberText numberText(const Cell& cell) {
    int power = 0;
    NumberText out = mantissasOf(cell, power);
    if (power != 0)
        for (std::string* text : {&out.value, &out.low, &out.high, &out.minus, &out.plus})
            if (!text->empty() && text->find('n') == std::string::npos) // not of inf and nan
                *text += "e" + std::to_string(power);
    return out;
}

std::string textBeside(double value, double scale, int digits) {
    const bool sized = std::isfinite(value) && value != 0.0 && std::isfinite(scale) && scale > 0.0;
    const int more = sized ? std::max(0, exponentOf(value) - exponentOf(scale)) : 0;
    return formatReal(value, std::min(digits + more, std::numeric_limits<double>::max_digits10));
}

} // namespace penumbra::report
