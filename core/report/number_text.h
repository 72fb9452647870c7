#pragma once

#include "core/report/table_spec.h"

#include <string>

namespace penumbra::report {

/// A cell's numbers, rounded together and scaled to per cent where the cell says so.
struct NumberText {
    std::string value;
    std::string low, high;   ///< "" without an interval
    std::string minus, plus; ///< value - low, high - value; "" without an interval
    bool hasInterval() const { return !low.empty(); }
};
/// Digits as the interval allows: its half-width keeps one digit, two where the first is 1. Without an
/// interval three significant digits. Never more than the double holds.
/// Very small and very large numbers carry a power of ten: "1.3e-17".
NumberText numberText(const Cell& cell);
/// The same without the power, which is told apart: 1.3 and -17. @param power 0: none
NumberText mantissasOf(const Cell& cell, int& power);

/// A number beside others that differ from it by `scale` (an interval's width): `digits` significant digits
/// of that difference are shown, "59012.34567" where the width is 2e-4. Never more than the double holds.
std::string textBeside(double value, double scale, int digits);

} // namespace penumbra::report
