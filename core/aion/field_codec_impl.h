#pragma once

// Internal: sees torch.
#include "core/aion/layers_impl.h"
#include "core/aion/quantizer.h"

#include <filesystem>
#include <span>
#include <vector>

namespace penumbra::aion {

/// Maps of numbers in 0..1 to tokens and back: strided convolutions, residual layers with batch norm, FSQ
/// (spec 2, 2.4).
class FieldCodec {
public:
    /// @throws Error naming file, key, shape.
    FieldCodec(const std::filesystem::path& folder, bool encoder, bool decoder, at::Device device);

    const FieldCodecConfig& config() const { return config_; }
    const FiniteScalarQuantizer& quantizer() const { return quantizer_; }
    /// The central 96 x 96 of a map [height, width]. @throws Error for smaller ones
    static std::vector<float> crop(std::span<const float> field, std::size_t height, std::size_t width);
    /// @param fields [B, 96, 96] @returns [B, channels, positions] before quantisation
    at::Tensor latent(const at::Tensor& fields) const;
    /// @param codes [B, channels, side, side] @returns [B, 96, 96] before the sigmoid
    at::Tensor expand(const at::Tensor& codes) const;
    /// Sigmoid, stretched by the extension on both sides and clipped to 0..1.
    static float activate(float value, double extension);
    at::Device device() const { return device_; }

private:
    struct Layer {
        at::Tensor weight, bias;
    };
    struct Residual {
        Layer wide, point;
        at::Tensor scale, shift; ///< of the batch norm between them
    };
    static Layer layer(const Weights& weights, const std::string& prefix);
    std::vector<Residual> residuals(const Weights& weights, const std::string& prefix) const;
    static at::Tensor through(const std::vector<Residual>& units, at::Tensor x);

    FieldCodecConfig config_;
    FiniteScalarQuantizer quantizer_;
    at::Device device_;
    std::vector<Layer> down_, up_; ///< up_ after the residual layers
    std::vector<Residual> encoderUnits_, decoderUnits_;
    Layer encoderLast_, toCodes_, fromCodes_, decoderFirst_;
};

} // namespace penumbra::aion
