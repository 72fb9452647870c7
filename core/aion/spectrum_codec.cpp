#include "core/aion/scalar_codec.h"
#include "core/aion/spectrum_codec_impl.h"
#include "core/base/error.h"

#include <ATen/ops/asinh.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/matmul.h>
#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::aion {

namespace {

std::vector<std::int64_t> readBits(const io::SafetensorsFile& file, const SpectrumCodecConfig& config) {
    if (const io::TensorEntry* entry = findWeight(file, spectrumCodecWeights(config, false, false)[0]))
        return file.integers(entry->name, entry->shape);
    std::vector<std::int64_t> bits; // first channel most significant
    for (std::int64_t c = config.codeBits - 1; c >= 0; --c)
        bits.push_back(std::int64_t{1} << c);
    return bits;
}

/// NaN to 0, infinities to the largest number, as torch.nan_to_num.
float finite(float value) {
    if (std::isnan(value))
        return 0.0F;
    constexpr float largest = std::numeric_limits<float>::max();
    return std::clamp(value, -largest, largest);
}

std::vector<ConvNextBlock> stage(const Weights& weights, const std::string& prefix, std::int64_t depth) {
    std::vector<ConvNextBlock> blocks;
    for (std::int64_t b = 0; b < depth; ++b)
        blocks.emplace_back(weights, prefix + "." + std::to_string(b));
    return blocks;
}

Resample resample(const Weights& weights, const std::string& prefix, bool up, bool first) {
    const std::string convolution = prefix + (first ? ".0" : ".1"), norm = prefix + (first ? ".1" : ".0");
    Resample r;
    r.up = up;
    r.normFirst = !first;
    r.norm = Norm(weights, norm, 1e-6);
    r.linear = Linear(weights, convolution);
    const at::Tensor w = r.linear.weight; // down [out, in, k], up [in, out, k]
    r.factor = w.size(2);
    if (up) {
        r.linear.weight = w.permute({2, 1, 0}).reshape({r.factor * w.size(1), w.size(0)}).contiguous();
        r.linear.bias = r.linear.bias.repeat({r.factor});
    } else {
        r.linear.weight = w.permute({0, 2, 1}).reshape({w.size(0), r.factor * w.size(1)}).contiguous();
    }
    r.linear.pack();
    return r;
}

/// A convolution of width 1 as a linear layer.
Linear pointwise(const Weights& weights, const std::string& prefix) {
    Linear linear(weights, prefix);
    linear.weight = linear.weight.squeeze(2);
    return linear;
}

} // namespace

void interpolate(std::span<const float> x, std::span<const float> y, std::span<const float> wanted,
                 std::span<float> out) {
    const auto last = static_cast<std::int64_t>(x.size()) - 2;
    std::size_t below = 0; // number of x strictly below the wanted one; wanted mostly ascends
    for (std::size_t j = 0; j < wanted.size(); ++j) {
        const float t = wanted[j];
        if (!(t >= x.front() && t <= x.back())) {
            out[j] = 0.0F;
            continue;
        }
        if (below > 0 && !(x[below - 1] < t))
            below = 0;
        while (below < x.size() && x[below] < t)
            ++below;
        const auto i =
            static_cast<std::size_t>(std::clamp<std::int64_t>(static_cast<std::int64_t>(below) - 1, 0, last));
        const float slope = (y[i] - y[i + 1]) / (x[i] - x[i + 1]);
        out[j] = y[i] + (t - x[i]) * slope;
    }
}

ConvNextBlock::ConvNextBlock(const Weights& weights, const std::string& prefix)
    : depthwise(
          weights.at(prefix + ".dwconv.weight").unsqueeze(2).contiguous(at::MemoryFormat::ChannelsLast)),
      depthwiseBias(weights.at(prefix + ".dwconv.bias")), norm(weights, prefix + ".norm", 1e-6),
      expand(weights, prefix + ".pwconv1"), contract(weights, prefix + ".pwconv2"),
      gamma(weights.at(prefix + ".grn.gamma").flatten()) {
    // What the response normalisation adds passes through the last layer once and for all.
    contract.bias = contract.bias + at::matmul(contract.weight, weights.at(prefix + ".grn.beta").flatten());
    expand.pack();
    contract.pack();
}

at::Tensor ConvNextBlock::operator()(const at::Tensor& x) const {
    // [B, N, C] in memory is a channels-last image of one row.
    const at::Tensor image = x.unsqueeze(1).permute({0, 3, 1, 2});
    at::Tensor y = at::conv2d(image, depthwise, depthwiseBias, at::IntArrayRef{1, 1}, at::IntArrayRef{0, 3},
                              at::IntArrayRef{1, 1}, x.size(2));
    y = norm(y.permute({0, 2, 3, 1}).squeeze(1));
    y = expand(y);
    at::gelu_(y);
    // Global response normalisation: gamma (y r) + beta + y.
    const at::Tensor length = at::linalg_vector_norm(y, 2, at::OptionalIntArrayRef({1}), true);
    const at::Tensor response = length / (length.mean(-1, true) + 1e-6);
    y.mul_(response * gamma + 1.0); // beta is in the bias
    return contract(y).add_(x);
}

