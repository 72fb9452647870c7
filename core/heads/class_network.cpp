#include "core/heads/class_network.h"

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/heads/adam.h"
#include "core/heads/dropout_mask.h"
#include "core/heads/schedule.h"
#include "core/heads/task_heads.h"
#include "core/nn/tensors.h"
#include "core/nn/worker_scope.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/clone.h>
#include <ATen/ops/zeros_like.h>
#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::heads {

namespace {

constexpr std::int64_t blockRows = 4096; // of predictions: bounded memory

at::Tensor uniformTensor(Rng& rng, at::IntArrayRef shape, double bound) {
    const at::Tensor t = nn::floats(shape, at::kCPU);
    float* data = t.mutable_data_ptr<float>();
    for (std::int64_t i = 0; i < t.numel(); ++i)
        data[i] = static_cast<float>(bound * (2.0 * rng.uniform() - 1.0));
    return t;
}

/// As torch's nn.Linear begins.
std::unique_ptr<TaskHead> freshHead(std::int64_t inputs, std::int64_t classes,
                                    const ClassTrainingOptions& options) {
    Rng rng(options.seed, 0xC1A55);
    const auto layer = [&](std::int64_t out, std::int64_t in) {
        const double bound = 1.0 / std::sqrt(static_cast<double>(in));
        at::Tensor weight = uniformTensor(rng, {out, in}, bound);
        return std::pair{std::move(weight), uniformTensor(rng, {out}, bound)};
    };
    if (options.hidden == 0) {
        auto [weight, bias] = layer(classes, inputs);
        return classHead({}, {}, weight, bias);
    }
    auto [weight0, bias0] = layer(options.hidden, inputs);
    auto [weight1, bias1] = layer(classes, options.hidden);
    return classHead(weight0, bias0, weight1, bias1);
}

void check(const MatrixF& inputs, std::span<const std::int32_t> rows, std::span<const std::size_t> labels,
           std::size_t classes, const ClassTrainingOptions& options) {
    if (options.hidden < 0 || options.dropout < 0.0 || options.dropout >= 1.0)
        throw UsageError(
            "a classifier has no negative number of hidden units, and drops a part in [0, 1) of them");
    if (rows.size() < 2 || classes < 2)
        throw Error("a classifier needs at least 2 labelled training rows and 2 classes; there are " +
                    std::to_string(rows.size()) + " and " + std::to_string(classes));
    if (static_cast<std::size_t>(inputs.rows()) != labels.size())
        throw Error("internal: " + std::to_string(labels.size()) + " labels for " +
                    std::to_string(inputs.rows()) + " rows");
    for (const std::int32_t row : rows)
        if (labels[static_cast<std::size_t>(row)] >= classes)
            throw Error("row " + std::to_string(row) + " is trained on, but has no label");
}

/// The rows and labels of one pass over the data.
class Examples {
public:
    Examples(const MatrixF& inputs, const InputScaling& scaling, std::span<const std::size_t> labels)
        : inputs_(inputs), scaling_(scaling), labels_(labels) {}

    struct Batch {
        HeadInput input;
        at::Tensor labels;
    };
    Batch operator()(std::span<const std::int32_t> rows) const {
        const auto count = static_cast<std::int64_t>(rows.size());
        const std::int64_t width = inputs_.cols();
        Batch batch{{nn::floats({count, width}, at::kCPU), {}, {}},
                    at::empty({count}, at::TensorOptions().dtype(at::kLong))};
        float* values = batch.input.values.mutable_data_ptr<float>();
        std::int64_t* labels = batch.labels.mutable_data_ptr<std::int64_t>();
        for (std::int64_t i = 0; i < count; ++i) {
            const std::int32_t row = rows[static_cast<std::size_t>(i)];
            scaling_.apply(inputs_.row(row).data(), values + i * width);
            labels[i] = static_cast<std::int64_t>(labels_[static_cast<std::size_t>(row)]);
        }
        return batch;
    }

private:
    const MatrixF& inputs_;
    const InputScaling& scaling_;
    std::span<const std::size_t> labels_;
};

/// AdamW on every parameter of a head.
class HeadOptimiser {
public:
    HeadOptimiser(const TaskHead& head, const TrainingOptions& options)
        : head_(head), options_(options), number_(nn::zeros({1}, at::kCPU)) {
        for (const HeadParameter& parameter : head.parameters()) {
            first_.push_back(at::zeros_like(parameter.value));
            second_.push_back(at::zeros_like(parameter.value));
        }
    }

    void step(const std::vector<at::Tensor>& gradients, double rate) {
        number_.add_(1.0);
        for (std::size_t p = 0; p < first_.size(); ++p)
            adamStep(options_, head_.parameters()[p].value, gradients[p].contiguous(), first_[p], second_[p],
                     number_, rate);
    }

private:
    const TaskHead& head_;
    TrainingOptions options_;
    at::Tensor number_;
    std::vector<at::Tensor> first_, second_;
};

std::vector<NamedArray> copied(const TaskHead& head) {
    std::vector<NamedArray> arrays;
    for (const HeadParameter& parameter : head.parameters())
        arrays.push_back({parameter.name, parameter.value.sizes().vec(), nn::toVector(parameter.value)});
    return arrays;
}

std::unique_ptr<TaskHead> headOf(const std::vector<NamedArray>& arrays) {
    std::vector<at::Tensor> tensors;
    for (const NamedArray& array : arrays) {
        tensors.push_back(nn::floats(array.shape, at::kCPU));
        nn::copyInto(array.values, tensors.back());
    }
    if (tensors.size() == 2)
        return classHead({}, {}, tensors[0], tensors[1]);
    return classHead(tensors.at(0), tensors.at(1), tensors.at(2), tensors.at(3));
}

} // namespace

