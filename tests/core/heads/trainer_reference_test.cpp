// A whole training against a few lines of torch with autograd and Adam as published, in double precision.
#include "core/heads/schedule.h"
#include "tests/core/heads/synthetic.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <numbers>

namespace penumbra::heads {
namespace {

class Reference : public testing::TestWithParam<std::tuple<Optimiser, int>> {};

/// @param start "network0/..." arrays of the untrained network
std::vector<double> trainReference(const MatrixF& inputs, const std::vector<double>& labels,
                                   const std::vector<NamedArray>& start, const TrainingOptions& options) {
    const auto rows = inputs.rows();
    at::Tensor x = at::empty({rows, inputs.cols()}, at::kDouble);
    at::Tensor y = at::empty({rows}, at::kDouble);
    for (Eigen::Index i = 0; i < rows; ++i) {
        y[i] = labels[static_cast<std::size_t>(i)];
        for (Eigen::Index j = 0; j < inputs.cols(); ++j)
            x[i][j] = inputs(i, j);
    }
    x = (x - x.mean(0)) / x.std(0, /*unbiased=*/false);
    const double mean = y.mean().item<double>(), deviation = y.std(/*unbiased=*/false).item<double>();
    y = (y - mean) / deviation;
    std::vector<at::Tensor> parameters, first, second;
    for (const NamedArray& array : start)
        if (array.name.starts_with("network0/")) {
            at::Tensor p = at::empty(array.shape);
            std::copy(array.values.begin(), array.values.end(), p.data_ptr<float>());
            parameters.push_back(p.to(at::kDouble).requires_grad_());
            first.push_back(at::zeros_like(p, at::kDouble));
            second.push_back(at::zeros_like(p, at::kDouble));
        }
    const auto output = [&] {
        at::Tensor h = x;
        for (std::size_t l = 0; l < parameters.size(); l += 2) {
            h = at::linear(h, parameters[l], parameters[l + 1]);
            if (l + 2 < parameters.size())
                h = at::gelu(h);
        }
        return h.squeeze(1);
    };
    for (int step = 0; step < options.epochs; ++step) { // one step an epoch: the batch holds all rows
        for (auto& p : parameters)
            p.mutable_grad() = at::Tensor();
        (output() - y).pow(2).mean().backward();
        const double within = std::fmod(static_cast<double>(step) * options.cycles / options.epochs, 1.0);
        const double rate = options.learningRate * 0.5 * (1 + std::cos(std::numbers::pi * within));
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            at::Tensor p = parameters[i].detach(), g = parameters[i].grad().clone();
            if (options.optimiser == Optimiser::AdamW)
                p.mul_(1 - rate * options.weightDecay);
            else
                g.add_(p, options.weightDecay);
            first[i] = 0.9 * first[i] + 0.1 * g;
            second[i] = 0.999 * second[i] + 0.001 * g * g;
            const double c1 = 1 - std::pow(0.9, step + 1), c2 = 1 - std::pow(0.999, step + 1);
            p.sub_(rate * (first[i] / c1) / ((second[i] / c2).sqrt() + 1e-8));
        }
    }
    const at::Tensor result = (output() * deviation + mean).detach().contiguous();
    return {result.data_ptr<double>(), result.data_ptr<double>() + rows};
}

TEST_P(Reference, FullBatchTrainingEqualsAutogradAndAdam) {
    const auto& [optimiser, threadCount] = GetParam();
    const MatrixF inputs = normalInputs(300, 3, 1);
    TrainingOptions options;
    options.epochs = 12;
    options.batch = 1000;
    options.cycles = 2;
    options.weightDecay = 0.05; // large, so that a wrong decay shows
    options.learningRate = 3e-3;
    options.optimiser = optimiser;
    const NetworkSpec spec = network(inputs, {8, 6}, 0);
    Trainer trainer(inputs, {spec}, options, threads(threadCount));
    const std::vector<NamedArray> start = trainer.networks().arrays();
    trainer.runUntil(options.epochs, threads(threadCount));
    const MatrixD ours = trainer.networks().predict(inputs, threads(1));
    const std::vector<double> reference = trainReference(inputs, spec.labels, start, options);
    for (std::size_t i = 0; i < reference.size(); ++i)
        EXPECT_NEAR(ours(static_cast<Eigen::Index>(i), 0), reference[i], 2e-4) << "row " << i;
}

INSTANTIATE_TEST_SUITE_P(Optimisers, Reference,
                         testing::Combine(testing::Values(Optimiser::AdamW, Optimiser::Adam),
                                          testing::Values(1, 3)));

} // namespace
} // namespace penumbra::heads
