#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace penumbra::aion {

/// Finite scalar quantisation (Mentzer et al. 2023, arXiv:2309.15505): each latent channel is squashed and
/// rounded to one of its levels; the first channel is the least significant digit (spec 5.2).
class FiniteScalarQuantizer {
public:
    explicit FiniteScalarQuantizer(std::vector<std::int64_t> levels);
    std::size_t channels() const { return levels_.size(); }
    std::int64_t codes() const; ///< product of the levels
    /// The squashed value before rounding.
    float bound(std::size_t channel, float latent) const;
    /// @param latent [channels, positions] @returns [positions]
    std::vector<std::int32_t> encode(std::span<const float> latent) const;
    /// @returns [channels, positions] in -1..1. @throws Error for a token that is no code.
    std::vector<float> decode(std::span<const std::int32_t> tokens) const;

private:
    struct Bound {
        float half, offset, shift;
    };
    std::vector<std::int64_t> levels_;
    std::vector<Bound> bounds_;
};

/// Lookup-free quantisation (Yu et al. 2024, arXiv:2310.05737): the sign of each channel is a bit (spec 6.1).
class SignQuantizer {
public:
    explicit SignQuantizer(std::vector<std::int64_t> weights); ///< of each channel's bit, from the file
    std::size_t channels() const { return weights_.size(); }
    std::vector<std::int32_t>
    encode(std::span<const float> latent) const; ///< [channels, positions] -> [positions]
    std::vector<float> decode(std::span<const std::int32_t> tokens) const; ///< [channels, positions], -1 or 1

private:
    std::vector<std::int64_t> weights_;
};

} // namespace penumbra::aion
