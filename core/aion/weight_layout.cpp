#include "core/aion/weight_layout.h"

#include "core/aion/modality.h"

#include <algorithm>

namespace penumbra::aion {

namespace {
using Role = WeightSpec::Role;
using Shape = std::vector<std::int64_t>;

/// Collects specs by kind of layer; keys as the reference names them.
struct Layout {
    WeightList list;

    void matrix(const std::string& key, Shape shape) {
        std::int64_t fanIn = 1;
        for (std::size_t i = 1; i < shape.size(); ++i)
            fanIn *= shape[i];
        list.push_back({key, std::move(shape), Role::Matrix, fanIn, {}, false});
    }
    /// Any layer with weight [out, ...] and bias [out].
    void layer(const std::string& prefix, Shape shape, bool bias = true) {
        const std::int64_t out = shape[0];
        matrix(prefix + ".weight", std::move(shape));
        if (bias)
            list.push_back({prefix + ".bias", {out}, Role::Bias, 1, {}, false});
    }
    /// A transposed convolution, whose weight is [in, out, width].
    void transposed(const std::string& prefix, std::int64_t in, std::int64_t out, std::int64_t width) {
        list.push_back({prefix + ".weight", {in, out, width}, Role::Matrix, in, {}, false});
        list.push_back({prefix + ".bias", {out}, Role::Bias, 1, {}, false});
    }
    /// "Without bias" there is a buffer of zeros all the same (spec 0.4), so it is never required.
    void norm(const std::string& prefix, std::int64_t width) {
        list.push_back({prefix + ".weight", {width}, Role::NormWeight, 1, {}, false});
        list.push_back({prefix + ".bias", {width}, Role::NormBias, 1, {}, true});
    }
    void tensor(const std::string& key, Shape shape, Role role, std::string otherKey = {},
                bool mayBeAbsent = false) {
        list.push_back({key, std::move(shape), role, 1, std::move(otherKey), mayBeAbsent});
    }
};

void attentionNorms(Layout& layout, const std::string& prefix, const TransformerConfig& config) {
    if (!config.qkNorm)
        return;
    layout.norm(prefix + ".q_norm", config.headWidth());
    layout.norm(prefix + ".k_norm", config.headWidth());
}

void selfAttention(Layout& layout, const std::string& prefix, const TransformerConfig& config) {
    layout.layer(prefix + ".qkv", {3 * config.dim, config.dim}, config.qkvBias);
    layout.layer(prefix + ".proj", {config.dim, config.dim}, config.projBias);
    attentionNorms(layout, prefix, config);
}

void feedForward(Layout& layout, const std::string& prefix, const TransformerConfig& config) {
    const std::int64_t hidden = config.hiddenWidth();
    layout.layer(prefix + ".fc1", {hidden, config.dim}, config.mlpBias);
    layout.layer(prefix + ".fc2", {config.dim, hidden}, config.mlpBias);
    if (config.gatedMlp)
        layout.layer(prefix + ".fc3", {hidden, config.dim}, config.mlpBias);
}

void embedding(Layout& layout, const TransformerConfig& config, const std::string& side,
               const std::string& otherSide, const std::string& key, std::int64_t tokens,
               std::int64_t vocabulary) {
    const std::string prefix = side + "_embeddings." + key + ".";
    // The decoder is never fed its tokens' values (spec 4), a sequence's excepted (spec 2, 3.5).
    if (side == "encoder" || modality(key).isSequence())
        layout.tensor(prefix + "token_emb.weight", {vocabulary, config.dim}, Role::Embedding);
    layout.tensor(prefix + "pos_emb", {1, tokens, config.dim}, Role::Position, {}, true);
    // Shared between both sides, and only one name is in the file (spec 0.3).
    layout.tensor(prefix + "mod_emb", {1, 1, config.dim}, Role::Embedding,
                  otherSide + "_embeddings." + key + ".mod_emb");
}

void residualUnit(Layout& layout, const std::string& prefix, std::int64_t width) {
    const std::int64_t squeezed = std::max<std::int64_t>(16, width / 2);
    layout.layer(prefix + ".net.0.conv", {width, width, 3, 3});
    layout.layer(prefix + ".net.2", {width, width, 1, 1});
    layout.layer(prefix + ".net.4.to_k", {1, width, 1, 1});
    layout.layer(prefix + ".net.4.net.0", {squeezed, width, 1, 1});
    layout.layer(prefix + ".net.4.net.2", {width, squeezed, 1, 1});
}

void residualUnits(Layout& layout, const std::string& prefix, std::int64_t width, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i)
        residualUnit(layout, prefix + "." + std::to_string(i), width);
}

void imageEncoder(Layout& layout, const ImageCodecConfig& config) {
    const std::string stem = "model.encoder_layers.";
    layout.layer("subsample_in", {config.projection, ImageCodecConfig::bandCount});
    std::int64_t width = config.firstWidth(), k = 0;
    layout.layer("model.conv_in.conv", {width, config.projection, 7, 7});
    residualUnit(layout, stem + std::to_string(k++), width);
    for (std::int64_t i = 0; i < config.compressions; ++i) {
        layout.layer(stem + std::to_string(k++) + ".conv", {2 * width, width, 3, 3});
        width *= 2;
        residualUnits(layout, stem + std::to_string(k++), width, config.consecutive);
    }
    layout.layer(stem + std::to_string(k++) + ".conv", {width, width, 7, 7});
    residualUnits(layout, stem + std::to_string(k++), width, config.consecutive);
    layout.norm(stem + std::to_string(k) + ".1", width);
    layout.layer("pre_quant_proj", {static_cast<std::int64_t>(config.levels.size()), width, 1, 1});
}

void imageDecoder(Layout& layout, const ImageCodecConfig& config) {
    const std::string stem = "model.decoder_layers.";
    std::int64_t width = config.hidden, k = 0;
    layout.layer("post_quant_proj", {width, static_cast<std::int64_t>(config.levels.size()), 1, 1});
    residualUnits(layout, stem + std::to_string(k++), width, config.consecutive);
    layout.layer(stem + std::to_string(k++) + ".conv", {width, width, 3, 3});
    residualUnits(layout, stem + std::to_string(k++), width, config.consecutive);
    for (std::int64_t i = 0; i < config.compressions; ++i) {
        layout.layer(stem + std::to_string(k++) + ".net.0", {2 * width, width, 1, 1});
        width /= 2;
        if (i + 1 < config.compressions)
            residualUnits(layout, stem + std::to_string(k++), width, config.consecutive);
    }
    residualUnit(layout, stem + std::to_string(k), width);
    layout.layer("model.conv_out.conv", {config.projection, width, 3, 3});
    layout.layer("subsample_out", {ImageCodecConfig::bandCount, config.projection});
}

void convNextStage(Layout& layout, const std::string& prefix, std::int64_t width, std::int64_t depth) {
    for (std::int64_t b = 0; b < depth; ++b) {
        const std::string block = prefix + "." + std::to_string(b);
        layout.layer(block + ".dwconv", {width, 1, 7});
        layout.norm(block + ".norm", width);
        layout.layer(block + ".pwconv1", {4 * width, width});
        layout.tensor(block + ".grn.gamma", {1, 1, 4 * width}, Role::Bias);
        layout.tensor(block + ".grn.beta", {1, 1, 4 * width}, Role::Bias);
        layout.layer(block + ".pwconv2", {width, 4 * width});
    }
}

void spectrumEncoder(Layout& layout, const SpectrumCodecConfig& config) {
    std::int64_t before = 2;
    for (std::size_t s = 0; s < 4; ++s) {
        const std::int64_t width = config.encoderDims[s];
        const std::string down = "encoder.downsample_layers." + std::to_string(s);
        if (s == 0) {
            layout.layer(down + ".0", {width, before, 4});
            layout.norm(down + ".1", width);
        } else {
            layout.norm(down + ".0", before);
            layout.layer(down + ".1", {width, before, 2});
        }
        convNextStage(layout, "encoder.stages." + std::to_string(s), width, config.encoderDepths[s]);
        before = width;
    }
    layout.norm("encoder.norm", before);
    layout.norm("pre_quant_norm", config.latentChannels);
    layout.layer("quant_conv", {config.codeBits, config.latentChannels, 1});
}

void spectrumDecoder(Layout& layout, const SpectrumCodecConfig& config) {
    layout.layer("post_quant_conv", {config.latentChannels, config.codeBits, 1});
    std::int64_t before = config.latentChannels;
    for (std::size_t s = 0; s < 4; ++s) {
        const std::int64_t width = config.decoderDims[s];
        const std::string up = "decoder.upsample_layers." + std::to_string(s);
        if (s == 0) {
            layout.transposed(up + ".0", before, width, 2);
            layout.norm(up + ".1", width);
        } else {
            layout.norm(up + ".0", before);
            layout.transposed(up + ".1", before, width, s == 3 ? 4 : 2);
        }
        convNextStage(layout, "decoder.stages." + std::to_string(s), width, config.decoderDepths[s]);
        before = width;
    }
}

/// Batch norm goes by its running statistics.
void fieldResiduals(Layout& layout, const std::string& prefix, std::int64_t width,
                    const FieldCodecConfig& config) {
    const std::int64_t hidden = config.residualWidth;
    for (std::int64_t j = 0; j < config.residualLayers; ++j) {
        const std::string unit = prefix + ".net." + std::to_string(j) + ".net";
        layout.layer(unit + ".1", {hidden, width, 3, 3});
        layout.norm(unit + ".2", hidden);
        layout.tensor(unit + ".2.running_mean", {hidden}, Role::Bias);
        layout.tensor(unit + ".2.running_var", {hidden}, Role::NormWeight);
        layout.layer(unit + ".4", {width, hidden, 1, 1});
    }
}

void fieldEncoder(Layout& layout, const FieldCodecConfig& config) {
    std::int64_t before = 1;
    for (std::int64_t i = 0; i < config.downsamples; ++i) {
        const std::int64_t width = config.width >> (config.downsamples - 1 - i);
        layout.layer("encoder.net." + std::to_string(2 * i), {width, before, 4, 4});
        before = width;
    }
    const std::int64_t last = 2 * config.downsamples;
    layout.layer("encoder.net." + std::to_string(last), {config.width, config.width, 3, 3});
    fieldResiduals(layout, "encoder.net." + std::to_string(last + 1), config.width, config);
    layout.layer("encode_proj", {static_cast<std::int64_t>(config.levels.size()), config.width, 1, 1});
}

/// Not the mirror of the encoder: the widths begin narrow again (spec 2, 0.14).
void fieldDecoder(Layout& layout, const FieldCodecConfig& config) {
    const std::int64_t wide = config.decoderWidth;
    layout.layer("decode_proj", {wide, static_cast<std::int64_t>(config.levels.size()), 1, 1});
    layout.layer("decoder.net.0", {wide, wide, 3, 3}); // transposed, [in, out, ...]; both are the width
    fieldResiduals(layout, "decoder.net.1", wide, config);
    std::int64_t before = wide;
    for (std::int64_t i = 0; i < config.downsamples; ++i) {
        const std::int64_t width = i + 1 < config.downsamples ? wide >> (config.downsamples - 1 - i) : 1;
        const std::string prefix = "decoder.net." + std::to_string(3 + 2 * i);
        layout.matrix(prefix + ".weight", {before, width, 4, 4});
        layout.list.back().fanIn = before * 4; // of the 16 taps four meet a pixel
        layout.tensor(prefix + ".bias", {width}, Role::Bias);
        before = width;
    }
}

} // namespace

