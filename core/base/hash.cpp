#include "core/base/hash.h"

#include <cstdint>

namespace penumbra {

std::string hashText(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325ULL; // offset basis and prime of FNV-1a
    for (const char c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    std::string digits(16, '0');
    for (std::size_t i = 0; i < 16; ++i, hash >>= 4)
        digits[15 - i] = "0123456789abcdef"[hash & 15U];
    return digits;
}

} // namespace penumbra
