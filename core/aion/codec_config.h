#pragma once

#include "core/aion/modality.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace penumbra::aion {

/// codecs/NAME/config.json. Defaults are the reference's constructor defaults; what has none is required.
struct ImageCodecConfig {
    std::vector<std::int64_t> levels; ///< of each latent channel (FSQ)
    std::int64_t hidden = 512, projection = 54, compressions = 2, consecutive = 4;
    double rangeCompression = 0.01, multiplier = 10.0;

    std::int64_t firstWidth() const { return hidden >> compressions; }
    std::int64_t gridSide() const { return imagePixels >> compressions; } ///< 24
    static constexpr std::int64_t imagePixels = 96;
    static constexpr std::int64_t bandCount = 9;
};

struct SpectrumCodecConfig {
    std::vector<std::int64_t> encoderDepths{3, 3, 9, 3}, encoderDims{96, 192, 384, 768};
    std::vector<std::int64_t> decoderDepths{3, 3, 9, 3}, decoderDims{384, 192, 96, 1};
    std::int64_t pixels = 8704, latentChannels = 512, codeBits = 10, codebookSize = 1024;
    std::optional<double> clipIvar = 100.0, clipFlux;
    double inputScaling = 0.2;
};

struct ScalarCodecConfig {
    std::int64_t codebookSize = 1024;
    double minLogValue = -3.0; ///< natural logarithm; log codecs only
};

/// Several numbers, each with a code book of its own (Gaia XP coefficients). The functions are torch's names,
/// applied one after the other, those of the way back from the last to the first.
struct ScalarListCodecConfig {
    std::int64_t codebookSize = 1024, quantizers = 55;
    std::vector<std::string> compression, decompression;
};

/// A map of numbers in 0..1 (segmentation maps).
struct FieldCodecConfig {
    std::int64_t width = 512;        ///< channels inside the encoder
    std::int64_t decoderWidth = 512; ///< and the decoder
    std::int64_t residualWidth = 64, residualLayers = 2, downsamples = 3;
    std::vector<std::int64_t> levels{8, 5, 5, 5};
    double extension = 0.0; ///< the sigmoid is stretched by so much on both sides, then clipped

    static constexpr std::int64_t fieldPixels = 96;
    std::int64_t gridSide() const { return fieldPixels >> downsamples; } ///< 12
};

/// The JSON object in a file. @throws Error naming the file.
nlohmann::json readJsonObject(const std::filesystem::path& path);

/// One key of a config file, checked. @throws Error naming file, key, what was found and what is wanted.
class ConfigReader {
public:
    explicit ConfigReader(const std::filesystem::path& path);
    ~ConfigReader();
    bool has(const char* key) const; ///< present and not null
    bool isNull(const char* key) const;
    std::int64_t integer(const char* key, std::optional<std::int64_t> absent, std::int64_t lowest,
                         std::int64_t highest) const;
    double real(const char* key, std::optional<double> absent) const;
    bool flag(const char* key, std::optional<bool> absent) const;
    std::string text(const char* key) const;
    std::vector<std::string> texts(const char* key) const;
    std::vector<std::int64_t> integers(const char* key, std::optional<std::vector<std::int64_t>> absent,
                                       std::int64_t lowest, std::int64_t highest) const;
    [[noreturn]] void refuse(const char* key, const std::string& wanted) const;

private:
    const nlohmann::json* value(const char* key, bool optional) const;
    std::filesystem::path path_;
    std::unique_ptr<nlohmann::json> json_;
};

ImageCodecConfig readImageCodecConfig(const std::filesystem::path& path);
SpectrumCodecConfig readSpectrumCodecConfig(const std::filesystem::path& path);
ScalarCodecConfig readScalarCodecConfig(const std::filesystem::path& path);
ScalarListCodecConfig readScalarListCodecConfig(const std::filesystem::path& path);
FieldCodecConfig readFieldCodecConfig(const std::filesystem::path& path);
/// Of the codec of objects: the number that stands where there is no object.
std::int32_t readObjectMaskValue(const std::filesystem::path& path);

} // namespace penumbra::aion