WeightList encoderWeights(const TransformerConfig& config) {
    Layout layout;
    for (std::int64_t i = 0; i < config.encoderDepth; ++i) {
        const std::string block = "encoder." + std::to_string(i);
        layout.norm(block + ".norm1", config.dim);
        selfAttention(layout, block + ".attn", config);
        layout.norm(block + ".norm2", config.dim);
        feedForward(layout, block + ".mlp", config);
    }
    layout.norm("encoder_norm", config.dim);
    layout.layer("decoder_proj_context", {config.dim, config.dim});
    if (config.registerTokens > 0)
        layout.tensor("register_tokens", {1, config.registerTokens, config.dim}, Role::Embedding);
    return layout.list;
}

WeightList decoderWeights(const TransformerConfig& config) {
    Layout layout;
    layout.tensor("mask_token", {1, 1, config.dim}, Role::Embedding);
    for (std::int64_t i = 0; i < config.decoderDepth; ++i) {
        const std::string block = "decoder." + std::to_string(i);
        layout.norm(block + ".norm1", config.dim);
        selfAttention(layout, block + ".self_attn", config);
        layout.norm(block + ".query_norm", config.dim);
        layout.norm(block + ".context_norm", config.dim);
        layout.layer(block + ".cross_attn.q", {config.dim, config.dim}, config.qkvBias);
        layout.layer(block + ".cross_attn.kv", {2 * config.dim, config.dim}, config.qkvBias);
        layout.layer(block + ".cross_attn.proj", {config.dim, config.dim}, config.projBias);
        attentionNorms(layout, block + ".cross_attn", config);
        layout.norm(block + ".norm2", config.dim);
        feedForward(layout, block + ".mlp", config);
    }
    layout.norm("decoder_norm", config.dim);
    return layout.list;
}