ClassNetwork ClassNetwork::train(const MatrixF& inputs, std::span<const std::int32_t> rows,
                                 std::span<const std::size_t> labels, std::size_t classes,
                                 const ClassTrainingOptions& options, const RunContext& context) {
    check(inputs, rows, labels, classes, options);
    TrainingOptions schedule;
    schedule.epochs = options.epochs;
    schedule.batch = options.batch;
    schedule.learningRate = options.learningRate;
    schedule.weightDecay = options.weightDecay;
    schedule.validationFraction = options.validationFraction;
    schedule.seed = options.seed;
    checkOptions(schedule);
    const RowSplit parts = splitRows(static_cast<std::int64_t>(rows.size()), schedule);
    const auto rowsAt = [&](std::span<const std::int32_t> places) {
        std::vector<std::int32_t> some;
        for (const std::int32_t place : places)
            some.push_back(rows[static_cast<std::size_t>(place)]);
        return some;
    };
    const std::vector<std::int32_t> training = rowsAt(parts.training), validation = rowsAt(parts.validation);

    ClassNetwork network;
    network.scaling_ = fitInputScaling(inputs, training, context.quiet());
    const nn::WorkerScope scope;
    const auto head = freshHead(inputs.cols(), static_cast<std::int64_t>(classes), options);
    const Examples examples(inputs, network.scaling_, labels);
    HeadOptimiser optimiser(*head, schedule);
    const DropoutMask mask = DropoutMask::of(options.dropout, options.seed);
    const auto batch = std::min(static_cast<std::size_t>(options.batch), training.size());
    const auto steps = static_cast<std::int64_t>((training.size() + batch - 1) / batch);
    std::vector<std::int32_t> order(training.size());
    double best = std::numeric_limits<double>::infinity();
    for (int epoch = 0; epoch < options.epochs; ++epoch) {
        context.step(static_cast<double>(epoch) / options.epochs, "training the classifier");
        minibatchOrder(training, schedule, options.seed, epoch, order);
        double loss = 0.0;
        for (std::int64_t s = 0; s < steps; ++s) {
            context.checkStop();
            const std::size_t from = static_cast<std::size_t>(s) * batch;
            const auto part = std::span(order).subspan(from, std::min(batch, order.size() - from));
            Examples::Batch few = examples(part);
            if (options.hidden > 0 && options.dropout > 0.0) {
                few.input.dropout =
                    nn::floats({static_cast<std::int64_t>(part.size()), options.hidden}, at::kCPU);
                const std::vector<std::uint64_t> keys(part.begin(), part.end());
                mask.fill(keys, options.hidden, static_cast<std::uint64_t>(epoch), 0,
                          few.input.dropout.mutable_data_ptr<float>());
            }
            const HeadPass pass = head->forward(few.input);
            const LossSlope judged = crossEntropy(pass.output, few.labels);
            loss += judged.loss;
            optimiser.step(head->backward(few.input, pass, judged.slope),
                           learningRateAt(schedule, epoch * steps + s, options.epochs * steps));
        }
        if (!std::isfinite(loss))
            throw Error("the classifier diverged in epoch " + std::to_string(epoch + 1) +
                        "; a smaller learning rate may help");
        if (!validation.empty()) {
            const Examples::Batch aside = examples(validation);
            loss = crossEntropy(head->forward(aside.input).output, aside.labels).loss;
        }
        if (validation.empty() || loss < best) {
            best = loss;
            network.bestEpoch_ = epoch + 1;
            network.weights_ = copied(*head);
        }
    }
    return network;
}

MatrixD ClassNetwork::logits(const MatrixF& inputs, const RunContext& context) const {
    const auto head = headOf(weights_);
    const std::int64_t classes = weights_.back().shape.at(0), width = inputs.cols();
    if (width != weights_.front().shape.at(1))
        throw Error("the classifier learned from " + std::to_string(weights_.front().shape.at(1)) +
                    " features, but was given " + std::to_string(width));
    MatrixD logits(inputs.rows(), classes);
    const nn::WorkerScope scope;
    for (std::int64_t from = 0; from < inputs.rows(); from += blockRows) {
        context.checkStop();
        const std::int64_t count = std::min<std::int64_t>(blockRows, inputs.rows() - from);
        const at::Tensor rows = nn::floats({count, width}, at::kCPU);
        scaling_.applyRows(inputs, from, count, rows.mutable_data_ptr<float>());
        const std::vector<float> values = nn::toVector(head->forward({rows, {}, {}}).output);
        std::copy(values.begin(), values.end(), logits.data() + from * classes);
    }
    return logits;
}

} // namespace penumbra::heads
