#include "core/catalogue/expression_values.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::expression {

namespace {

using Operation = Expression::Operation;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

template <typename Function>
std::vector<double> zipReals(const std::vector<double>& left, const std::vector<double>& right,
                             Function function) {
    const std::size_t rows = left.size() == 1 ? right.size() : left.size();
    const std::size_t leftStride = left.size() == rows ? 1 : 0;
    const std::size_t rightStride = right.size() == rows ? 1 : 0;
    std::vector<double> out(rows);
    for (std::size_t i = 0; i < rows; ++i)
        out[i] = function(left[i * leftStride], right[i * rightStride]);
    return out;
}

std::vector<double> realArithmetic(Operation operation, const std::vector<double>& left,
                                   const std::vector<double>& right) {
    switch (operation) {
    case Operation::Add:
        return zipReals(left, right, [](double x, double y) { return x + y; });
    case Operation::Subtract:
        return zipReals(left, right, [](double x, double y) { return x - y; });
    case Operation::Multiply:
        return zipReals(left, right, [](double x, double y) { return x * y; });
    case Operation::Divide:
        return zipReals(left, right, [](double x, double y) { return x / y; });
    case Operation::Modulo:
        return zipReals(left, right, [](double x, double y) { return std::fmod(x, y); });
    case Operation::Minimum:
        return zipReals(left, right, [](double x, double y) { return std::isnan(x) || x < y ? x : y; });
    case Operation::Maximum:
        return zipReals(left, right, [](double x, double y) { return std::isnan(x) || x > y ? x : y; });
    default: // Power; std::pow(NaN, 0) would be 1
        return zipReals(left, right, [](double x, double y) {
            return std::isnan(x) || std::isnan(y) ? nan : std::pow(x, y);
        });
    }
}

double realUnary(Operation operation, double x) {
    switch (operation) {
    case Operation::Negate:
        return -x;
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
    default:
        return std::asinh(x);
    }
}

Values truth(std::vector<std::uint8_t> values) {
    return {std::move(values), {}};
}

Values logical(Operation operation, const Values& left, const Values& right) {
    const auto a = truthOf(left), b = truthOf(right);
    const std::size_t rows = rowsOf(left, right), aStride = strideOf(left, rows),
                      bStride = strideOf(right, rows);
    std::vector<std::uint8_t> out(rows);
    for (std::size_t i = 0; i < rows; ++i) {
        const std::uint8_t x = a[i * aStride], y = b[i * bStride];
        out[i] = operation == Operation::And ? x & y : x | y;
    }
    return truth(std::move(out));
}

std::vector<std::uint8_t> missingOf(const Values& values) {
    std::vector<std::uint8_t> missing(values.size(), 0);
    if (const auto* reals = std::get_if<std::vector<double>>(&values.numbers))
        std::transform(reals->begin(), reals->end(), missing.begin(),
                       [](double x) { return static_cast<std::uint8_t>(std::isnan(x)); });
    else if (!values.missing.empty())
        missing = values.missing;
    return missing;
}

/// Not, isfinite and ismissing. "not" of a missing value is missing.
Values test(Operation operation, const Values& values) {
    std::vector<std::uint8_t> missing = missingOf(values);
    if (operation == Operation::Missing)
        return truth(std::move(missing));
    std::vector<std::uint8_t> out(values.size());
    if (operation == Operation::IsFinite) {
        const auto* reals = std::get_if<std::vector<double>>(&values.numbers);
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = missing[i] == 0 && (reals == nullptr || std::isfinite((*reals)[i])) ? 1 : 0;
        return truth(std::move(out));
    }
    const auto holds = truthOf(values);
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = holds[i] == 0 && missing[i] == 0 ? 1 : 0;
    Values negated = truth(std::move(out));
    if (std::find(missing.begin(), missing.end(), 1) != missing.end())
        negated.missing = std::move(missing);
    return negated;
}

} // namespace

std::size_t Values::size() const {
    return std::visit([](const auto& v) { return v.size(); }, numbers);
}

std::vector<std::uint8_t> missingOfEither(const Values& left, const Values& right) {
    if (left.missing.empty() && right.missing.empty())
        return {};
    const std::size_t rows = rowsOf(left, right), leftStride = strideOf(left, rows),
                      rightStride = strideOf(right, rows);
    std::vector<std::uint8_t> missing(rows);
    for (std::size_t i = 0; i < rows; ++i)
        missing[i] = left.isMissing(i * leftStride) || right.isMissing(i * rightStride) ? 1 : 0;
    return missing;
}

