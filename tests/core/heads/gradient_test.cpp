// Our hand-written loss, forward and backward against torch's autograd in double precision.
#include "core/heads/loss.h"
#include "core/heads/pass.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <limits>

namespace penumbra::heads {
namespace {

struct Case {
    std::vector<int> hidden;
    Activation activation;
    OutputActivation output;
    std::vector<Loss> losses; ///< one a network
    bool ownRows;
    bool missing;
};

std::string nameOf(const testing::TestParamInfo<Case>& info) {
    const Case& c = info.param;
    std::string name = "layers" + std::to_string(c.hidden.size());
    name += c.activation == Activation::Gelu ? "Gelu" : "Relu";
    name += c.output == OutputActivation::Softplus ? "Softplus" : "Linear";
    for (const Loss loss : c.losses)
        name += loss == Loss::Pinball ? "P" : "S";
    return name + (c.ownRows ? "Own" : "Shared") + (c.missing ? "Missing" : "Complete");
}

std::vector<Case> allCases() {
    std::vector<Case> cases;
    const std::vector<Loss> squared(3, Loss::SquaredError), pinball(3, Loss::Pinball),
        mixed{Loss::SquaredError, Loss::Pinball, Loss::SquaredError};
    for (const std::vector<int>& hidden : {std::vector<int>{}, {6}, {6, 5}, {4, 6, 5}})
        for (const auto activation : {Activation::Gelu, Activation::Relu})
            for (const auto output : {OutputActivation::None, OutputActivation::Softplus})
                for (const auto& losses : {squared, pinball, mixed})
                    for (const bool ownRows : {false, true})
                        for (const bool missing : {false, true})
                            cases.push_back({hidden, activation, output, losses, ownRows, missing});
    return cases;
}

class Gradient : public testing::TestWithParam<Case> {};

/// Per network: mean of the loss over rows with a label; sum over networks. Written afresh, with autograd.
at::Tensor referenceLoss(const Case& c, const std::vector<NetworkSpec>& specs,
                         const std::vector<at::Tensor>& weight, const std::vector<at::Tensor>& bias,
                         const at::Tensor& inputs, const at::Tensor& labels) {
    at::Tensor total = at::zeros({}, at::kDouble);
    for (std::int64_t k = 0; k < 3; ++k) {
        at::Tensor h = inputs.dim() == 3 ? inputs[k] : inputs;
        for (std::size_t l = 0; l < weight.size(); ++l) {
            h = at::linear(h, weight[l][k], bias[l][k]);
            if (l + 1 < weight.size())
                h = c.activation == Activation::Gelu ? at::gelu(h) : at::relu(h);
        }
        h = h.squeeze(1);
        if (c.output == OutputActivation::Softplus)
            h = at::softplus(h);
        const at::Tensor known = at::logical_not(at::isnan(labels[k]));
        const at::Tensor e = labels[k].masked_select(known) - h.masked_select(known);
        const NetworkSpec& spec = specs[static_cast<std::size_t>(k)];
        total = total +
                (spec.loss == Loss::SquaredError ? e.pow(2) : at::max(spec.level * e, (spec.level - 1) * e))
                    .mean();
    }
    return total;
}

void expectNear(const at::Tensor& ours, const at::Tensor& reference, const std::string& what) {
    const double scale = reference.abs().max().item<double>();
    const double difference = (ours.to(at::kDouble) - reference).abs().max().item<double>();
    EXPECT_LE(difference, 2e-5 * scale + 1e-7) << what; // float against double, sums of some ten terms
}

TEST_P(Gradient, EqualsAutograd) {
    const Case& c = GetParam();
    at::manual_seed(1);
    constexpr std::int64_t networks = 3, rows = 12, columns = 4;
    const NetworkShape shape{columns, c.hidden, c.activation, c.output};
    std::vector<NetworkSpec> specs(networks);
    Parameters weights = Parameters::zeros(shape, networks, at::kCPU);
    for (std::size_t k = 0; k < networks; ++k) {
        specs[k].loss = c.losses[k];
        specs[k].level = 0.2 + 0.25 * static_cast<double>(k);
        weights.initialise(static_cast<std::int64_t>(k), 10 + k);
    }
    const at::Tensor inputs = c.ownRows ? at::randn({networks, rows, columns}) : at::randn({rows, columns});
    at::Tensor labels = at::randn({networks, rows});
    if (c.missing)
        for (const auto& [k, row] : {std::pair{0, 0}, {0, 5}, {1, 11}, {2, 1}, {2, 2}, {2, 7}})
            labels[k][row] = std::numeric_limits<float>::quiet_NaN();

    std::vector<at::Tensor> weight, bias;
    for (std::size_t l = 0; l < weights.weight.size(); ++l) {
        weight.push_back(weights.weight[l].to(at::kDouble).requires_grad_());
        bias.push_back(weights.bias[l].to(at::kDouble).requires_grad_());
    }
    const at::Tensor reference =
        referenceLoss(c, specs, weight, bias, inputs.to(at::kDouble), labels.to(at::kDouble));
    reference.backward();

    // Ours: in two blocks of rows, the second added to the first, as large batches are computed.
    Pass pass(shape, networks, rows, true, at::kCPU);
    LossTerms loss(specs, 64, at::kCPU);
    Parameters gradient = Parameters::zeros(shape, networks, at::kCPU);
    gradient.flat.fill_(std::numeric_limits<float>::quiet_NaN()); // must be overwritten, not added to
    const at::Tensor counts = at::logical_not(at::isnan(labels)).sum(1);
    at::Tensor total = at::zeros({networks}, at::kDouble);
    std::int64_t from = 0;
    for (const std::int64_t count : {7, 5}) {
        const at::Tensor block = inputs.narrow(c.ownRows ? 1 : 0, from, count).contiguous();
        const at::Tensor& outputs = pass.forward(weights, block);
        at::Tensor slope = loss.slope(outputs, labels.narrow(1, from, count));
        total += loss.lossSum();
        slope.div_(counts.unsqueeze(1));
        pass.backward(weights, block, slope, gradient, from > 0);
        from += count;
    }
    EXPECT_NEAR((total / counts).sum().item<double>(), reference.item<double>(), 1e-5);
    for (std::size_t l = 0; l < weight.size(); ++l) {
        expectNear(gradient.weight[l], weight[l].grad(), "weight " + std::to_string(l));
        expectNear(gradient.bias[l], bias[l].grad(), "bias " + std::to_string(l));
    }
}

INSTANTIATE_TEST_SUITE_P(All, Gradient, testing::ValuesIn(allCases()), nameOf);

} // namespace
} // namespace penumbra::heads
