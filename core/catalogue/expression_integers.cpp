// Arithmetic on 64-bit integers that never loses a digit: what does not fit is a Fault.

#include "core/catalogue/expression_values.h"

#include <limits>

namespace penumbra::expression {

namespace {

using Operation = Expression::Operation;
using Signed = std::vector<std::int64_t>;
using Unsigned = std::vector<std::uint64_t>;
__extension__ using Wide = __int128; ///< holds sums and most products of signed and unsigned 64-bit integers

const char* symbolOf(Operation operation) {
    switch (operation) {
    case Operation::Add:
        return " + ";
    case Operation::Subtract:
        return " - ";
    case Operation::Multiply:
        return " * ";
    default:
        return " << ";
    }
}

std::string tooWide(const std::string& value) {
    return "integer overflow: " + value +
           " does not fit into 64 bits; multiply by 1.0 first to compute with reals";
}

template <typename Integer>
bool shifted(Operation operation, Integer x, Integer y, Integer& out) {
    if (y < 0)
        throw Fault{0, "a shift by " + std::to_string(static_cast<std::int64_t>(y)) +
                           " bits: the number of bits cannot be negative"};
    if (operation == Operation::ShiftRight) {
        out = y > 63 ? (x < 0 ? -1 : 0) : x >> y;
        return true;
    }
    if (x == 0 || y == 0) {
        out = x;
        return true;
    }
    return y <= 63 && !__builtin_mul_overflow(x, Integer{1} << (y - 1), &out) &&
           !__builtin_mul_overflow(out, Integer{2}, &out);
}

/// False if the result does not fit.
template <typename Integer>
bool apply(Operation operation, Integer x, Integer y, Integer& out) {
    switch (operation) {
    case Operation::Add:
        return !__builtin_add_overflow(x, y, &out);
    case Operation::Subtract:
        return !__builtin_sub_overflow(x, y, &out);
    case Operation::Multiply:
        return !__builtin_mul_overflow(x, y, &out);
    case Operation::Modulo:
        out = y == -1 ? 0 : x % y; // the lowest integer % -1 traps
        return true;
    case Operation::Minimum:
        out = x < y ? x : y;
        return true;
    case Operation::Maximum:
        out = x > y ? x : y;
        return true;
    case Operation::BitAnd:
        out = x & y;
        return true;
    case Operation::BitOr:
        out = x | y;
        return true;
    case Operation::BitXor:
        out = x ^ y;
        return true;
    default:
        return shifted(operation, x, y, out);
    }
}

/// x % 0 is no number.
void missWhereZero(const Values& divisor, std::size_t rows, std::vector<std::uint8_t>& missing) {
    const std::size_t stride = strideOf(divisor, rows);
    std::visit(
        [&](const auto& d) {
            for (std::size_t i = 0; i < rows; ++i)
                if (d[i * stride] == 0) {
                    missing.resize(rows, 0);
                    missing[i] = 1;
                }
        },
        divisor.numbers);
}

/// Applies to every row that is not missing; `store` takes the result or says that it does not fit.
template <typename Integer, typename Left, typename Right, typename Store>
void forRows(Operation operation, const Left& left, const Right& right,
             const std::vector<std::uint8_t>& missing, std::size_t rows, Store store) {
    const std::size_t leftStride = left.size() == rows ? 1 : 0, rightStride = right.size() == rows ? 1 : 0;
    for (std::size_t i = 0; i < rows; ++i) {
        if (!missing.empty() && missing[i] != 0)
            continue;
        const auto x = static_cast<Integer>(left[i * leftStride]);
        const auto y = static_cast<Integer>(right[i * rightStride]);
        Integer result{};
        try {
            if (apply(operation, x, y, result) && store(i, result))
                continue;
        } catch (Fault& fault) {
            fault.row = i;
            throw;
        }
        throw Fault{i, tooWide(std::to_string(left[i * leftStride]) + symbolOf(operation) +
                               std::to_string(right[i * rightStride]))};
    }
}

/// Of signed and unsigned operands: unsigned where no result is negative, else signed.
struct WideSink {
    Unsigned upper;
    Signed lower;
    bool fitsUpper = true, fitsLower = true;

