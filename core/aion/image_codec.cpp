#include "core/aion/image_codec_impl.h"
#include "core/base/error.h"
#include "core/nn/tensors.h"

#include <ATen/ops/bmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/elu.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/pixel_shuffle.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/sinh.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <algorithm>
#include <cmath>

namespace penumbra::aion {

namespace {

constexpr ImageBand bandTable[] = {
    {"HSC-G", 0, 80.0F},  {"HSC-R", 1, 110.0F}, {"HSC-I", 2, 200.0F},
    {"HSC-Z", 3, 330.0F}, {"HSC-Y", 4, 500.0F}, {"DES-G", 5, 6.0F},
    {"DES-R", 6, 15.0F},  {"DES-I", 7, 20.0F},  {"DES-Z", 8, 25.0F},
};

/// Zero point 27 of HSC against 22.5 (nanomaggies).
float hscScale() {
    return static_cast<float>(std::pow(10.0, (27.0 - 22.5) / 2.5));
}

bool isHsc(std::span<const std::string> bands) {
    return bands[0].starts_with("HSC-");
}

std::vector<ResidualUnit> unitList(const Weights& weights, const std::string& prefix, std::int64_t count) {
    std::vector<ResidualUnit> units;
    for (std::int64_t i = 0; i < count; ++i)
        units.emplace_back(weights, prefix + "." + std::to_string(i));
    return units;
}

at::Tensor through(const std::vector<ResidualUnit>& units, at::Tensor x) {
    for (const ResidualUnit& unit : units)
        x = unit(x);
    return x;
}

} // namespace

const ImageBand& imageBand(const std::string& name) {
    std::string known;
    for (const ImageBand& band : bandTable) {
        if (name == band.name)
            return band;
        known += (known.empty() ? "" : ", ") + std::string(band.name);
    }
    throw Error("image band '" + name + "' is unknown to AION; it reads " + known + ".");
}

std::vector<float> compressImage(std::span<const float> flux, std::span<const std::string> bands,
                                 std::size_t height, std::size_t width, const ImageCodecConfig& config) {
    constexpr auto side = static_cast<std::size_t>(ImageCodecConfig::imagePixels);
    const std::size_t top = (height - side) / 2, left = (width - side) / 2;
    const float scale = isHsc(bands) ? hscScale() : 1.0F;
    const auto compression = static_cast<float>(config.rangeCompression),
               multiplier = static_cast<float>(config.multiplier);
    std::vector<float> out(bands.size() * side * side);
    for (std::size_t b = 0; b < bands.size(); ++b) {
        const float clamp = imageBand(bands[b]).clamp;
        for (std::size_t y = 0; y < side; ++y)
            for (std::size_t x = 0; x < side; ++x) {
                const float value =
                    std::clamp(flux[(b * height + top + y) * width + left + x], -clamp, clamp) / scale;
                out[(b * side + y) * side + x] = std::asinh(value / compression) * compression * multiplier;
            }
    }
    return out;
}

Convolution::Convolution(const Weights& weights, const std::string& prefix, std::int64_t stepPixels)
    : weight(weights.at(prefix + ".weight").contiguous(at::MemoryFormat::ChannelsLast)),
      bias(weights.at(prefix + ".bias")), stride(stepPixels), padding(weight.size(2) / 2) {}

at::Tensor Convolution::operator()(const at::Tensor& x) const {
    return at::conv2d(x, weight, bias, stride, padding);
}

ResidualUnit::ResidualUnit(const Weights& weights, const std::string& prefix)
    : wide(weights, prefix + ".net.0.conv"), point(weights, prefix + ".net.2"),
      key(weights, prefix + ".net.4.to_k"), squeeze(weights, prefix + ".net.4.net.0"),
      expand(weights, prefix + ".net.4.net.2") {}

at::Tensor ResidualUnit::operator()(const at::Tensor& x) const {
    at::Tensor h = wide(x);
    at::elu_(h);
    h = point(h);
    at::elu_(h);
    // Squeeze and excite by a softmax-weighted mean over the pixels: a gate per channel.
    const at::Tensor share = at::softmax(key(h).flatten(1).unsqueeze(2), 1); // [B, pixels, 1]
    const at::Tensor mean = at::bmm(h.flatten(2), share).unsqueeze(3);       // [B, C, 1, 1]
    const at::Tensor gate = at::sigmoid(expand(at::leaky_relu(squeeze(mean), 0.1)));
    return h.mul_(gate).add_(x);
}

ImageCodec::ImageCodec(const std::filesystem::path& folder, bool encoder, bool decoder, at::Device device)
    : config_(readImageCodecConfig(folder / "config.json")), quantizer_(config_.levels), device_(device) {
    const io::SafetensorsFile file(folder / "model.safetensors");
    const WeightList list = imageCodecWeights(config_, encoder, decoder);
    if (const io::TensorEntry* entry = findWeight(file, list[0]))
        if (file.integers(entry->name, entry->shape) != config_.levels)
            throw Error(
                file.path().string() + ": key '" + entry->name +
                "' differs from quantizer_levels in config.json; the two files do not belong together.");
    WeightList networks(list.begin() + 1, list.end());
    const Weights weights(file, networks, device, at::kFloat);
    const auto name = [](const char* side, std::int64_t k) {
        return "model." + std::string(side) + "_layers." + std::to_string(k);
    };
    if (encoder) {
        projectIn_ = Linear(weights, "subsample_in");
        encoderIn_ = Convolution(weights, "model.conv_in.conv");
        std::int64_t k = 0;
        encoderUnits_.push_back({ResidualUnit(weights, name("encoder", k++))});
        for (std::int64_t i = 0; i < config_.compressions; ++i) {
            down_.emplace_back(weights, name("encoder", k++) + ".conv", 2);
            encoderUnits_.push_back(unitList(weights, name("encoder", k++), config_.consecutive));
        }
        encoderLast_ = Convolution(weights, name("encoder", k++) + ".conv");
        encoderUnits_.push_back(unitList(weights, name("encoder", k++), config_.consecutive));
        encoderNorm_ = Norm(weights, name("encoder", k) + ".1", 1e-5);
        toCodes_ = Convolution(weights, "pre_quant_proj");
    }
    if (decoder) {
        fromCodes_ = Convolution(weights, "post_quant_proj");
        std::int64_t k = 0;
        decoderUnits_.push_back(unitList(weights, name("decoder", k++), config_.consecutive));
        decoderFirst_ = Convolution(weights, name("decoder", k++) + ".conv");
        decoderUnits_.push_back(unitList(weights, name("decoder", k++), config_.consecutive));
        for (std::int64_t i = 0; i < config_.compressions; ++i) {
            up_.emplace_back(weights, name("decoder", k++) + ".net.0");
            if (i + 1 < config_.compressions)
                decoderUnits_.push_back(unitList(weights, name("decoder", k++), config_.consecutive));
        }
        decoderUnits_.push_back({ResidualUnit(weights, name("decoder", k))});
        decoderOut_ = Convolution(weights, "model.conv_out.conv");
        projectOut_ = Linear(weights, "subsample_out");
    }
}

at::Tensor ImageCodec::latent(const at::Tensor& compressed, std::span<const std::string> bands) const {
    // The projection of the bands at hand (the others are zero) and the first convolution are both linear and
    // become one, with a tenth of the work. A channel of ones carries the projection's bias, which like it
    // ends at the image's edge; zeros fill up to eight channels, as convolution kernels like it. The factor
    // multiplies the bias too (spec 5.2).
    std::vector<std::int64_t> channels;
    for (const std::string& band : bands)
        channels.push_back(imageBand(band).channel);
    const auto count = static_cast<std::int64_t>(channels.size());
    const auto factor =
        std::sqrt(static_cast<double>(ImageCodecConfig::bandCount) / static_cast<double>(count));
    const at::Tensor projection =
        at::cat({projectIn_.weight.index_select(1, indexTensor(channels, {count}, device_)),
                 projectIn_.bias.unsqueeze(1)},
                1);
    const std::int64_t padded = (count + 1 + 7) / 8 * 8;
    const at::Tensor& wide = encoderIn_.weight; // [E, P, 7, 7]
    at::Tensor weight = at::zeros({wide.size(0), padded, wide.size(2), wide.size(3)}, wide.options());
    weight.narrow(1, 0, count + 1)
        .copy_(at::matmul(wide.permute({0, 2, 3, 1}), projection * factor).permute({0, 3, 1, 2}));
    at::Tensor x = at::zeros({compressed.size(0), padded, compressed.size(2), compressed.size(3)},
                             wide.options().memory_format(at::MemoryFormat::ChannelsLast));
    x.narrow(1, 0, count).copy_(compressed);
    x.select(1, count).fill_(1.0);
    x = at::conv2d(x, weight.contiguous(at::MemoryFormat::ChannelsLast), encoderIn_.bias, 1,
                   encoderIn_.padding);
    x = through(encoderUnits_[0], x);
    for (std::size_t i = 0; i < down_.size(); ++i)
        x = through(encoderUnits_[i + 1], down_[i](x));
    x = through(encoderUnits_.back(), encoderLast_(x));
    x = encoderNorm_(x.permute({0, 2, 3, 1})).permute({0, 3, 1, 2});
    return toCodes_(x).flatten(2);
}

at::Tensor ImageCodec::expand(const at::Tensor& codes) const {
    at::Tensor x =
        through(decoderUnits_[0], fromCodes_(codes.to(device_).contiguous(at::MemoryFormat::ChannelsLast)));
    x = through(decoderUnits_[1], decoderFirst_(x));
    for (std::size_t i = 0; i < up_.size(); ++i)
        x = through(decoderUnits_[i + 2], at::pixel_shuffle(at::silu(up_[i](x)), 2));
    if (up_.empty())
        x = through(decoderUnits_.back(), x);
    return projectOut_(decoderOut_(x).permute({0, 2, 3, 1})).permute({0, 3, 1, 2});
}

std::vector<std::int32_t> ImageCodec::tokens(const at::Tensor& latent) const {
    const std::vector<float> values = nn::toVector(latent);
    const auto galaxies = static_cast<std::size_t>(latent.size(0));
    const std::size_t each = galaxies == 0 ? 0 : values.size() / galaxies;
    std::vector<std::int32_t> tokens;
    for (std::size_t g = 0; g < galaxies; ++g) {
        const auto one = quantizer_.encode(std::span(values).subspan(g * each, each));
        tokens.insert(tokens.end(), one.begin(), one.end());
    }
    return tokens;
}

std::vector<float> ImageCodec::reconstruct(std::span<const std::int32_t> tokens,
                                           std::span<const std::string> bands) const {
    const std::int64_t side = config_.gridSide(), channels = static_cast<std::int64_t>(config_.levels.size());
    const auto positions = static_cast<std::size_t>(side * side);
    const auto galaxies = static_cast<std::int64_t>(tokens.size() / positions);
    std::vector<float> codes;
    for (std::int64_t g = 0; g < galaxies; ++g) {
        const auto one =
            quantizer_.decode(tokens.subspan(static_cast<std::size_t>(g) * positions, positions));
        codes.insert(codes.end(), one.begin(), one.end());
    }
    at::Tensor y = expand(floatTensor(codes, {galaxies, channels, side, side}, at::kCPU));
    y = at::sinh(y / config_.multiplier / config_.rangeCompression) * config_.rangeCompression;
    std::vector<at::Tensor> chosen;
    for (const std::string& band : bands) {
        const at::Tensor image = y.select(1, imageBand(band).channel);
        chosen.push_back(band.starts_with("HSC-") ? image * static_cast<double>(hscScale()) : image);
    }
    return nn::toVector(at::stack(chosen, 1));
}

} // namespace penumbra::aion
