#include "core/aion/random_model.h"

#include "core/aion/codec_config.h"
#include "core/aion/modality.h"
#include "core/aion/weight_layout.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/rng.h"
#include "core/base/text.h"
#include "core/io/safetensors.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

namespace penumbra::aion {

namespace {

struct Size {
    const char* name;
    std::int64_t dim, depth, heads;
    ImageCodecConfig image;
    SpectrumCodecConfig spectrum;
    FieldCodecConfig field = {};
};

/// Widths of the transformer as published; the codecs' are the reference's defaults (spec 5, 6).
Size sizeNamed(const std::string& name) {
    ImageCodecConfig image;
    image.levels = {7, 5, 5, 5, 5};
    SpectrumCodecConfig spectrum;
    spectrum.encoderDims = {96, 192, 384, 512};
    spectrum.decoderDims = {384, 192, 96, 2};
    if (name == "B")
        return {"B", 768, 12, 12, image, spectrum};
    if (name == "L")
        return {"L", 1024, 24, 16, image, spectrum};
    if (name == "XL")
        return {"XL", 2048, 24, 32, image, spectrum};
    if (name != "tiny")
        throw UsageError("there is no model size '" + name + "'; sizes are " +
                         joinText(randomModelSizes(), ", ") + ".");
    image.hidden = 64;
    image.consecutive = 1;
    spectrum.encoderDims = {16, 24, 32, 48};
    spectrum.encoderDepths = spectrum.decoderDepths = {1, 1, 1, 1};
    spectrum.decoderDims = {32, 24, 16, 2};
    spectrum.latentChannels = 48;
    FieldCodecConfig field;
    field.width = field.decoderWidth = 32;
    field.residualWidth = 8;
    return {"tiny", 64, 2, 4, image, spectrum, field};
}

/// Irwin-Hall sum of four 16-bit parts of one draw: variance 1, near enough to normal and 20 times as fast.
float roughNormal(Rng& rng) {
    const std::uint64_t bits = rng.next();
    const auto sum = static_cast<double>((bits & 0xFFFFU) + ((bits >> 16) & 0xFFFFU) +
                                         ((bits >> 32) & 0xFFFFU) + (bits >> 48));
    return static_cast<float>((sum / 65535.0 - 2.0) * std::sqrt(3.0));
}

void appendRandom(io::SafetensorsWriter& writer, const WeightSpec& spec, Rng& rng,
                  const RunContext& context) {
    auto left = static_cast<std::uint64_t>(
        std::accumulate(spec.shape.begin(), spec.shape.end(), std::int64_t{1}, std::multiplies<>()));
    // Matrices keep the size of what passes; small random biases and norms near 1, so that a skipped one
    // shows.
    const float spread = spec.role == WeightSpec::Role::Matrix
                             ? 1.0F / std::sqrt(static_cast<float>(spec.fanIn))
                         : spec.role == WeightSpec::Role::Embedding ? 0.5F
                                                                    : 0.05F;
    const float centre = spec.role == WeightSpec::Role::NormWeight ? 1.0F : 0.0F;
    std::vector<float> part;
    while (left > 0) {
        context.checkStop();
        part.resize(static_cast<std::size_t>(std::min<std::uint64_t>(left, 1U << 20)));
        for (float& value : part)
            value = centre + spread * roughNormal(rng);
        writer.append(part);
        left -= part.size();
    }
}

/// @param constants values of tensors that are not random: by key
void writeWeights(const std::filesystem::path& path, const WeightList& list,
                  const std::map<std::string, std::vector<float>>& constants,
                  const std::map<std::string, std::vector<std::int64_t>>& integers,
                  const std::map<std::string, std::string>& metadata, Rng& rng, const RunContext& context) {
    std::vector<io::TensorSpec> specs;
    for (const WeightSpec& spec : list)
        specs.push_back(
            {spec.key, integers.contains(spec.key) ? io::TensorType::I64 : io::TensorType::F32, spec.shape});
    io::SafetensorsWriter writer(path, specs, metadata);
    for (const WeightSpec& spec : list)
        if (const auto numbers = integers.find(spec.key); numbers != integers.end())
            writer.append(numbers->second);
        else if (const auto values = constants.find(spec.key); values != constants.end())
            writer.append(values->second);
        else
            appendRandom(writer, spec, rng, context);
    writer.commit();
}

void writeJson(const std::filesystem::path& path, const nlohmann::ordered_json& json) {
    writeFileAtomically(path, jsonText(json, 2) + "\n");
}

std::vector<float> evenly(double from, double to, std::size_t size) {
    std::vector<float> values;
    for (std::size_t i = 0; i < size; ++i)
        values.push_back(
            static_cast<float>(from + (to - from) * static_cast<double>(i) / static_cast<double>(size - 1)));
    return values;
}

/// A code book over the range that a survey's objects fill: real ones are quantiles of training data.
std::vector<float> codebook(const Modality& kind, std::size_t size) {
    const std::string_view name = kind.codec;
    if (kind.kind == ModalityKind::LogScalar) // ln of nanomaggies, electrons a second, arcsec or mas
        return evenly(-3.0, name == "SHAPE_R" || name == "parallax" ? 3.0 : 8.0, size);
    if (name.ends_with("cmodel_mag"))
        return evenly(14.0, 28.0, size);
    if (name == "ra")
        return evenly(0.0, 360.0, size);
    if (name == "dec")
        return evenly(-90.0, 90.0, size);
    const bool twoSided = name == "SHAPE_E1" || name == "SHAPE_E2" || name.starts_with("i_sdssshape");
    return evenly(twoSided ? -1.0 : 0.0, 1.0, size);
}

void writeScalarCodec(const std::filesystem::path& folder, const Modality& kind,
                      const std::map<std::string, std::string>& label, Rng& rng, const RunContext& context) {
    const ScalarCodecConfig config;
    nlohmann::ordered_json json{{"modality", std::string(kind.codec)},
                                {"codebook_size", config.codebookSize}};
    if (kind.kind == ModalityKind::LogScalar)
        json["min_log_value"] = config.minLogValue;
    const WeightList list = scalarCodecWeights(config, kind.kind);
    writeWeights(folder / "model.safetensors", list,
                 {{list[0].key, codebook(kind, static_cast<std::size_t>(config.codebookSize))}}, {}, label,
                 rng, context);
    writeJson(folder / "config.json", json);
}

/// Coefficients after asinh, between -10 and 10.
void writeScalarListCodec(const std::filesystem::path& folder, const Modality& kind,
                          const std::map<std::string, std::string>& label, Rng& rng,
                          const RunContext& context) {
    ScalarListCodecConfig config;
    config.quantizers = static_cast<std::int64_t>(kind.tokens);
    const WeightList list = scalarListCodecWeights(config);
    std::map<std::string, std::vector<float>> books;
    for (const WeightSpec& spec : list)
        books[spec.key] = evenly(-10.0, 10.0, static_cast<std::size_t>(config.codebookSize));
    writeWeights(folder / "model.safetensors", list, books, {}, label, rng, context);
    writeJson(folder / "config.json", {{"modality", std::string(kind.codec)},
                                       {"codebook_size", config.codebookSize},
                                       {"num_quantizers", config.quantizers},
                                       {"compression_fns", {"arcsinh"}},
                                       {"decompression_fns", {"sinh"}}});
}

void writeFieldCodec(const std::filesystem::path& folder, const FieldCodecConfig& config,
                     const std::map<std::string, std::string>& label, Rng& rng, const RunContext& context) {
    writeWeights(folder / "model.safetensors", fieldCodecWeights(config, true, true), {},
                 {{"_quantizer.levels", config.levels}}, label, rng, context);
    writeJson(folder / "config.json", {{"encoder_output_dim", config.width},
                                       {"res_hidden_dims", config.residualWidth},
                                       {"num_res_layers", config.residualLayers},
                                       {"num_downsamples", config.downsamples},
                                       {"embedding_dim", config.levels.size()},
                                       {"levels", config.levels},
                                       {"variational", false}});
}

void writeImageCodec(const std::filesystem::path& folder, const ImageCodecConfig& config,
                     const std::map<std::string, std::string>& label, Rng& rng, const RunContext& context) {
    writeWeights(folder / "model.safetensors", imageCodecWeights(config, true, true), {},
                 {{"_quantizer.levels", config.levels}}, label, rng, context);
    writeJson(folder / "config.json", {{"quantizer_levels", config.levels},
                                       {"hidden_dims", config.hidden},
                                       {"multisurvey_projection_dims", config.projection},
                                       {"n_compressions", config.compressions},
                                       {"num_consecutive", config.consecutive},
                                       {"embedding_dim", config.levels.size()},
                                       {"range_compression_factor", config.rangeCompression},
                                       {"mult_factor", config.multiplier}});
}

void writeSpectrumCodec(const std::filesystem::path& folder, const SpectrumCodecConfig& config,
                        const std::map<std::string, std::string>& label, Rng& rng,
                        const RunContext& context) {
    constexpr double lambdaMin = 3500.0, resolution = 0.8, lowest = -1.0, highest = 5.0;
    std::vector<float> grid, buckets;
    for (std::int64_t i = 0; i < config.pixels; ++i)
        grid.push_back(static_cast<float>(lambdaMin + resolution * static_cast<double>(i)));
    for (std::int64_t i = 0; i < config.codebookSize; ++i)
        buckets.push_back(static_cast<float>(lowest + (highest - lowest) * static_cast<double>(i) /
                                                          static_cast<double>(config.codebookSize - 1)));
    std::vector<std::int64_t> bits;
    for (std::int64_t c = config.codeBits - 1; c >= 0; --c)
        bits.push_back(std::int64_t{1} << c);
    writeWeights(folder / "model.safetensors", spectrumCodecWeights(config, true, true),
                 {{"normalization_quantizer.buckets", buckets}, {"latent_grid._wavelength", grid}},
                 {{"_quantizer._quantizer.mask", bits}}, label, rng, context);
    writeJson(folder / "config.json", {{"encoder_depths", config.encoderDepths},
                                       {"encoder_dims", config.encoderDims},
                                       {"decoder_depths", config.decoderDepths},
                                       {"decoder_dims", config.decoderDims},
                                       {"lambda_min", lambdaMin},
                                       {"resolution", resolution},
                                       {"num_pixels", config.pixels},
                                       {"latent_channels", config.latentChannels},
                                       {"embedding_dim", config.codeBits},
                                       {"clip_ivar", *config.clipIvar},
                                       {"clip_flux", nullptr},
                                       {"input_scaling", config.inputScaling},
                                       {"normalization_range", {lowest, highest}},
                                       {"codebook_size", config.codebookSize},
                                       {"dim", config.codeBits}});
}

/// The switches that documents claim for the published models (spec 1).
TransformerConfig transformerConfig(const Size& size) {
    TransformerConfig config;
    for (const Modality& row : allModalities())
        if (!row.isSequence()) // experimental: what training fed is not known
            config.domainsIn.emplace_back(row.key);
    config.domainsOut = {"tok_z",         "tok_flux_g", "tok_flux_r",        "tok_flux_i",
                         "tok_flux_z",    "tok_mag_i",  "tok_spectrum_desi", "tok_parallax",
                         "tok_xp_bp",     "tok_xp_rp",  "tok_spectrum_sdss", "tok_image",
                         "tok_image_hsc", "tok_segmap"};
    config.dim = size.dim;
    config.encoderDepth = config.decoderDepth = size.depth;
    config.heads = size.heads;
    config.qkvBias = config.projBias = config.mlpBias = config.normBias = false;
    config.gatedMlp = config.qkNorm = true;
    config.activation = "SiLU";
    return config;
}

void writeTransformer(const std::filesystem::path& folder, const TransformerConfig& config,
                      std::map<std::string, std::string> metadata, Rng& rng, const RunContext& context) {
    WeightList list = encoderWeights(config);
    const auto add = [&](const WeightList& more) { list.insert(list.end(), more.begin(), more.end()); };
    const auto isOutput = [&](std::string_view key) {
        return std::find(config.domainsOut.begin(), config.domainsOut.end(), key) != config.domainsOut.end();
    };
    add(decoderWeights(config));
    for (const std::string& key : config.domainsIn) {
        const Modality& kind = modality(key);
        const auto tokens = static_cast<std::int64_t>(kind.tokens),
                   vocabulary = static_cast<std::int64_t>(kind.vocabulary);
        add(inputEmbedding(config, key, tokens, vocabulary));
        if (!isOutput(key))
            continue;
        // As the Hugging Face writer: of two names for one tensor the first in the alphabet stays (spec 0.3).
        const std::string dropped = "encoder_embeddings." + key + ".mod_emb";
        std::erase_if(list, [&](const WeightSpec& spec) { return spec.key == dropped; });
        metadata[dropped] = "decoder_embeddings." + key + ".mod_emb";
        add(outputEmbedding(config, key, tokens, vocabulary));
    }
    // Positions are computed by the reader where they are absent, and so are biases of norms.
    std::erase_if(list, [](const WeightSpec& spec) { return spec.mayBeAbsent; });
    writeWeights(folder / "model.safetensors", list, {}, {}, metadata, rng, context);
    writeJson(folder / "config.json", {{"domains_in", config.domainsIn},
                                       {"domains_out", config.domainsOut},
                                       {"dim", config.dim},
                                       {"encoder_depth", config.encoderDepth},
                                       {"decoder_depth", config.decoderDepth},
                                       {"num_heads", config.heads},
                                       {"mlp_ratio", config.mlpRatio},
                                       {"qkv_bias", config.qkvBias},
                                       {"proj_bias", config.projBias},
                                       {"mlp_bias", config.mlpBias},
                                       {"norm_bias", config.normBias},
                                       {"act_layer", config.activation},
                                       {"gated_mlp", config.gatedMlp},
                                       {"qk_norm", config.qkNorm}});
}

} // namespace

std::vector<std::string> randomModelSizes() {
    return {"tiny", "B", "L", "XL"};
}

void writeRandomModel(const std::filesystem::path& folder, const std::string& size,
                      const RunContext& context) {
    const Size chosen = sizeNamed(size);
    for (const char* name : {"config.json", "model.safetensors"})
        if (std::filesystem::exists(folder / name))
            throw Error(folder.string() + ": holds a model already (" + name + "); choose another folder.");
    const std::string sentence = "AION of size " + size + " with random numbers from seed " +
                                 std::to_string(context.seed) +
                                 " in place of trained weights; embeddings mean nothing";
    const std::map<std::string, std::string> label{{"penumbra_random_weights", sentence}};
    Rng rng(context.seed, 0xA10);
    const auto make = [&](const std::filesystem::path& path) {
        std::error_code failed;
        std::filesystem::create_directories(path, failed);
        if (failed)
            throw Error(path.string() + ": cannot be created (" + failed.message() + ").");
        return path;
    };
    make(folder);
    writeFileAtomically(folder / "RANDOM_WEIGHTS.txt",
                        "RANDOM WEIGHTS: " + sentence +
                            ".\n"
                            "Made by Penumbra for benchmarks and for trying the pipeline.\n");
    const auto codecFolder = folder / "codecs";
    context.step(0.0, "writing codecs");
    for (const Modality& kind : allModalities()) {
        if (kind.isSequence())
            continue;
        const auto path = codecFolder / kind.codec;
        if (std::filesystem::exists(path / "config.json"))
            continue; // one codec serves several surveys
        make(path);
        if (kind.kind == ModalityKind::Image)
            writeImageCodec(path, chosen.image, label, rng, context);
        else if (kind.kind == ModalityKind::Spectrum)
            writeSpectrumCodec(path, chosen.spectrum, label, rng, context);
        else if (kind.kind == ModalityKind::ScalarList)
            writeScalarListCodec(path, kind, label, rng, context);
        else if (kind.kind == ModalityKind::Field)
            writeFieldCodec(path, chosen.field, label, rng, context);
        else
            writeScalarCodec(path, kind, label, rng, context);
    }
    context.step(0.2, "writing the transformer");
    writeTransformer(folder, transformerConfig(chosen), label, rng,
                     context); // config.json last: then it is whole
    context.step(1.0, "model written");
}

} // namespace penumbra::aion
