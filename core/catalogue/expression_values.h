#pragma once

// The values of expressions, column by column; only expression*.cpp include it.

#include "core/catalogue/expression.h"

#include <string>
#include <variant>
#include <vector>

namespace penumbra::expression {

/// One value per row, or one for all of them: reals, whose missing values are NaN; signed or unsigned
/// integers; or truth (0, 1), which counts as integers in arithmetic.
struct Values {
    std::variant<std::vector<double>, std::vector<std::int64_t>, std::vector<std::uint64_t>,
                 std::vector<std::uint8_t>>
        numbers;
    std::vector<std::uint8_t> missing; ///< 1 = missing; empty: none, and always empty for reals

    std::size_t size() const;
    bool isReal() const { return std::holds_alternative<std::vector<double>>(numbers); }
    bool isMissing(std::size_t i) const { return !missing.empty() && missing[i] != 0; }
};

/// A value that no 64-bit integer holds, or an operation that a row's values do not allow.
struct Fault {
    std::size_t row = 0;
    std::string what; ///< "9223372036854775807 + 1 does not fit into 64 bits"
};

/// The numbers of a scalar column. @throws std::bad_variant_access for text.
Values fromColumn(const io::Column& column);
io::Column::Values toColumnValues(Values values);
std::vector<double> toReals(Values values);
/// Truth, booleans and int64 as int64; uint64 stays.
Values toIntegers(Values values);
/// 1 where the value is neither 0 nor missing.
std::vector<std::uint8_t> truthOf(const Values& values);

/// Element by element; one of the two may be a single value for all rows.
/// @throws Fault
Values binary(Expression::Operation operation, Values left, Values right);
/// @throws Fault
Values unary(Expression::Operation operation, Values values);

bool isBitwise(Expression::Operation operation);

// The parts of `binary` and `unary`.

/// Both integers: + - * % min max and bits. What leaves 64 bits is a Fault; x % 0 is missing.
Values integerArithmetic(Expression::Operation operation, Values left, Values right);
/// Both integers; reals where an exponent is negative or a power leaves 64 bits.
Values integerPower(Values left, Values right);
Values integerUnary(Expression::Operation operation, Values values);
/// Exact whatever the types; false with a missing value.
Values compare(Expression::Operation operation, const Values& left, const Values& right);

/// Rows of the result, and how to walk through an operand of as many values or of one.
inline std::size_t rowsOf(const Values& left, const Values& right) {
    return left.size() == 1 ? right.size() : left.size();
}
inline std::size_t strideOf(const Values& values, std::size_t rows) {
    return values.size() == rows ? 1 : 0;
}
std::vector<std::uint8_t> missingOfEither(const Values& left, const Values& right);

} // namespace penumbra::expression
