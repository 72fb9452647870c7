#pragma once

#include <cmath>
#include <compare>
#include <concepts>
#include <limits>
#include <utility>

namespace penumbra {

/// An integer against a real as the numbers they are: 2^53 + 1 is not 2^53, though a double would round it to
/// that. NaN is unordered.
template <std::integral Integer>
std::partial_ordering compareExactly(Integer integer, double real) {
    constexpr double beyond = // the first power of two that Integer does not reach
        2.0 * static_cast<double>(std::numeric_limits<Integer>::max() / 2 + 1);
    constexpr double lowest = static_cast<double>(std::numeric_limits<Integer>::min());
    if (std::isnan(real))
        return std::partial_ordering::unordered;
    if (real >= beyond)
        return std::partial_ordering::less;
    if (real < lowest)
        return std::partial_ordering::greater;
    const double whole = std::trunc(real);
    const auto same = static_cast<Integer>(whole);
    if (integer != same)
        return integer < same ? std::partial_ordering::less : std::partial_ordering::greater;
    return 0.0 <=> real - whole;
}

template <std::integral First, std::integral Second>
std::partial_ordering compareExactly(First first, Second second) {
    if (std::cmp_equal(first, second))
        return std::partial_ordering::equivalent;
    return std::cmp_less(first, second) ? std::partial_ordering::less : std::partial_ordering::greater;
}

} // namespace penumbra
