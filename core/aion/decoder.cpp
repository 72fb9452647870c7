// What the decoder makes of a context: logits for one-token posteriors, and for generation.

#include "core/aion/transformer_impl.h"
#include "core/base/error.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/zeros.h>
#include <algorithm>

namespace penumbra::aion {

std::vector<at::Tensor> Transformer::logits(const EncodedGroup& context,
                                            std::span<const std::string> targets) const {
    const std::int64_t count = context.values.size(0);
    const std::int64_t keys = std::max<std::int64_t>(config_.registerTokens + context.used, 1);
    std::vector<at::Tensor> positions;
    for (const std::string& key : targets)
        positions.push_back(target(key).position);
    at::Tensor y = (maskToken_ + at::cat(positions).unsqueeze(0)).repeat({count, 1, 1});
    const at::Tensor seen = context.values.narrow(1, 0, keys);
    for (const DecoderBlock& block : decoder_) {
        y.add_(block.self.proj(block.selfValue(block.norm1(y).to(type_)).mean(1, true)));
        y.add_(block.cross(block.queryNorm(y).to(type_), block.contextNorm(seen).to(type_), config_.heads));
        y.add_(block.mlp(block.norm2(y).to(type_)));
    }
    y = decoderNorm_(y);
    std::vector<at::Tensor> logits;
    std::int64_t from = 0;
    for (const std::string& key : targets) {
        const TokenEmbedding& e = target(key);
        logits.push_back(e.toLogits(y.narrow(1, from, e.position.size(0))).to(at::kCPU));
        from += e.position.size(0);
    }
    return logits;
}

at::Tensor Transformer::decode(at::Tensor y, const EncodedGroup& context, bool causal) const {
    const std::int64_t keys = config_.registerTokens + context.used;
    const at::Tensor seen = keys > 0 ? context.values.narrow(1, 0, keys) : at::Tensor();
    const at::Tensor nothing = at::zeros(y.sizes(), y.options().dtype(type_));
    for (const DecoderBlock& block : decoder_) {
        y = y + block.self(block.norm1(y).to(type_), y.size(1), config_.heads, causal);
        // Attention over nothing is 0 before its projection (spec 2, 0.8).
        y = y + (keys > 0 ? block.cross(block.queryNorm(y).to(type_), block.contextNorm(seen).to(type_),
                                        config_.heads)
                          : block.cross.proj(nothing));
        y = y + block.mlp(block.norm2(y).to(type_));
    }
    return decoderNorm_(y);
}

at::Tensor Transformer::query(const EncodedGroup& context, const std::string& targetKey,
                              std::span<const std::int64_t> positions) const {
    const TokenEmbedding& e = target(targetKey);
    const auto rows = static_cast<std::int64_t>(context.rows.size()),
               asked = static_cast<std::int64_t>(positions.size()) / rows;
    const at::Tensor index = indexTensor(positions, {rows * asked}, device_);
    const at::Tensor y = maskToken_ + e.position.index_select(0, index).view({rows, asked, config_.dim});
    return e.toLogits(decode(y, context, false)).to(at::kCPU).contiguous();
}

at::Tensor Transformer::next(const EncodedGroup& context, const std::string& targetKey,
                             std::span<const std::int64_t> ids) const {
    const TokenEmbedding& e = target(targetKey);
    if (!e.tokens.defined())
        throw UsageError(targetKey + " is not a sequence: its tokens are not generated one after the other.");
    const auto rows = static_cast<std::int64_t>(context.rows.size()),
               length = static_cast<std::int64_t>(ids.size()) / rows;
    const at::Tensor y =
        at::embedding(e.tokens, indexTensor(ids, {rows, length}, device_)) + e.position.narrow(0, 0, length);
    const at::Tensor decoded = decode(y, context, true);
    return e.toLogits(decoded.select(1, length - 1)).to(at::kCPU).contiguous();
}

} // namespace penumbra::aion
