#include "core/heads/task_heads.h"

#include "core/base/error.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/gelu_backward.h>
#include <ATen/ops/log1p.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/native_layer_norm.h>
#include <ATen/ops/native_layer_norm_backward.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softmax.h>
#include <cmath>

namespace penumbra::heads {

namespace {

constexpr double normEpsilon = 1e-6; // of Segment Anything's LayerNorm2d

void require(const at::Tensor& tensor, at::IntArrayRef shape, const char* name) {
    if (tensor.sizes() != shape)
        throw Error(std::string("task head: ") + name + " does not fit the other weights");
}

/// Dense layer; rows of any shape.
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
    return at::matmul(x, weight.t()) + bias;
}

class ClassHead final : public TaskHead {
public:
    ClassHead(at::Tensor weight0, at::Tensor bias0, at::Tensor weight1, at::Tensor bias1)
        : TaskHead({{"0.weight", weight0}, {"0.bias", bias0}, {"2.weight", weight1}, {"2.bias", bias1}}) {
        require(bias0, {weight0.size(0)}, "the hidden bias");
        require(weight1, {weight1.size(0), weight0.size(0)}, "the output weight");
        require(bias1, {weight1.size(0)}, "the output bias");
    }

    HeadPass forward(const HeadInput& input) const override {
        const at::Tensor before = linear(input.values, value(0), value(1));
        at::Tensor hidden = at::gelu(before);
        if (input.dropout.defined())
            hidden = hidden * input.dropout;
        return {linear(hidden, value(2), value(3)), {before, hidden}};
    }

    std::vector<at::Tensor> backward(const HeadInput& input, const HeadPass& pass,
                                     const at::Tensor& slope) const override {
        const at::Tensor &before = pass.kept[0], &hidden = pass.kept[1];
        at::Tensor byHidden = at::matmul(slope, value(2));
        if (input.dropout.defined())
            byHidden = byHidden * input.dropout;
        const at::Tensor byBefore = at::gelu_backward(byHidden, before);
        return {at::matmul(byBefore.t(), input.values), byBefore.sum(0), at::matmul(slope.t(), hidden),
                slope.sum(0), at::matmul(byBefore, value(0))};
    }
};

class LinearHead final : public TaskHead {
public:
    LinearHead(at::Tensor weight, at::Tensor bias) : TaskHead({{"weight", weight}, {"bias", bias}}) {
        require(bias, {weight.size(0)}, "the bias");
    }

    HeadPass forward(const HeadInput& input) const override {
        return {linear(input.values, value(0), value(1)), {}};
    }

    std::vector<at::Tensor> backward(const HeadInput& input, const HeadPass&,
                                     const at::Tensor& slope) const override {
        return {at::matmul(slope.t(), input.values), slope.sum(0), at::matmul(slope, value(0))};
    }
};

/// With one query, keys and values fold into it: tokens X meet U [H, D] = k_h^T q_h / sqrt(d) for their
/// scores, and v is applied to their weighted mean.
class AttentiveProbe final : public TaskHead {
public:
    AttentiveProbe(const ProbeTensors& t, std::int64_t heads)
        : TaskHead({{"query", t.query},
                    {"wq", t.qWeight},
                    {"wk", t.kWeight},
                    {"wv", t.vWeight},
                    {"w", t.weight},
                    {"b", t.bias}}),
          heads_(heads), width_(t.query.size(1)) {
        if (heads < 1 || width_ % heads != 0)
            throw Error("task head: " + std::to_string(heads) + " heads do not divide width " +
                        std::to_string(width_));
        for (const auto& [tensor, name] : {std::pair{t.qWeight, "the query projection"},
                                           {t.kWeight, "the key projection"},
                                           {t.vWeight, "the value projection"}})
            require(tensor, {width_, width_}, name);
        require(t.weight, {t.weight.size(0), width_}, "the probe's weight");
        require(t.bias, {t.weight.size(0)}, "the probe's bias");
    }

    HeadPass forward(const HeadInput& input) const override {
        const at::Tensor& x = input.values;
        at::Tensor scores = at::matmul(x, scorers().t()); // [B, n, H]
        if (input.padded.defined())
            scores = scores.masked_fill(input.padded.unsqueeze(2), -INFINITY);
        const at::Tensor shares = at::softmax(scores, 1);
        const at::Tensor weighted = at::bmm(shares.transpose(1, 2), x); // [B, H, D]
        const at::Tensor pooled = at::bmm(weighted.transpose(0, 1), values().transpose(1, 2))
                                      .transpose(0, 1)
                                      .reshape({x.size(0), width_});
        return {linear(pooled, value(4), value(5)), {pooled, shares, weighted}};
    }

