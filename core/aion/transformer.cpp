#include "core/aion/modality.h"
#include "core/aion/transformer_impl.h"
#include "core/base/error.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/elu.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/mish.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/zeros.h>
#include <algorithm>
#include <cmath>

namespace penumbra::aion {

namespace {

constexpr double epsilon = 1e-6; // of every norm of the transformer

/// Matrices in the precision asked for; norms and embeddings stay in float32, as does the residual stream.
Weights mixedWeights(const io::SafetensorsFile& file, const WeightList& list, at::Device device,
                     at::ScalarType type) {
    WeightList matrices, rest;
    for (const WeightSpec& spec : list)
        (spec.role == WeightSpec::Role::Matrix || spec.role == WeightSpec::Role::Bias ? matrices : rest)
            .push_back(spec);
    Weights weights(file, rest, device, at::kFloat);
    weights.add(file, matrices, device, type);
    return weights;
}

at::Tensor activate(const at::Tensor& x, const std::string& name) {
    if (name == "SiLU")
        return at::silu(x);
    if (name == "GELU")
        return at::gelu(x);
    if (name == "ReLU")
        return at::relu(x);
    if (name == "Tanh")
        return at::tanh(x);
    if (name == "Sigmoid")
        return at::sigmoid(x);
    if (name == "ELU")
        return at::elu(x);
    return at::mish(x); // the names were checked when config.json was read
}

Norm headNorm(const Weights& weights, const std::string& prefix, at::ScalarType type) {
    if (!weights.find(prefix + ".weight").defined())
        return {};
    Norm norm(weights, prefix, epsilon);
    norm.weight = norm.weight.to(type);
    if (norm.bias.defined())
        norm.bias = norm.bias.to(type);
    return norm;
}

/// x [B, N, H, d] -> normalised over d if there is a norm, as [B, H, N, d].
at::Tensor heads(const at::Tensor& x, const Norm& norm) {
    return (norm.weight.defined() ? norm(x) : x).transpose(1, 2);
}

/// Softmax attention of q, k, v [B, H, N or M, d] -> [B, N, H d]; fused.
at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, bool causal = false) {
    const at::Tensor out = at::scaled_dot_product_attention(q, k, v, {}, 0.0, causal);
    return out.transpose(1, 2).reshape({q.size(0), q.size(2), q.size(1) * q.size(3)});
}

} // namespace

std::vector<float> sineCosinePositions(std::int64_t tokens, bool square, std::int64_t dim) {
    const std::int64_t pairs = dim / 4;
    const auto width = square ? std::llround(std::sqrt(static_cast<double>(tokens))) : std::int64_t{1};
    const std::int64_t height = square ? width : tokens;
    std::vector<float> rows(static_cast<std::size_t>(tokens * dim), 0.0F);
    for (std::int64_t n = 0; n < tokens; ++n)
        for (std::int64_t k = 0; k < pairs; ++k) {
            const double frequency = std::pow(10000.0, -static_cast<double>(k) / static_cast<double>(pairs));
            const double a = static_cast<double>(n / height) * frequency,
                         b = static_cast<double>(n % height) * frequency;
            float* row = rows.data() + n * dim + k;
            row[0] = static_cast<float>(std::sin(a));
            row[pairs] = static_cast<float>(std::cos(a));
            row[2 * pairs] = static_cast<float>(std::sin(b));
            row[3 * pairs] = static_cast<float>(std::cos(b));
        }
    return rows;
}

Attention::Attention(const Weights& weights, const std::string& prefix, const TransformerConfig&)
    : qkv(weights, prefix + ".qkv"), proj(weights, prefix + ".proj"),
      qNorm(headNorm(weights, prefix + ".q_norm", qkv.weight.scalar_type())),
      kNorm(headNorm(weights, prefix + ".k_norm", qkv.weight.scalar_type())) {}

at::Tensor Attention::operator()(const at::Tensor& x, std::int64_t keys, std::int64_t headCount,
                                 bool causal) const {
    const at::Tensor all = qkv(x).view({x.size(0), x.size(1), 3, headCount, x.size(2) / headCount});
    const at::Tensor q = heads(all.select(2, 0), qNorm);
    const at::Tensor k = heads(all.select(2, 1).narrow(1, 0, keys), kNorm);
    const at::Tensor v = all.select(2, 2).narrow(1, 0, keys).transpose(1, 2);
    return proj(attend(q, k, v, causal));
}

