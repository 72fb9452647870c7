#pragma once

#include <cstdint>
#include <string_view>

namespace penumbra {

/// A number that depends on the study's seed and a name only: a network keeps its seed whatever else is
/// trained.
std::uint64_t derivedSeed(std::uint64_t studySeed, std::string_view name);

/// Of all that judges a study: its resamples and the worlds of its oracle bands, in tables and figures.
std::uint64_t scoringSeed(std::uint64_t studySeed);

} // namespace penumbra