    std::vector<at::Tensor> backward(const HeadInput& input, const HeadPass& pass,
                                     const at::Tensor& slope) const override {
        const at::Tensor& x = input.values;
        const at::Tensor &pooled = pass.kept[0], &shares = pass.kept[1], &weighted = pass.kept[2];
        const std::int64_t d = width_ / heads_;
        const double scale = 1.0 / std::sqrt(static_cast<double>(d));
        const at::Tensor byPooled =
            at::matmul(slope, value(4)).view({x.size(0), heads_, d}).transpose(0, 1); // [H, B, d]
        const at::Tensor byV =
            at::bmm(byPooled.transpose(1, 2), weighted.transpose(0, 1)).reshape({width_, width_});
        const at::Tensor byWeighted = at::bmm(byPooled, values()).transpose(0, 1); // [B, H, D]
        const at::Tensor byShares = at::bmm(x, byWeighted.transpose(1, 2));        // [B, n, H]
        const at::Tensor byScores = shares * (byShares - (shares * byShares).sum(1, true));
        const at::Tensor byScorers = at::bmm(byScores.transpose(1, 2), x).sum(0) * scale; // [H, D]
        const at::Tensor byX = at::bmm(shares, byWeighted) + at::matmul(byScores, scorers());
        const at::Tensor q = queries(), k = value(2).view({heads_, d, width_});
        const at::Tensor byK = at::bmm(q.unsqueeze(2), byScorers.unsqueeze(1)).reshape({width_, width_});
        const at::Tensor byQ = at::bmm(k, byScorers.unsqueeze(2)).reshape({width_, 1});
        return {at::matmul(byQ.t(), value(1)),
                at::matmul(byQ, value(0)),
                byK,
                byV,
                at::matmul(slope.t(), pooled),
                slope.sum(0),
                byX};
    }

private:
    at::Tensor queries() const { return at::matmul(value(0), value(1).t()).view({heads_, width_ / heads_}); }
    at::Tensor values() const { return value(3).view({heads_, width_ / heads_, width_}); }
    at::Tensor scorers() const { // [H, D]
        const std::int64_t d = width_ / heads_;
        return at::bmm(queries().unsqueeze(1), value(2).view({heads_, d, width_})).squeeze(1) /
               std::sqrt(static_cast<double>(d));
    }

    std::int64_t heads_, width_;
};

/// Transposed convolution with kernel and stride 2: squares of output pixels do not overlap, so it is a
/// product. Images are [B, y, x, channel].
at::Tensor doubled(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
    const std::int64_t b = x.size(0), h = x.size(1), w = x.size(2), out = weight.size(1);
    return at::matmul(x, weight.reshape({weight.size(0), out * 4}))
               .view({b, h, w, out, 2, 2})
               .permute({0, 1, 4, 2, 5, 3})
               .reshape({b, 2 * h, 2 * w, out}) +
           bias;
}

struct DoubledGradient {
    at::Tensor x, weight, bias;
};
DoubledGradient doubledBackward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& slope) {
    const std::int64_t b = x.size(0), h = x.size(1), w = x.size(2), in = weight.size(0), out = weight.size(1);
    const at::Tensor squares =
        slope.reshape({b, h, 2, w, 2, out}).permute({0, 1, 3, 5, 2, 4}).reshape({b * h * w, out * 4});
    return {at::matmul(squares, weight.reshape({in, out * 4}).t()).view({b, h, w, in}),
            at::matmul(x.reshape({b * h * w, in}).t(), squares).view({in, out, 2, 2}),
            slope.sum(at::IntArrayRef{0, 1, 2})};
}

class MapHead final : public TaskHead {
public:
    explicit MapHead(const MapTensors& t)
        : TaskHead({{"up1.weight", t.up1Weight},
                    {"up1.bias", t.up1Bias},
                    {"norm.weight", t.normWeight},
                    {"norm.bias", t.normBias},
                    {"up2.weight", t.up2Weight},
                    {"up2.bias", t.up2Bias},
                    {"out.weight", t.outWeight},
                    {"out.bias", t.outBias}}) {
        const std::int64_t first = t.up1Weight.size(1), second = t.up2Weight.size(1);
        require(t.up1Weight, {t.up1Weight.size(0), first, 2, 2}, "the first upsampling");
        for (const auto& [tensor, name] : {std::pair{t.up1Bias, "the first upsampling's bias"},
                                           {t.normWeight, "the norm's weight"},
                                           {t.normBias, "the norm's bias"}})
            require(tensor, {first}, name);
        require(t.up2Weight, {first, second, 2, 2}, "the second upsampling");
        require(t.up2Bias, {second}, "the second upsampling's bias");
        require(t.outWeight, {t.outWeight.size(0), second, 1, 1}, "the last layer");
        require(t.outBias, {t.outWeight.size(0)}, "the last layer's bias");
    }