Values fromColumn(const io::Column& column) {
    Values values;
    if (const auto* floats = std::get_if<std::vector<float>>(&column.values))
        values.numbers = std::vector<double>(floats->begin(), floats->end());
    else if (const auto* reals = std::get_if<std::vector<double>>(&column.values))
        values.numbers = *reals;
    else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&column.values))
        values.numbers = *integers;
    else if (const auto* wide = std::get_if<std::vector<std::uint64_t>>(&column.values))
        values.numbers = *wide;
    else
        values.numbers = std::get<std::vector<std::uint8_t>>(column.values);
    if (auto* reals = std::get_if<std::vector<double>>(&values.numbers)) {
        for (std::size_t row = 0; row < column.missing.size(); ++row)
            if (column.missing[row] != 0)
                (*reals)[row] = nan;
    } else if (std::find(column.missing.begin(), column.missing.end(), 1) != column.missing.end()) {
        values.missing = column.missing;
    }
    return values;
}

io::Column::Values toColumnValues(Values values) {
    if (auto* wide = std::get_if<std::vector<std::uint64_t>>(&values.numbers)) {
        for (std::size_t row = 0; row < values.missing.size(); ++row)
            if (values.missing[row] != 0)
                (*wide)[row] = 0;
        return io::narrowed(std::move(*wide));
    }
    return std::visit([](auto&& v) -> io::Column::Values { return std::move(v); }, std::move(values.numbers));
}

std::vector<double> toReals(Values values) {
    if (auto* reals = std::get_if<std::vector<double>>(&values.numbers))
        return std::move(*reals);
    std::vector<double> out =
        std::visit([](const auto& v) { return std::vector<double>(v.begin(), v.end()); }, values.numbers);
    for (std::size_t i = 0; i < values.missing.size(); ++i)
        if (values.missing[i] != 0)
            out[i] = nan;
    return out;
}

Values toIntegers(Values values) {
    if (const auto* truths = std::get_if<std::vector<std::uint8_t>>(&values.numbers))
        values.numbers = std::vector<std::int64_t>(truths->begin(), truths->end());
    return values;
}

std::vector<std::uint8_t> truthOf(const Values& values) {
    std::vector<std::uint8_t> out(values.size());
    std::visit(
        [&](const auto& v) {
            for (std::size_t i = 0; i < v.size(); ++i)
                out[i] = v[i] == v[i] && v[i] != 0 ? 1 : 0; // NaN differs from itself
        },
        values.numbers);
    for (std::size_t i = 0; i < values.missing.size(); ++i)
        if (values.missing[i] != 0)
            out[i] = 0;
    return out;
}

bool isBitwise(Operation operation) {
    return operation == Operation::BitAnd || operation == Operation::BitOr ||
           operation == Operation::BitXor || operation == Operation::ShiftLeft ||
           operation == Operation::ShiftRight || operation == Operation::BitNot;
}

Values binary(Operation operation, Values left, Values right) {
    switch (operation) {
    case Operation::And:
    case Operation::Or:
        return logical(operation, left, right);
    case Operation::Less:
    case Operation::LessEqual:
    case Operation::Greater:
    case Operation::GreaterEqual:
    case Operation::Equal:
    case Operation::Differs:
        return compare(operation, left, right);
    default:
        break;
    }
    if (left.isReal() || right.isReal() || operation == Operation::Divide)
        return {realArithmetic(operation, toReals(std::move(left)), toReals(std::move(right))), {}};
    if (operation == Operation::Power)
        return integerPower(toIntegers(std::move(left)), toIntegers(std::move(right)));
    return integerArithmetic(operation, toIntegers(std::move(left)), toIntegers(std::move(right)));
}

Values unary(Operation operation, Values values) {
    if (operation == Operation::Not || operation == Operation::IsFinite || operation == Operation::Missing)
        return test(operation, values);
    const bool exact =
        operation == Operation::Negate || operation == Operation::Abs || operation == Operation::BitNot;
    if (exact && !values.isReal())
        return integerUnary(operation, toIntegers(std::move(values)));
    std::vector<double> reals = toReals(std::move(values));
    for (double& x : reals)
        x = realUnary(operation, x);
    return {std::move(reals), {}};
}

} // namespace penumbra::expression
