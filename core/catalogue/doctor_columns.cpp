#include "core/base/text.h"
#include "core/catalogue/doctor_checks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace penumbra::doctor {

namespace {

constexpr std::size_t widestByElement = 32;           // spectra and images are judged as a whole
constexpr double largestExactId = 9007199254740992.0; // 2^53

/// The findings of one column.
class ColumnLook {
public:
    explicit ColumnLook(const io::Column& column) : column_(column) {
        auto& summary = out_.summary;
        summary.name = column.name;
        summary.type = column.typeName();
        summary.unit = column.unit;
        summary.numeric = column.isNumeric();
        for (std::size_t row = 0; row < column.rows(); ++row)
            summary.missing += column.isMissing(row) ? 1 : 0;
    }

    ExaminedColumn look() {
        if (out_.summary.numeric)
            lookAtNumbers();
        else
            lookAtTexts();
        lookAtIds();
        return std::move(out_);
    }

private:
    Finding& tell(Severity severity, const std::string& kind, std::size_t count, const std::string& what,
                  const std::string& advice = "") {
        Finding finding;
        finding.severity = severity;
        finding.kind = kind;
        finding.where = "column " + column_.name;
        finding.column = column_.name;
        finding.count = count;
        finding.what = what;
        finding.advice = advice;
        out_.findings.push_back(std::move(finding));
        return out_.findings.back();
    }

    template <typename Predicate>
    void addRows(Finding& finding, Predicate concerned) const {
        for (std::size_t row = 0; row < column_.rows() && finding.rows.size() < exampleRows; ++row)
            if (concerned(row))
                finding.rows.push_back(static_cast<std::int64_t>(row));
    }

    void tellMissing() {
        const std::size_t missing = out_.summary.missing;
        const std::size_t rows = column_.rows();
        if (missing == 0 || missing == rows)
            return;
        Finding& finding = tell(
            2 * missing > rows ? Severity::Warning : Severity::Note, "missing", missing,
            counted(missing, "row has", "rows have") + " no value (" +
                formatReal(100.0 * static_cast<double>(missing) / static_cast<double>(rows), 3) + " %)",
            "As a feature such a row goes into quarantine; impute it at import, or leave the column out.");
        addRows(finding, [this](std::size_t row) { return column_.isMissing(row); });
    }

    void tellEmpty() {
        tell(Severity::Warning, "empty-column", column_.rows(), "no value at all", "Leave the column out.");
    }

    void findExactRange() {
        const auto* stored = std::get_if<std::vector<std::int64_t>>(&column_.values);
        if (!stored)
            return;
        std::vector<std::int64_t> present;
        for (std::size_t i = 0; i < stored->size(); ++i)
            if (!column_.isMissing(i / column_.width))
                present.push_back((*stored)[i]);
        if (present.empty())
            return;
        const auto middle = present.begin() + static_cast<std::ptrdiff_t>(present.size() / 2);
        std::nth_element(present.begin(), middle, present.end());
        const auto [low, high] = std::minmax_element(present.begin(), present.end());
        out_.summary.exactRange = {*low, *middle, *high};
    }

    void lookAtNumbers() {
        findExactRange();
        auto& summary = out_.summary;
        const std::vector<double> values = column_.asReals();
        std::vector<double> finite;
        finite.reserve(values.size());
        bool integral = true;
        for (const double value : values) {
            summary.infinite += std::isinf(value) ? 1 : 0;
            if (!std::isfinite(value))
                continue;
            integral = integral && value == std::floor(value);
            finite.push_back(value);
        }
        if (finite.empty()) {
            summary.minimum = summary.median = summary.maximum = std::numeric_limits<double>::quiet_NaN();
            tellEmpty();
            return;
        }
        std::sort(finite.begin(), finite.end());
        summary.minimum = finite.front();
        summary.median = finite[finite.size() / 2];
        summary.maximum = finite.back();
        tellMissing();
        if (finite.size() > 1 && finite.front() == finite.back())
            tell(Severity::Warning, "constant", finite.size(),
                 "constant: every value is " + shortestReal(finite.front()),
                 "It tells nothing apart; leave it out of the features.");
        if (summary.infinite > 0) {
            Finding& finding = tell(
                Severity::Warning, "infinite", summary.infinite,
                counted(summary.infinite, "infinite value", "infinite values"),
                "As a feature such a row goes into quarantine; a label that is infinite counts as none.");
            addRows(finding, [&](std::size_t row) {
                for (std::size_t k = 0; k < column_.width; ++k)
                    if (std::isinf(values[row * column_.width + k]))
                        return true;
                return false;
            });
        }
        if (std::holds_alternative<std::vector<std::uint8_t>>(column_.values) || looksLikeId(column_.name))
            return;
        if (column_.width == 1)
            lookForCodes(finite, integral, values, 0);
        else if (column_.width <= widestByElement)
            lookAtElements(values);
    }

    void lookAtElements(const std::vector<double>& values) {
        for (std::size_t k = 0; k < column_.width; ++k) {
            std::vector<double> finite;
            bool integral = true;
            for (std::size_t i = k; i < values.size(); i += column_.width)
                if (std::isfinite(values[i])) {
                    integral = integral && values[i] == std::floor(values[i]);
                    finite.push_back(values[i]);
                }
            std::sort(finite.begin(), finite.end());
            lookForCodes(finite, integral, values, k);
        }
    }

