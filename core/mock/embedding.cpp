#include "core/mock/embedding.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace penumbra::mock {

EmbeddingModel::EmbeddingModel(std::size_t width, double noise, std::uint64_t seed)
    : width_(width), noise_(noise), inner_(units * (latent + 1)), outer_(units * width) {
    constexpr std::uint64_t weightStream = 0xe3bedd00ULL; // apart from every galaxy's stream
    Rng rng(seed, weightStream);
    for (double& weight : inner_)
        weight = 0.55 * rng.normal();
    for (float& weight : outer_)
        weight = static_cast<float>(rng.normal() / std::sqrt(static_cast<double>(units) * 0.35));
}

void EmbeddingModel::embed(const Galaxy& g, double rMagnitude, Rng& rng, std::span<float> out) const {
    const std::array<double, latent> u{(g.redshift - 0.18) / 0.11,
                                       (g.logMass - 10.6) / 0.65,
                                       (g.ageGyr - 6.0) / 2.2,
                                       (g.logMetallicity + 0.02) / 0.25,
                                       (g.logSsfr + 10.9) / 1.0,
                                       (g.dustAv - 0.35) / 0.35,
                                       std::log10(g.halfLightArcsec / 1.8) / 0.3,
                                       (g.sersicIndex - 2.3) / 1.6,
                                       (rMagnitude - 18.3) / 1.2};
    std::fill(out.begin(), out.end(), 0.0F);
    for (std::size_t k = 0; k < units; ++k) {
        const double* weights = &inner_[k * (latent + 1)];
        double sum = weights[latent];
        for (std::size_t j = 0; j < latent; ++j)
            sum += weights[j] * u[j];
        const auto activation = static_cast<float>(std::tanh(sum));
        const float* row = &outer_[k * width_];
        for (std::size_t j = 0; j < width_; ++j)
            out[j] += activation * row[j];
    }
    const double faint = std::pow(10.0, 0.2 * (std::clamp(rMagnitude, 14.0, 22.0) - 19.5));
    for (float& value : out)
        value += static_cast<float>(noise_ * (0.5 + faint) * rng.normal());
}

} // namespace penumbra::mock
