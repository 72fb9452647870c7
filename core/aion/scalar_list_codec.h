#pragma once

#include "core/aion/codec_config.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace penumbra::aion {

/// Several numbers of one object, each with a code book of its own, after functions that tame their range
/// (Gaia XP coefficients; spec 2, 2.2).
class ScalarListCodec {
public:
    /// @throws Error naming file, key and shape, and for a function that is not known here.
    static ScalarListCodec load(const std::filesystem::path& folder);

    std::size_t size() const { return books_.size(); } ///< numbers an object
    float compress(float value) const;
    /// @param values [size()] @returns [size()] tokens. @throws Error for another count
    std::vector<std::int32_t> encode(std::span<const float> values) const;
    std::vector<float> decode(std::span<const std::int32_t> tokens) const;

private:
    using Function = float (*)(float);
    std::vector<Function> compression_, decompression_; ///< in the order they are applied
    std::vector<std::vector<float>> books_;
};

} // namespace penumbra::aion
