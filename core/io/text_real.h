#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

namespace penumbra::io {

/// The digits among the next eight characters, all at once (Lemire 2018): appended to `digits`; how many.
inline std::size_t takeDigits(const char*& at, std::uint64_t& digits) {
    static constexpr std::uint64_t powers[] = {1,       10,        100,        1000,       10'000,
                                               100'000, 1'000'000, 10'000'000, 100'000'000};
    std::uint64_t eight = 0;
    std::memcpy(&eight, at, sizeof eight);
    std::uint64_t offset = eight ^ 0x3030303030303030U; // a digit's value, or at least 10
    const std::uint64_t others = (offset | (offset + 0x7676767676767676U)) & 0x8080808080808080U;
    const auto count = static_cast<std::size_t>(std::countr_zero(others)) / 8; // 8 if all are digits
    const std::size_t half = 4 * (8 - count);
    offset = (offset << half) << half; // the first characters lie in the low bytes: zeros before the digits
    offset = offset * 10 + (offset >> 8U);
    const std::uint64_t sum = (((offset & 0x000000ff000000ffU) * 0x000f424000000064U) +
                               (((offset >> 16U) & 0x000000ff000000ffU) * 0x0000271000000001U)) >>
                              32U;
    digits = digits * powers[count] + (sum & 0xffffffffU);
    at += count;
    return count;
}

/// digits * 10^power for 19 digits, through a mantissa of 64 bits. Rounding twice is right unless the first
/// result lies half way between two doubles; false then, and where there is no such type.
inline bool roundWide(std::uint64_t digits, std::int64_t power, double& value) {
    if constexpr (std::numeric_limits<long double>::digits == 64) {
        static constexpr std::int64_t most = 27; // 5^27 < 2^64: exact
        static constexpr auto powers = [] {
            std::array<long double, most + 1> table{1.0L};
            for (std::size_t i = 1; i < table.size(); ++i) {
                table[i] = table[i - 1] * 10.0L;
            }
            return table;
        }();
        if (power < -most || power > most) {
            return false;
        }
        const auto whole = static_cast<long double>(digits);
        const long double wide = power < 0 ? whole / powers[static_cast<std::size_t>(-power)]
                                           : whole * powers[static_cast<std::size_t>(power)];
        std::uint64_t mantissa = 0;
        std::memcpy(&mantissa, &wide, sizeof mantissa);
        value = static_cast<double>(wide);
        return (mantissa & 0x7ffU) != 0x400U;
    }
    return false;
}

inline double withSign(double size, bool negative) {
    return std::bit_cast<double>(std::bit_cast<std::uint64_t>(size) | static_cast<std::uint64_t>(negative)
                                                                          << 63U);
}

/// Reads numbers such as -12.345e-3 where an exact way is quick (Clinger 1990): at most 19 digits, an integer
/// of them up to 2^53, a power of ten up to 22. The result is then one correctly rounded operation on two
/// exact doubles. Gives the end of the number; null if it is not one of these: std::from_chars must try.
inline const char* parseQuickReal(const char* at, const char* end, double& value, bool& hasPoint) {
    static constexpr double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                        1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                        1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    constexpr std::uint64_t mostExact = std::uint64_t{1} << 53U;
    const auto digitOf = [](char c) { return static_cast<unsigned>(static_cast<unsigned char>(c)) - '0'; };
    const bool negative = at != end && *at == '-';
    at += negative ? 1 : 0;
    std::uint64_t digits = 0;
    const char* first = at;
    while (at != end && digitOf(*at) < 10) {
        digits = 10 * digits + digitOf(*at++);
    }
    auto count = at - first;
    std::int64_t power = 0;
    hasPoint = at != end && *at == '.';
    if (hasPoint) {
        const char* point = ++at;
        std::size_t taken = 8;
        if (end - at >= 16) { // seven digits or nine: chosen without a branch, which would be guessed wrong
            const bool more = takeDigits(at, digits) == 8;
            const char* next = at;
            std::uint64_t longer = digits;
            taken = takeDigits(next, longer);
            at = more ? next : at;
            digits = more ? longer : digits;
            taken = more ? taken : 0;
        }
        while (taken == 8 && end - at >= 8) {
            taken = takeDigits(at, digits);
        }
        while (at != end && digitOf(*at) < 10) {
            digits = 10 * digits + digitOf(*at++);
        }
        count += at - point;
        power = point - at;
    }
    if (count == 0 || count > 19) {
        return nullptr;
    }
    if (at != end && (*at == 'e' || *at == 'E')) {
        ++at;
        const bool down = at != end && *at == '-';
        at += at != end && (*at == '-' || *at == '+') ? 1 : 0;
        const char* exponentStart = at;
        std::int64_t exponent = 0;
        while (at != end && digitOf(*at) < 10 && at - exponentStart < 6) {
            exponent = 10 * exponent + digitOf(*at++);
        }
        if (at == exponentStart) {
            return nullptr;
        }
        hasPoint = hasPoint || down;
        power += down ? -exponent : exponent;
    }
    if (digits > mostExact || power < -22 || power > 22) {
        if (!roundWide(digits, power, value)) {
            return nullptr;
        }
        value = withSign(value, negative);
        return at;
    }
    const auto whole = static_cast<double>(digits);
    const double size = power < 0 ? whole / powers[-power] : whole * powers[power];
    value = withSign(size, negative);
    return at;
}

} // namespace penumbra::io
