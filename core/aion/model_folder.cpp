#include "core/aion/model_folder.h"

#include "core/aion/codec_config.h"
#include "core/aion/modality.h"
#include "core/aion/weight_layout.h"
#include "core/base/error.h"
#include "core/base/fingerprint.h"
#include "core/base/text.h"
#include "core/io/safetensors.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace penumbra::aion {

namespace {

constexpr const char* randomKey = "penumbra_random_weights"; // written by writeRandomModel

TransformerConfig readTransformerConfig(const std::filesystem::path& path) {
    const ConfigReader reader(path);
    TransformerConfig config;
    config.domainsIn = reader.texts("domains_in");
    config.domainsOut = reader.texts("domains_out");
    config.dim = reader.integer("dim", std::nullopt, 4, 65536);
    config.encoderDepth = reader.integer("encoder_depth", std::nullopt, 0, 1000);
    config.decoderDepth = reader.integer("decoder_depth", std::nullopt, 0, 1000);
    config.heads = reader.integer("num_heads", std::nullopt, 1, config.dim);
    config.mlpRatio = reader.real("mlp_ratio", 4.0);
    config.qkvBias = reader.flag("qkv_bias", true);
    config.projBias = reader.flag("proj_bias", true);
    config.mlpBias = reader.flag("mlp_bias", true);
    config.normBias = reader.flag("norm_bias", std::nullopt);
    config.activation = reader.text("act_layer");
    config.gatedMlp = reader.flag("gated_mlp", false);
    config.qkNorm = reader.flag("qk_norm", false);
    config.registerTokens = reader.integer("num_register_tokens", 0, 0, 65536);
    config.sharedModalityEmbeddings = reader.flag("share_modality_embeddings", true);
    if (config.dim % config.heads != 0)
        reader.refuse("num_heads", "a divisor of dim = " + std::to_string(config.dim));
    if (!(config.mlpRatio > 0) || config.mlpRatio * static_cast<double>(config.dim) > 1e6)
        reader.refuse("mlp_ratio", "a positive number, 4 in the published models");
    static const std::vector<std::string> known = {"SiLU", "GELU", "ReLU", "Tanh", "Sigmoid", "ELU", "Mish"};
    if (std::find(known.begin(), known.end(), config.activation) == known.end())
        reader.refuse("act_layer", "one of " + joinText(known, ", "));
    return config;
}

/// The keys in the file decide where they and config.json differ (spec 1); each difference is told.
void reconcile(TransformerConfig& config, const io::SafetensorsFile& weights,
               std::vector<std::string>& notes) {
    if (config.encoderDepth == 0)
        return;
    const auto settle = [&](bool& value, const char* name, const std::string& key) {
        const bool found = weights.find(key) != nullptr;
        if (found != value)
            notes.push_back(std::string("config.json says ") + name + " = " + (value ? "true" : "false") +
                            ", but the weights " + (found ? "hold " : "do not hold ") + key + ": read as " +
                            (found ? "true." : "false."));
        value = found;
    };
    settle(config.gatedMlp, "gated_mlp", "encoder.0.mlp.fc3.weight");
    settle(config.qkNorm, "qk_norm", "encoder.0.attn.q_norm.weight");
    settle(config.qkvBias, "qkv_bias", "encoder.0.attn.qkv.bias");
    settle(config.projBias, "proj_bias", "encoder.0.attn.proj.bias");
    settle(config.mlpBias, "mlp_bias", "encoder.0.mlp.fc1.bias");
}

std::string nameOfSize(const TransformerConfig& config) {
    struct Size {
        const char* name;
        std::int64_t dim, depth, heads;
    };
    for (const Size& size :
         {Size{"AION-B", 768, 12, 12}, Size{"AION-L", 1024, 24, 16}, Size{"AION-XL", 2048, 24, 32}})
        if (config.dim == size.dim && config.encoderDepth == size.depth && config.heads == size.heads)
            return size.name;
    return "custom";
}

std::string nameOfType(const io::SafetensorsFile& weights) {
    std::string name;
    for (const auto& [key, entry] : weights.tensors()) {
        const std::string type = entry.type == io::TensorType::F32    ? "float32"
                                 : entry.type == io::TensorType::F16  ? "float16"
                                 : entry.type == io::TensorType::BF16 ? "bfloat16"
                                 : entry.type == io::TensorType::F64  ? "float64"
                                                                      : "";
        if (type.empty())
            continue;
        if (!name.empty() && name != type)
            return "mixed";
        name = type;
    }
    return name;
}

/// @param vocabulary tokens that the transformer knows of this modality
/// @returns fingerprint of the codec's weights
std::string checkCodec(const std::filesystem::path& folder, const Modality& kind, std::int64_t vocabulary) {
    const auto config = folder / "config.json", file = folder / "model.safetensors";
    if (!std::filesystem::exists(folder))
        throw Error(folder.string() + ": there is no such folder.");
    WeightList list;
    std::int64_t codes = 1;
    if (kind.kind == ModalityKind::Image) {
        const auto codec = readImageCodecConfig(config);
        if (codec.gridSide() * codec.gridSide() != static_cast<std::int64_t>(kind.tokens))
            throw Error(config.string() + ": key \"n_compressions\" is " +
                        std::to_string(codec.compressions) + ", which gives " +
                        std::to_string(codec.gridSide() * codec.gridSide()) +
                        " tokens; the transformer reads " + std::to_string(kind.tokens) + ".");
        list = imageCodecWeights(codec, true, false);
        for (const std::int64_t level : codec.levels)
            codes *= level;
    } else if (kind.kind == ModalityKind::Spectrum) {
        const auto codec = readSpectrumCodecConfig(config);
        if (codec.pixels / 32 + 1 != static_cast<std::int64_t>(kind.tokens))
            throw Error(config.string() + ": key \"num_pixels\" is " + std::to_string(codec.pixels) +
                        ", which gives " + std::to_string(codec.pixels / 32 + 1) +
                        " tokens; the transformer reads " + std::to_string(kind.tokens) + ".");
        list = spectrumCodecWeights(codec, true, false);
        codes = codec.codebookSize;
    } else if (kind.kind == ModalityKind::ScalarList) {
        const auto codec = readScalarListCodecConfig(config);
        if (codec.quantizers != static_cast<std::int64_t>(kind.tokens))
            throw Error(config.string() + ": key \"num_quantizers\" is " + std::to_string(codec.quantizers) +
                        "; the transformer reads " + std::to_string(kind.tokens) + " tokens.");
        list = scalarListCodecWeights(codec);
        codes = codec.codebookSize;
    } else if (kind.kind == ModalityKind::Field) {
        const auto codec = readFieldCodecConfig(config);
        if (codec.gridSide() * codec.gridSide() != static_cast<std::int64_t>(kind.tokens))
            throw Error(config.string() + ": key \"num_downsamples\" is " +
                        std::to_string(codec.downsamples) + ", which gives " +
                        std::to_string(codec.gridSide() * codec.gridSide()) +
                        " tokens; the transformer reads " + std::to_string(kind.tokens) + ".");
        list = fieldCodecWeights(codec, true, false);
        for (const std::int64_t level : codec.levels)
            codes *= level;
    } else if (kind.isSequence()) {
        readObjectMaskValue(config);
        list = objectCodecWeights();
    } else {
        const auto codec = readScalarCodecConfig(config);
        list = scalarCodecWeights(codec, kind.kind);
        codes = codec.codebookSize;
    }
    if (codes > vocabulary)
        throw Error(config.string() + ": the codec has " + std::to_string(codes) +
                    " codes, but the transformer knows " + std::to_string(vocabulary) + " of " +
                    std::string(kind.key) + ". Do the two belong together?");
    const io::SafetensorsFile weights(file);
    checkWeights(weights, list);
    return weights.fingerprint();
}

std::string millions(std::uint64_t count) {
    return formatFixed(static_cast<double>(count) / 1e6, 1) + " million";
}

} // namespace