CrossAttention::CrossAttention(const Weights& weights, const std::string& prefix, const TransformerConfig&)
    : q(weights, prefix + ".q"), kv(weights, prefix + ".kv"), proj(weights, prefix + ".proj"),
      qNorm(headNorm(weights, prefix + ".q_norm", q.weight.scalar_type())),
      kNorm(headNorm(weights, prefix + ".k_norm", q.weight.scalar_type())) {}

at::Tensor CrossAttention::operator()(const at::Tensor& x, const at::Tensor& context,
                                      std::int64_t headCount) const {
    const std::int64_t width = x.size(2) / headCount;
    const at::Tensor both = kv(context).view({context.size(0), context.size(1), 2, headCount, width});
    const at::Tensor queries = heads(q(x).view({x.size(0), x.size(1), headCount, width}), qNorm);
    return proj(attend(queries, heads(both.select(2, 0), kNorm), both.select(2, 1).transpose(1, 2)));
}

FeedForward::FeedForward(const Weights& weights, const std::string& prefix, const TransformerConfig& config)
    : first(weights, prefix + ".fc1"), second(weights, prefix + ".fc2"), activation(config.activation),
      gated(config.gatedMlp) {
    if (!gated)
        return;
    const Linear gate(weights, prefix + ".fc3");
    first.weight = at::cat({first.weight, gate.weight});
    if (first.bias.defined())
        first.bias = at::cat({first.bias, gate.bias});
}

at::Tensor FeedForward::operator()(const at::Tensor& x) const {
    const at::Tensor hidden = first(x);
    if (!gated)
        return second(activate(hidden, activation));
    const std::int64_t width = hidden.size(-1) / 2;
    return second(activate(hidden.narrow(-1, 0, width), activation).mul_(hidden.narrow(-1, width, width)));
}

namespace {

/// Of a sequence, in one dimension: row n is [sin(n f), cos(n f)] (spec 2, 1).
std::vector<float> sequencePositions(std::int64_t tokens, std::int64_t dim) {
    const std::int64_t half = dim / 2;
    std::vector<float> rows(static_cast<std::size_t>(tokens * dim), 0.0F);
    for (std::int64_t n = 0; n < tokens; ++n)
        for (std::int64_t k = 0; k < half; ++k) {
            const double angle = static_cast<double>(n) *
                                 std::pow(10000.0, -static_cast<double>(k) / static_cast<double>(half));
            rows[static_cast<std::size_t>(n * dim + k)] = static_cast<float>(std::sin(angle));
            rows[static_cast<std::size_t>(n * dim + half + k)] = static_cast<float>(std::cos(angle));
        }
    return rows;
}

TokenEmbedding loadEmbedding(const io::SafetensorsFile& file, const TransformerConfig& config,
                             const Modality& kind, bool output, at::Device device) {
    const std::string key(kind.key),
        prefix = (output ? "decoder_embeddings." : "encoder_embeddings.") + key + ".";
    const auto tokens = static_cast<std::int64_t>(kind.positions());
    const Weights weights(
        file, output ? outputEmbedding(config, key, tokens, -1) : inputEmbedding(config, key, tokens, -1),
        device, at::kFloat);
    TokenEmbedding embedding;
    embedding.modality = &kind;
    embedding.tokens = weights.find(prefix + "token_emb.weight");
    at::Tensor position = weights.find(prefix + "pos_emb");
    if (!position.defined()) {
        const bool square = kind.kind == ModalityKind::Image || kind.kind == ModalityKind::Field;
        const auto rows = kind.isSequence() ? sequencePositions(tokens, config.dim)
                                            : sineCosinePositions(tokens, square, config.dim);
        position = floatTensor(rows, {1, tokens, config.dim}, device);
    }
    embedding.position = (position + weights.at(prefix + "mod_emb")).squeeze(0);
    if (output)
        embedding.toLogits = Linear(weights, prefix + "to_logits");
    return embedding;
}

const TokenEmbedding& findEmbedding(const std::vector<TokenEmbedding>& list, const std::string& key,
                                    const char* what) {
    const auto found = std::find_if(list.begin(), list.end(),
                                    [&](const TokenEmbedding& e) { return e.modality->key == key; });
    if (found == list.end())
        throw UsageError("modality " + key + " was not loaded as " + what + " of this model.");
    return *found;
}

std::vector<std::int64_t> checkedIds(const ModalityTokens& tokens, std::span<const std::size_t> rows,
                                     std::int64_t vocabulary) {
    std::vector<std::int64_t> ids;
    ids.reserve(rows.size() * tokens.tokens);
    for (const std::size_t row : rows)
        for (std::size_t n = row * tokens.tokens; n < (row + 1) * tokens.tokens; ++n) {
            const bool dropped = !tokens.drop.empty() && tokens.drop[n] != 0;
            if (!dropped && (tokens.ids[n] < 0 || tokens.ids[n] >= vocabulary))
                throw Error("row " + std::to_string(row) + ": token " + std::to_string(tokens.ids[n]) +
                            " of " + tokens.key + " is outside of the model's vocabulary of " +
                            std::to_string(vocabulary) + ".");
            ids.push_back(dropped ? 0 : tokens.ids[n]);
        }
    return ids;
}

/// Row of the table of positions of each token [rows, all tokens], the tables of the modalities one below the
/// other. A sequence counts the tokens that are kept; elsewhere the place counts, whatever is dropped.
std::vector<std::int64_t> positionRows(const TokenBatch& batch, std::span<const std::size_t> rows) {
    std::vector<std::int64_t> result;
    for (const std::size_t row : rows) {
        std::int64_t table = 0;
        for (const ModalityTokens& part : batch.modalities) {
            const Modality& kind = modality(part.key);
            std::int64_t at = 0;
            for (std::size_t n = 0; n < part.tokens; ++n) {
                result.push_back(table + at);
                at +=
                    kind.isSequence() && !part.drop.empty() && part.drop[row * part.tokens + n] != 0 ? 0 : 1;
            }
            table += static_cast<std::int64_t>(kind.positions());
        }
    }
    return result;
}

/// Flat positions in [rows, all tokens] of the first `used` tokens that are not dropped. Empty: all are used.
std::vector<std::int64_t> usedPositions(const TokenBatch& batch, std::span<const std::size_t> rows,
                                        std::int64_t total, std::int64_t used) {
    std::vector<std::int64_t> positions;
    if (used == total)
        return positions;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        std::int64_t at = static_cast<std::int64_t>(r) * total, taken = 0;
        for (const ModalityTokens& tokens : batch.modalities)
            for (std::size_t n = 0; n < tokens.tokens; ++n, ++at)
                if (taken < used && (tokens.drop.empty() || tokens.drop[rows[r] * tokens.tokens + n] == 0)) {
                    positions.push_back(at);
                    ++taken;
                }
    }
    return positions;
}

} // namespace