at::Tensor Resample::operator()(at::Tensor x) const {
    if (normFirst)
        x = norm(x);
    if (up) {
        x = linear(x);
        x = x.view({x.size(0), x.size(1) * factor, x.size(2) / factor});
    } else {
        x = linear(x.contiguous().view({x.size(0), x.size(1) / factor, x.size(2) * factor}));
    }
    return normFirst ? x : norm(x);
}

SpectrumCodec::SpectrumCodec(const std::filesystem::path& folder, bool encoder, bool decoder,
                             at::Device device)
    : config_(readSpectrumCodecConfig(folder / "config.json")),
      quantizer_(readBits(io::SafetensorsFile(folder / "model.safetensors"), config_)), device_(device) {
    const io::SafetensorsFile file(folder / "model.safetensors");
    grid_ = file.floats("latent_grid._wavelength", {1, config_.pixels});
    buckets_ = file.floats("normalization_quantizer.buckets", {config_.codebookSize});
    WeightList list = spectrumCodecWeights(config_, encoder, decoder);
    std::erase_if(list, [](const WeightSpec& spec) { return spec.role == WeightSpec::Role::Constant; });
    const Weights weights(file, list, device, at::kFloat);
    for (std::size_t s = 0; s < 4; ++s) {
        const std::string number = std::to_string(s);
        if (encoder) {
            down_.push_back(resample(weights, "encoder.downsample_layers." + number, false, s == 0));
            encoder_.push_back(stage(weights, "encoder.stages." + number, config_.encoderDepths[s]));
        }
        if (decoder) {
            up_.push_back(resample(weights, "decoder.upsample_layers." + number, true, s == 0));
            decoder_.push_back(stage(weights, "decoder.stages." + number, config_.decoderDepths[s]));
        }
    }
    if (encoder) {
        encoderNorm_ = Norm(weights, "encoder.norm", 1e-6);
        codeNorm_ = Norm(weights, "pre_quant_norm", 1e-5);
        toCodes_ = pointwise(weights, "quant_conv");
    }
    if (decoder)
        fromCodes_ = pointwise(weights, "post_quant_conv");
}

float SpectrumCodec::scaleOf(float normalization) {
    return std::max(std::pow(10.0F, normalization) - 1.0F, 0.1F);
}

PreparedSpectrum SpectrumCodec::prepare(std::span<const float> flux, std::span<const float> ivar,
                                        std::span<const std::uint8_t> mask, std::span<const float> wavelength,
                                        std::span<float> out) const {
    std::vector<float> clean(flux.size()), inverseError(flux.size());
    double sum = 0.0;
    std::size_t good = 0;
    for (std::size_t i = 0; i < flux.size(); ++i) {
        clean[i] = finite(flux[i]);
        if (config_.clipFlux)
            clean[i] = std::clamp(clean[i], -static_cast<float>(*config_.clipFlux),
                                  static_cast<float>(*config_.clipFlux));
        float weight = std::max(finite(ivar[i]), 0.0F);
        if (config_.clipIvar)
            weight = std::min(weight, static_cast<float>(*config_.clipIvar));
        inverseError[i] = std::sqrt(weight);
        if (mask.empty() || mask[i] == 0) {
            sum += static_cast<double>(clean[i]);
            ++good;
        }
    }
    const float mean = std::max(static_cast<float>(sum / (static_cast<double>(good) + 1.0)), 0.1F);
    PreparedSpectrum prepared;
    const auto top = static_cast<std::int32_t>(buckets_.size()) - 1;
    prepared.normalizationToken = std::min(lowerBound(buckets_, std::log10(mean + 1.0F)), top);
    prepared.normalization = buckets_[static_cast<std::size_t>(prepared.normalizationToken)];
    const float scale = scaleOf(prepared.normalization), input = static_cast<float>(config_.inputScaling);
    for (std::size_t i = 0; i < clean.size(); ++i) {
        clean[i] = (clean[i] / scale - 1.0F) * input;
        inverseError[i] = inverseError[i] / scale * input;
    }
    interpolate(wavelength, clean, grid_, out.first(grid_.size()));
    interpolate(wavelength, inverseError, grid_, out.subspan(grid_.size()));
    return prepared;
}

at::Tensor SpectrumCodec::latent(const at::Tensor& input) const {
    at::Tensor x = at::asinh(input.to(device_)).transpose(1, 2).contiguous();
    for (std::size_t s = 0; s < down_.size(); ++s) {
        x = down_[s](x);
        for (const ConvNextBlock& block : encoder_[s])
            x = block(x);
    }
    return toCodes_(codeNorm_(encoderNorm_(x))).transpose(1, 2);
}

at::Tensor SpectrumCodec::expand(const at::Tensor& codes) const {
    at::Tensor x = fromCodes_(codes.to(device_).transpose(1, 2).contiguous());
    for (std::size_t s = 0; s < up_.size(); ++s) {
        x = up_[s](x);
        for (const ConvNextBlock& block : decoder_[s])
            x = block(x);
    }
    return x.transpose(1, 2);
}

} // namespace penumbra::aion
