#include "core/aion/field_codec_impl.h"

#include "core/base/error.h"

#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sqrt.h>
#include <algorithm>
#include <cmath>

namespace penumbra::aion {

FieldCodec::FieldCodec(const std::filesystem::path& folder, bool encoder, bool decoder, at::Device device)
    : config_(readFieldCodecConfig(folder / "config.json")), quantizer_(config_.levels), device_(device) {
    const io::SafetensorsFile file(folder / "model.safetensors");
    WeightList list = fieldCodecWeights(config_, encoder, decoder);
    std::erase_if(list, [](const WeightSpec& spec) { return spec.role == WeightSpec::Role::Constant; });
    const Weights weights(file, list, device, at::kFloat);
    const std::int64_t steps = config_.downsamples;
    if (encoder) {
        for (std::int64_t i = 0; i < steps; ++i)
            down_.push_back(layer(weights, "encoder.net." + std::to_string(2 * i)));
        encoderLast_ = layer(weights, "encoder.net." + std::to_string(2 * steps));
        encoderUnits_ = residuals(weights, "encoder.net." + std::to_string(2 * steps + 1));
        toCodes_ = layer(weights, "encode_proj");
    }
    if (decoder) {
        fromCodes_ = layer(weights, "decode_proj");
        decoderFirst_ = layer(weights, "decoder.net.0");
        decoderUnits_ = residuals(weights, "decoder.net.1");
        for (std::int64_t i = 0; i < steps; ++i)
            up_.push_back(layer(weights, "decoder.net." + std::to_string(3 + 2 * i)));
    }
}

FieldCodec::Layer FieldCodec::layer(const Weights& weights, const std::string& prefix) {
    return {weights.at(prefix + ".weight"), weights.at(prefix + ".bias")};
}

std::vector<FieldCodec::Residual> FieldCodec::residuals(const Weights& weights,
                                                        const std::string& prefix) const {
    constexpr double epsilon = 1e-5; // batch norm's
    std::vector<Residual> units;
    for (std::int64_t j = 0; j < config_.residualLayers; ++j) {
        const std::string unit = prefix + ".net." + std::to_string(j) + ".net", norm = unit + ".2.";
        Residual r;
        r.wide = layer(weights, unit + ".1");
        r.point = layer(weights, unit + ".4");
        r.scale = (weights.at(norm + "weight") / (weights.at(norm + "running_var") + epsilon).sqrt())
                      .view({1, -1, 1, 1});
        r.shift = -weights.at(norm + "running_mean").view({1, -1, 1, 1}) * r.scale;
        if (const at::Tensor bias = weights.find(norm + "bias"); bias.defined())
            r.shift = r.shift + bias.view({1, -1, 1, 1});
        units.push_back(std::move(r));
    }
    return units;
}

at::Tensor FieldCodec::through(const std::vector<Residual>& units, at::Tensor x) {
    for (const Residual& unit : units) {
        const at::Tensor hidden =
            at::conv2d(at::relu(x), unit.wide.weight, unit.wide.bias, 1, 1).mul_(unit.scale).add_(unit.shift);
        x = x + at::conv2d(at::relu(hidden), unit.point.weight, unit.point.bias);
    }
    return x;
}

std::vector<float> FieldCodec::crop(std::span<const float> field, std::size_t height, std::size_t width) {
    constexpr auto side = static_cast<std::size_t>(FieldCodecConfig::fieldPixels);
    if (height < side || width < side)
        throw Error("a map of " + std::to_string(height) + " x " + std::to_string(width) +
                    " pixels is too small; AION reads the central 96 x 96 pixels.");
    const std::size_t top = (height - side) / 2, left = (width - side) / 2;
    std::vector<float> cut;
    for (std::size_t y = 0; y < side; ++y) {
        const auto from = field.begin() + static_cast<std::ptrdiff_t>((top + y) * width + left);
        cut.insert(cut.end(), from, from + static_cast<std::ptrdiff_t>(side));
    }
    return cut;
}

at::Tensor FieldCodec::latent(const at::Tensor& fields) const {
    at::Tensor x = fields.to(device_).unsqueeze(1);
    for (const Layer& step : down_)
        x = at::relu(at::conv2d(x, step.weight, step.bias, 2, 1));
    x = through(encoderUnits_, at::conv2d(x, encoderLast_.weight, encoderLast_.bias, 1, 1));
    return at::conv2d(x, toCodes_.weight, toCodes_.bias).flatten(2);
}

at::Tensor FieldCodec::expand(const at::Tensor& codes) const {
    at::Tensor x = at::conv2d(codes.to(device_), fromCodes_.weight, fromCodes_.bias);
    x = through(decoderUnits_, at::conv_transpose2d(x, decoderFirst_.weight, decoderFirst_.bias, 1, 1));
    for (const Layer& step : up_)
        x = at::conv_transpose2d(at::relu(x), step.weight, step.bias, 2, 1);
    return x.squeeze(1);
}

float FieldCodec::activate(float value, double extension) {
    const double s = 1.0 / (1.0 + std::exp(-static_cast<double>(value)));
    return static_cast<float>(std::clamp((1.0 + 2.0 * extension) * s - extension, 0.0, 1.0));
}

} // namespace penumbra::aion
