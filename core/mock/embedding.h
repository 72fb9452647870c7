#pragma once

#include "core/base/rng.h"
#include "core/mock/population.h"

#include <span>
#include <vector>

namespace penumbra::mock {

/// Stand-in for a foundation model's embedding: a smooth random two-layer function of the latent physics (64
/// tanh units) plus noise that grows for faint galaxies. The function depends on the seed alone, so
/// catalogues of one seed share it.
class EmbeddingModel {
public:
    EmbeddingModel(std::size_t width, double noise, std::uint64_t seed);
    std::size_t width() const { return width_; }
    /// Writes `width` numbers of about unit scale.
    void embed(const Galaxy& galaxy, double rMagnitude, Rng& rng, std::span<float> out) const;

private:
    static constexpr std::size_t latent = 9;
    static constexpr std::size_t units = 64;
    std::size_t width_;
    double noise_;
    std::vector<double> inner_; ///< [units, latent + 1]
    std::vector<float> outer_;  ///< [units, width]
};

} // namespace penumbra::mock
