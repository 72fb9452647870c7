#pragma once

// Internal: sees torch.
#include "core/aion/layers_impl.h"
#include "core/aion/quantizer.h"

#include <filesystem>
#include <span>
#include <vector>

namespace penumbra::aion {

/// Linear interpolation as the reference does it (spec 6.1 step 5): 0 outside of x. x must increase.
void interpolate(std::span<const float> x, std::span<const float> y, std::span<const float> wanted,
                 std::span<float> out);

/// One spectrum made ready for the network. All on the CPU.
struct PreparedSpectrum {
    std::int32_t normalizationToken = 0;
    float normalization = 0.0F; ///< log10(mean flux + 1), as quantised
};

struct ConvNextBlock {
    at::Tensor depthwise, depthwiseBias; ///< [C, 1, 1, 7] channels last
    Norm norm;
    Linear expand, contract;
    at::Tensor gamma; ///< [4C]
    ConvNextBlock(const Weights& weights, const std::string& prefix);
    at::Tensor operator()(const at::Tensor& x) const; ///< [B, N, C]
};

/// A convolution whose step is its width, as a linear layer on groups of pixels; before or after a norm.
struct Resample {
    Linear linear;
    Norm norm;
    std::int64_t factor = 1;
    bool up = false, normFirst = false;
    at::Tensor operator()(at::Tensor x) const; ///< [B, N, C] -> [B, N / factor or N factor, C']
};

/// Spectra to tokens and back: regridding, ConvNeXt V2 (Woo et al. 2023), one bit a channel (spec 6).
class SpectrumCodec {
public:
    SpectrumCodec(const std::filesystem::path& folder, bool encoder, bool decoder, at::Device device);

    const SpectrumCodecConfig& config() const { return config_; }
    const SignQuantizer& quantizer() const { return quantizer_; }
    std::span<const float> grid() const { return grid_; } ///< Angstrom
    std::span<const float> buckets() const { return buckets_; }

    /// @param out [2, pixels of the grid]: flux and its inverse error, before asinh
    PreparedSpectrum prepare(std::span<const float> flux, std::span<const float> ivar,
                             std::span<const std::uint8_t> mask, std::span<const float> wavelength,
                             std::span<float> out) const;
    /// @param input [B, 2, pixels] @returns [B, bits, positions] before quantisation
    at::Tensor latent(const at::Tensor& input) const;
    /// @param codes [B, bits, positions] of -1 and 1 @returns [B, 1 or 2, pixels]
    at::Tensor expand(const at::Tensor& codes) const;
    at::Device device() const { return device_; }
    /// max(10^q - 1, 0.1): what flux is divided by.
    static float scaleOf(float normalization);

private:
    SpectrumCodecConfig config_;
    SignQuantizer quantizer_;
    at::Device device_;
    std::vector<float> grid_, buckets_;
    std::vector<Resample> down_, up_;
    std::vector<std::vector<ConvNextBlock>> encoder_, decoder_;
    Norm encoderNorm_, codeNorm_;
    Linear toCodes_, fromCodes_;
};

} // namespace penumbra::aion
