#pragma once

// Internal: sees torch.
#include "core/aion/layers_impl.h"
#include "core/aion/model.h"

#include <vector>

namespace penumbra::aion {

/// Fixed sine-cosine positions [1, tokens, dim]; images on a square grid, all else in a row (spec 3.2).
std::vector<float> sineCosinePositions(std::int64_t tokens, bool square, std::int64_t dim);

struct Attention {
    Linear qkv, proj;
    Norm qNorm, kNorm; ///< weight undefined: none
    Attention() = default;
    Attention(const Weights& weights, const std::string& prefix, const TransformerConfig& config);
    /// x [B, N, D]; only the first `keys` positions are looked at. @param causal and none behind one's own
    at::Tensor operator()(const at::Tensor& x, std::int64_t keys, std::int64_t heads,
                          bool causal = false) const;
};

struct CrossAttention {
    Linear q, kv, proj;
    Norm qNorm, kNorm;
    CrossAttention() = default;
    CrossAttention(const Weights& weights, const std::string& prefix, const TransformerConfig& config);
    at::Tensor operator()(const at::Tensor& x, const at::Tensor& context, std::int64_t heads) const;
};

struct FeedForward {
    Linear first, second; ///< gated: first holds fc1 above fc3
    std::string activation;
    bool gated = false;
    FeedForward() = default;
    FeedForward(const Weights& weights, const std::string& prefix, const TransformerConfig& config);
    at::Tensor operator()(const at::Tensor& x) const;
};

struct EncoderBlock {
    Norm norm1, norm2;
    Attention attention;
    FeedForward mlp;
};

struct DecoderBlock {
    Norm norm1, queryNorm, contextNorm, norm2;
    Attention self;   ///< for generation, where the queried positions see each other (spec 2, 0.1)
    Linear selfValue; ///< its values: all that self-attention is in `logits` (spec 0.10)
    CrossAttention cross;
    FeedForward mlp;
};

/// Embedding of one modality's tokens on one side.
struct TokenEmbedding {
    const Modality* modality = nullptr;
    at::Tensor tokens;   ///< [V, D]; on the output side of sequences only
    at::Tensor position; ///< [N, D], position + modality part
    Linear toLogits;     ///< output side only
};

/// Same number of used tokens in every row, so that attention needs no mask: [registers | used | padding].
/// All paddings of a galaxy are alike (zero input, never looked at), so one stands for all of them.
struct EncodedGroup {
    std::vector<std::size_t> rows;
    std::int64_t used = 0;                ///< tokens a row, without registers
    std::int64_t padding = 0;             ///< 0 or 1
    at::Tensor values;                    ///< [rows, registers + used + padding, D], float32
    std::vector<std::int32_t> modalityId; ///< [rows, used]
};

class Transformer {
public:
    /// @param keys modalities read. @param decoder also what logits need.
    Transformer(const ModelDescription& description, std::span<const std::string> keys, bool decoder,
                at::Device device, Precision precision);

    /// @param rows of the batch, all with `used` tokens within the first `limit`. @param padding also
    /// computes the row that stands for padding.
    EncodedGroup encode(const TokenBatch& batch, std::span<const std::size_t> rows, std::int64_t used,
                        bool padding, EncoderOutput output) const;
    /// Logits [rows, tokens of all targets, V] of each target, on the CPU. As AION.forward.
    std::vector<at::Tensor> logits(const EncodedGroup& context, std::span<const std::string> targets) const;

    /// As the reference's sampler: the positions asked for together see each other. @param positions
    /// [rows, n], row-major @returns [rows, n, V] on the CPU. A context without any token adds nothing.
    at::Tensor query(const EncodedGroup& context, const std::string& target,
                     std::span<const std::int64_t> positions) const;
    /// Logits [rows, V] of what follows `ids` [rows, n] of a sequence, on the CPU (spec 2, 3.5).
    at::Tensor next(const EncodedGroup& context, const std::string& target,
                    std::span<const std::int64_t> ids) const;

    const TransformerConfig& config() const { return config_; }
    const TokenEmbedding& input(const std::string& key) const;
    const TokenEmbedding& target(const std::string& key) const;
    at::Device device() const { return device_; }

private:
    void loadDecoder(const io::SafetensorsFile& file);
    at::Tensor decode(at::Tensor y, const EncodedGroup& context, bool causal) const;

    TransformerConfig config_;
    at::Device device_;
    at::ScalarType type_;
    std::vector<TokenEmbedding> inputs_, targets_;
    std::vector<EncoderBlock> encoder_;
    Norm encoderNorm_;
    Linear context_;
    at::Tensor registers_; ///< [1, R, D] or undefined
    std::vector<DecoderBlock> decoder_;
    Norm decoderNorm_;
    at::Tensor maskToken_; ///< [1, 1, D]
};

} // namespace penumbra::aion
