// The codecs with networks: HSC images, SDSS spectra, segmentation maps.

#include "core/aion/field_codec_impl.h"
#include "core/aion/image_codec_impl.h"
#include "core/aion/spectrum_codec_impl.h"
#include "core/nn/tensors.h"
#include "tests/golden/aion2_support.h"

#include <algorithm>
#include <c10/core/InferenceMode.h>
#include <cmath>
#include <gtest/gtest.h>

namespace penumbra {
namespace {

using namespace penumbra::golden;
constexpr Tolerance latentTolerance{1e-4, 0.0};

std::size_t strideOf(const io::SafetensorsFile& file, const char* key) {
    return jsonOf(file, key).get<std::size_t>();
}

/// Codes of tokens, row after row.
template <typename Quantizer>
std::vector<float> codesOf(const Quantizer& quantizer, const std::vector<std::int32_t>& ids,
                           std::size_t rows) {
    std::vector<float> codes;
    for (std::size_t r = 0; r < rows; ++r) {
        const auto one = quantizer.decode(std::span(ids).subspan(r * ids.size() / rows, ids.size() / rows));
        codes.insert(codes.end(), one.begin(), one.end());
    }
    return codes;
}

TEST(Aion2Image, reproducesTheReference) {
    const c10::InferenceMode inference;
    const auto files = aion2Files("codec_image");
    if (files.empty())
        GTEST_SKIP() << "no such file in this folder of goldens";
    for (const auto& path : files) {
        const std::string name = path.stem().string() + ": ";
        const io::SafetensorsFile file(path);
        const auto bands = textListOf(file, "bands");
        const auto shape = shapeOf(file, "flux");
        const auto count = static_cast<std::size_t>(shape[0]), height = static_cast<std::size_t>(shape[2]),
                   width = static_cast<std::size_t>(shape[3]);
        const auto flux = floatsOf(file, "flux");
        const aion::ImageCodec codec(aion2Model(file) / "codecs/image", true, true,
                                     nn::deviceFor(onDevice().device));
        std::vector<float> compressed;
        const std::size_t each = bands.size() * height * width;
        for (std::size_t g = 0; g < count; ++g) {
            const auto one = aion::compressImage(std::span(flux).subspan(g * each, each), bands, height,
                                                 width, codec.config());
            compressed.insert(compressed.end(), one.begin(), one.end());
        }
        expectNear(everyNth(compressed, 96, 96, strideOf(file, "stride_compressed")),
                   floatsOf(file, "compressed"), {1e-5, 0}, name + "compressed");
        const auto n = static_cast<std::int64_t>(bands.size());
        const at::Tensor latent = codec.latent(nn::viewOf(compressed, {shape[0], n, 96, 96}), bands);
        expectNear(nn::toVector(latent), floatsOf(file, "latent"), latentTolerance, name + "latent");
        const auto ids = idsOf(file, "tokens");
        expectTokens(codec.tokens(latent), ids, floatsOf(file, "margin"), 1e-4F, name + "tokens");
        const auto codes = codesOf(codec.quantizer(), ids, count);
        expectNear(codes, floatsOf(file, "quantized"), {1e-7, 0}, name + "quantized");
        const at::Tensor nine = codec.expand(aion::floatTensor(
            codes, {shape[0], static_cast<std::int64_t>(codec.config().levels.size()), 24, 24}, at::kCPU));
        expectNear(everyNth(nn::toVector(nine), 96, 96, strideOf(file, "stride_decoded_compressed_9band")),
                   floatsOf(file, "decoded_compressed_9band"), {1e-5, 0}, name + "nine bands");
        expectNear(everyNth(codec.reconstruct(ids, bands), 96, 96, strideOf(file, "stride_decoded")),
                   floatsOf(file, "decoded"), {2e-4, 2e-4}, name + "decoded");
    }
}

TEST(Aion2Segmap, reproducesTheReference) {
    const c10::InferenceMode inference;
    const auto files = aion2Files("codec_segmap");
    if (files.empty())
        GTEST_SKIP() << "no such file in this folder of goldens";
    for (const auto& path : files) {
        const std::string name = path.stem().string() + ": ";
        const io::SafetensorsFile file(path);
        const auto shape = shapeOf(file, "field");
        const auto count = static_cast<std::size_t>(shape[0]), height = static_cast<std::size_t>(shape[1]),
                   width = static_cast<std::size_t>(shape[2]), stride = strideOf(file, "stride");
        const auto field = floatsOf(file, "field");
        const aion::FieldCodec codec(aion2Model(file) / "codecs/segmentation_map", true, true,
                                     nn::deviceFor(onDevice().device));
        std::vector<float> cut;
        for (std::size_t g = 0; g < count; ++g) {
            const auto one = aion::FieldCodec::crop(
                std::span(field).subspan(g * height * width, height * width), height, width);
            cut.insert(cut.end(), one.begin(), one.end());
        }
        const auto latent = nn::toVector(codec.latent(nn::viewOf(cut, {shape[0], 96, 96})));
        expectNear(latent, floatsOf(file, "latent"), latentTolerance, name + "latent");
        std::vector<std::int32_t> tokens;
        for (std::size_t g = 0; g < count; ++g) {
            const std::size_t each = latent.size() / count;
            const auto one = codec.quantizer().encode(std::span(latent).subspan(g * each, each));
            tokens.insert(tokens.end(), one.begin(), one.end());
        }
        const auto ids = idsOf(file, "tokens");
        expectTokens(tokens, ids, floatsOf(file, "margin"), 1e-4F, name + "tokens");
        const auto codes = codesOf(codec.quantizer(), ids, count);
        expectNear(codes, floatsOf(file, "quantized"), {1e-7, 0}, name + "quantized");
        const std::int64_t grid = codec.config().gridSide();
        const auto output = nn::toVector(codec.expand(aion::floatTensor(
            codes, {shape[0], static_cast<std::int64_t>(codec.config().levels.size()), grid, grid},
            at::kCPU)));
        expectNear(everyNth(output, 96, 96, stride), floatsOf(file, "decoder_output"), {1e-5, 0},
                   name + "decoder_output");
        for (const double extension : {0.0, 0.15}) {
            std::vector<float> decoded;
            for (const float value : output)
                decoded.push_back(aion::FieldCodec::activate(value, extension));
            expectNear(everyNth(decoded, 96, 96, stride),
                       floatsOf(file, extension == 0.0 ? "decoded" : "decoded_extension_0.15"), {1e-5, 0},
                       name + "decoded");
        }
    }
}

TEST(Aion2Spectrum, reproducesTheReference) {
    const c10::InferenceMode inference;
    const auto files = aion2Files("codec_spectrum");
    if (files.empty())
        GTEST_SKIP() << "no such file in this folder of goldens";
    for (const auto& path : files) {
        const std::string name = path.stem().string() + ": ";
        const io::SafetensorsFile file(path);
        const auto shape = shapeOf(file, "flux");
        const auto count = static_cast<std::size_t>(shape[0]), pixels = static_cast<std::size_t>(shape[1]);
        const auto ids = idsOf(file, "tokens");
        const std::size_t each = ids.size() / count;

        // Through the public call, with the padding that the Multimodal Universe puts at the end.
        aion::LoadOptions options;
        options.modalities = {"tok_spectrum_sdss"};
        options.transformer = false;
        options.reconstruction = true;
        const aion::Model model =
            aion::Model::load(aion::describeModel(aion2Model(file)), options, onDevice());
        constexpr std::size_t padding = 37;
        aion::GalaxyBatch batch;
        batch.rowCount = count;
        aion::SpectrumInput input;
        input.key = "tok_spectrum_sdss";
        input.pixels = pixels + padding;
        const auto padded = [&](const std::vector<float>& values, float filler) {
            std::vector<float> all;
            for (std::size_t g = 0; g < count; ++g) {
                all.insert(all.end(), values.begin() + static_cast<std::ptrdiff_t>(g * pixels),
                           values.begin() + static_cast<std::ptrdiff_t>((g + 1) * pixels));
                all.insert(all.end(), padding, filler);
            }
            return all;
        };
        input.flux = padded(floatsOf(file, "flux"), 0.0F);
        input.ivar = padded(floatsOf(file, "ivar"), 0.0F);
        input.wavelength = padded(floatsOf(file, "wavelength"), -1.0F);
        for (const float bad : padded(floatsOf(file, "mask"), 1.0F))
            input.mask.push_back(bad != 0.0F ? 1 : 0);
        batch.spectra.push_back(input);
        const aion::TokenBatch tokens = model.tokenise(batch, onDevice());
        EXPECT_TRUE(tokens.problems.empty());
        ASSERT_EQ(tokens.modalities.size(), 1U);
        const auto margin = floatsOf(file, "margin");
        std::vector<float> margins; // the normalisation token has none: it must be equal
        for (std::size_t g = 0; g < count; ++g) {
            margins.push_back(1.0F);
            margins.insert(margins.end(), margin.begin() + static_cast<std::ptrdiff_t>(g * (each - 1)),
                           margin.begin() + static_cast<std::ptrdiff_t>((g + 1) * (each - 1)));
        }
        expectTokens(tokens.modalities[0].ids, ids, margins, 1e-4F, name + "tokens");

        const aion::SpectrumCodec codec(aion2Model(file) / "codecs/spectrum", true, true,
                                        nn::deviceFor(onDevice().device));
        const std::size_t grid = codec.grid().size();
        std::vector<float> prepared(count * 2 * grid), normalization;
        const auto flux = floatsOf(file, "flux"), ivar = floatsOf(file, "ivar"),
                   wavelength = floatsOf(file, "wavelength");
        const auto bad = idsOf(file, "mask");
        const std::vector<std::uint8_t> mask(bad.begin(), bad.end());
        for (std::size_t g = 0; g < count; ++g) {
            const auto part = [&](const auto& values) {
                return std::span(values).subspan(g * pixels, pixels);
            };
            normalization.push_back(codec
                                        .prepare(part(flux), part(ivar), part(mask), part(wavelength),
                                                 std::span(prepared).subspan(g * 2 * grid, 2 * grid))
                                        .normalization);
        }
        expectNear(normalization, floatsOf(file, "normalization"), {0, 0}, name + "normalization");
        expectNear(
            nn::toVector(codec.latent(nn::viewOf(prepared, {shape[0], 2, static_cast<std::int64_t>(grid)}))),
            floatsOf(file, "latent"), {1.5e-4, 0}, name + "latent");

        std::vector<std::int32_t> bits;
        for (std::size_t g = 0; g < count; ++g)
            bits.insert(bits.end(), ids.begin() + static_cast<std::ptrdiff_t>(g * each + 1),
                        ids.begin() + static_cast<std::ptrdiff_t>((g + 1) * each));
        const auto decoded = nn::toVector(
            codec.expand(aion::floatTensor(codesOf(codec.quantizer(), bits, count),
                                           {shape[0], static_cast<std::int64_t>(codec.quantizer().channels()),
                                            static_cast<std::int64_t>(each - 1)},
                                           at::kCPU)));
        const auto got = everyNth(decoded, 1, grid, strideOf(file, "stride_decoder_output")),
                   want = floatsOf(file, "decoder_output");
        expectNear(got, want, {3e-3, 0}, name + "decoder_output");
        std::vector<double> errors;
        for (std::size_t i = 0; i < std::min(got.size(), want.size()); ++i)
            errors.push_back(std::abs(static_cast<double>(got[i] - want[i])));
        std::sort(errors.begin(), errors.end());
        ASSERT_FALSE(errors.empty());
        EXPECT_LE(errors[errors.size() * 999 / 1000], 3e-4) << name << "99.9th percentile of decoder_output";

        const auto back = model.reconstructSpectrum(tokens.modalities[0], wavelength, onDevice());
        const std::size_t stride = strideOf(file, "stride_decoded");
        auto decodedFlux = everyNth(back.flux, 1, pixels, stride), wantFlux = floatsOf(file, "decoded_flux");
        ASSERT_EQ(decodedFlux.size(), wantFlux.size());
        for (std::size_t i = 0; i < wantFlux.size(); ++i) { // in the decoder's own units, row by row
            const float scale = aion::SpectrumCodec::scaleOf(normalization[i / (wantFlux.size() / count)]);
            decodedFlux[i] /= scale;
            wantFlux[i] /= scale;
        }
        expectNear(decodedFlux, wantFlux, {3e-3, 1e-6}, name + "decoded_flux");
        const auto wantMask = idsOf(file, "decoded_mask");
        std::vector<float> maskValues(back.mask.begin(), back.mask.end());
        const auto gotMask = everyNth(maskValues, 1, pixels, stride);
        std::size_t differ = 0;
        for (std::size_t i = 0; i < wantMask.size(); ++i)
            differ += (gotMask[i] != 0.0F) != (wantMask[i] != 0);
        EXPECT_LE(differ, wantMask.size() / 1000) << name << "decoded_mask";
    }
}

} // namespace
} // namespace penumbra
