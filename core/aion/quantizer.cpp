#include "core/aion/quantizer.h"

#include "core/base/error.h"

#include <cmath>

namespace penumbra::aion {

FiniteScalarQuantizer::FiniteScalarQuantizer(std::vector<std::int64_t> levels) : levels_(std::move(levels)) {
    for (const std::int64_t level : levels_) {
        const float half = static_cast<float>(level - 1) * (1.0F + 1e-3F) / 2.0F;
        const float offset = level % 2 == 1 ? 0.0F : 0.5F;
        bounds_.push_back({half, offset, std::atanh(offset / half)});
    }
}

std::int64_t FiniteScalarQuantizer::codes() const {
    std::int64_t product = 1;
    for (const std::int64_t level : levels_)
        product *= level;
    return product;
}

float FiniteScalarQuantizer::bound(std::size_t channel, float latent) const {
    const Bound& b = bounds_[channel];
    return std::tanh(latent + b.shift) * b.half - b.offset;
}

std::vector<std::int32_t> FiniteScalarQuantizer::encode(std::span<const float> latent) const {
    const std::size_t positions = latent.size() / levels_.size();
    std::vector<std::int32_t> tokens(positions, 0);
    std::int64_t basis = 1;
    for (std::size_t c = 0; c < levels_.size(); basis *= levels_[c++])
        for (std::size_t i = 0; i < positions; ++i) {
            const auto digit = static_cast<std::int64_t>(std::nearbyint(bound(c, latent[c * positions + i])));
            tokens[i] += static_cast<std::int32_t>((digit + levels_[c] / 2) * basis);
        }
    return tokens;
}

std::vector<float> FiniteScalarQuantizer::decode(std::span<const std::int32_t> tokens) const {
    std::vector<float> values(levels_.size() * tokens.size());
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (tokens[i] < 0 || tokens[i] >= codes())
            throw Error("image token " + std::to_string(tokens[i]) + " is none of the codec's " +
                        std::to_string(codes()) + " codes.");
        std::int64_t rest = tokens[i];
        for (std::size_t c = 0; c < levels_.size(); ++c) {
            const std::int64_t half = levels_[c] / 2;
            values[c * tokens.size() + i] =
                static_cast<float>(rest % levels_[c] - half) / static_cast<float>(half);
            rest /= levels_[c];
        }
    }
    return values;
}

SignQuantizer::SignQuantizer(std::vector<std::int64_t> weights) : weights_(std::move(weights)) {}

std::vector<std::int32_t> SignQuantizer::encode(std::span<const float> latent) const {
    const std::size_t positions = latent.size() / weights_.size();
    std::vector<std::int32_t> tokens(positions, 0);
    for (std::size_t c = 0; c < weights_.size(); ++c)
        for (std::size_t i = 0; i < positions; ++i)
            if (latent[c * positions + i] > 0.0F)
                tokens[i] += static_cast<std::int32_t>(weights_[c]);
    return tokens;
}

std::vector<float> SignQuantizer::decode(std::span<const std::int32_t> tokens) const {
    std::vector<float> values(weights_.size() * tokens.size());
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (tokens[i] < 0 || tokens[i] >= std::int64_t{1} << weights_.size())
            throw Error("spectrum token " + std::to_string(tokens[i]) + " is none of the codec's " +
                        std::to_string(std::int64_t{1} << weights_.size()) + " codes.");
        for (std::size_t c = 0; c < weights_.size(); ++c)
            values[c * tokens.size() + i] = (tokens[i] & weights_[c]) != 0 ? 1.0F : -1.0F;
    }
    return values;
}

} // namespace penumbra::aion
