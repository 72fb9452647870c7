#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace penumbra::aion {

/// config.json of the transformer (spec 1). Read, never assumed.
struct TransformerConfig {
    std::vector<std::string> domainsIn, domainsOut;
    std::int64_t dim = 0, encoderDepth = 0, decoderDepth = 0, heads = 0, registerTokens = 0;
    double mlpRatio = 4.0;
    bool qkvBias = true, projBias = true, mlpBias = true, normBias = true;
    bool gatedMlp = false, qkNorm = false, sharedModalityEmbeddings = true;
    std::string activation; ///< torch.nn name: "SiLU", "GELU", ...

    std::int64_t headWidth() const { return dim / heads; }
    std::int64_t hiddenWidth() const; ///< int(dim mlp_ratio), for gated networks two thirds of it
};

struct CodecState {
    std::string name;    ///< folder: "image", "spectrum", "FLUX_G"
    std::string problem; ///< empty: usable; else what is wrong, with the file's name
};

/// What a model folder holds, found without reading the weights: milliseconds also for the largest model.
struct ModelDescription {
    std::filesystem::path folder;      ///< config.json, model.safetensors
    std::filesystem::path codecFolder; ///< NAME/config.json, NAME/model.safetensors
    TransformerConfig config;
    std::uint64_t parameterCount = 0, weightBytes = 0;
    std::string weightType;  ///< "float32", "float16", "bfloat16" or "mixed"
    std::string sizeName;    ///< "AION-B" and the like when the widths match, else "custom"
    std::string fingerprint; ///< 16 hex digits over headers and samples of the weights: provenance, resuming
    std::string randomLabel; ///< not empty: the weights are random numbers; says so in words
    std::vector<CodecState> codecs;
    std::vector<std::string> notes; ///< doubtful findings worth telling

    /// Keys of the modalities that the transformer reads and whose codec is usable, in the order of
    /// allModalities().
    std::vector<std::string> usableModalities() const;
    /// Several lines for a dialog: size, weights, what can be encoded, what is missing and why.
    std::string text() const;
};

/// Checks the folder: both config files, the headers of all weights, every shape the transformer needs.
/// Codecs that are missing or broken are listed, not fatal. @param codecFolder empty: folder/codecs.
/// @throws Error naming file, key, shape wanted and found, and what to do.
ModelDescription describeModel(const std::filesystem::path& folder,
                               const std::filesystem::path& codecFolder = {});

} // namespace penumbra::aion