std::int64_t TransformerConfig::hiddenWidth() const {
    const auto hidden = static_cast<std::int64_t>(static_cast<double>(dim) * mlpRatio);
    return gatedMlp ? 2 * hidden / 3 : hidden;
}

std::vector<std::string> ModelDescription::usableModalities() const {
    std::vector<std::string> keys;
    for (const Modality& row : allModalities()) {
        const bool read =
            std::find(config.domainsIn.begin(), config.domainsIn.end(), row.key) != config.domainsIn.end();
        const auto codec = std::find_if(codecs.begin(), codecs.end(),
                                        [&](const CodecState& c) { return c.name == row.codec; });
        if (read && codec != codecs.end() && codec->problem.empty())
            keys.emplace_back(row.key);
    }
    return keys;
}

std::string ModelDescription::text() const {
    std::string text;
    if (!randomLabel.empty())
        text += "RANDOM WEIGHTS, for trials only: " + randomLabel + "\n";
    text += (sizeName == "custom" ? std::string("Model of no published size") : sizeName) +
            ": embeddings of width " + std::to_string(config.dim) + ", " +
            std::to_string(config.encoderDepth) + " encoder blocks, " + std::to_string(config.heads) +
            " heads.\n";
    text += millions(parameterCount) + " numbers in " + weightType + ", " +
            formatFixed(static_cast<double>(weightBytes) / 1e9, 2) + " GB. Fingerprint " + fingerprint +
            ".\n";
    const auto usable = usableModalities();
    text += usable.empty() ? "No modality can be encoded: no codec is usable.\n"
                           : "Can encode: " + joinText(usable, ", ") + ".\n";
    for (const CodecState& codec : codecs)
        if (!codec.problem.empty())
            text += "Codec " + codec.name + " is not usable: " + codec.problem + "\n";
    for (const std::string& note : notes)
        text += "Note: " + note + "\n";
    return text;
}

