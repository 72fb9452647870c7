// Classifiers on pooled vectors, on clouds whose best possible accuracy is known.

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/heads/class_network.h"
#include "core/heads/task_heads.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>

namespace penumbra::heads {
namespace {

struct Clouds {
    MatrixF inputs;
    std::vector<std::size_t> labels;
    std::vector<std::int32_t> train, test;
};

/// Two unit Gaussians per class at the corners of a square: class 0 on one diagonal, class 1 on the other.
Clouds diagonals(std::size_t rows, double corner, std::uint64_t seed) {
    Rng rng(seed);
    Clouds clouds{MatrixF(static_cast<Eigen::Index>(rows), 2), {}, {}, {}};
    for (std::size_t i = 0; i < rows; ++i) {
        const double x = rng.below(2) != 0 ? 1.0 : -1.0, y = rng.below(2) != 0 ? 1.0 : -1.0;
        const auto row = static_cast<Eigen::Index>(i);
        clouds.inputs(row, 0) =
            static_cast<float>(1000.0 + corner * x + rng.normal()); // far from standardised
        clouds.inputs(row, 1) = static_cast<float>(corner * y + rng.normal());
        clouds.labels.push_back(x * y > 0.0 ? 0 : 1);
        (i % 2 == 0 ? clouds.train : clouds.test).push_back(static_cast<std::int32_t>(i));
    }
    return clouds;
}

double accuracy(const Clouds& clouds, const MatrixD& logits) {
    double right = 0.0;
    for (const std::int32_t row : clouds.test) {
        Eigen::Index best = 0;
        logits.row(row).maxCoeff(&best);
        right += static_cast<std::size_t>(best) == clouds.labels[static_cast<std::size_t>(row)] ? 1.0 : 0.0;
    }
    return right / static_cast<double>(clouds.test.size());
}

ClassTrainingOptions quick() {
    ClassTrainingOptions options;
    options.hidden = 32;
    options.epochs = 40;
    options.batch = 64;
    options.learningRate = 1e-2;
    return options;
}

TEST(ClassNetwork, comesNearTheBestPossibleAccuracy) {
    const Clouds clouds = diagonals(4000, 2.0, 1);
    const auto network =
        ClassNetwork::train(clouds.inputs, clouds.train, clouds.labels, 2, quick(), RunContext{});
    const MatrixD logits = network.logits(clouds.inputs, RunContext{});
    // A point leaves its quadrant by one axis with p = Phi(-2); right with (1-p)^2 + p^2.
    const double p = 0.5 * std::erfc(2.0 / std::sqrt(2.0)), best = (1 - p) * (1 - p) + p * p;
    const double error = std::sqrt(best * (1 - best) / static_cast<double>(clouds.test.size()));
    EXPECT_NEAR(accuracy(clouds, logits), best, 4.0 * error + 0.01);
    EXPECT_GE(network.bestEpoch(), 1);
}

TEST(ClassNetwork, aLinearLayerCannotTellDiagonalsApart) {
    const Clouds clouds = diagonals(4000, 2.0, 2);
    ClassTrainingOptions options = quick();
    options.hidden = 0;
    const auto network =
        ClassNetwork::train(clouds.inputs, clouds.train, clouds.labels, 2, options, RunContext{});
    EXPECT_LT(accuracy(clouds, network.logits(clouds.inputs, RunContext{})), 0.65);
}

TEST(ClassNetwork, sameSeedSameBitsAndDropoutCounts) {
    const Clouds clouds = diagonals(400, 1.0, 3);
    ClassTrainingOptions options = quick();
    options.epochs = 5;
    const auto logits = [&](double dropout, std::uint64_t seed) {
        options.dropout = dropout;
        options.seed = seed;
        return ClassNetwork::train(clouds.inputs, clouds.train, clouds.labels, 2, options, RunContext{})
            .logits(clouds.inputs, RunContext{});
    };
    const MatrixD first = logits(0.1, 1);
    EXPECT_EQ(first, logits(0.1, 1));
    EXPECT_NE(first, logits(0.1, 2));
    EXPECT_NE(first, logits(0.0, 1));
    ASSERT_TRUE(first.allFinite());
}

TEST(ClassNetwork, keepsTheBestEpochOfRowsSetAside) {
    // Few rows of pure noise: the longer it trains, the worse it does on rows set aside.
    Rng rng(4);
    MatrixF inputs(60, 20);
    std::vector<std::size_t> labels;
    std::vector<std::int32_t> rows(60);
    std::iota(rows.begin(), rows.end(), 0);
    for (Eigen::Index i = 0; i < inputs.size(); ++i)
        inputs.data()[i] = static_cast<float>(rng.normal());
    for (int i = 0; i < 60; ++i)
        labels.push_back(rng.below(2));
    ClassTrainingOptions options = quick();
    options.epochs = 200;
    options.validationFraction = 0.3;
    const auto network = ClassNetwork::train(inputs, rows, labels, 2, options, RunContext{});
    EXPECT_LT(network.bestEpoch(), 100);
}

TEST(ClassNetwork, refusesLabelsThatCannotBe) {
    Clouds clouds = diagonals(40, 1.0, 5);
    clouds.labels[static_cast<std::size_t>(clouds.train[3])] = 2;
    EXPECT_THROW(ClassNetwork::train(clouds.inputs, clouds.train, clouds.labels, 2, quick(), RunContext{}),
                 Error);
    EXPECT_THROW(ClassNetwork::train(clouds.inputs, {}, clouds.labels, 2, quick(), RunContext{}), Error);
    clouds = diagonals(40, 1.0, 5);
    const auto network =
        ClassNetwork::train(clouds.inputs, clouds.train, clouds.labels, 2, quick(), RunContext{});
    EXPECT_THROW(network.logits(MatrixF(3, 5), RunContext{}), Error);
}

// Tokens that say where a structure lies become a map of it: plain gradient descent on the map head.
TEST(TaskHeads, aMapHeadLearnsWhereAStructureIs) {
    Rng rng(6);
    const auto tensor = [&](std::vector<std::int64_t> shape, double spread) {
        at::Tensor t = at::empty(shape, at::TensorOptions().dtype(at::kDouble));
        for (std::int64_t i = 0; i < t.numel(); ++i)
            t.mutable_data_ptr<double>()[i] = spread * rng.normal();
        return t;
    };
    const auto head =
        mapHead({tensor({8, 4, 2, 2}, 0.4), tensor({4}, 0.0), tensor({4}, 0.0) + 1.0, tensor({4}, 0.0),
                 tensor({4, 2, 2, 2}, 0.4), tensor({2}, 0.0), tensor({1, 2, 1, 1}, 0.4), tensor({1}, 0.0)});
    const at::Tensor tokens = tensor({6, 9, 8}, 1.0);
    at::Tensor target = at::empty({6, 1, 12, 12}, at::TensorOptions().dtype(at::kDouble));
    for (std::int64_t b = 0; b < 6; ++b) // a token's first number says whether its square belongs to it
        for (std::int64_t y = 0; y < 12; ++y)
            for (std::int64_t x = 0; x < 12; ++x)
                target.mutable_data_ptr<double>()[(b * 12 + y) * 12 + x] =
                    tokens.const_data_ptr<double>()[(b * 9 + y / 4 * 3 + x / 4) * 8] > 0.0 ? 1.0 : 0.0;
    double first = 0.0, last = 0.0;
    for (int step = 0; step < 300; ++step) {
        const HeadPass pass = head->forward({tokens, {}, {}});
        const LossSlope judged = binaryCrossEntropy(pass.output, target);
        (step == 0 ? first : last) = judged.loss;
        const auto gradients = head->backward({tokens, {}, {}}, pass, judged.slope);
        for (std::size_t p = 0; p < head->parameters().size(); ++p)
            head->parameters()[p].value.sub_(gradients[p] * 1.0);
    }
    EXPECT_LT(last, 0.25 * first);
}

} // namespace
} // namespace penumbra::heads
