#pragma once

// Internal: sees torch.
#include "core/aion/layers_impl.h"
#include "core/aion/quantizer.h"

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace penumbra::aion {

/// Channel of the codec's nine, and the value beyond which flux is clamped (spec 5.1).
struct ImageBand {
    const char* name;
    std::int64_t channel;
    float clamp;
};
/// @throws Error listing the bands there are.
const ImageBand& imageBand(const std::string& name);

/// Cut to 96 x 96, clamped, scaled to the Legacy Survey's zero point and range-compressed. All on the CPU.
/// @param flux [bands, height, width] @returns [bands, 96, 96]
std::vector<float> compressImage(std::span<const float> flux, std::span<const std::string> bands,
                                 std::size_t height, std::size_t width, const ImageCodecConfig& config);

struct Convolution {
    at::Tensor weight, bias;
    std::int64_t stride = 1, padding = 0;
    Convolution() = default;
    Convolution(const Weights& weights, const std::string& prefix, std::int64_t stepPixels = 1);
    at::Tensor operator()(const at::Tensor& x) const;
};

struct ResidualUnit {
    Convolution wide, point, key, squeeze, expand;
    ResidualUnit(const Weights& weights, const std::string& prefix);
    at::Tensor operator()(const at::Tensor& x) const;
};

/// Images to tokens and back: subsampled projection of the bands that are there, MagViT encoder, FSQ.
class ImageCodec {
public:
    /// @throws Error naming file, key, shape.
    ImageCodec(const std::filesystem::path& folder, bool encoder, bool decoder, at::Device device);

    const ImageCodecConfig& config() const { return config_; }
    const FiniteScalarQuantizer& quantizer() const { return quantizer_; }
    /// Before quantisation. @param compressed [B, bands, 96, 96] @returns [B, channels, 576]
    at::Tensor latent(const at::Tensor& compressed, std::span<const std::string> bands) const;
    /// @param codes [B, channels, 24, 24] @returns all nine bands before the inverse of the range compression
    at::Tensor expand(const at::Tensor& codes) const;
    /// [B, positions] tokens of the latent.
    std::vector<std::int32_t> tokens(const at::Tensor& latent) const;
    /// @param tokens [B, 576] @returns [B, bands, 96, 96] nanomaggies
    std::vector<float> reconstruct(std::span<const std::int32_t> tokens,
                                   std::span<const std::string> bands) const;
    at::Device device() const { return device_; }

private:
    using Layers = std::vector<std::vector<ResidualUnit>>; ///< lists of units between the convolutions

    ImageCodecConfig config_;
    FiniteScalarQuantizer quantizer_;
    at::Device device_;
    Linear projectIn_, projectOut_;
    Convolution encoderIn_, encoderLast_, toCodes_;
    std::vector<Convolution> down_;
    Layers encoderUnits_;
    Norm encoderNorm_;
    Convolution fromCodes_, decoderFirst_, decoderOut_;
    std::vector<Convolution> up_;
    Layers decoderUnits_;
};

} // namespace penumbra::aion
