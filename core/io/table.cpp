#include "core/io/table.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace penumbra::io {

namespace {

std::size_t valueCount(const Column::Values& values) {
    return std::visit([](const auto& v) { return v.size(); }, values);
}

void checkPlace(const Column& column, std::size_t row, std::size_t k) {
    if (k >= column.width || row >= column.rows()) {
        throw Error("column " + column.name + " has " + std::to_string(column.rows()) + " rows of " +
                    std::to_string(column.width) + "; row " + std::to_string(row) + ", element " +
                    std::to_string(k) + " was asked for");
    }
}

/// "NAME[3]" -> {"NAME", 3}; false if the text does not end that way.
bool splitIndex(std::string_view expression, std::string_view& name, std::size_t& index) {
    const auto open = expression.rfind('[');
    if (open == std::string_view::npos || open == 0 || expression.back() != ']') {
        return false;
    }
    const auto number = parseInteger(expression.substr(open + 1, expression.size() - open - 2));
    if (!number || *number < 0) {
        return false;
    }
    name = trimmed(expression.substr(0, open));
    index = static_cast<std::size_t>(*number);
    return true;
}

} // namespace

std::size_t Column::rows() const {
    return width == 0 ? 0 : valueCount(values) / width;
}

bool Column::isNumeric() const {
    return !std::holds_alternative<std::vector<std::string>>(values);
}

bool Column::isInteger() const {
    return std::holds_alternative<std::vector<std::int64_t>>(values) ||
           std::holds_alternative<std::vector<std::uint64_t>>(values);
}

bool Column::isMissing(std::size_t row) const {
    if (isFlagged(row)) {
        return true;
    }
    // A vector with one good element is not missing.
    const auto allNan = [&](const auto& v) {
        for (std::size_t k = 0; k < width; ++k) {
            if (!std::isnan(v.at(row * width + k))) {
                return false;
            }
        }
        return true;
    };
    if (const auto* reals = std::get_if<std::vector<double>>(&values)) {
        return allNan(*reals);
    }
    if (const auto* floats = std::get_if<std::vector<float>>(&values)) {
        return allNan(*floats);
    }
    return false;
}

double Column::asReal(std::size_t row, std::size_t k) const {
    checkPlace(*this, row, k);
    if (isFlagged(row)) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    return std::visit(
        [&](const auto& v) -> double {
            using Element = typename std::decay_t<decltype(v)>::value_type;
            if constexpr (std::is_same_v<Element, std::string>) {
                throw Error("column " + name + " holds text ('" + v[row * width + k] + "' in row " +
                            std::to_string(row) + "); a number is wanted");
            } else {
                return static_cast<double>(v[row * width + k]);
            }
        },
        values);
}

std::vector<double> Column::asReals() const {
    if (!isNumeric()) {
        throw Error("column " + name + " holds text; numbers are wanted");
    }
    std::vector<double> reals = std::visit(
        [](const auto& v) {
            std::vector<double> out;
            if constexpr (!std::is_same_v<typename std::decay_t<decltype(v)>::value_type, std::string>) {
                out.reserve(v.size());
                for (const auto value : v) {
                    out.push_back(static_cast<double>(value));
                }
            }
            return out;
        },
        values);
    for (std::size_t row = 0; row < missing.size(); ++row) {
        if (missing[row] != 0) {
            std::fill_n(reals.begin() + static_cast<std::ptrdiff_t>(row * width), width,
                        std::numeric_limits<double>::quiet_NaN());
        }
    }
    return reals;
}

