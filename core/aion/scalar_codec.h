#pragma once

#include "core/aion/codec_config.h"
#include "core/aion/modality.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace penumbra::io {
class SafetensorsFile;
}

namespace penumbra::aion {

struct WeightSpec;

/// Number of entries strictly below the value; NaN is above all (torch.bucketize).
std::int32_t lowerBound(std::span<const float> ascending, float value);

/// A code book from a file. @throws Error naming file and key where it does not ascend.
std::vector<float> readCodebook(const io::SafetensorsFile& file, const WeightSpec& spec);

/// One number to one token by a code book (spec 7). The book comes from the file.
class ScalarCodec {
public:
    ScalarCodec(ModalityKind kind, double minLogValue, std::vector<float> codebook);
    /// @throws Error naming file, key and shape.
    static ScalarCodec load(const std::filesystem::path& folder, ModalityKind kind);

    std::int32_t encode(float value) const;
    float decode(std::int32_t token) const; ///< @throws Error for a token outside of the book
    std::size_t size() const { return codebook_.size(); }
    ModalityKind kind() const { return kind_; }
    std::span<const float> codebook() const { return codebook_; } ///< of log codecs in natural logarithms

private:
    ModalityKind kind_;
    float floor_; ///< log codecs: exp(min_log_value), rounded to float32 as in training
    std::vector<float> codebook_;
};

} // namespace penumbra::aion
