#pragma once

#include "core/aion/galaxy_batch.h"
#include "core/catalogue/pixel_reader.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace penumbra::workflow {

inline constexpr std::size_t cropPixels = 96; ///< of an image: what AION's tokenizers look at (spec 5.2)

bool isHsc(const std::string& band); ///< else of the Legacy Survey

/// A batch of one galaxy with one measurement, for the tokenizer `key` ("tok_image", "tok_spectrum_desi"
/// ...).
aion::GalaxyBatch batchOf(const Cutout& cutout, std::string_view key);
aion::GalaxyBatch batchOf(const ObservedSpectrum& spectrum, std::string_view key);
aion::GalaxyBatch batchOf(std::span<const float> values, std::string_view key);

} // namespace penumbra::workflow
