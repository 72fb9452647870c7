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
NumberText numberText(const Cell& cell);

} // namespace penumbra::report