std::string Column::asText(std::size_t row, std::size_t k) const {
    checkPlace(*this, row, k);
    if (isFlagged(row)) {
        return {};
    }
    const std::size_t i = row * width + k;
    if (const auto* texts = std::get_if<std::vector<std::string>>(&values)) {
        return (*texts)[i];
    }
    if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&values)) {
        return std::to_string((*integers)[i]);
    }
    if (const auto* integers = std::get_if<std::vector<std::uint64_t>>(&values)) {
        return std::to_string((*integers)[i]);
    }
    if (const auto* booleans = std::get_if<std::vector<std::uint8_t>>(&values)) {
        return (*booleans)[i] != 0 ? "true" : "false";
    }
    const double real = asReal(row, k);
    if (std::isnan(real)) {
        return {};
    }
    if (std::holds_alternative<std::vector<float>>(values)) { // as a double, 0.1f would show its rounding
        char buffer[64];
        return {buffer, std::to_chars(buffer, buffer + sizeof buffer, static_cast<float>(real)).ptr};
    }
    return shortestReal(real);
}

std::vector<std::string> Column::asTexts() const {
    std::vector<std::string> texts;
    texts.reserve(rows() * width);
    for (std::size_t row = 0; row < rows(); ++row) {
        for (std::size_t k = 0; k < width; ++k) {
            texts.push_back(asText(row, k));
        }
    }
    return texts;
}

std::string Column::typeName() const {
    static constexpr const char* names[] = {"float64", "float32", "int64", "uint64", "bool", "text"};
    const std::string type = names[values.index()];
    return width > 1 ? type + "[" + std::to_string(width) + "]" : type;
}

void Table::tell(Workaround workaround) {
    notes.push_back(workaround.text);
    workarounds.push_back(std::move(workaround));
}

std::size_t Table::rows() const {
    return columns.empty() ? 0 : columns.front().rows();
}

const Column* Table::find(std::string_view name) const {
    const Column* near = nullptr;
    std::size_t nearCount = 0;
    const std::string wanted = lowered(name);
    for (const Column& column : columns) {
        if (column.name == name) {
            return &column;
        }
        if (lowered(column.name) == wanted) {
            near = &column;
            ++nearCount;
        }
    }
    return nearCount == 1 ? near : nullptr;
}

const Column& Table::at(std::string_view name) const {
    if (const Column* column = find(name)) {
        return *column;
    }
    std::vector<std::string> names;
    for (const Column& column : columns) {
        names.push_back(column.name);
    }
    std::string text = source.empty() ? "There" : source + ": there";
    text += " is no column '" + std::string(name) + "'";
    const std::vector<std::string> near = nearNames(name, names);
    if (!near.empty()) {
        text += "; near names: " + joinText(near, ", ");
    } else if (names.size() <= 30) {
        text += "; there are: " + joinText(names, ", ");
    }
    throw Error(text + inWhichPart(otherParts, name));
}

std::string inWhichPart(std::span<const TablePart> parts, std::string_view column) {
    std::vector<std::string> holders;
    for (const TablePart& part : parts) {
        const auto same = [&](const std::string& name) { return lowered(name) == lowered(column); };
        if (std::any_of(part.columns.begin(), part.columns.end(), same)) {
            holders.push_back("'" + part.name + "'");
        }
    }
    return holders.empty() ? ""
                           : "; it is in part " + joinText(holders, " and in part ") +
                                 " of this file: name that part to read it";
}

Column selectColumn(const Table& table, std::string_view expression) {
    std::string_view name;
    std::size_t index = 0;
    if (table.find(expression) != nullptr || !splitIndex(expression, name, index)) {
        return table.at(expression); // a plain name wins, even one that ends in "]"
    }
    const Column& whole = table.at(name);
    if (index >= whole.width) {
        throw Error(table.source + ": column " + whole.name + " has " + std::to_string(whole.width) +
                    " elements a row (0 to " + std::to_string(whole.width - 1) + "); " +
                    std::string(expression) + " was asked for");
    }
    Column part;
    part.name = std::string(expression);
    part.unit = whole.unit;
    part.description = whole.description;
    part.ucd = whole.ucd;
    part.missing = whole.missing;
    part.values = std::visit(
        [&](const auto& v) -> Column::Values {
            std::decay_t<decltype(v)> picked;
            picked.reserve(v.size() / whole.width);
            for (std::size_t i = index; i < v.size(); i += whole.width) {
                picked.push_back(v[i]);
            }
            return picked;
        },
        whole.values);
    return part;
}

} // namespace penumbra::io
