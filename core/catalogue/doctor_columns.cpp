#include "core/base/text.h"
#include "core/catalogue/doctor_checks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace penumbra::doctor {

namespace {

constexpr std::size_t widestByElement = 32;           // spectra and images are judged as a whole
constexpr double largestExactId = 9007199254740992.0; // 2^53
constexpr std::int64_t exactlyReal = std::int64_t{1} << 53;

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

    /// Range and, where doubles cannot tell the values apart, codes of an integer column. `values`: present
    /// ones.
    template <typename Integer>
    void lookAtIntegers(std::vector<Integer> values) {
        if (values.empty())
            return;
        std::sort(values.begin(), values.end());
        const Integer low = values.front(), high = values.back();
        out_.summary.exactRange = {std::to_string(low), std::to_string(values[values.size() / 2]),
                                   std::to_string(high)};
        constant_ = low == high;
        beyondReals_ = std::cmp_greater(high, exactlyReal) || std::cmp_less(low, -exactlyReal);
        if (beyondReals_ && column_.width == 1 && !looksLikeId(column_.name))
            lookForIntegerCode(values);
    }

    void lookAtIntegers() {
        std::visit(
            [this](const auto& stored) {
                using Value = typename std::decay_t<decltype(stored)>::value_type;
                if constexpr (sizeof(Value) == sizeof(std::int64_t) && std::is_integral_v<Value>) {
                    std::vector<Value> present;
                    for (std::size_t i = 0; i < stored.size(); ++i)
                        if (!column_.isMissing(i / column_.width))
                            present.push_back(stored[i]);
                    lookAtIntegers(std::move(present));
                }
            },
            column_.values);
    }

    /// Among large integers, the one that repeats while all others hardly do. `sorted`: ascending.
    template <typename Integer>
    void lookForIntegerCode(const std::vector<Integer>& sorted) {
        Integer commonest{};
        std::size_t most = 0, next = 0;
        for (std::size_t first = 0; first < sorted.size();) {
            std::size_t last = first;
            while (last < sorted.size() && sorted[last] == sorted[first])
                ++last;
            const std::size_t count = last - first;
            next = std::max(next, std::min(count, most));
            if (count > most) {
                most = count;
                commonest = sorted[first];
            }
            first = last;
        }
        if (next == 0 || most < std::max<std::size_t>(3, sorted.size() / 200) || most < 10 * next)
            return;
        const std::string code = std::to_string(commonest);
        Finding& finding =
            tell(Severity::Warning, "missing-code", most,
                 "the value " + code + " occurs " + counted(most, "time", "times") + ": a code for missing?",
                 "If so, import with --missing=" + code +
                     ", or cut such rows; left in, it is taken for a measurement.");
        finding.code = code;
        addRows(finding, [&](std::size_t row) { return column_.asText(row) == code; });
    }

    void lookAtNumbers() {
        lookAtIntegers();
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
        if (finite.size() > 1 && (column_.isInteger() ? constant_ : finite.front() == finite.back()))
            tell(Severity::Warning, "constant", finite.size(),
                 "constant: every value is " +
                     (column_.isInteger() ? summary.exactRange.front() : shortestReal(finite.front())),
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
        if (std::holds_alternative<std::vector<std::uint8_t>>(column_.values) || looksLikeId(column_.name) ||
            beyondReals_)
            return;
        lookAtErrorSizes(values);
        if (column_.width == 1)
            lookForCodes(finite, integral, values, 0);
        else if (column_.width <= widestByElement)
            lookAtElements(values);
    }

    /// Sizes of errors are positive: what is not was never measured, or is something else.
    void lookAtErrorSizes(const std::vector<double>& values) {
        if (column_.isInteger() || !isErrorSize(column_.name))
            return;
        std::size_t negative = 0, zero = 0;
        double lowest = 0.0;
        for (const double value : values) {
            negative += value < 0.0 ? 1 : 0;
            zero += value == 0.0 ? 1 : 0;
            lowest = value < lowest ? value : lowest;
        }
        if (negative + zero == 0)
            return;
        std::string what;
        if (negative > 0)
            what = counted(negative, "size of an error is", "sizes of errors are") + " negative (lowest " +
                   codeText(lowest) + ")";
        if (zero > 0)
            what += what.empty() ? counted(zero, "size of an error is zero", "sizes of errors are zero")
                                 : ", " + counted(zero, "is zero", "are zero");
        Finding& finding = tell(Severity::Warning, "bad-error", negative + zero, what,
                                "One-sigma errors are positive (are these signed errors, not sizes?); zero "
                                "or a negative number usually means "
                                "\"not measured\". Cut such "
                                "rows, or import with --missing and the code.");
        addRows(finding, [&](std::size_t row) {
            for (std::size_t k = 0; k < column_.width; ++k)
                if (values[row * column_.width + k] <= 0.0)
                    return true;
            return false;
        });
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
        if (column_.isNumeric() && !column_.isInteger() && out_.summary.maximum > largestExactId)
            tell(Severity::Serious, "inexact-id", column_.rows(),
                 "ids beyond 2^53 are stored as reals: the last digits are lost",
                 "Write ids as 64-bit integers or as text; objects cannot be told apart otherwise.");
        const Repeats found = repeatsIn(groupsOfRepeated());
        if (found.repeats > 0)
            tell(Severity::Warning, "duplicate-id", found.repeats,
                 counted(found.repeats, "row repeats", "rows repeat") + " an id already seen",
                 "If this is the object's id, name it with --id when importing: a drawn split then keeps the "
                 "rows of one object together. A split that came with the data may not: the same object in "
                 "training and test makes every method look better than it is.")
                .rows = found.rows;
    }

    std::vector<std::vector<std::int64_t>> groupsOfRepeated() const {
        std::vector<std::vector<std::int64_t>> groups;
        const std::size_t rows = column_.rows();
        const auto byValues = [&](const auto& values) {
            groups = groupsOfEqual(rows, [&](std::int64_t a, std::int64_t b) {
                return values[static_cast<std::size_t>(a)] < values[static_cast<std::size_t>(b)];
            });
        };
        if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&column_.values)) {
            byValues(*integers);
        } else if (const auto* wide = std::get_if<std::vector<std::uint64_t>>(&column_.values)) {
            byValues(*wide);
        } else {
            std::vector<std::string> texts(rows);
            for (std::size_t row = 0; row < rows; ++row)
                texts[row] = column_.asText(row);
            byValues(texts);
        }
        std::erase_if(groups, [this](const auto& group) {
            return column_.isMissing(static_cast<std::size_t>(group.front()));
        });
        return groups;
    }

    const io::Column& column_;
    ExaminedColumn out_;
    bool constant_ = false;    ///< of integers
    bool beyondReals_ = false; ///< integers that doubles cannot tell apart
};

} // namespace

bool looksLikeId(const std::string& name) {
    const std::string key = lowered(name);
    return !isCountingPlace(name) && (key == "id" || key == "targetid" || key == "sourceid" ||
                                      key.ends_with("objid") || key.ends_with("_id"));
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
