#pragma once

#include "core/eval/exchangeability.h"

#include <cstdint>

namespace penumbra::workflow {

/// Small networks of the trainer that learn to tell two groups of galaxies apart, interactions included.
GroupLearner networkGroupLearner(std::uint64_t seed);

} // namespace penumbra::workflow
