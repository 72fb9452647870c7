// Comparisons of columns of any two types as the numbers they are.

#include "core/base/exact_numbers.h"
#include "core/catalogue/expression_values.h"

#include <optional>
#include <type_traits>

namespace penumbra::expression {

namespace {

using Operation = Expression::Operation;

/// Values of one type by C++'s own operators, others by compareExactly.
template <typename Left, typename Right, typename Plain, typename Exact>
std::vector<std::uint8_t> zip(const std::vector<Left>& left, const std::vector<Right>& right, Plain plain,
                              Exact exact) {
    const std::size_t rows = left.size() == 1 ? right.size() : left.size();
    const std::size_t leftStride = left.size() == rows ? 1 : 0, rightStride = right.size() == rows ? 1 : 0;
    std::vector<std::uint8_t> out(rows);
    for (std::size_t i = 0; i < rows; ++i) {
        const Left x = left[i * leftStride];
        const Right y = right[i * rightStride];
        if constexpr (std::is_same_v<Left, Right>)
            out[i] = plain(x, y) ? 1 : 0;
        else if constexpr (std::is_floating_point_v<Left>)
            out[i] = exact(0 <=> compareExactly(y, x)) ? 1 : 0;
        else
            out[i] = exact(compareExactly(x, y)) ? 1 : 0;
    }
    return out;
}

template <typename Left, typename Right>
std::vector<std::uint8_t> compared(Operation operation, const std::vector<Left>& left,
                                   const std::vector<Right>& right) {
    using Order = std::partial_ordering;
    switch (operation) {
    case Operation::Less:
        return zip(
            left, right, [](auto x, auto y) { return x < y; }, [](Order order) { return order < 0; });
    case Operation::LessEqual:
        return zip(
            left, right, [](auto x, auto y) { return x <= y; }, [](Order order) { return order <= 0; });
    case Operation::Greater:
        return zip(
            left, right, [](auto x, auto y) { return x > y; }, [](Order order) { return order > 0; });
    case Operation::GreaterEqual:
        return zip(
            left, right, [](auto x, auto y) { return x >= y; }, [](Order order) { return order >= 0; });
    case Operation::Equal:
        return zip(
            left, right, [](auto x, auto y) { return x == y; }, [](Order order) { return order == 0; });
    default: // Differs; false with NaN, unlike the operator of C++
        return zip(
            left, right, [](auto x, auto y) { return x < y || x > y; },
            [](Order order) { return order < 0 || order > 0; });
    }
}

/// A single integer beside reals as a real where none of its digits is lost: the usual "z > 3", at full
/// speed. None: it stays what it is.
std::optional<Values> besideReals(const Values& single, const Values& other) {
    const auto* integers = std::get_if<std::vector<std::int64_t>>(&single.numbers);
    constexpr std::int64_t exactlyReal = std::int64_t{1} << 53;
    if (!other.isReal() || integers == nullptr || integers->size() != 1 || !single.missing.empty() ||
        integers->front() > exactlyReal || integers->front() < -exactlyReal)
        return std::nullopt;
    return Values{std::vector<double>{static_cast<double>(integers->front())}, {}};
}

} // namespace

Values compare(Operation operation, const Values& left, const Values& right) {
    if (const auto real = besideReals(left, right))
        return compare(operation, *real, right);
    if (const auto real = besideReals(right, left))
        return compare(operation, left, *real);
    Values out;
    std::vector<std::uint8_t> truth = std::visit(
        [&](const auto& x, const auto& y) { return compared(operation, x, y); }, left.numbers, right.numbers);
    const auto missing = missingOfEither(left, right);
    for (std::size_t i = 0; i < missing.size(); ++i)
        if (missing[i] != 0)
            truth[i] = 0;
    out.numbers = std::move(truth);
    return out;
}

} // namespace penumbra::expression
