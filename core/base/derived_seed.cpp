#include "core/base/derived_seed.h"

#include "core/base/fingerprint.h"
#include "core/base/rng.h"

namespace penumbra {

std::uint64_t derivedSeed(std::uint64_t studySeed, std::string_view name) {
    Fingerprint print;
    print.add(name.data(), name.size());
    return Rng(studySeed, print.value()).next();
}

std::uint64_t scoringSeed(std::uint64_t studySeed) {
    return derivedSeed(studySeed, "bootstrap");
}

} // namespace penumbra
