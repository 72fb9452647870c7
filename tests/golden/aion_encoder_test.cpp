// The transformer against the reference package on random weights: every encoder_* file.

#include "core/aion/modality.h"
#include "core/aion/model.h"
#include "core/aion/pooling.h"
#include "core/base/text.h"
#include "tests/golden/aion_support.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>

namespace penumbra {
namespace {

using namespace penumbra::golden;
constexpr Tolerance encoderTolerance{2e-5, 1e-5}; // spec 9

std::vector<float> valuesOf(const MatrixF& rows) {
    return {rows.data(), rows.data() + rows.size()};
}

aion::Model loadModel(const std::filesystem::path& folder, const aion::TokenBatch& tokens, bool decoder) {
    aion::LoadOptions options;
    options.tokenizers = false;
    options.decoder = decoder;
    for (const aion::ModalityTokens& part : tokens.modalities)
        options.modalities.push_back(part.key);
    return aion::Model::load(aion::describeModel(folder), options, onDevice());
}

void checkFile(const std::filesystem::path& path) {
    const std::string name = path.stem().string() + ": ";
    const io::SafetensorsFile file(path);
    const aion::TokenBatch tokens = tokensOf(file);
    const auto targets = textListOf(file, "targets");
    const aion::Model model = loadModel(modelOf(path), tokens, !targets.empty());
    aion::EncodeOptions options;
    options.encoderTokens =
        static_cast<std::size_t>(parseInteger(file.metadata().find("num_encoder_tokens")->second).value());

    const aion::Encoded encoded = model.encode(tokens, options, onDevice());
    expectNear(encoded.values, floatsOf(file, "encode"), encoderTolerance, name + "encode");
    EXPECT_EQ(encoded.modalityId, idsOf(file, "mod_mask")) << name;
    const auto padded = idsOf(file, "encoder_mask");
    const std::size_t registers = encoded.tokens - options.encoderTokens;
    for (std::size_t i = 0; i < padded.size(); ++i)
        if (i % encoded.tokens >= registers) { // registers are no data: not valid here, not masked there
            ASSERT_EQ(encoded.valid[i] != 0, padded[i] == 0) << name << i;
        }
    options.output = aion::EncoderOutput::Raw;
    expectNear(model.encode(tokens, options, onDevice()).values, floatsOf(file, "after_encoder_norm"),
               encoderTolerance, name + "after_encoder_norm");
    options.output = aion::EncoderOutput::Context;

    // The reference averages all rows; where all are valid that is the mean pooling.
    const bool allValid = std::find(encoded.valid.begin(), encoded.valid.end(), 0) == encoded.valid.end();
    if (allValid) {
        expectNear(valuesOf(aion::meanPool(encoded)), floatsOf(file, "mean_pool"), encoderTolerance,
                   name + "mean_pool");
        expectNear(valuesOf(model.encodePooled(tokens, options, {}, onDevice()).mean),
                   floatsOf(file, "mean_pool"), encoderTolerance, name + "encodePooled");
    }
    if (!targets.empty()) {
        for (const aion::Logits& logits : model.logits(tokens, targets, {}, onDevice())) {
            const io::TensorEntry& want = file.require("logits." + logits.key, {-1, -1, -1});
            const auto kept =
                static_cast<std::size_t>(want.shape[1]); // the file keeps the first positions only
            std::vector<float> got;
            for (std::size_t r = 0; r < logits.rowCount; ++r)
                got.insert(got.end(),
                           logits.values.begin() +
                               static_cast<std::ptrdiff_t>(r * logits.tokens * logits.vocabulary),
                           logits.values.begin() +
                               static_cast<std::ptrdiff_t>((r * logits.tokens + kept) * logits.vocabulary));
            expectNear(got, floatsOf(file, "logits." + logits.key), encoderTolerance,
                       name + "logits." + logits.key);
        }
    }
}

TEST(AionEncoder, reproducesTheReference) {
    const auto files = chosenFiles("encoder_");
    if (files.empty())
        GTEST_SKIP() << "no such file in this folder of goldens";
    for (const auto& path : files)
        checkFile(path);
}

TEST(AionEncoder, bfloat16StaysNear) {
    const auto files = chosenFiles("encoder_");
    if (files.empty())
        GTEST_SKIP() << "no such file in this folder of goldens";
    const auto& path = files.front();
    const io::SafetensorsFile file(path);
    const aion::TokenBatch tokens = tokensOf(file);
    aion::LoadOptions options;
    options.tokenizers = false;
    options.precision = aion::Precision::BFloat16;
    for (const aion::ModalityTokens& part : tokens.modalities)
        options.modalities.push_back(part.key);
    const aion::Model model = aion::Model::load(aion::describeModel(modelOf(path)), options, onDevice());
    aion::EncodeOptions encode;
    encode.encoderTokens =
        static_cast<std::size_t>(parseInteger(file.metadata().find("num_encoder_tokens")->second).value());
    const auto got = model.encode(tokens, encode, onDevice()).values, want = floatsOf(file, "encode");
    ASSERT_EQ(got.size(), want.size());
    double error = 0.0, size = 0.0;
    for (std::size_t i = 0; i < got.size(); ++i) {
        error += std::pow(static_cast<double>(got[i] - want[i]), 2);
        size += std::pow(static_cast<double>(want[i]), 2);
    }
    if (std::getenv("PENUMBRA_GOLDEN_REPORT") != nullptr)
        std::printf("bfloat16: relative error %.3g (root mean square)\n", std::sqrt(error / size));
    // Eight bits of mantissa: 2^-9 a rounding, a few dozen roundings in a row.
    EXPECT_LT(std::sqrt(error / size), 0.02);
    EXPECT_GT(std::sqrt(error / size), 1e-5) << "bfloat16 was not used";
}

/// The first file name starting with `prefix` in the metadata's sentence about the inputs.
std::string inputFile(const io::SafetensorsFile& file, const std::string& prefix) {
    const std::string text = file.metadata().find("inputs")->second;
    const std::size_t from = text.find(prefix);
    return text.substr(from, text.find_first_of(":, ", from) - from);
}

/// As much of a tensor as `rows` galaxies take.
std::vector<float> firstRows(const io::SafetensorsFile& file, const std::string& key, std::size_t rows) {
    auto values = floatsOf(file, key);
    values.resize(values.size() / static_cast<std::size_t>(file.find(key)->shape.at(0)) * rows);
    return values;
}

/// Raw measurements to embedding; inputs are the first rows of other files.
TEST(AionPipeline, reproducesTheReference) {
    const auto files = chosenFiles("pipeline");
    if (files.empty())
        GTEST_SKIP() << "no such file in this folder of goldens";
    for (const auto& path : files) {
        const io::SafetensorsFile file(path);
        const auto open = [&](const char* prefix) {
            return io::SafetensorsFile(path.parent_path() / (inputFile(file, prefix) + ".safetensors"));
        };
        const auto image = open("codec_image"), spectrum = open("codec_spectrum"),
                   scalars = open("codec_scalars");
        const auto order = textListOf(file, "order");
        aion::GalaxyBatch batch;
        batch.rowCount = static_cast<std::size_t>(file.require("encode", {-1, -1, -1}).shape[0]);
        for (const std::string& key : order) {
            const aion::Modality& kind = aion::modality(key);
            if (kind.isScalar())
                batch.scalars.push_back(
                    {std::string(kind.codec),
                     firstRows(scalars, std::string(kind.codec) + ".value", batch.rowCount),
                     {}});
        }
        aion::ImageInput im;
        const auto& shape = image.require("flux", {-1, -1, -1, -1}).shape;
        im.bands = textListOf(image, "bands");
        im.height = static_cast<std::size_t>(shape[2]);
        im.width = static_cast<std::size_t>(shape[3]);
        im.flux = firstRows(image, "flux", batch.rowCount);
        batch.images.push_back(im);
        aion::SpectrumInput sp;
        sp.pixels = static_cast<std::size_t>(spectrum.require("flux", {-1, -1}).shape[1]);
        sp.flux = firstRows(spectrum, "flux", batch.rowCount);
        sp.ivar = firstRows(spectrum, "ivar", batch.rowCount);
        const auto mask = firstRows(spectrum, "mask", batch.rowCount);
        sp.mask.assign(mask.begin(), mask.end());
        sp.wavelength = firstRows(spectrum, "wavelength", batch.rowCount);
        batch.spectra.push_back(sp);

        aion::LoadOptions load;
        load.modalities = order;
        const aion::Model model = aion::Model::load(aion::describeModel(modelOf(path)), load, onDevice());
        aion::TokenBatch tokens = model.tokenise(batch, onDevice());
        EXPECT_TRUE(tokens.problems.empty());
        ASSERT_EQ(tokens.modalities.size(), order.size());
        std::sort(tokens.modalities.begin(), tokens.modalities.end(), [&](const auto& a, const auto& b) {
            return std::find(order.begin(), order.end(), a.key) <
                   std::find(order.begin(), order.end(), b.key);
        });
        aion::EncodeOptions options;
        const auto encoded = model.encode(tokens, options, onDevice());
        expectNear(encoded.values, floatsOf(file, "encode"), encoderTolerance, "pipeline encode");
        expectNear(valuesOf(aion::meanPool(encoded)), floatsOf(file, "mean_pool"), encoderTolerance,
                   "pipeline mean_pool");
        options.output = aion::EncoderOutput::Raw;
        expectNear(valuesOf(model.encodePooled(tokens, options, {}, onDevice()).mean),
                   floatsOf(file, "mean_pool_encoder_norm"), encoderTolerance,
                   "pipeline mean_pool_encoder_norm");
    }
}

aion::Encoded encodedOf(const io::SafetensorsFile& file) {
    aion::Encoded encoded;
    const auto& shape = file.require("encode", {-1, -1, -1}).shape;
    encoded.rowCount = static_cast<std::size_t>(shape[0]);
    encoded.tokens = static_cast<std::size_t>(shape[1]);
    encoded.width = static_cast<std::size_t>(shape[2]);
    encoded.values = floatsOf(file, "encode");
    for (const std::int32_t masked : idsOf(file, "encoder_mask"))
        encoded.valid.push_back(masked == 0 ? 1 : 0);
    return encoded;
}

TEST(AionPooling, reproducesTheReference) {
    const auto files = chosenFiles("pooling");
    if (files.empty())
        GTEST_SKIP() << "no such file in this folder of goldens";
    for (const auto& path : files) {
        const io::SafetensorsFile file(path);
        const aion::Encoded ph = encodedOf(io::SafetensorsFile(aionFolder() / "io/encoder_ph.safetensors"));
        const aion::Encoded masked =
            encodedOf(io::SafetensorsFile(aionFolder() / "io/encoder_masked.safetensors"));
        expectNear(valuesOf(aion::meanPool(ph)), floatsOf(file, "plain_mean_ph"), encoderTolerance,
                   "plain_mean_ph");
        expectNear(valuesOf(aion::meanPool(masked)), floatsOf(file, "valid_mean_masked"), encoderTolerance,
                   "valid_mean_masked");

        aion::AttentivePooling single;
        single.width = static_cast<std::int64_t>(ph.width);
        single.query = floatsOf(file, "query");
        single.qWeight = floatsOf(file, "eq8.Wq");
        single.kWeight = floatsOf(file, "eq8.Wk");
        single.vWeight = floatsOf(file, "eq8.Wv");
        expectNear(valuesOf(single.pool(ph, {})), floatsOf(file, "eq8_ph"), encoderTolerance, "eq8_ph");

        aion::AttentivePooling norm = single;
        norm.heads = parseInteger(file.metadata().find("num_heads")->second).value();
        norm.qWeight = floatsOf(file, "normcross.q.weight");
        const auto both = floatsOf(file, "normcross.kv.weight");
        norm.kWeight.assign(both.begin(), both.begin() + static_cast<std::ptrdiff_t>(both.size() / 2));
        norm.vWeight.assign(both.begin() + static_cast<std::ptrdiff_t>(both.size() / 2), both.end());
        norm.projection = floatsOf(file, "normcross.proj.weight");
        norm.qNormWeight = floatsOf(file, "normcross.q_norm.weight");
        norm.qNormBias = floatsOf(file, "normcross.q_norm.bias");
        norm.kNormWeight = floatsOf(file, "normcross.k_norm.weight");
        norm.kNormBias = floatsOf(file, "normcross.k_norm.bias");
        expectNear(valuesOf(norm.pool(ph, {})), floatsOf(file, "normcross_ph"), encoderTolerance,
                   "normcross_ph");
        expectNear(valuesOf(norm.pool(masked, {})), floatsOf(file, "normcross_masked"), encoderTolerance,
                   "normcross_masked");
    }
}

} // namespace
} // namespace penumbra
