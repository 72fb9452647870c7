#include "core/io/text_arrays.h"

#include "core/base/text.h"

#include <algorithm>
#include <limits>

namespace penumbra::io {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// The numbers of a list in brackets, nested lists in their order; false if it is none.
bool parseList(std::string_view text, std::vector<double>& numbers) {
    numbers.clear();
    text = trimmed(text);
    if (text.size() < 2 || text.front() != '[' || text.back() != ']') {
        return false;
    }
    while (!text.empty()) {
        const auto start = text.find_first_not_of("[], \t");
        if (start == std::string_view::npos) {
            return true;
        }
        text.remove_prefix(start);
        const auto end = std::min(text.find_first_of("[], \t"), text.size());
        const Cell cell = parseCell(text.substr(0, end));
        if (cell.kind == CellKind::Other || cell.kind == CellKind::Glued) {
            return false;
        }
        numbers.push_back(cell.kind == CellKind::Missing ? nan : cell.real);
        text.remove_prefix(end);
    }
    return true;
}

} // namespace

Column parseArrays(const Column& cells, const TextField& field, Table& table) {
    Column column;
    column.width = field.arrayLength;
    std::vector<double> values;
    values.reserve(cells.rows() * field.arrayLength);
    std::vector<double> numbers;
    Workaround bad{"not-arrays", field.name, "", 0, {}};
    std::string first;
    for (std::size_t row = 0; row < cells.rows(); ++row) {
        const std::string text = cells.asText(row);
        const bool good = parseList(text, numbers) && numbers.size() == field.arrayLength;
        if (!good) {
            numbers.assign(field.arrayLength, nan);
            if (!text.empty()) {
                first = bad.count++ == 0 ? text.substr(0, 40) : first;
                bad.rows.push_back(static_cast<std::int64_t>(row));
            }
        }
        values.insert(values.end(), numbers.begin(), numbers.end());
    }
    if (bad.count > 0) {
        bad.text = "column " + field.name + ": " + std::to_string(bad.count) + " cells are no lists of " +
                   std::to_string(field.arrayLength) + " numbers and count as missing, first '" + first + "'";
        table.tell(std::move(bad));
    }
    const bool integers = field.kind == ColumnPlan::Kind::Integer &&
                          std::none_of(values.begin(), values.end(), [](double v) { return v != v; });
    if (integers) {
        column.values = std::vector<std::int64_t>(values.begin(), values.end());
    } else {
        column.values = std::move(values);
    }
    return column;
}

Column joinElements(const std::vector<Column>& elements) {
    Column column;
    column.width = elements.size();
    const bool numbers =
        std::all_of(elements.begin(), elements.end(), [](const Column& e) { return e.isNumeric(); });
    const std::size_t rows = elements.front().rows();
    if (numbers) {
        const bool integers = std::all_of(elements.begin(), elements.end(), [](const Column& element) {
            return std::holds_alternative<std::vector<std::int64_t>>(element.values) &&
                   element.missing.empty();
        });
        if (integers) {
            std::vector<std::int64_t> values;
            for (std::size_t row = 0; row < rows; ++row) {
                for (const Column& element : elements) {
                    values.push_back(std::get<std::vector<std::int64_t>>(element.values)[row]);
                }
            }
            column.values = std::move(values);
            return column;
        }
        std::vector<double> values;
        for (std::size_t row = 0; row < rows; ++row) {
            for (const Column& element : elements) {
                values.push_back(element.asReal(row));
            }
        }
        column.values = std::move(values);
        return column;
    }
    std::vector<std::string> values;
    for (std::size_t row = 0; row < rows; ++row) {
        for (const Column& element : elements) {
            values.push_back(element.asText(row));
        }
    }
    column.values = std::move(values);
    return column;
}

void narrow(Column& column) {
    if (const auto* reals = std::get_if<std::vector<double>>(&column.values)) {
        column.values = std::vector<float>(reals->begin(), reals->end());
    }
}

} // namespace penumbra::io
