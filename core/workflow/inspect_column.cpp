#include "core/workflow/inspect.h"

#include "core/base/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace penumbra::workflow {

namespace {

/// Values that surveys write for "not measured".
constexpr std::array missingCodes = {-9999.0, -999.0, -99.99, -99.9, -99.0, -9.99,  -9.0, -1.0,
                                     0.0,     99.0,   99.9,   99.99, 999.0, 9999.0, 1e20, 1e30};

std::string countText(std::size_t n) {
    return withThousands(static_cast<long long>(n));
}

/// Sorted finite values of a column with what the tests for codes need.
struct Values {
    std::vector<double> sorted;
    bool integral = true;
};

/// Cells equal to a code; float32 columns hold the code's nearest float.
std::pair<std::size_t, std::size_t> rangeOf(const std::vector<double>& sorted, double code) {
    const double tolerance = std::abs(code) * 1e-7;
    const auto first = std::lower_bound(sorted.begin(), sorted.end(), code - tolerance);
    const auto last = std::upper_bound(first, sorted.end(), code + tolerance);
    return {static_cast<std::size_t>(first - sorted.begin()),
            static_cast<std::size_t>(last - sorted.begin())};
}

/// A code stands apart: the rest of the column begins further off than the rest is wide.
bool standsApart(const std::vector<double>& sorted, std::size_t first, std::size_t last) {
    if (first == 0 && last < sorted.size())
        return sorted[last] - sorted[0] > sorted.back() - sorted[last];
    if (last == sorted.size() && first > 0)
        return sorted.back() - sorted[first - 1] > sorted[first - 1] - sorted.front();
    return false;
}

/// A measured quantity rarely repeats one value in 0.5 % of the rows.
bool isSpike(const Values& values, double code, std::size_t count) {
    return !values.integral && code <= 0.0 && count >= std::max<std::size_t>(3, values.sorted.size() / 200);
}

void lookForCodes(const Values& values, std::vector<std::string>& warnings) {
    const auto& sorted = values.sorted;
    if (sorted.size() < 3 || sorted.front() == sorted.back())
        return;
    for (const double code : missingCodes) {
        const auto [first, last] = rangeOf(sorted, code);
        const std::size_t count = last - first;
        const bool odd = std::abs(code) >= 9.0 || !values.integral; // counts may be 0 or -1 by right
        if (count == 0 || count == sorted.size())
            continue;
        const bool apart = odd && standsApart(sorted, first, last);
        if (apart || isSpike(values, code, count))
            warnings.push_back("the value " + shortestReal(code) + " occurs " + countText(count) +
                               " times: a code for missing?");
    }
}

bool looksLikeId(const std::string& name) {
    const std::string key = lowered(name);
    return key == "id" || key == "objid" || key == "object_id" || key == "targetid" || key == "specobjid" ||
           key.ends_with("_id");
}

void lookAtIds(const io::Column& column, ColumnFindings& findings) {
    if (!looksLikeId(column.name) || column.width > 1)
        return;
    if (column.isNumeric() && !std::holds_alternative<std::vector<std::int64_t>>(column.values) &&
        (findings.maximum > 9007199254740992.0))
        findings.warnings.push_back("ids beyond 2^53 are stored as reals: the last digits are lost");
    std::vector<std::string> ids;
    for (std::size_t row = 0; row < column.rows(); ++row)
        if (!column.isMissing(row))
            ids.push_back(column.asText(row));
    std::sort(ids.begin(), ids.end());
    const auto distinct = static_cast<std::size_t>(std::unique(ids.begin(), ids.end()) - ids.begin());
    if (distinct < ids.size())
        findings.warnings.push_back(countText(ids.size() - distinct) + " rows repeat an id already seen");
}

void findExactRange(const io::Column& column, ColumnFindings& findings) {
    const auto* stored = std::get_if<std::vector<std::int64_t>>(&column.values);
    if (!stored)
        return;
    std::vector<std::int64_t> present;
    for (std::size_t i = 0; i < stored->size(); ++i)
        if (!column.isMissing(i / column.width))
            present.push_back((*stored)[i]);
    if (present.empty())
        return;
    std::sort(present.begin(), present.end());
    findings.exactRange = {present.front(), present[present.size() / 2], present.back()};
}

void lookAtNumbers(const io::Column& column, ColumnFindings& findings) {
    findExactRange(column, findings);
    Values values;
    for (const double value : column.asReals()) {
        if (std::isinf(value))
            ++findings.infinite;
        if (!std::isfinite(value))
            continue;
        values.integral = values.integral && value == std::floor(value);
        values.sorted.push_back(value);
    }
    std::sort(values.sorted.begin(), values.sorted.end());
    const auto& sorted = values.sorted;
    if (sorted.empty()) {
        findings.minimum = findings.median = findings.maximum = std::numeric_limits<double>::quiet_NaN();
        findings.warnings.push_back("no value at all");
        return;
    }
    findings.minimum = sorted.front();
    findings.median = sorted[sorted.size() / 2];
    findings.maximum = sorted.back();
    if (sorted.size() > 1 && sorted.front() == sorted.back())
        findings.warnings.push_back("constant: every value is " + shortestReal(sorted.front()));
    if (findings.infinite > 0)
        findings.warnings.push_back(countText(findings.infinite) + " infinite values");
    if (!std::holds_alternative<std::vector<std::uint8_t>>(column.values))
        lookForCodes(values, findings.warnings);
}

void lookAtTexts(const io::Column& column, ColumnFindings& findings) {
    std::size_t numbers = 0, present = 0;
    bool constant = true;
    std::string oddOne;
    for (std::size_t row = 0; row < column.rows(); ++row) {
        if (column.isMissing(row))
            continue;
        const std::string cell = column.asText(row);
        if (present++ == 0)
            findings.example = cell;
        constant = constant && cell == findings.example;
        if (parseReal(cell))
            ++numbers;
        else if (oddOne.empty())
            oddOne = cell;
    }
    if (present == 0)
        findings.warnings.push_back("no value at all");
    else if (present > 1 && constant)
        findings.warnings.push_back("constant: every value is '" + findings.example + "'");
    if (numbers * 2 > present && numbers < present)
        findings.warnings.push_back("text, though " + countText(numbers) + " of " + countText(present) +
                                    " cells are numbers; first that is not: '" + oddOne + "'");
}

} // namespace

ColumnFindings findingsOf(const io::Column& column) {
    ColumnFindings findings;
    findings.name = column.name;
    findings.type = column.typeName();
    findings.unit = column.unit;
    findings.numeric = column.isNumeric();
    for (std::size_t row = 0; row < column.rows(); ++row)
        findings.missing += column.isMissing(row) ? 1 : 0;
    if (findings.numeric)
        lookAtNumbers(column, findings);
    else
        lookAtTexts(column, findings);
    lookAtIds(column, findings);
    return findings;
}

} // namespace penumbra::workflow
