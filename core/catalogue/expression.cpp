#include "core/catalogue/expression.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/catalogue/expression_parser.h"
#include "core/catalogue/expression_values.h"

#include <algorithm>
#include <cctype>
#include <limits>

namespace penumbra {

using expression::Values;

namespace {

bool isNameByte(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool isNonAscii(char c) {
    return static_cast<unsigned char>(c) >= 0x80;
}

/// "FLUX[2]": a formula reads it as it is meant, as an element or as a column of that name.
bool isElement(const std::string& name) {
    const auto open = name.find('[');
    return open != std::string::npos && open > 0 && name.back() == ']' &&
           std::all_of(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(open),
                       [](char c) { return isNameByte(c) && !isNonAscii(c); }) &&
           name.find_first_not_of("0123456789", open + 1) == name.size() - 1;
}

/// A name that a formula cannot hold without backquotes, and that is more than a number or a sign.
bool isOddName(const std::string& name) {
    if (name.empty() || isElement(name) || parseReal(name))
        return false;
    const bool plain =
        !std::isdigit(static_cast<unsigned char>(name.front())) && name.front() != '.' &&
        std::all_of(name.begin(), name.end(), [](char c) { return isNameByte(c) && !isNonAscii(c); });
    return !plain && std::any_of(name.begin(), name.end(), [](char c) {
        return std::isalpha(static_cast<unsigned char>(c)) || isNonAscii(c);
    });
}

/// Blanks out what stands in quotes and backquotes.
std::string withoutQuoted(const std::string& text) {
    std::string out = text;
    char open = '\0';
    for (char& c : out) {
        const char found = c;
        if (open != '\0' || found == '`' || found == '"' || found == '\'')
            c = '\n';
        if (open == '\0' && c == '\n' && found != '\n')
            open = found;
        else if (found == open)
            open = '\0';
    }
    return out;
}

/// Where the name stands as a whole, not as a part of a longer one; npos if nowhere.
std::size_t findName(const std::string& text, const std::string& name) {
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
        const std::size_t end = at + name.size();
        if ((at == 0 || !isNameByte(text[at - 1])) && (end == text.size() || !isNameByte(text[end])))
            return at;
    }
    return std::string::npos;
}

/// The longest odd column name that stands in the text without backquotes.
struct OddName {
    std::string name;
    std::size_t at = 0;
};

OddName oddNameIn(const std::string& text, const io::Table& table) {
    OddName found;
    const std::string open = withoutQuoted(text);
    for (const io::Column& column : table.columns) {
        if (column.name.size() <= found.name.size() || !isOddName(column.name))
            continue;
        const std::size_t at = findName(open, column.name);
        if (at != std::string::npos)
            found = {column.name, at};
    }
    return found;
}

} // namespace

Expression::Expression(std::string text) : text_(std::move(text)) {
    parse();
}

Expression::Expression(std::string text, const io::Table& table) : text_(std::move(text)) {
    const std::string name(trimmed(text_));
    if (name.find('`') == std::string::npos && table.find(name) != nullptr) {
        nodes_.emplace_back();
        nodes_.back().operation = Operation::Column;
        nodes_.back().name = name;
        root_ = 0;
        return;
    }
    if (const OddName odd = oddNameIn(text_, table); !odd.name.empty()) {
        const bool alike = !std::all_of(odd.name.begin(), odd.name.end(), isNameByte);
        failExpression(
            "there is a column named " + odd.name + ": write it in backquotes, `" + odd.name + "`" +
                (alike ? "; for a formula that is spelled alike, put blanks around its signs" : ""),
            text_, odd.at);
    }
    parse();
}

void Expression::parse() {
    ExpressionParser parser(text_);
    root_ = parser.parse();
    nodes_ = parser.takeNodes();
}

std::vector<std::string> Expression::columnNames() const {
    std::vector<std::string> names;
    for (const auto& node : nodes_)
        if (!node.name.empty() && std::find(names.begin(), names.end(), node.name) == names.end())
            names.push_back(node.name);
    return names;
}

bool Expression::isPlainColumn() const {
    return nodes_[static_cast<std::size_t>(root_)].operation == Operation::Column;
}

io::Column Expression::resolve(const Node& node, const io::Table& table) const {
    io::Column column;
    try {
        column = io::selectColumn(table, node.name);
    } catch (const Error& error) {
        failExpression(error.what(), text_, node.at);
    }
    if (column.width > 1)
        failExpression("column '" + node.name + "' has " + std::to_string(column.width) +
                           " elements per row: pick one with [0] to [" + std::to_string(column.width - 1) +
                           "]",
                       text_, node.at);
    return column;
}

Values Expression::columnValues(const Node& node, const io::Table& table) const {
    const io::Column column = resolve(node, table);
    if (!column.isNumeric())
        failExpression("column '" + node.name + "' holds text; compare it with == \"...\" or use ismissing()",
                       text_, node.at);
    return expression::fromColumn(column);
}

Values Expression::textComparison(const Node& node, const io::Table& table) const {
    const io::Column column = resolve(node, table);
    const auto* texts = std::get_if<std::vector<std::string>>(&column.values);
    if (texts == nullptr)
        failExpression("column '" + node.name + "' holds numbers; leave the quotes out", text_, node.at);
    const bool wanted = node.operation == Operation::TextEquals;
    std::vector<std::uint8_t> truth(texts->size());
    for (std::size_t row = 0; row < truth.size(); ++row)
        truth[row] = !column.isMissing(row) && ((*texts)[row] == node.literal) == wanted ? 1 : 0;
    return {std::move(truth), {}};
}

/// ismissing of a column, which may hold text.
Values Expression::presence(const Node& node, const io::Table& table) const {
    const io::Column column = resolve(node, table);
    std::vector<std::uint8_t> truth(column.rows());
    for (std::size_t row = 0; row < truth.size(); ++row)
        truth[row] = column.isMissing(row) ? 1 : 0;
    return {std::move(truth), {}};
}

void Expression::wantIntegers(const Node& node, const Values& values) const {
    if (expression::isBitwise(node.operation) && values.isReal())
        failExpression("bits (& | ~ << >> bitxor) are those of integers, and this is a real number", text_,
                       node.at);
}

Values Expression::valuesOf(int index, const io::Table& table) const {
    const Node& node = nodes_[static_cast<std::size_t>(index)];
    switch (node.operation) {
    case Operation::Number:
        return {std::vector<double>{node.number}, {}};
    case Operation::Integer:
        if (node.integer > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
            return {std::vector<std::uint64_t>{node.integer}, {}};
        return {std::vector<std::int64_t>{static_cast<std::int64_t>(node.integer)}, {}};
    case Operation::Column:
        return columnValues(node, table);
    case Operation::TextEquals:
    case Operation::TextDiffers:
        return textComparison(node, table);
    default:
        break;
    }
    const Node& argument = nodes_[static_cast<std::size_t>(node.left)];
    if (node.operation == Operation::Missing && argument.operation == Operation::Column)
        return presence(argument, table);
    Values left = valuesOf(node.left, table);
    wantIntegers(node, left);
    try {
        if (node.right < 0)
            return expression::unary(node.operation, std::move(left));
        Values right = valuesOf(node.right, table);
        wantIntegers(node, right);
        return expression::binary(node.operation, std::move(left), std::move(right));
    } catch (const expression::Fault& fault) {
        failExpression("row " + std::to_string(fault.row) + " (from 0): " + fault.what, text_, node.at);
    }
}

io::Column Expression::column(const io::Table& table) const {
    if (isPlainColumn())
        return resolve(nodes_[static_cast<std::size_t>(root_)], table);
    Values values = valuesOf(root_, table);
    io::Column column;
    column.name = text_;
    column.missing = values.missing;
    column.values = expression::toColumnValues(std::move(values));
    if (column.rows() == table.rows())
        return column;
    return io::pickRows(column, std::vector<std::size_t>(table.rows(), 0)); // a constant
}

std::vector<double> Expression::evaluate(const io::Table& table) const {
    std::vector<double> reals = expression::toReals(valuesOf(root_, table));
    if (reals.size() == 1)
        reals.resize(table.rows(), reals.front());
    return reals;
}

std::vector<std::uint8_t> Expression::isTrue(const io::Table& table) const {
    std::vector<std::uint8_t> truth = expression::truthOf(valuesOf(root_, table));
    if (truth.size() == 1)
        truth.resize(table.rows(), truth.front());
    return truth;
}

std::string nameInExpression(const std::string& name) {
    const auto isWordLike = [](unsigned char c) { return std::isalnum(c) || c == '_'; };
    const bool plain = !name.empty() && !std::isdigit(static_cast<unsigned char>(name.front())) &&
                       std::all_of(name.begin(), name.end(), isWordLike) && isAscii(name) &&
                       !isOneOf(lowered(name), {"and", "or", "not"});
    std::string quoted = "`";
    return plain ? name : quoted.append(name).append("`");
}

} // namespace penumbra
