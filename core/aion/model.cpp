#include "core/aion/model.h"

#include "core/aion/model_impl.h"
#include "core/aion/pooling_impl.h"
#include "core/base/error.h"
#include "core/base/parallel_for.h"
#include "core/base/text.h"
#include "core/nn/device.h"
#include "core/nn/tensors.h"
#include "core/nn/worker_scope.h"

#include <algorithm>
#include <c10/core/InferenceMode.h>
#include <limits>
#include <mutex>

namespace penumbra::aion {

namespace {

constexpr std::size_t gpuPiece = 64;          // galaxies at once: enough to fill a GPU, under 2 GB for AION-B
constexpr std::size_t cpuTokensAtOnce = 1024; // one galaxy with image and spectrum; stays in the caches

void checkTokens(const TokenBatch& batch) {
    for (const ModalityTokens& part : batch.modalities) {
        const Modality& kind = modality(part.key);
        const std::size_t wanted = batch.rowCount * part.tokens;
        const bool fits = kind.isSequence() ? part.tokens <= kind.positions() : part.tokens == kind.tokens;
        if (!fits || part.ids.size() != wanted || (!part.drop.empty() && part.drop.size() != wanted))
            throw Error("tokens of " + part.key + ": " + std::to_string(part.ids.size()) + " ids (" +
                        std::to_string(part.tokens) + " a galaxy) for " + std::to_string(batch.rowCount) +
                        " galaxies; wanted " + std::to_string(kind.tokens) + " a galaxy.");
    }
}

/// Number of tokens used of each row, at most `limit`.
std::vector<std::size_t> usedTokens(const TokenBatch& batch, std::size_t limit) {
    std::vector<std::size_t> used(batch.rowCount, 0);
    for (const ModalityTokens& part : batch.modalities)
        for (std::size_t r = 0; r < batch.rowCount; ++r) {
            const auto first =
                part.drop.begin() + static_cast<std::ptrdiff_t>(part.drop.empty() ? 0 : r * part.tokens);
            used[r] += part.drop.empty()
                           ? part.tokens
                           : static_cast<std::size_t>(std::count(
                                 first, first + static_cast<std::ptrdiff_t>(part.tokens), std::uint8_t{0}));
        }
    for (std::size_t& count : used)
        count = std::min(count, limit);
    return used;
}

std::size_t limitOf(const EncodeOptions& options) {
    return options.encoderTokens == 0 ? std::numeric_limits<std::size_t>::max() : options.encoderTokens;
}

std::vector<std::string> chosenModalities(const ModelDescription& description, const LoadOptions& options) {
    const auto usable = description.usableModalities();
    std::vector<std::string> keys;
    for (const std::string& name : options.modalities) {
        const Modality& kind = modality(name);
        const auto& read = description.config.domainsIn;
        if (std::find(read.begin(), read.end(), kind.key) == read.end())
            throw UsageError("modality " + std::string(kind.key) + " is not read by the model in " +
                             description.folder.string() + "; it reads " + joinText(usable, ", ") + ".");
        if (options.tokenizers)
            for (const CodecState& codec : description.codecs)
                if (codec.name == kind.codec && !codec.problem.empty())
                    throw Error("modality " + std::string(kind.key) + " needs its codec. " + codec.problem);
        if (std::find(keys.begin(), keys.end(), kind.key) == keys.end())
            keys.emplace_back(kind.key);
    }
    return options.modalities.empty() ? usable : keys;
}

} // namespace

std::size_t encodedLength(const TokenBatch& batch, const EncodeOptions& options) {
    if (options.encoderTokens > 0) {
        std::size_t total = 0;
        for (const ModalityTokens& part : batch.modalities)
            total += part.tokens;
        return std::min(total, options.encoderTokens);
    }
    const auto used = usedTokens(batch, limitOf(options));
    return used.empty() ? 0 : *std::max_element(used.begin(), used.end());
}

const ScalarCodec& Model::Impl::scalar(const Modality& kind) const {
    const auto found = scalars.find(kind.codec);
    if (found == scalars.end())
        throw UsageError("the codec of " + std::string(kind.key) + " was not loaded.");
    return found->second;
}

const ScalarListCodec& Model::Impl::list(const Modality& kind) const {
    const auto found = lists.find(kind.codec);
    if (found == lists.end())
        throw UsageError("the codec of " + std::string(kind.key) + " was not loaded.");
    return found->second;
}

const FieldCodec& Model::Impl::fieldCodec() const {
    if (!field)
        throw UsageError("the codec of maps was not loaded.");
    return *field;
}

const ObjectCodec& Model::Impl::objectCodec() const {
    if (!objects)
        throw UsageError("the codec of objects was not loaded.");
    return *objects;
}

const ImageCodec& Model::Impl::imageCodec() const {
    if (!image)
        throw UsageError("the image codec was not loaded.");
    return *image;
}

const SpectrumCodec& Model::Impl::spectrumCodec() const {
    if (!spectrum)
        throw UsageError("the spectrum codec was not loaded.");
    return *spectrum;
}

void Model::Impl::loadCodec(const Modality& kind, const RunContext& context) {
    const auto folder = description.codecFolder / kind.codec;
    const bool encode = options.tokenizers, decode = options.reconstruction;
    context.step(0.0, "loading " + std::string(kind.codec));
    if (kind.isScalar() && !scalars.contains(kind.codec))
        scalars.emplace(kind.codec, ScalarCodec::load(folder, kind.kind));
    else if (kind.kind == ModalityKind::ScalarList && !lists.contains(kind.codec))
        lists.emplace(kind.codec, ScalarListCodec::load(folder));
    else if (kind.kind == ModalityKind::Field && !field)
        field = std::make_unique<FieldCodec>(folder, encode, decode, device);
    else if (kind.isSequence() && !objects)
        objects = ObjectCodec::load(folder);
    else if (kind.kind == ModalityKind::Image && !image)
        image = std::make_unique<ImageCodec>(folder, encode, decode, device);
    else if (kind.kind == ModalityKind::Spectrum && !spectrum)
        spectrum = std::make_unique<SpectrumCodec>(folder, encode, decode, device);
}

const Transformer& Model::Impl::network() const {
    if (!transformer)
        throw UsageError("the transformer was not loaded.");
    return *transformer;
}

void Model::Impl::forPieces(std::size_t n, std::size_t piece, const RunContext& context,
                            const std::function<void(std::size_t, std::size_t)>& body) const {
    if (n == 0)
        return;
    if (!device.is_cpu()) {
        const c10::InferenceMode inference;
        for (std::size_t begin = 0; begin < n; begin += gpuPiece) {
            context.checkStop();
            body(begin, std::min(n, begin + gpuPiece));
        }
        return;
    }
    const auto threads = static_cast<std::size_t>(nn::threadCount(context));
    const std::size_t size = std::max<std::size_t>(1, std::min(piece, (n + threads - 1) / threads));
    const std::size_t pieces = (n + size - 1) / size;
    parallelFor(pieces, static_cast<int>(threads), [&](std::size_t begin, std::size_t end) {
        const nn::WorkerScope scope;
        for (std::size_t p = begin; p < end; ++p) {
            context.checkStop();
            body(p * size, std::min(n, (p + 1) * size));
        }
    });
}

void Model::Impl::encodeGroups(const TokenBatch& batch, const EncodeOptions& encodeOptions, bool padding,
                               const RunContext& context,
                               const std::function<void(const EncodedGroup&)>& take) const {
    checkTokens(batch);
    const Transformer& net = network();
    const std::size_t length = encodedLength(batch, encodeOptions);
    const auto used = usedTokens(batch, limitOf(encodeOptions));
    std::map<std::size_t, std::vector<std::size_t>> rowsByUsed;
    for (std::size_t r = 0; r < batch.rowCount; ++r)
        rowsByUsed[used[r]].push_back(r);
    for (const auto& [count, rows] : rowsByUsed) {
        const bool padded = count == 0 || (padding && count < length);
        const std::size_t piece = std::max<std::size_t>(1, cpuTokensAtOnce / std::max<std::size_t>(count, 1));
        forPieces(rows.size(), piece, context, [&](std::size_t begin, std::size_t end) {
            take(net.encode(batch, std::span(rows).subspan(begin, end - begin),
                            static_cast<std::int64_t>(count), padded, encodeOptions.output));
        });
    }
}

Model::Model(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Model::~Model() = default;
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;

Model Model::load(const ModelDescription& description, const LoadOptions& options,
                  const RunContext& context) {
    auto impl = std::make_unique<Impl>();
    impl->description = description;
    impl->options = options;
    impl->device = nn::deviceFor(context.device);
    const c10::InferenceMode inference;
    const auto keys = chosenModalities(description, options);
    impl->options.reconstruction = options.reconstruction || !options.targets.empty();
    std::vector<std::string> coded = options.targets;
    if (options.tokenizers || options.reconstruction)
        coded.insert(coded.end(), keys.begin(), keys.end());
    for (const std::string& key : coded)
        impl->loadCodec(modality(key), context);
    context.step(0.1, "loading the transformer");
    if (options.transformer)
        impl->transformer = std::make_unique<Transformer>(description, keys, options.decoder, impl->device,
                                                          options.precision);
    context.step(1.0, "model loaded");
    return Model(std::move(impl));
}

const ModelDescription& Model::description() const {
    return impl_->description;
}

std::size_t Model::width() const {
    return static_cast<std::size_t>(impl_->description.config.dim);
}

Encoded Model::encode(const TokenBatch& tokens, const EncodeOptions& options,
                      const RunContext& context) const {
    const auto registers = static_cast<std::size_t>(impl_->description.config.registerTokens);
    Encoded encoded;
    encoded.rowCount = tokens.rowCount;
    encoded.tokens = registers + encodedLength(tokens, options);
    encoded.width = width();
    encoded.values.resize(encoded.rowCount * encoded.tokens * encoded.width);
    encoded.valid.assign(encoded.rowCount * encoded.tokens, 0);
    encoded.modalityId.assign(encoded.rowCount * encoded.tokens, -1);
    impl_->encodeGroups(tokens, options, true, context, [&](const EncodedGroup& group) {
        const at::Tensor host = group.values.to(at::kCPU).contiguous();
        const auto used = static_cast<std::size_t>(group.used),
                   stored = static_cast<std::size_t>(host.size(1));
        for (std::size_t i = 0; i < group.rows.size(); ++i) {
            const float* from = host.const_data_ptr<float>() + i * stored * encoded.width;
            const std::size_t row = group.rows[i] * encoded.tokens;
            for (std::size_t t = 0; t < encoded.tokens; ++t)
                std::copy_n(from + std::min(t, stored - 1) * encoded.width, encoded.width,
                            encoded.values.data() + (row + t) * encoded.width);
            for (std::size_t t = 0; t < used; ++t) {
                encoded.valid[row + registers + t] = 1;
                encoded.modalityId[row + registers + t] = group.modalityId[i * used + t];
            }
        }
    });
    return encoded;
}

Pooled Model::encodePooled(const TokenBatch& tokens, const EncodeOptions& options, const PoolOptions& pooling,
                           const RunContext& context) const {
    const std::int64_t registers = impl_->description.config.registerTokens;
    const auto rows = static_cast<Eigen::Index>(tokens.rowCount),
               columns = static_cast<Eigen::Index>(width());
    const float none = std::numeric_limits<float>::quiet_NaN();
    std::unique_ptr<PoolingOnDevice> attentive;
    if (pooling.attentive != nullptr) {
        if (pooling.attentive->width != impl_->description.config.dim)
            throw Error("the attentive pooling has width " + std::to_string(pooling.attentive->width) +
                        ", the model " + std::to_string(width()) + "; it was trained for another model.");
        const c10::InferenceMode inference;
        attentive = std::make_unique<PoolingOnDevice>(*pooling.attentive, impl_->device);
    }
    Pooled pooled;
    if (pooling.mean)
        pooled.mean = MatrixF::Constant(rows, columns, none);
    if (attentive)
        pooled.attentive = MatrixF::Constant(rows, columns, none);
    impl_->encodeGroups(tokens, options, false, context, [&](const EncodedGroup& group) {
        if (group.used == 0)
            return;
        const at::Tensor values = group.values.narrow(1, registers, group.used);
        const auto store = [&](const at::Tensor& vectors, MatrixF& destination) {
            const auto host = nn::toVector(vectors);
            for (std::size_t i = 0; i < group.rows.size(); ++i)
                std::copy_n(host.data() + i * width(), width(),
                            destination.row(static_cast<Eigen::Index>(group.rows[i])).data());
        };
        if (pooling.mean)
            store(values.mean(1), pooled.mean);
        if (attentive)
            store((*attentive)(values), pooled.attentive);
    });
    return pooled;
}

std::vector<Logits> Model::logits(const TokenBatch& tokens, std::span<const std::string> targets,
                                  const EncodeOptions& options, const RunContext& context) const {
    if (!impl_->options.decoder)
        throw UsageError("logits need the decoder, which was not loaded.");
    if (targets.empty())
        throw UsageError("logits need at least one target modality.");
    std::vector<Logits> all;
    for (const std::string& key : targets) {
        const TokenEmbedding& e = impl_->network().target(key);
        Logits logits{key,
                      tokens.rowCount,
                      static_cast<std::size_t>(e.position.size(0)),
                      static_cast<std::size_t>(e.toLogits.weight.size(0)),
                      {}};
        logits.values.resize(logits.rowCount * logits.tokens * logits.vocabulary);
        all.push_back(std::move(logits));
    }
    EncodeOptions contextOptions = options;
    contextOptions.output = EncoderOutput::Context; // what the decoder was trained to read
    impl_->encodeGroups(tokens, contextOptions, false, context, [&](const EncodedGroup& group) {
        const auto parts = impl_->network().logits(group, targets);
        for (std::size_t k = 0; k < parts.size(); ++k) {
            const at::Tensor host = parts[k].contiguous();
            const std::size_t each = all[k].tokens * all[k].vocabulary;
            for (std::size_t i = 0; i < group.rows.size(); ++i)
                std::copy_n(host.const_data_ptr<float>() + i * each, each,
                            all[k].values.data() + group.rows[i] * each);
        }
    });
    return all;
}

} // namespace penumbra::aion
