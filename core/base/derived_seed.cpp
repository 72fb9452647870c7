#include "core/base/derived_seed.h"

#include "core/base/rng.h"

namespace penumbra {

std::uint64_t derivedSeed(std::uint64_t studySeed, std::string_view name) {
    std::uint64_t hash = 0xcbf29ce484222325ull; // FNV-1a
    for (const char c : name)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
    return Rng(studySeed, hash).next();
}

std::uint64_t scoringSeed(std::uint64_t studySeed) {
    return derivedSeed(studySeed, "bootstrap");
}

} // namespace penumbra
