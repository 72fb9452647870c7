#pragma once

#include "core/aion/codec_config.h"
#include "core/aion/modality.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace penumbra::aion {

/// Number of entries strictly below the value; NaN is above all (torch.bucketize).
std::int32_t lowerBound(std::span<const float> ascending, float value);

/// One number to one token by a code book (spec 7). The book comes from the file.
class ScalarCodec {
public:
    ScalarCodec(ModalityKind kind, double minLogValue, std::vector<float> codebook);
    /// @throws Error naming file, key and shape.
    static ScalarCodec load(const std::filesystem::path& folder, ModalityKind kind);

    std::int32_t encode(float value) const;
    float decode(std::int32_t token) const; ///< @throws Error for a token outside of the book
    std::size_t size() const { return codebook_.size(); }

private:
    ModalityKind kind_;
    float floor_; ///< log codecs: exp(min_log_value), rounded to float32 as in training
    std::vector<float> codebook_;
};

} // namespace penumbra::aion