ModelDescription describeModel(const std::filesystem::path& folder,
                               const std::filesystem::path& codecFolder) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored))
        throw Error(folder.string() +
                    ": is not a folder. A model folder holds config.json and model.safetensors.");
    ModelDescription model;
    model.folder = folder;
    model.codecFolder = codecFolder.empty() ? folder / "codecs" : codecFolder;
    model.config = readTransformerConfig(folder / "config.json");
    const io::SafetensorsFile weights(folder / "model.safetensors");
    reconcile(model.config, weights, model.notes);
    checkWeights(weights, encoderWeights(model.config));
    model.sizeName = nameOfSize(model.config);
    model.weightType = nameOfType(weights);
    model.weightBytes = weights.fileBytes();
    for (const auto& [key, entry] : weights.tensors())
        model.parameterCount += entry.count;
    if (const auto label = weights.metadata().find(randomKey); label != weights.metadata().end())
        model.randomLabel = label->second;
    std::string fingerprints = weights.fingerprint();
    for (const Modality& row : allModalities()) {
        const auto& read = model.config.domainsIn;
        if (std::find(read.begin(), read.end(), row.key) == read.end())
            continue;
        checkWeights(weights, inputEmbedding(model.config, std::string(row.key),
                                             static_cast<std::int64_t>(row.positions()), -1));
        const bool known = std::any_of(model.codecs.begin(), model.codecs.end(),
                                       [&](const CodecState& codec) { return codec.name == row.codec; });
        if (known)
            continue;
        CodecState state{std::string(row.codec), {}};
        try {
            fingerprints += checkCodec(
                model.codecFolder / row.codec, row,
                weights.require("encoder_embeddings." + std::string(row.key) + ".token_emb.weight", {-1, -1})
                    .shape[0]);
        } catch (const Error& error) {
            state.problem = error.what();
        }
        model.codecs.push_back(std::move(state));
    }
    model.fingerprint = hashText(fingerprints);
    return model;
}

} // namespace penumbra::aion
