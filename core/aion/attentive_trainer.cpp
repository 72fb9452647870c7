// Joint training of an attentive pooling and one small head per target, forward and backward by hand. With
// one query, keys and values fold into it: a galaxy's tokens X [n, D] meet only U [H, D] (scores) and the
// softmax.

#include "core/aion/pooling_impl.h"
#include "core/base/error.h"
#include "core/base/fingerprint.h"
#include "core/base/parallel_for.h"
#include "core/base/rng.h"
#include "core/io/safetensors.h"
#include "core/nn/device.h"
#include "core/nn/tensors.h"
#include "core/nn/worker_scope.h"

#include <ATen/ops/bmm.h>
#include <ATen/ops/erf.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>
#include <algorithm>
#include <array>
#include <c10/core/InferenceMode.h>
#include <chrono>
#include <cmath>

namespace penumbra::aion {

namespace {

struct Parameter {
    const char* name;
    bool decays; ///< weight matrices shrink, biases and the query do not
    at::Tensor value, first, second, gradient;
};

constexpr const char* parameterNames[] = {"query",         "q.weight",    "k.weight",      "v.weight",
                                          "head.1.weight", "head.1.bias", "head.2.weight", "head.2.bias"};
enum : std::size_t { Query, QWeight, KWeight, VWeight, Head1, Bias1, Head2, Bias2, ParameterCount };

at::Tensor normalTensor(Rng& rng, at::IntArrayRef shape, double spread) {
    const at::Tensor t = nn::floats(shape, at::kCPU);
    float* data = t.mutable_data_ptr<float>();
    for (std::int64_t i = 0; i < t.numel(); ++i)
        data[i] = static_cast<float>(spread * rng.normal());
    return t;
}

/// Derivative of the exact GELU: Phi(x) + x phi(x).
at::Tensor geluSlope(const at::Tensor& x) {
    return (at::erf(x * std::sqrt(0.5)) + 1.0) * 0.5 +
           x * at::exp(x * x * -0.5) * (1.0 / std::sqrt(2.0 * M_PI));
}

/// Valid tokens of one row, [n, D].
at::Tensor validTokens(const Encoded& encoded, std::size_t row) {
    std::vector<float> tokens;
    tokens.reserve(encoded.tokens * encoded.width);
    for (std::size_t t = row * encoded.tokens; t < (row + 1) * encoded.tokens; ++t)
        if (encoded.valid[t] != 0)
            tokens.insert(tokens.end(),
                          encoded.values.begin() + static_cast<std::ptrdiff_t>(t * encoded.width),
                          encoded.values.begin() + static_cast<std::ptrdiff_t>((t + 1) * encoded.width));
    const auto width = static_cast<std::int64_t>(encoded.width);
    return floatTensor(tokens, {static_cast<std::int64_t>(tokens.size()) / width, width}, at::kCPU);
}

} // namespace

struct AttentiveTrainer::Impl {
    EncodedSource source;
    std::vector<std::size_t> training, validation;
    MatrixD labels;
    AttentiveTrainingOptions options;
    std::uint64_t seed = 0;
    std::int64_t width = 0, targets = 0;
    std::vector<double> mean, spread;
    std::vector<Parameter> parameters;
    int epochs = 0;
    std::size_t nextBatch = 0; ///< within the epoch that is running
    std::int64_t steps = 0;
    double lossSum = 0.0, lossCount = 0.0;

    /// One minibatch: tokens, their attention, and what backward needs.
    struct Pass {
        std::vector<at::Tensor> tokens, shares; ///< per galaxy: [n, D], [n, H]
        at::Tensor pooled;                      ///< [H, B, D] softmax-weighted tokens
        at::Tensor embedding, before, hidden;   ///< [B, D], [B, T h], [B, T h]
        at::Tensor prediction;                  ///< [B, T]
        std::vector<std::size_t> galaxies;      ///< with tokens
    };