Transformer::Transformer(const ModelDescription& description, std::span<const std::string> keys, bool decoder,
                         at::Device device, Precision precision)
    : config_(description.config), device_(device),
      type_(precision == Precision::BFloat16 ? at::kBFloat16 : at::kFloat) {
    const io::SafetensorsFile file(description.folder / "model.safetensors");
    for (const std::string& key : keys)
        inputs_.push_back(loadEmbedding(file, config_, modality(key), false, device));
    for (std::int64_t i = 0; i < config_.encoderDepth; ++i) {
        const std::string block = "encoder." + std::to_string(i);
        WeightList list = encoderWeights(config_);
        std::erase_if(list, [&](const WeightSpec& spec) { return !spec.key.starts_with(block + "."); });
        const Weights weights = mixedWeights(file, list, device, type_);
        encoder_.push_back(
            {Norm(weights, block + ".norm1", epsilon), Norm(weights, block + ".norm2", epsilon),
             Attention(weights, block + ".attn", config_), FeedForward(weights, block + ".mlp", config_)});
        EncoderBlock& last = encoder_.back();
        for (Linear* linear : {&last.attention.qkv, &last.attention.proj, &last.mlp.first, &last.mlp.second})
            linear->pack();
    }
    WeightList rest = encoderWeights(config_);
    std::erase_if(rest, [](const WeightSpec& spec) { return spec.key.starts_with("encoder."); });
    const Weights weights = mixedWeights(file, rest, device, type_);
    encoderNorm_ = Norm(weights, "encoder_norm", epsilon);
    context_ = Linear(weights, "decoder_proj_context");
    context_.pack();
    registers_ = weights.find("register_tokens");
    if (decoder)
        loadDecoder(file);
}

