#pragma once

#include "core/base/text.h"
#include "core/catalogue/prediction.h"
#include "core/eval/score.h"
#include "core/eval/study.h"
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

/// So many: shown without decimals.
inline Cell countCell(std::size_t count) {
    Cell cell = numberCell(static_cast<double>(count), false);
    cell.count = true;
    return cell;
}

/// Of coverages, for footnotes.
inline std::string endsWords(Ends ends) {
    return ends == Ends::Closed ? " A truth on an end of its interval is covered."
                                : " A truth on an end of its interval is not covered (ends open).";
}

/// "Of LCNet and LCAion 50 draws of the calibration set" for methods that are drawn anew by a pass over their
/// kernel; "" without any.
inline std::string localDrawWords(const Study& study, const std::vector<std::string>& methods) {
    std::vector<std::string> local;
    std::size_t draws = 0;
    for (const std::string& id : methods)
        for (const TargetStudy& target : study.targets)
            if (const CalibrationPart* part = target.calibrationPart(id); part != nullptr && part->drawn) {
                local.push_back(id);
                draws = part->drawn->draws;
                break;
            }
    return local.empty() ? ""
                         : "Of " + joinText(local, ", ") + " " + std::to_string(draws) +
                               " draws of the calibration set";
}

} // namespace penumbra::report