    void prepareLabels();
    void initialise(std::int64_t encodedWidth);
    at::Tensor scorers() const; ///< U [H, D]
    Pass forward(std::span<const std::size_t> galaxies, const RunContext& context);
    /// Mean square over labelled entries; fills the gradient of the predictions.
    std::pair<double, double> loss(const Pass& pass, at::Tensor& gradient) const;
    void backward(const Pass& pass, const at::Tensor& gradient, const RunContext& context);
    void update();
    double validationLoss(const RunContext& context);
    std::string dataHash() const;
};

void AttentiveTrainer::Impl::prepareLabels() {
    targets = labels.cols();
    for (std::int64_t t = 0; t < targets; ++t) {
        double sum = 0.0, squares = 0.0, count = 0.0;
        for (const std::size_t g : training) {
            const double y = labels(static_cast<Eigen::Index>(g), t);
            if (!std::isfinite(y))
                continue;
            sum += y;
            squares += y * y;
            ++count;
        }
        if (count < 2)
            throw Error("attentive pooling: target " + std::to_string(t + 1) + " has " +
                        std::to_string(static_cast<int>(count)) +
                        " labelled training galaxies; at least 2 are needed.");
        mean.push_back(sum / count);
        const double variance = squares / count - mean.back() * mean.back();
        spread.push_back(variance > 0 ? std::sqrt(variance) : 1.0);
    }
}

void AttentiveTrainer::Impl::initialise(std::int64_t encodedWidth) {
    width = encodedWidth;
    if (width % options.heads != 0)
        throw UsageError("attentive pooling: " + std::to_string(options.heads) +
                         " heads do not divide the width " + std::to_string(width) + " of the embedding.");
    Rng rng(seed, 0xA77);
    const double scale = 1.0 / std::sqrt(static_cast<double>(width));
    const std::int64_t units = targets * options.hidden;
    const at::Tensor values[ParameterCount] = {
        normalTensor(rng, {width}, 1.0),
        normalTensor(rng, {width, width}, scale),
        normalTensor(rng, {width, width}, scale),
        normalTensor(rng, {width, width}, scale),
        normalTensor(rng, {units, width}, scale),
        nn::zeros({units}, at::kCPU),
        normalTensor(rng, {targets, options.hidden}, 1.0 / std::sqrt(static_cast<double>(options.hidden))),
        nn::zeros({targets}, at::kCPU),
    };
    parameters.clear();
    for (std::size_t p = 0; p < ParameterCount; ++p)
        parameters.push_back({parameterNames[p], p != Query && p != Bias1 && p != Bias2, values[p],
                              at::zeros_like(values[p]), at::zeros_like(values[p]),
                              at::zeros_like(values[p])});
}

at::Tensor AttentiveTrainer::Impl::scorers() const {
    const std::int64_t headWidth = width / options.heads;
    const at::Tensor q =
        at::matmul(parameters[QWeight].value, parameters[Query].value).view({options.heads, 1, headWidth});
    const at::Tensor k = parameters[KWeight].value.view({options.heads, headWidth, width});
    return at::bmm(q, k).squeeze(1) / std::sqrt(static_cast<double>(headWidth));
}

AttentiveTrainer::Impl::Pass AttentiveTrainer::Impl::forward(std::span<const std::size_t> galaxies,
                                                             const RunContext& context) {
    const Encoded encoded = source(galaxies);
    if (encoded.rowCount != galaxies.size() ||
        (width != 0 && static_cast<std::int64_t>(encoded.width) != width))
        throw Error("attentive pooling: the source gave " + std::to_string(encoded.rowCount) +
                    " encodings of width " + std::to_string(encoded.width) + " for " +
                    std::to_string(galaxies.size()) + " galaxies; width " + std::to_string(width) +
                    " was wanted.");
    if (parameters.empty())
        initialise(static_cast<std::int64_t>(encoded.width));
    Pass pass;
    std::vector<std::size_t> rows;
    for (std::size_t r = 0; r < encoded.rowCount; ++r) {
        const auto first = encoded.valid.begin() + static_cast<std::ptrdiff_t>(r * encoded.tokens);
        if (std::any_of(first, first + static_cast<std::ptrdiff_t>(encoded.tokens),
                        [](std::uint8_t v) { return v != 0; })) {
            rows.push_back(r);
            pass.galaxies.push_back(galaxies[r]);
        }
    }
    if (rows.empty())
        return pass;
    const at::Tensor u = scorers();
    pass.tokens.resize(rows.size());
    pass.shares.resize(rows.size());
    std::vector<at::Tensor> weighted(rows.size());
    parallelFor(rows.size(), nn::threadCount(context), [&](std::size_t begin, std::size_t end) {
        const nn::WorkerScope scope;
        for (std::size_t i = begin; i < end; ++i) {
            pass.tokens[i] = validTokens(encoded, rows[i]);
            pass.shares[i] = at::softmax(at::matmul(pass.tokens[i], u.t()), 0);
            weighted[i] = at::matmul(pass.shares[i].t(), pass.tokens[i]);
        }
    });
    const auto count = static_cast<std::int64_t>(rows.size());
    const at::Tensor value = parameters[VWeight].value.view({options.heads, width / options.heads, width});
    pass.pooled = at::stack(weighted, 1);
    pass.embedding = at::bmm(pass.pooled, value.transpose(1, 2)).transpose(0, 1).reshape({count, width});
    pass.before = at::matmul(pass.embedding, parameters[Head1].value.t()) + parameters[Bias1].value;
    pass.hidden = at::gelu(pass.before);
    pass.prediction = (pass.hidden.view({count, targets, options.hidden}) * parameters[Head2].value).sum(2) +
                      parameters[Bias2].value;
    return pass;
}

std::pair<double, double> AttentiveTrainer::Impl::loss(const Pass& pass, at::Tensor& gradient) const {
    const at::Tensor predicted = pass.prediction.contiguous();
    gradient = at::zeros_like(predicted);
    const float* y = predicted.const_data_ptr<float>();
    float* g = gradient.mutable_data_ptr<float>();
    double sum = 0.0, count = 0.0;
    for (std::size_t i = 0; i < pass.galaxies.size(); ++i)
        for (std::int64_t t = 0; t < targets; ++t) {
            const double label = labels(static_cast<Eigen::Index>(pass.galaxies[i]), t);
            if (!std::isfinite(label))
                continue;
            const std::size_t at = i * static_cast<std::size_t>(targets) + static_cast<std::size_t>(t);
            const double wanted =
                (label - mean[static_cast<std::size_t>(t)]) / spread[static_cast<std::size_t>(t)];
            const double error = static_cast<double>(y[at]) - wanted;
            g[at] = static_cast<float>(2.0 * error);
            sum += error * error;
            ++count;
        }
    if (count > 0)
        gradient.div_(count);
    return {sum, count};
}

void AttentiveTrainer::Impl::backward(const Pass& pass, const at::Tensor& gradient,
                                      const RunContext& context) {
    const auto count = static_cast<std::int64_t>(pass.galaxies.size());
    const std::int64_t heads = options.heads, headWidth = width / heads;
    const at::Tensor perUnit = gradient.unsqueeze(2); // [B, T, 1]
    parameters[Head2].gradient = (pass.hidden.view({count, targets, options.hidden}) * perUnit).sum(0);
    parameters[Bias2].gradient = gradient.sum(0);
    const at::Tensor dBefore =
        (perUnit * parameters[Head2].value).reshape({count, -1}) * geluSlope(pass.before);
    parameters[Head1].gradient = at::matmul(dBefore.t(), pass.embedding);
    parameters[Bias1].gradient = dBefore.sum(0);
    const at::Tensor dEmbedding = at::matmul(dBefore, parameters[Head1].value)
                                      .view({count, heads, headWidth})
                                      .transpose(0, 1); // [H, B, d]
    const at::Tensor value = parameters[VWeight].value.view({heads, headWidth, width});
    parameters[VWeight].gradient = at::bmm(dEmbedding.transpose(1, 2), pass.pooled).reshape({width, width});
    const at::Tensor dPooled = at::bmm(dEmbedding, value); // [H, B, D]
    std::vector<at::Tensor> parts(static_cast<std::size_t>(count));
    parallelFor(parts.size(), nn::threadCount(context), [&](std::size_t begin, std::size_t end) {
        const nn::WorkerScope scope;
        for (std::size_t i = begin; i < end; ++i) {
            const at::Tensor& x = pass.tokens[i];
            const at::Tensor& a = pass.shares[i];
            const at::Tensor dShares =
                at::matmul(x, dPooled.select(1, static_cast<std::int64_t>(i)).t()); // [n, H]
            const at::Tensor dScores = a * (dShares - (a * dShares).sum(0, true));
            parts[i] = at::matmul(dScores.t(), x);
        }
    });
    // Summed in the order of the galaxies, so that the number of threads does not matter.
    at::Tensor dU = parts[0];
    for (std::size_t i = 1; i < parts.size(); ++i)
        dU = dU + parts[i];
    dU = dU / std::sqrt(static_cast<double>(headWidth)); // [H, D]
    const at::Tensor q =
        at::matmul(parameters[QWeight].value, parameters[Query].value).view({heads, headWidth, 1});
    parameters[KWeight].gradient = at::bmm(q, dU.unsqueeze(1)).reshape({width, width});
    const at::Tensor k = parameters[KWeight].value.view({heads, headWidth, width});
    const at::Tensor dQ = at::bmm(k, dU.unsqueeze(2)).reshape({width, 1});
    parameters[QWeight].gradient = at::matmul(dQ, parameters[Query].value.unsqueeze(0));
    parameters[Query].gradient = at::matmul(parameters[QWeight].value.t(), dQ).squeeze(1);
}

void AttentiveTrainer::Impl::update() {
    constexpr double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8; // AdamW (Loshchilov & Hutter 2019)
    ++steps;
    const double c1 = 1.0 - std::pow(beta1, static_cast<double>(steps)),
                 c2 = 1.0 - std::pow(beta2, static_cast<double>(steps));
    for (Parameter& p : parameters) {
        p.first.mul_(beta1).add_(p.gradient, 1.0 - beta1);
        p.second.mul_(beta2).addcmul_(p.gradient, p.gradient, 1.0 - beta2);
        if (p.decays)
            p.value.mul_(1.0 - options.learningRate * options.weightDecay);
        p.value.addcdiv_(p.first, (p.second / c2).sqrt_().add_(epsilon), -options.learningRate / c1);
    }
}

double AttentiveTrainer::Impl::validationLoss(const RunContext& context) {
    double sum = 0.0, count = 0.0;
    const auto size = static_cast<std::size_t>(options.batchSize);
    for (std::size_t from = 0; from < validation.size(); from += size) {
        context.checkStop();
        const Pass pass =
            forward(std::span(validation).subspan(from, std::min(size, validation.size() - from)), context);
        if (pass.galaxies.empty())
            continue;
        at::Tensor unused;
        const auto [part, labelled] = loss(pass, unused);
        sum += part;
        count += labelled;
    }
    return count > 0 ? sum / count : std::nan("");
}

std::string AttentiveTrainer::Impl::dataHash() const {
    std::string text(reinterpret_cast<const char*>(labels.data()),
                     static_cast<std::size_t>(labels.size()) * sizeof(double));
    for (const auto* list : {&training, &validation})
        text.append(reinterpret_cast<const char*>(list->data()), list->size() * sizeof(std::size_t));
    for (const std::int64_t number : {options.heads, std::int64_t{options.hidden},
                                      std::int64_t{options.batchSize}, static_cast<std::int64_t>(seed)})
        text += '/' + std::to_string(number);
    return hashText(text);
}

AttentiveTrainer::AttentiveTrainer(EncodedSource source, std::vector<std::size_t> training,
                                   std::vector<std::size_t> validation, const MatrixD& labels,
                                   const AttentiveTrainingOptions& options, const RunContext& context)
    : impl_(std::make_unique<Impl>()) {
    if (options.heads < 1 || options.hidden < 1 || options.epochs < 1 || options.batchSize < 1 ||
        !(options.learningRate > 0))
        throw UsageError(
            "attentive pooling: heads, hidden units, epochs, batch size and learning rate must be positive.");
    for (const auto* list : {&training, &validation})
        for (const std::size_t g : *list)
            if (g >= static_cast<std::size_t>(labels.rows()))
                throw Error("attentive pooling: galaxy " + std::to_string(g) + " is beyond the " +
                            std::to_string(labels.rows()) + " rows of labels.");
    impl_->source = std::move(source);
    impl_->training = std::move(training);
    impl_->validation = std::move(validation);
    impl_->labels = labels;
    impl_->options = options;
    impl_->seed = context.seed;
    impl_->prepareLabels();
}

AttentiveTrainer::~AttentiveTrainer() = default;
AttentiveTrainer::AttentiveTrainer(AttentiveTrainer&&) noexcept = default;

std::vector<AttentiveEpochReport> AttentiveTrainer::runUntil(int epoch, const RunContext& context) {
    const nn::WorkerScope scope;
    Impl& t = *impl_;
    std::vector<AttentiveEpochReport> reports;
    const auto size = static_cast<std::size_t>(t.options.batchSize);
    const std::size_t batches = (t.training.size() + size - 1) / size;
    while (t.epochs < std::min(epoch, t.options.epochs)) {
        const auto start = std::chrono::steady_clock::now();
        const auto order =
            Rng(t.seed, 1000 + static_cast<std::uint64_t>(t.epochs)).permutation(t.training.size());
        for (; t.nextBatch < batches; ++t.nextBatch) {
            context.step((t.epochs + static_cast<double>(t.nextBatch) / static_cast<double>(batches)) /
                             t.options.epochs,
                         "attentive pooling, epoch " + std::to_string(t.epochs + 1));
            std::vector<std::size_t> galaxies;
            for (std::size_t i = t.nextBatch * size; i < std::min(order.size(), (t.nextBatch + 1) * size);
                 ++i)
                galaxies.push_back(t.training[order[i]]);
            const Impl::Pass pass = t.forward(galaxies, context);
            if (pass.galaxies.empty())
                continue;
            at::Tensor gradient;
            const auto [sum, count] = t.loss(pass, gradient);
            if (!std::isfinite(sum))
                throw Error("attentive pooling: the loss is not a number in epoch " +
                            std::to_string(t.epochs + 1) + "; a smaller learning rate may help (now " +
                            std::to_string(t.options.learningRate) + ").");
            if (count == 0)
                continue;
            t.backward(pass, gradient, context);
            t.update();
            t.lossSum += sum;
            t.lossCount += count;
        }
        AttentiveEpochReport report;
        report.validationLoss = t.validationLoss(context);
        report.epoch = ++t.epochs;
        report.trainLoss = t.lossCount > 0 ? t.lossSum / t.lossCount : std::nan("");
        report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        reports.push_back(report);
        t.nextBatch = 0;
        t.lossSum = t.lossCount = 0.0;
    }
    return reports;
}

int AttentiveTrainer::epochsDone() const {
    return impl_->epochs;
}

AttentivePooling AttentiveTrainer::pooling() const {
    const Impl& t = *impl_;
    if (t.parameters.empty())
        throw UsageError("attentive pooling: nothing was trained yet.");
    AttentivePooling pooling;
    pooling.width = t.width;
    pooling.heads = t.options.heads;
    pooling.query = nn::toVector(t.parameters[Query].value);
    pooling.qWeight = nn::toVector(t.parameters[QWeight].value);
    pooling.kWeight = nn::toVector(t.parameters[KWeight].value);
    pooling.vWeight = nn::toVector(t.parameters[VWeight].value);
    pooling.provenance = {{"epochs", std::to_string(t.epochs)},
                          {"seed", std::to_string(t.seed)},
                          {"training_galaxies", std::to_string(t.training.size())}};
    return pooling;
}

void AttentiveTrainer::saveCheckpoint(const std::filesystem::path& path) const {
    const Impl& t = *impl_;
    std::vector<io::TensorSpec> specs;
    const auto parts = [](const Parameter& p) {
        return std::array<std::pair<std::string, at::Tensor>, 3>{{{p.name, p.value},
                                                                  {std::string(p.name) + ".m", p.first},
                                                                  {std::string(p.name) + ".v", p.second}}};
    };
    for (const Parameter& p : t.parameters)
        for (const auto& [name, tensor] : parts(p))
            specs.push_back({name, io::TensorType::F32, tensor.sizes().vec()});
    specs.push_back({"counters", io::TensorType::I64, {3}});
    specs.push_back({"width", io::TensorType::I64, {1}});
    specs.push_back({"loss", io::TensorType::F32, {2}});
    io::SafetensorsWriter writer(path, specs, {{"penumbra_attentive_checkpoint", t.dataHash()}});
    for (const Parameter& p : t.parameters)
        for (const auto& [name, tensor] : parts(p))
            writer.append(nn::toVector(tensor));
    writer.append(std::vector<std::int64_t>{t.epochs, static_cast<std::int64_t>(t.nextBatch), t.steps});
    writer.append(std::vector<std::int64_t>{t.width});
    writer.append(std::vector<float>{static_cast<float>(t.lossSum), static_cast<float>(t.lossCount)});
    writer.commit();
}

void AttentiveTrainer::restoreCheckpoint(const std::filesystem::path& path) {
    const c10::InferenceMode inference;
    const io::SafetensorsFile file(path);
    Impl& t = *impl_;
    const auto found = file.metadata().find("penumbra_attentive_checkpoint");
    if (found == file.metadata().end() || found->second != t.dataHash())
        throw Error(path.string() +
                    ": is not a checkpoint of this training (galaxies, labels, heads, hidden units, batch "
                    "size or seed differ). Delete it to start anew.");
    const auto counters = file.integers("counters", {3});
    const auto loss = file.floats("loss", {2});
    const std::int64_t width = file.integers("width", {1})[0];
    if (width > 0) {
        file.require("query", {width}); // before anything is allocated for it
        t.initialise(width);
        for (Parameter& p : t.parameters) {
            const std::string name = p.name;
            const auto shape = p.value.sizes().vec();
            p.value = floatTensor(file.floats(name, shape), shape, at::kCPU);
            p.first = floatTensor(file.floats(name + ".m", shape), shape, at::kCPU);
            p.second = floatTensor(file.floats(name + ".v", shape), shape, at::kCPU);
        }
    }
    t.epochs = static_cast<int>(counters[0]);
    t.nextBatch = static_cast<std::size_t>(counters[1]);
    t.steps = counters[2];
    t.lossSum = static_cast<double>(loss[0]);
    t.lossCount = static_cast<double>(loss[1]);
}

} // namespace penumbra::aion
