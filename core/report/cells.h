#pragma once

#include "core/catalogue/prediction.h"
#include "core/eval/score.h"
#include "core/report/table_spec.h"

#include <cmath>

namespace penumbra::report {

// How the tables' makers write a cell.

inline Cell textCell(const std::string& words) {
    Cell cell;
    cell.kind = Cell::Kind::Text;
    cell.text = words;
    return cell;
}

/// NaN leaves the cell missing.
inline Cell numberCell(double value, bool percent, const Interval& interval = {}) {
    Cell cell;
    if (std::isnan(value))
        return cell;
    cell.kind = Cell::Kind::Number;
    cell.value = value;
    cell.low = interval.low;
    cell.high = interval.high;
    cell.percent = percent;
    return cell;
}

/// Of coverages, for footnotes.
inline std::string endsWords(Ends ends) {
    return ends == Ends::Closed ? " A truth on an end of its interval is covered."
                                : " A truth on an end of its interval is not covered (ends open).";
}

} // namespace penumbra::report
