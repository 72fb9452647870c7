#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace penumbra {

/// How predicted areas fall on true ones, structure by structure.
struct Overlap {
    std::size_t images = 0, structures = 0;
    std::vector<double> perImage; ///< [images, structures] |both| / |either|; NaN: neither has a pixel
    std::vector<double> mean;     ///< [structures] over images whose truth has the structure; NaN: none has
};

/// Intersection over union of the pixels with a positive logit and those that are true (paper AION-1, 7.3).
/// @param logits, truth [images, structures, pixels]; 1 = true
/// @throws Error if sizes do not fit
Overlap overlapOf(std::span<const double> logits, std::span<const std::uint8_t> truth, std::size_t images,
                  std::size_t structures);

} // namespace penumbra