    HeadPass forward(const HeadInput& input) const override {
        const at::Tensor grid = gridOf(input.values);
        const at::Tensor up1 = doubled(grid, value(0), value(1));
        const auto [normed, mean, rstd] =
            at::native_layer_norm(up1, {up1.size(3)}, value(2), value(3), normEpsilon);
        const at::Tensor hidden1 = at::gelu(normed);
        const at::Tensor up2 = doubled(hidden1, value(4), value(5));
        const at::Tensor hidden2 = at::gelu(up2);
        const at::Tensor maps = linear(hidden2, value(6).flatten(1), value(7));
        return {maps.permute({0, 3, 1, 2}).contiguous(),
                {grid, up1, mean, rstd, normed, hidden1, up2, hidden2}};
    }

    std::vector<at::Tensor> backward(const HeadInput& input, const HeadPass& pass,
                                     const at::Tensor& slope) const override {
        const auto& k = pass.kept;
        const at::Tensor &grid = k[0], &up1 = k[1], &mean = k[2], &rstd = k[3], &normed = k[4],
                         &hidden1 = k[5], &up2 = k[6], &hidden2 = k[7];
        const std::int64_t maps = value(6).size(0), second = value(6).size(1);
        const at::Tensor byMaps = slope.permute({0, 2, 3, 1}).reshape({-1, maps});
        const at::Tensor byHidden2 = at::matmul(byMaps, value(6).view({maps, second})).view(hidden2.sizes());
        const DoubledGradient by2 = doubledBackward(hidden1, value(4), at::gelu_backward(byHidden2, up2));
        const auto [byUp1, byWeight, byBias] =
            at::native_layer_norm_backward(at::gelu_backward(by2.x, normed), up1, {up1.size(3)}, mean, rstd,
                                           value(2), value(3), {true, true, true});
        const DoubledGradient by1 = doubledBackward(grid, value(0), byUp1);
        return {by1.weight,
                by1.bias,
                byWeight,
                byBias,
                by2.weight,
                by2.bias,
                at::matmul(byMaps.t(), hidden2.reshape({-1, second})).view(value(6).sizes()),
                byMaps.sum(0),
                by1.x.reshape(input.values.sizes())};
    }

private:
    static at::Tensor gridOf(const at::Tensor& tokens) {
        const auto side =
            static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(tokens.size(1)))));
        if (side * side != tokens.size(1))
            throw Error("task head: " + std::to_string(tokens.size(1)) + " tokens are no square grid");
        return tokens.reshape({tokens.size(0), side, side, tokens.size(2)});
    }
};

} // namespace

std::unique_ptr<TaskHead> classHead(at::Tensor weight0, at::Tensor bias0, at::Tensor weight1,
                                    at::Tensor bias1) {
    if (!weight0.defined())
        return std::make_unique<LinearHead>(std::move(weight1), std::move(bias1));
    return std::make_unique<ClassHead>(std::move(weight0), std::move(bias0), std::move(weight1),
                                       std::move(bias1));
}

std::unique_ptr<TaskHead> attentiveProbe(ProbeTensors tensors, std::int64_t heads) {
    return std::make_unique<AttentiveProbe>(tensors, heads);
}

std::unique_ptr<TaskHead> mapHead(MapTensors tensors) {
    return std::make_unique<MapHead>(tensors);
}

LossSlope crossEntropy(const at::Tensor& logits, const at::Tensor& labels) {
    const at::Tensor logs = at::log_softmax(logits, 1);
    const at::Tensor own = labels.unsqueeze(1);
    const auto count = static_cast<double>(logits.size(0));
    at::Tensor slope = logs.exp();
    slope.scatter_add_(1, own, -at::ones_like(slope));
    return {-logs.gather(1, own).sum().item().toDouble() / count, slope / count};
}

LossSlope meanSquaredError(const at::Tensor& output, const at::Tensor& target) {
    const at::Tensor error = output - target;
    const auto count = static_cast<double>(error.numel());
    return {(error * error).sum().item().toDouble() / count, error * (2.0 / count)};
}

LossSlope binaryCrossEntropy(const at::Tensor& logits, const at::Tensor& target) {
    const auto count = static_cast<double>(logits.numel());
    // max(x, 0) - x t + ln(1 + e^-|x|): no overflow
    const at::Tensor terms = logits.clamp_min(0.0) - logits * target + at::log1p(at::exp(-at::abs(logits)));
    return {terms.sum().item().toDouble() / count, (at::sigmoid(logits) - target) / count};
}

} // namespace penumbra::heads
