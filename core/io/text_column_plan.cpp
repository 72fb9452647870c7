// How a column must be read, now that all its cells are known, and what is told about it.

#include "core/base/text.h"
#include "core/io/text_column.h"

#include <algorithm>
#include <array>

namespace penumbra::io {

namespace {

constexpr std::size_t quotedLength = 40; ///< of a cell shown in a note

std::string shown(const std::string& text) {
    return "'" + (text.size() > quotedLength ? std::string(firstBytes(text, quotedLength)) + "..." : text) +
           "'";
}

std::string counted(std::size_t count, const char* one, const char* many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

/// Parts of a sexagesimal position and of a date: numbers, though often written as 05.
bool isTimePart(std::string_view name) {
    static constexpr std::array parts = {"rah",     "ram", "ras",    "ded",     "dem", "des",   "hour",
                                         "hours",   "hh",  "minute", "minutes", "min", "mm",    "second",
                                         "seconds", "sec", "ss",     "day",     "dd",  "month", "year"};
    const std::string word = lowered(name);
    return std::any_of(parts.begin(), parts.end(), [&](const char* part) { return word == part; });
}

} // namespace

bool isIdName(std::string_view name) {
    static constexpr std::array whole = {"id",    "ident",  "name",     "names",   "object",
                                         "obj",   "source", "galaxy",   "target",  "field",
                                         "brick", "plate",  "plateifu", "iauname", "designation"};
    static constexpr std::array ends = {"_id", "id", "_name", "name", "_ident", "_key", "uuid"};
    static constexpr std::array notIds = {"grid", "valid", "invalid", "mid",
                                          "void", "solid", "fluid",   "centroid"};
    const std::string word = lowered(name);
    const auto is = [&](const char* known) { return word == known; };
    if (std::any_of(whole.begin(), whole.end(), is)) {
        return true;
    }
    return std::any_of(ends.begin(), ends.end(), [&](const char* end) { return word.ends_with(end); }) &&
           std::none_of(notIds.begin(), notIds.end(), [&](const char* end) { return word.ends_with(end); });
}

ColumnPlan TextColumn::asText(const char* kind, const std::string& reason, std::size_t count) const {
    ColumnPlan plan = plan_;
    plan.kind = Kind::Text;
    plan.lookedNumeric = true;
    plan.decimalComma = false;
    plan.why = Workaround{kind, plan_.name, "column " + plan_.name + ": " + reason, count, {}};
    return plan;
}

/// Ids keep their spelling, whatever the rest of the column looks like.
std::optional<ColumnPlan> TextColumn::betterForIds() const {
    if (bad_.count + glued_.count > 0) {
        const Odd& odd = bad_.count > 0 ? bad_ : glued_;
        return asText("mixed-ids",
                      counted(bad_.count + glued_.count, "cell is", "cells are") + " no number, first " +
                          shown(odd.first) + " in line " + std::to_string(odd.firstLine) +
                          "; these look like ids, so all are kept as text",
                      bad_.count + glued_.count);
    }
    if (zeroLed_.count > 0) {
        return asText("leading-zeros",
                      counted(zeroLed_.count, "id has", "ids have") + " leading zeros, as " +
                          shown(zeroLed_.first) + "; kept as text, since numbers lose them",
                      zeroLed_.count);
    }
    if (bareExponent_.count > 0 && !sawPoint_) {
        return asText("exponent-ids",
                      counted(bareExponent_.count, "id looks", "ids look") +
                          " like a number with an exponent, as " + shown(bareExponent_.first) +
                          "; kept as text",
                      bareExponent_.count);
    }
    if (wideInReals_.count > 0) {
        return asText("wide-ids",
                      "holds whole numbers beyond 2^53 beside others; kept as text, since real numbers "
                      "would lose their last digits",
                      wideInReals_.count);
    }
    return std::nullopt;
}

/// Cells that all are written with a fixed number of digits are names of something.
std::optional<ColumnPlan> TextColumn::betterForSpelling() const {
    const bool sameWidth = width_ != std::string::npos && width_ > 1;
    const bool fixed =
        zeroLed_.count > 0 && bad_.count + glued_.count == 0 && bareExponent_.count == 0 && !sawPoint_;
    if (fixed && (sameWidth || zeroLed_.count == present_) && !isTimePart(plan_.name)) {
        return asText("leading-zeros",
                      "the cells have leading zeros, as " + shown(zeroLed_.first) +
                          "; kept as text, since numbers lose them",
                      zeroLed_.count);
    }
    if (bareExponent_.count > 0 && !sawPoint_ && sawLongMantissa_ && sameWidth) {
        return asText("exponent-ids",
                      "the cells have one width and look like ids, as " + shown(bareExponent_.first) +
                          "; kept as text (as a number it has an exponent)",
                      bareExponent_.count);
    }
    return std::nullopt;
}

std::optional<ColumnPlan> TextColumn::betterPlan() const {
    if (plan_.kind == Kind::Text || plan_.declared) {
        return std::nullopt;
    }
    ColumnPlan text = plan_;
    text.kind = Kind::Text;
    if (plan_.kind == Kind::Boolean) {
        return bad_.count > 0 ? std::optional(text) : std::nullopt;
    }
    if (plan_.kind == Kind::Unsigned) {
        text.lookedNumeric = true;
        return bad_.count > 0 || zeroLed_.count > 0 ? std::optional(text) : std::nullopt;
    }
    if (plan_.isId) {
        if (auto plan = betterForIds()) {
            return plan;
        }
    }
    if (10 * (bad_.count + glued_.count) > present_) {
        return text;
    }
    if (sawTooWide_ && !sawReal_) { // ids beyond int64 must stay exact
        text.kind = sawNegative_ ? Kind::Text : Kind::Unsigned;
        text.lookedNumeric = true;
        return text;
    }
    return betterForSpelling();
}

void TextColumn::tellOddities(Table& table) const {
    const auto tell = [&](const char* kind, const Odd& odd, const std::string& words) {
        table.tell({kind, plan_.name, "column " + plan_.name + ": " + words, odd.count, odd.rows});
    };
    const auto first = [](const Odd& odd) {
        return ", first in line " + std::to_string(odd.firstLine) + ": " + shown(odd.first);
    };
    if (plan_.why) {
        table.tell(*plan_.why);
    }
    if (glued_.count > 0) {
        tell("glued-cells", glued_,
             counted(glued_.count, "cell holds", "cells hold") + " two or more numbers glued together and " +
                 (glued_.count == 1 ? "counts" : "count") + " as missing" + first(glued_));
    }
    if (bad_.count > 0) {
        const bool truth = plan_.kind == Kind::Boolean;
        tell(truth ? "not-booleans" : "not-numbers", bad_,
             counted(bad_.count,
                     truth ? "cell is neither true nor false and counts" : "cell is not a number and counts",
                     truth ? "cells are neither true nor false and count"
                           : "cells are not numbers and count") +
                 " as missing" + first(bad_));
    }
    if (zeroLed_.count > 0 && !plan_.declared) {
        tell("leading-zeros-lost", zeroLed_,
             counted(zeroLed_.count, "cell has", "cells have") + " leading zeros, as " +
                 shown(zeroLed_.first) + ", which numbers do not keep");
    }
    if (wideInReals_.count > 0) {
        tell("wide-integers", wideInReals_,
             counted(wideInReals_.count, "whole number has", "whole numbers have") +
                 " more digits than a real number keeps; the column holds real numbers too");
    }
}

} // namespace penumbra::io