WeightList inputEmbedding(const TransformerConfig& config, const std::string& key, std::int64_t tokens,
                          std::int64_t vocabulary) {
    Layout layout;
    embedding(layout, config, "encoder", "decoder", key, tokens, vocabulary);
    return layout.list;
}

WeightList outputEmbedding(const TransformerConfig& config, const std::string& key, std::int64_t tokens,
                           std::int64_t vocabulary) {
    Layout layout;
    embedding(layout, config, "decoder", "encoder", key, tokens, vocabulary);
    layout.matrix("decoder_embeddings." + key + ".to_logits.weight", {vocabulary, config.dim});
    layout.list.back().fanIn = config.dim;
    return layout.list;
}

WeightList imageCodecWeights(const ImageCodecConfig& config, bool encoder, bool decoder) {
    Layout layout;
    layout.tensor("_quantizer.levels", {static_cast<std::int64_t>(config.levels.size())}, Role::Constant,
                  "quantizer.levels", true);
    if (encoder)
        imageEncoder(layout, config);
    if (decoder)
        imageDecoder(layout, config);
    return layout.list;
}

WeightList spectrumCodecWeights(const SpectrumCodecConfig& config, bool encoder, bool decoder) {
    Layout layout;
    layout.tensor("_quantizer._quantizer.mask", {config.codeBits}, Role::Constant,
                  "quantizer._quantizer.mask", true);
    layout.tensor("normalization_quantizer.buckets", {config.codebookSize}, Role::Constant);
    layout.tensor("latent_grid._wavelength", {1, config.pixels}, Role::Constant);
    if (encoder)
        spectrumEncoder(layout, config);
    if (decoder)
        spectrumDecoder(layout, config);
    return layout.list;
}

