// Marking single elements of a column as missing.

#include "core/io/table.h"

#include <algorithm>
#include <limits>

namespace penumbra::io {

namespace {

/// Flags the rows that have lost all their elements; false if a row has lost only some.
bool wholeRows(std::span<const std::uint8_t> elements, std::size_t width, std::vector<std::uint8_t>& rows) {
    rows.assign(elements.size() / width, 0);
    bool whole = true;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const auto piece = elements.subspan(row * width, width);
        const auto lost = static_cast<std::size_t>(
            std::count_if(piece.begin(), piece.end(), [](std::uint8_t flag) { return flag != 0; }));
        rows[row] = lost == width ? 1 : 0;
        whole = whole && (lost == 0 || lost == width);
    }
    return whole;
}

void flagRows(Column& column, const std::vector<std::uint8_t>& rows) {
    column.missing.resize(rows.size(), 0);
    for (std::size_t row = 0; row < rows.size(); ++row) {
        if (rows[row] != 0) {
            column.missing[row] = 1;
        }
    }
}

/// To a type in which single elements can be missing.
void loosen(Column& column) {
    if (!column.isNumeric()) {
        return;
    }
    if (fitsReals(column)) {
        column.values = column.asReals();
    } else {
        column.values = column.asTexts();
    }
    column.missing.clear();
}

} // namespace

void markMissing(Column& column, std::span<const std::uint8_t> elements) {
    if (std::all_of(elements.begin(), elements.end(), [](std::uint8_t flag) { return flag == 0; })) {
        return;
    }
    const bool real = std::holds_alternative<std::vector<double>>(column.values) ||
                      std::holds_alternative<std::vector<float>>(column.values);
    std::vector<std::uint8_t> rows;
    if (!real && wholeRows(elements, column.width, rows)) {
        flagRows(column, rows);
        return;
    }
    if (!real) {
        loosen(column);
    }
    std::visit(
        [&](auto& values) {
            using Value = typename std::decay_t<decltype(values)>::value_type;
            for (std::size_t i = 0; i < elements.size(); ++i) {
                if (elements[i] == 0) {
                    continue;
                }
                if constexpr (std::is_floating_point_v<Value>) {
                    values[i] = std::numeric_limits<Value>::quiet_NaN();
                } else {
                    values[i] = Value();
                }
            }
        },
        column.values);
    if (!column.isNumeric()) {
        flagRows(column, rows);
    }
}

} // namespace penumbra::io
