// Columns that grow, and rows picked from them.

#include "core/base/error.h"
#include "core/io/table.h"

#include <algorithm>
#include <limits>

namespace penumbra::io {

namespace {

bool hasNegative(const Column& column) {
    const auto* integers = std::get_if<std::vector<std::int64_t>>(&column.values);
    if (integers == nullptr)
        return false;
    for (std::size_t i = 0; i < integers->size(); ++i)
        if ((*integers)[i] < 0 && !column.isMissing(i / column.width))
            return true;
    return false;
}

/// The values of an integer column as T; what is missing may be anything there and becomes 0.
template <typename T>
void castIntegers(Column& column) {
    std::vector<T> cast;
    std::visit(
        [&](const auto& values) {
            if constexpr (std::is_integral_v<typename std::decay_t<decltype(values)>::value_type>) {
                cast.reserve(values.size());
                for (std::size_t i = 0; i < values.size(); ++i)
                    cast.push_back(column.isMissing(i / column.width) ? T{} : static_cast<T>(values[i]));
            }
        },
        column.values);
    column.values = std::move(cast);
}

/// Brings two columns of unlike types to one that loses nothing of either.
void makeAlike(Column& first, Column& second) {
    if (first.isInteger() && second.isInteger()) {
        const Column& wide =
            std::holds_alternative<std::vector<std::uint64_t>>(first.values) ? first : second;
        const auto& values = std::get<std::vector<std::uint64_t>>(wide.values);
        bool fits = true;
        for (std::size_t i = 0; i < values.size(); ++i)
            fits =
                fits && (values[i] <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) ||
                         wide.isMissing(i / wide.width));
        if (fits) {
            castIntegers<std::int64_t>(first);
            castIntegers<std::int64_t>(second);
            return;
        }
        if (!hasNegative(first) && !hasNegative(second)) {
            castIntegers<std::uint64_t>(first);
            castIntegers<std::uint64_t>(second);
            return;
        }
    } else if (first.isNumeric() && second.isNumeric() && fitsReals(first) && fitsReals(second)) {
        for (Column* column : {&first, &second}) {
            column->values = column->asReals();
            column->missing.clear();
        }
        return;
    }
    first.values = first.asTexts();
    second.values = second.asTexts();
}

} // namespace

bool fitsReals(const Column& column) {
    constexpr std::uint64_t exactlyReal = std::uint64_t{1} << 53; // doubles hold every integer up to it
    return std::visit(
        [](const auto& values) {
            using Value = typename std::decay_t<decltype(values)>::value_type;
            return std::all_of(values.begin(), values.end(), [](const Value& value) {
                if constexpr (std::is_same_v<Value, std::int64_t>)
                    return value <= static_cast<std::int64_t>(exactlyReal) &&
                           value >= -static_cast<std::int64_t>(exactlyReal);
                else if constexpr (std::is_same_v<Value, std::uint64_t>)
                    return value <= exactlyReal;
                else
                    return true;
            });
        },
        column.values);
}

Column::Values narrowed(std::vector<std::uint64_t> values) {
    constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (std::all_of(values.begin(), values.end(), [](std::uint64_t value) { return value <= largest; }))
        return std::vector<std::int64_t>(values.begin(), values.end());
    return values;
}

void append(Column& to, const Column& from) {
    if (to.width != from.width)
        throw Error("rows of " + std::to_string(from.width) + " values cannot be appended to column " +
                    to.name + ", which has " + std::to_string(to.width));
    if (to.values.index() != from.values.index()) {
        Column alike = from;
        makeAlike(to, alike);
        append(to, alike);
        return;
    }
    const std::size_t before = to.rows();
    std::visit(
        [&](auto& values) {
            const auto& more = std::get<std::decay_t<decltype(values)>>(from.values);
            values.insert(values.end(), more.begin(), more.end());
        },
        to.values);
    if (to.missing.empty() && from.missing.empty())
        return;
    to.missing.resize(before, 0);
    to.missing.insert(to.missing.end(), from.missing.begin(), from.missing.end());
    to.missing.resize(to.rows(), 0);
}

void appendMissing(Column& to, std::size_t rows) {
    const std::size_t before = to.rows();
    const bool marked = !to.missing.empty();
    bool real = false;
    std::visit(
        [&](auto& values) {
            using Value = typename std::decay_t<decltype(values)>::value_type;
            if constexpr (std::is_floating_point_v<Value>) {
                real = true;
                values.resize(values.size() + rows * to.width, std::numeric_limits<Value>::quiet_NaN());
            } else {
                values.resize(values.size() + rows * to.width);
            }
        },
        to.values);
    if (real && !marked)
        return;
    to.missing.resize(before, 0);
    to.missing.resize(to.rows(), 1);
}

Column pickRows(const Column& from, std::span<const std::size_t> rows) {
    Column to = from;
    to.missing.clear();
    std::visit([](auto& values) { values.clear(); }, to.values);
    bool anyMissing = false;
    std::visit(
        [&](auto& values) {
            using Value = typename std::decay_t<decltype(values)>::value_type;
            const auto& source = std::get<std::vector<Value>>(from.values);
            values.reserve(rows.size() * from.width);
            for (const std::size_t row : rows)
                for (std::size_t k = 0; k < from.width; ++k) {
                    if (row != noRow)
                        values.push_back(source.at(row * from.width + k));
                    else if constexpr (std::is_floating_point_v<Value>)
                        values.push_back(std::numeric_limits<Value>::quiet_NaN());
                    else
                        values.emplace_back();
                }
            if constexpr (!std::is_floating_point_v<Value>)
                anyMissing = std::find(rows.begin(), rows.end(), noRow) != rows.end();
        },
        to.values);
    if (from.missing.empty() && !anyMissing)
        return to;
    for (const std::size_t row : rows)
        to.missing.push_back(row == noRow || from.isFlagged(row));
    return to;
}

} // namespace penumbra::io