    void lookForCodes(const std::vector<double>& sorted, bool integral, const std::vector<double>& values,
                      std::size_t element) {
        for (const SuspectedCode& code : findCodes(sorted, integral)) {
            Finding& finding =
                tell(code.arguable && !isPhotometric(column_.name) ? Severity::Note : code.severity,
                     "missing-code", code.count, code.what,
                     code.low == code.high
                         ? "If so, import with --missing=" + codeText(code.low) +
                               ", or cut such rows; left in, it is taken for a measurement."
                         : "If so, cut such rows at import, or mask the codes before computing with them.");
            if (code.low == code.high)
                finding.code = codeText(code.low);
            if (column_.width > 1) {
                finding.column = column_.name + "[" + std::to_string(element) + "]";
                finding.where = "column " + finding.column;
            }
            addRows(finding, [&](std::size_t row) {
                const double value = values[row * column_.width + element];
                return value >= code.low && value <= code.high;
            });
        }
    }

    void lookAtTexts() {
        std::size_t numbers = 0, present = 0, oddRow = 0;
        bool constant = true;
        std::string oddOne;
        for (std::size_t row = 0; row < column_.rows(); ++row) {
            if (column_.isMissing(row))
                continue;
            const std::string cell = column_.asText(row);
            if (present++ == 0)
                out_.summary.example = cell;
            constant = constant && cell == out_.summary.example;
            if (parseReal(cell))
                ++numbers;
            else if (oddOne.empty()) {
                oddOne = cell;
                oddRow = row;
            }
        }
        if (present == 0)
            return tellEmpty();
        tellMissing();
        if (present > 1 && constant)
            tell(Severity::Warning, "constant", present,
                 "constant: every value is '" + out_.summary.example + "'", "It tells nothing apart.");
        if (numbers * 2 > present && numbers < present)
            tell(Severity::Warning, "mixed-text", present - numbers,
                 "text, though " + countText(numbers) + " of " + countText(present) +
                     " cells are numbers; first that is not: '" + oddOne + "'",
                 "Mend these cells; a column of text cannot become a feature or a target.")
                .rows = {static_cast<std::int64_t>(oddRow)};
    }

    void lookAtIds() {
        if (!looksLikeId(column_.name) || column_.width > 1)
            return;
        if (column_.isNumeric() && !std::holds_alternative<std::vector<std::int64_t>>(column_.values) &&
            out_.summary.maximum > largestExactId)
            tell(Severity::Serious, "inexact-id", column_.rows(),
                 "ids beyond 2^53 are stored as reals: the last digits are lost",
                 "Write ids as 64-bit integers or as text; objects cannot be told apart otherwise.");
        const auto groups = groupsOfRepeated();
        std::size_t repeats = 0;
        std::vector<std::int64_t> rows;
        for (const auto& group : groups) {
            repeats += group.size() - 1;
            for (const std::int64_t row : group)
                if (rows.size() < exampleRows)
                    rows.push_back(row);
        }
        if (repeats > 0)
            tell(Severity::Warning, "duplicate-id", repeats,
                 counted(repeats, "row repeats", "rows repeat") + " an id already seen",
                 "If this is the object's id, name it with --id when importing: a drawn split then keeps the "
                 "rows of one object together. A split that came with the data may not: the same object in "
                 "training and test makes every method look better than it is.")
                .rows = rows;
    }

    std::vector<std::vector<std::int64_t>> groupsOfRepeated() const {
        std::vector<std::vector<std::int64_t>> groups;
        const std::size_t rows = column_.rows();
        if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&column_.values)) {
            groups = groupsOfEqual(rows, [&](std::int64_t a, std::int64_t b) {
                return (*integers)[static_cast<std::size_t>(a)] < (*integers)[static_cast<std::size_t>(b)];
            });
        } else {
            std::vector<std::string> texts(rows);
            for (std::size_t row = 0; row < rows; ++row)
                texts[row] = column_.asText(row);
            groups = groupsOfEqual(rows, [&](std::int64_t a, std::int64_t b) {
                return texts[static_cast<std::size_t>(a)] < texts[static_cast<std::size_t>(b)];
            });
        }
        std::erase_if(groups, [this](const auto& group) {
            return column_.isMissing(static_cast<std::size_t>(group.front()));
        });
        return groups;
    }

    const io::Column& column_;
    ExaminedColumn out_;
};

} // namespace

bool looksLikeId(const std::string& name) {
    const std::string key = lowered(name);
    return key == "id" || key == "objid" || key == "object_id" || key == "targetid" || key == "specobjid" ||
           key.ends_with("_id");
}

std::vector<std::vector<std::int64_t>>
groupsOfEqual(std::size_t rows, const std::function<bool(std::int64_t, std::int64_t)>& less) {
    std::vector<std::int64_t> order(rows);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), less);
    std::vector<std::vector<std::int64_t>> groups;
    for (std::size_t first = 0; first < rows;) {
        std::size_t last = first + 1;
        while (last < rows && !less(order[first], order[last]))
            ++last;
        if (last - first > 1)
            groups.emplace_back(order.begin() + static_cast<std::ptrdiff_t>(first),
                                order.begin() + static_cast<std::ptrdiff_t>(last));
        first = last;
    }
    return groups;
}

ExaminedColumn examineColumn(const io::Column& column) {
    return ColumnLook(column).look();
}

} // namespace penumbra::doctor
