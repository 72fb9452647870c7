#include "core/catalogue/expression.h"

#include "core/base/error.h"
#include "core/catalogue/expression_parser.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra {

namespace {

using Operation = Expression::Operation;

bool holds(double x) {
    return x != 0.0 && !std::isnan(x);
}

double applyUnary(Operation operation, double x) {
    switch (operation) {
    case Operation::Negate:
        return -x;
    case Operation::Not:
        return std::isnan(x) ? x : (x == 0.0 ? 1.0 : 0.0);
    case Operation::Log10:
        return std::log10(x);
    case Operation::Ln:
        return std::log(x);
    case Operation::Exp:
        return std::exp(x);
    case Operation::Sqrt:
        return std::sqrt(x);
    case Operation::Abs:
        return std::abs(x);
    case Operation::Asinh:
        return std::asinh(x);
    case Operation::IsFinite:
        return std::isfinite(x) ? 1.0 : 0.0;
    default: // Missing
        return std::isnan(x) ? 1.0 : 0.0;
    }
}

double compareReals(Operation operation, double x, double y) {
    switch (operation) {
    case Operation::Less:
        return x < y ? 1.0 : 0.0;
    case Operation::LessEqual:
        return x <= y ? 1.0 : 0.0;
    case Operation::Greater:
        return x > y ? 1.0 : 0.0;
    case Operation::GreaterEqual:
        return x >= y ? 1.0 : 0.0;
    case Operation::Equal:
        return x == y ? 1.0 : 0.0;
    default: // Differs; false with NaN, unlike the operator of C
        return x < y || x > y ? 1.0 : 0.0;
    }
}

double applyBinary(Operation operation, double x, double y) {
    switch (operation) {
    case Operation::Add:
        return x + y;
    case Operation::Subtract:
        return x - y;
    case Operation::Multiply:
        return x * y;
    case Operation::Divide:
        return x / y;
    case Operation::Modulo:
        return std::fmod(x, y);
    case Operation::Power:
        return std::isnan(x) || std::isnan(y) ? std::numeric_limits<double>::quiet_NaN() : std::pow(x, y);
    case Operation::And:
        return holds(x) && holds(y) ? 1.0 : 0.0;
    case Operation::Or:
        return holds(x) || holds(y) ? 1.0 : 0.0;
    case Operation::Minimum:
        return std::isnan(x) || x < y ? x : y;
    case Operation::Maximum:
        return std::isnan(x) || x > y ? x : y;
    default:
        return compareReals(operation, x, y);
    }
}

} // namespace

Expression::Expression(std::string text) : text_(std::move(text)) {
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

std::vector<double> Expression::columnValues(const Node& node, const io::Table& table) const {
    const io::Column column = resolve(node, table);
    if (!column.isNumeric())
        failExpression("column '" + node.name + "' holds text; compare it with == \"...\" or use ismissing()",
                       text_, node.at);
    return column.asReals();
}

std::vector<double> Expression::textComparison(const Node& node, const io::Table& table) const {
    const io::Column column = resolve(node, table);
    if (column.isNumeric())
        failExpression("column '" + node.name + "' holds numbers; leave the quotes out", text_, node.at);
    std::vector<double> values(table.rows());
    for (std::size_t row = 0; row < values.size(); ++row) {
        const bool equal = !column.isMissing(row) && column.asText(row) == node.literal;
        const bool differs = !column.isMissing(row) && !equal;
        values[row] = (node.operation == Operation::TextEquals ? equal : differs) ? 1.0 : 0.0;
    }
    return values;
}

std::vector<double> Expression::evaluateNode(int index, const io::Table& table) const {
    const Node& node = nodes_[static_cast<std::size_t>(index)];
    switch (node.operation) {
    case Operation::Number:
        return std::vector<double>(table.rows(), node.number);
    case Operation::Column:
        return columnValues(node, table);
    case Operation::TextEquals:
    case Operation::TextDiffers:
        return textComparison(node, table);
    default:
        break;
    }
    const Node& argument = nodes_[static_cast<std::size_t>(node.left)];
    if (node.operation == Operation::Missing && argument.operation == Operation::Column) {
        const io::Column column = resolve(argument, table); // may hold text
        std::vector<double> values(table.rows());
        for (std::size_t row = 0; row < values.size(); ++row)
            values[row] = column.isMissing(row) ? 1.0 : 0.0;
        return values;
    }
    std::vector<double> values = evaluateNode(node.left, table);
    if (node.right < 0) {
        for (double& x : values)
            x = applyUnary(node.operation, x);
        return values;
    }
    const std::vector<double> right = evaluateNode(node.right, table);
    for (std::size_t row = 0; row < values.size(); ++row)
        values[row] = applyBinary(node.operation, values[row], right[row]);
    return values;
}

std::vector<double> Expression::evaluate(const io::Table& table) const {
    return evaluateNode(root_, table);
}

std::vector<std::uint8_t> Expression::isTrue(const io::Table& table) const {
    const auto values = evaluate(table);
    std::vector<std::uint8_t> truth(values.size());
    std::transform(values.begin(), values.end(), truth.begin(),
                   [](double x) { return static_cast<std::uint8_t>(holds(x)); });
    return truth;
}

} // namespace penumbra
