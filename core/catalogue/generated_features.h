#pragma once

#include "core/catalogue/catalogue.h"

namespace penumbra {

/// Posteriors, bands and tokens that generate wrote: answers of a model, no inputs to learn from. Never taken
/// unasked.
inline bool isGenerated(const FeatureInfo& info) {
    return info.attributes.contains("bin_upper_edges") || info.attributes.contains("draws");
}

} // namespace penumbra