void Transformer::loadDecoder(const io::SafetensorsFile& file) {
    const Weights weights = mixedWeights(file, decoderWeights(config_), device_, type_);
    for (std::int64_t i = 0; i < config_.decoderDepth; ++i) {
        const std::string block = "decoder." + std::to_string(i);
        DecoderBlock d;
        d.norm1 = Norm(weights, block + ".norm1", epsilon);
        d.queryNorm = Norm(weights, block + ".query_norm", epsilon);
        d.contextNorm = Norm(weights, block + ".context_norm", epsilon);
        d.norm2 = Norm(weights, block + ".norm2", epsilon);
        const Linear qkv(weights, block + ".self_attn.qkv");
        d.selfValue.weight = qkv.weight.narrow(0, 2 * config_.dim, config_.dim);
        if (qkv.bias.defined())
            d.selfValue.bias = qkv.bias.narrow(0, 2 * config_.dim, config_.dim);
        d.self = Attention(weights, block + ".self_attn", config_);
        d.cross = CrossAttention(weights, block + ".cross_attn", config_);
        d.mlp = FeedForward(weights, block + ".mlp", config_);
        decoder_.push_back(std::move(d));
    }
    decoderNorm_ = Norm(weights, "decoder_norm", epsilon);
    maskToken_ = weights.at("mask_token");
    for (const std::string& key : config_.domainsOut)
        if (const Modality* kind = findModality(key))
            targets_.push_back(loadEmbedding(file, config_, *kind, true, device_));
}

const TokenEmbedding& Transformer::input(const std::string& key) const {
    return findEmbedding(inputs_, key, "an input");
}

const TokenEmbedding& Transformer::target(const std::string& key) const {
    return findEmbedding(targets_, key, "a target");
}

EncodedGroup Transformer::encode(const TokenBatch& batch, std::span<const std::size_t> rows,
                                 std::int64_t used, bool padding, EncoderOutput output) const {
    EncodedGroup group;
    group.rows.assign(rows.begin(), rows.end());
    group.used = used;
    group.padding = padding ? 1 : 0;
    const auto count = static_cast<std::int64_t>(rows.size()), registers = config_.registerTokens;
    std::vector<at::Tensor> tokens, positions;
    std::vector<std::int32_t> ids;
    for (const ModalityTokens& part : batch.modalities) {
        const TokenEmbedding& e = input(part.key);
        const auto n = static_cast<std::int64_t>(part.tokens);
        tokens.push_back(at::embedding(
            e.tokens, indexTensor(checkedIds(part, rows, e.tokens.size(0)), {count, n}, device_)));
        positions.push_back(e.position);
        ids.insert(ids.end(), part.tokens, e.modality->id);
    }
    const auto total = static_cast<std::int64_t>(ids.size());
    at::Tensor x = tokens.empty() ? at::zeros({count, 0, config_.dim}, encoderNorm_.weight.options())
                                  : at::cat(tokens, 1);
    at::Tensor emb = positions.empty() ? x.select(0, 0) : at::cat(positions);
    const bool sequences = std::any_of(batch.modalities.begin(), batch.modalities.end(),
                                       [](const auto& part) { return modality(part.key).isSequence(); });
    if (sequences)
        emb = emb.index_select(0, indexTensor(positionRows(batch, rows), {count * total}, device_))
                  .view({count, total, config_.dim});
    const auto kept = usedPositions(batch, rows, total, used);
    if (used != total) {
        const at::Tensor index = indexTensor(kept, {count * used}, device_);
        x = x.reshape({count * total, config_.dim}).index_select(0, index).view({count, used, config_.dim});
        emb = (sequences ? emb.reshape({count * total, config_.dim}).index_select(0, index)
                         : emb.index_select(0, index.remainder(total)))
                  .view({count, used, config_.dim});
    }
    for (std::int64_t i = 0; i < count * used; ++i)
        group.modalityId.push_back(ids[static_cast<std::size_t>(
            used == total ? i % total : kept[static_cast<std::size_t>(i)] % total)]);
    x = x + emb;
    std::vector<at::Tensor> sequence;
    if (registers > 0)
        sequence.push_back(registers_.expand({count, registers, config_.dim}));
    sequence.push_back(x);
    if (padding)
        sequence.push_back(at::zeros({count, 1, config_.dim}, x.options()));
    if (sequence.size() > 1)
        x = at::cat(sequence, 1);
    // Where nothing is used, attention is uniform over paddings, which are all alike.
    const std::int64_t keys = std::max<std::int64_t>(registers + used, 1);
    for (const EncoderBlock& block : encoder_) {
        x.add_(block.attention(block.norm1(x).to(type_), keys, config_.heads));
        x.add_(block.mlp(block.norm2(x).to(type_)));
    }
    group.values = encoderNorm_(x);
    if (output == EncoderOutput::Context) {
        group.values = context_(group.values.to(type_)).to(at::kFloat);
        group.values.narrow(1, registers, used).add_(emb);
    }
    return group;
}

} // namespace penumbra::aion
