#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace penumbra {

/// 64-bit FNV-1a, fed piece by piece: provenance and cache keys, not cryptography.
class Fingerprint {
public:
    void add(const void* data, std::size_t bytes) {
        const auto* at = static_cast<const unsigned char*>(data);
        for (std::size_t i = 0; i < bytes; ++i)
            value_ = (value_ ^ at[i]) * 0x100000001b3ULL;
    }
    void add(std::string_view text) { ///< its length goes along, so that "ab" + "c" is not "a" + "bc"
        add(text.data(), text.size());
        addNumber(text.size());
    }
    void addNumber(std::uint64_t number) { add(&number, sizeof number); }

    std::uint64_t value() const { return value_; }
    std::string text() const { ///< 16 hex digits
        static constexpr char digits[] = "0123456789abcdef";
        std::string hex(16, '0');
        for (unsigned i = 0; i < 16; ++i)
            hex[i] = digits[(value_ >> (60U - 4U * i)) & 15U];
        return hex;
    }

private:
    std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

/// The fingerprint of a text's bytes alone, as 16 hex digits.
inline std::string hashText(std::string_view text) {
    Fingerprint print;
    print.add(text.data(), text.size());
    return print.text();
}

} // namespace penumbra