    bool take(std::size_t i, Wide value) {
        fitsUpper = fitsUpper && value >= 0 && value <= std::numeric_limits<std::uint64_t>::max();
        fitsLower = fitsLower && value >= std::numeric_limits<std::int64_t>::min() &&
                    value <= std::numeric_limits<std::int64_t>::max();
        upper[i] = static_cast<std::uint64_t>(value);
        lower[i] = static_cast<std::int64_t>(value);
        return fitsUpper || fitsLower;
    }
};

/// Exact power; false where it leaves int64.
bool powerOf(std::int64_t base, std::int64_t exponent, std::int64_t& out) {
    if (exponent < 0)
        return false;
    out = 1;
    while (exponent != 0) {
        if ((exponent & 1) != 0 && __builtin_mul_overflow(out, base, &out))
            return false;
        exponent >>= 1;
        if (exponent != 0 && __builtin_mul_overflow(base, base, &base))
            return false;
    }
    return true;
}

} // namespace

Values integerArithmetic(Operation operation, Values left, Values right) {
    const std::size_t rows = rowsOf(left, right);
    Values out;
    out.missing = missingOfEither(left, right);
    if (operation == Operation::Modulo)
        missWhereZero(right, rows, out.missing);
    const auto* a = std::get_if<Signed>(&left.numbers);
    const auto* b = std::get_if<Signed>(&right.numbers);
    if (a != nullptr && b != nullptr) {
        Signed results(rows, 0);
        forRows<std::int64_t>(operation, *a, *b, out.missing, rows, [&](std::size_t i, std::int64_t value) {
            results[i] = value;
            return true;
        });
        out.numbers = std::move(results);
        return out;
    }
    WideSink sink{Unsigned(rows, 0), Signed(rows, 0)};
    std::visit(
        [&](const auto& x, const auto& y) {
            forRows<Wide>(operation, x, y, out.missing, rows,
                          [&](std::size_t i, Wide value) { return sink.take(i, value); });
        },
        left.numbers, right.numbers);
    if (sink.fitsUpper)
        out.numbers = std::move(sink.upper);
    else
        out.numbers = std::move(sink.lower);
    return out;
}

Values integerPower(Values left, Values right) {
    const auto reals = [&] { return binary(Operation::Power, {toReals(left), {}}, {toReals(right), {}}); };
    const auto* bases = std::get_if<Signed>(&left.numbers);
    const auto* exponents = std::get_if<Signed>(&right.numbers);
    if (bases == nullptr || exponents == nullptr)
        return reals();
    const std::size_t rows = rowsOf(left, right);
    Values out;
    out.missing = missingOfEither(left, right);
    Signed results(rows, 0);
    for (std::size_t i = 0; i < rows; ++i)
        if (!out.isMissing(i) && !powerOf((*bases)[bases->size() == rows ? i : 0],
                                          (*exponents)[exponents->size() == rows ? i : 0], results[i]))
            return reals();
    out.numbers = std::move(results);
    return out;
}

Values integerUnary(Operation operation, Values values) {
    if (operation == Operation::BitNot) {
        std::visit(
            [](auto& v) {
                if constexpr (!std::is_same_v<std::decay_t<decltype(v)>, std::vector<double>>)
                    for (auto& x : v)
                        x = static_cast<std::decay_t<decltype(x)>>(~x);
            },
            values.numbers);
        return values;
    }
    const bool isUnsigned = std::holds_alternative<Unsigned>(values.numbers);
    if (operation == Operation::Abs && isUnsigned)
        return values;
    const Values zero{Signed{0}, {}};
    if (operation == Operation::Negate)
        return integerArithmetic(Operation::Subtract, zero, std::move(values));
    Values negated = values;
    auto& magnitudes = std::get<Signed>(negated.numbers);
    for (std::size_t i = 0; i < magnitudes.size(); ++i)
        if (magnitudes[i] < 0 && !values.isMissing(i) &&
            __builtin_sub_overflow(std::int64_t{0}, magnitudes[i], &magnitudes[i]))
            throw Fault{i, tooWide("abs(" + std::to_string(std::get<Signed>(values.numbers)[i]) + ")")};
    return negated;
}

} // namespace penumbra::expression
