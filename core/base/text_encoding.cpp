// UTF-8, and what old files hold instead of it.

#include "core/base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace penumbra {

namespace {

/// Code points of the bytes 80 to 9F in Windows-1252; five of them are unassigned and stand for themselves.
constexpr std::array<std::uint16_t, 32> windows1252 = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178};

bool isContinuation(unsigned char byte) {
    return (byte & 0xc0U) == 0x80U;
}

/// Bytes of the well-formed sequence at the start of `text` (Unicode, table 3-7); 0 if there is none.
std::size_t sequenceLength(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80)
        return 1;
    const std::size_t length = lead >= 0xc2 && lead <= 0xdf   ? 2
                               : lead >= 0xe0 && lead <= 0xef ? 3
                               : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                              : 0;
    if (length == 0 || text.size() < length)
        return 0;
    for (std::size_t i = 1; i < length; ++i)
        if (!isContinuation(byte(i)))
            return 0;
    const unsigned char second = byte(1); // no overlong forms, no surrogates, nothing beyond U+10FFFF
    const bool wrong = (lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
                       (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f);
    return wrong ? 0 : length;
}

constexpr std::uint32_t replacement = 0xfffd;

bool isHighHalf(std::uint32_t unit) {
    return unit >= 0xd800 && unit < 0xdc00;
}

bool isLowHalf(std::uint32_t unit) {
    return unit >= 0xdc00 && unit < 0xe000;
}

} // namespace

bool isAscii(std::string_view text) {
    std::uint64_t all = 0;
    std::size_t i = 0;
    for (; i + 32 <= text.size(); i += 32) {
        std::uint64_t words[4];
        std::memcpy(words, text.data() + i, sizeof words);
        all |= words[0] | words[1] | words[2] | words[3];
    }
    for (; i < text.size(); ++i)
        all |= static_cast<unsigned char>(text[i]);
    return (all & 0x8080808080808080U) == 0;
}

bool isUtf8(std::string_view text) {
    if (isAscii(text))
        return true;
    while (!text.empty()) {
        const std::size_t length = sequenceLength(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string_view firstBytes(std::string_view text, std::size_t most) {
    if (text.size() <= most)
        return text;
    constexpr std::size_t mostContinuations = 3; // of a character; more are no UTF-8, and cut anywhere
    for (std::size_t back = 0; back <= std::min(most, mostContinuations); ++back)
        if (!isContinuation(static_cast<unsigned char>(text[most - back])))
            return text.substr(0, most - back);
    return text.substr(0, most);
}

void appendUtf8(std::string& text, std::uint32_t codePoint) {
    const auto put = [&](std::uint32_t byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (codePoint < 0x80U) {
        put(codePoint);
    } else if (codePoint < 0x800U) {
        put(0xc0U | (codePoint >> 6U));
        put(0x80U | (codePoint & 0x3fU));
    } else if (codePoint < 0x10000U) {
        put(0xe0U | (codePoint >> 12U));
        put(0x80U | ((codePoint >> 6U) & 0x3fU));
        put(0x80U | (codePoint & 0x3fU));
    } else {
        put(0xf0U | (codePoint >> 18U));
        put(0x80U | ((codePoint >> 12U) & 0x3fU));
        put(0x80U | ((codePoint >> 6U) & 0x3fU));
        put(0x80U | (codePoint & 0x3fU));
    }
}

void appendUtf16(std::string& text, std::string_view& bytes, bool bigEndian) {
    const auto unit = [&](std::size_t at) -> std::uint32_t {
        const auto first = static_cast<unsigned char>(bytes[at]),
                   second = static_cast<unsigned char>(bytes[at + 1]);
        return bigEndian ? first * 256U + second : second * 256U + first;
    };
    while (bytes.size() >= 2) {
        const std::uint32_t first = unit(0);
        if (isHighHalf(first) && bytes.size() < 4)
            return;
        const std::uint32_t second = isHighHalf(first) ? unit(2) : 0;
        const bool paired = isLowHalf(second);
        const bool alone = !paired && (isHighHalf(first) || isLowHalf(first));
        appendUtf8(text, paired  ? 0x10000U + ((first - 0xd800U) << 10U) + (second - 0xdc00U)
                         : alone ? replacement
                                 : first);
        bytes.remove_prefix(paired ? 4 : 2);
    }
}

std::string toUtf8(std::string_view bytes) {
    if (isUtf8(bytes))
        return std::string(bytes);
    std::string text;
    text.reserve(bytes.size() + bytes.size() / 4);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        appendUtf8(text, byte >= 0x80 && byte < 0xa0 ? windows1252[byte - 0x80U] : byte);
    }
    return text;
}

} // namespace penumbra
