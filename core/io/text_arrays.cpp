#include "core/io/text_arrays.h"

#include "core/base/text.h"
#include "core/io/table_readers_internal.h"
#include "core/io/text_cell.h"

#include <algorithm>
#include <charconv>

namespace penumbra::io {

namespace {

/// The elements of lists, in the type of the column; one flag an element where it is missing.
class ListReader {
public:
    explicit ListReader(ColumnPlan::Kind kind) {
        if (kind == ColumnPlan::Kind::Integer)
            values_ = std::vector<std::int64_t>();
        else if (kind == ColumnPlan::Kind::Unsigned)
            values_ = std::vector<std::uint64_t>();
        else if (kind == ColumnPlan::Kind::Boolean)
            values_ = std::vector<std::uint8_t>();
        else
            values_ = std::vector<double>();
    }

    /// A list in brackets, nested ones in their order. False, and `length` missing elements, if it is none of
    /// that length.
    bool add(std::string_view text, std::size_t length) {
        const std::size_t before = missing_.size();
        const bool good = addList(trimmed(text)) && missing_.size() == before + length;
        if (!good) {
            missing_.resize(before);
            missing_.resize(before + length, 1);
            std::visit(
                [&](auto& values) {
                    values.resize(before);
                    values.resize(before + length);
                },
                values_);
        }
        return good;
    }

    void take(Column& column) {
        if (auto* naturals = std::get_if<std::vector<std::uint64_t>>(&values_))
            values_ = narrowed(std::move(*naturals));
        column.values = std::move(values_);
        markMissing(column, missing_);
    }

private:
    bool addList(std::string_view text) {
        if (text.size() < 2 || text.front() != '[' || text.back() != ']')
            return false;
        while (true) {
            const auto start = text.find_first_not_of("[], \t");
            if (start == std::string_view::npos)
                return true;
            text.remove_prefix(start);
            const auto end = std::min(text.find_first_of("[], \t"), text.size());
            if (!addElement(text.substr(0, end)))
                return false;
            text.remove_prefix(end);
        }
    }

    bool addElement(std::string_view text) {
        const bool missing = isMissingWord(text);
        missing_.push_back(missing ? 1 : 0);
        return std::visit(
            [&](auto& values) {
                values.emplace_back();
                return missing || parse(text, values.back());
            },
            values_);
    }

    template <typename Value>
    bool parse(std::string_view text, Value& value) const {
        if constexpr (std::is_same_v<Value, std::uint8_t>) {
            const std::string word = lowered(text);
            value = word == "true" ? 1 : 0;
            return word == "true" || word == "false";
        } else if constexpr (std::is_integral_v<Value>) {
            const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
            return status == std::errc() && end == text.data() + text.size();
        } else if constexpr (std::is_same_v<Value, double>) {
            const Cell cell = parseCell(text);
            value = cell.real;
            return cell.kind == CellKind::Integer || cell.kind == CellKind::Real;
        } else {
            return false;
        }
    }

    Column::Values values_;
    std::vector<std::uint8_t> missing_;
};

/// No digit is lost: signed and unsigned ones meet as append() says, missing ones are marked.
Column joinIntegers(const std::vector<Column>& elements) {
    const std::size_t rows = elements.front().rows();
    Column below = elements.front(); // all elements, one below the other
    std::for_each(elements.begin() + 1, elements.end(), [&](const Column& next) { append(below, next); });
    std::vector<std::size_t> order;
    for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t k = 0; k < elements.size(); ++k)
            order.push_back(k * rows + row);
    Column column = pickRows(below, order);
    const std::vector<std::uint8_t> missing = std::move(column.missing);
    column.missing.clear();
    column.width = elements.size();
    markMissing(column, missing);
    return column;
}

} // namespace

Column parseArrays(const Column& cells, const TextField& field, Table& table) {
    Column column;
    column.width = field.arrayLength;
    ListReader lists(field.kind.value_or(ColumnPlan::Kind::Real));
    Workaround bad{"not-arrays", field.name, "", 0, {}};
    std::string first;
    for (std::size_t row = 0; row < cells.rows(); ++row) {
        const std::string text = cells.asText(row);
        if (lists.add(text, field.arrayLength) || text.empty())
            continue;
        first = bad.count++ == 0 ? std::string(firstBytes(text, 40)) : first;
        bad.rows.push_back(static_cast<std::int64_t>(row));
    }
    if (bad.count > 0) {
        bad.text = "column " + field.name + ": " + std::to_string(bad.count) + " cells are no lists of " +
                   std::to_string(field.arrayLength) + " values and count as missing, first '" + first + "'";
        table.tell(std::move(bad));
    }
    lists.take(column);
    return column;
}

Column joinElements(const std::vector<Column>& elements) {
    const auto isInteger = [](const Column& element) { return element.isInteger(); };
    if (std::all_of(elements.begin(), elements.end(), isInteger))
        return joinIntegers(elements);
    Column column;
    column.width = elements.size();
    const bool numbers =
        std::all_of(elements.begin(), elements.end(), [](const Column& e) { return e.isNumeric(); });
    const std::size_t rows = elements.front().rows();
    if (numbers) {
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