WeightList scalarCodecWeights(const ScalarCodecConfig& config, ModalityKind kind) {
    Layout layout;
    const std::string name = kind == ModalityKind::GridScalar ? "buckets" : "_index_to_val";
    layout.tensor("_quantizer." + name, {config.codebookSize}, Role::Constant, "quantizer." + name);
    return layout.list;
}

WeightList scalarListCodecWeights(const ScalarListCodecConfig& config) {
    Layout layout;
    for (std::int64_t i = 0; i < config.quantizers; ++i) {
        const std::string book = "quantizer.quantizers." + std::to_string(i) + "._index_to_val";
        layout.tensor("_" + book, {config.codebookSize}, Role::Constant, book);
    }
    return layout.list;
}

WeightList fieldCodecWeights(const FieldCodecConfig& config, bool encoder, bool decoder) {
    Layout layout;
    layout.tensor("_quantizer.levels", {static_cast<std::int64_t>(config.levels.size())}, Role::Constant,
                  "quantizer.levels", true);
    if (encoder)
        fieldEncoder(layout, config);
    if (decoder)
        fieldDecoder(layout, config);
    return layout.list;
}

WeightList objectCodecWeights() {
    Layout layout;
    for (const char* shape : {"SHAPE_E1", "SHAPE_E2", "SHAPE_R"}) {
        const std::string book = std::string("quantizer.quantizers.") + shape + "._index_to_val";
        layout.tensor("_" + book, {-1}, Role::Constant, book);
    }
    return layout.list;
}

const io::TensorEntry* findWeight(const io::SafetensorsFile& file, const WeightSpec& spec) {
    for (const std::string& key : {spec.key, spec.otherKey})
        if (!key.empty() && file.find(key) != nullptr)
            return &file.require(key, spec.shape);
    if (!spec.mayBeAbsent)
        file.require(spec.key, spec.shape); // throws
    return nullptr;
}

void checkWeights(const io::SafetensorsFile& file, const WeightList& weights) {
    for (const WeightSpec& spec : weights)
        findWeight(file, spec);
}

} // namespace penumbra::aion
