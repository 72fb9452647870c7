#include "core/base/error.h"
#include "tests/core/heads/synthetic.h"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>

namespace penumbra::heads {
namespace {

const std::vector<float>& values(const std::vector<NamedArray>& arrays, const std::string& name) {
    return std::find_if(arrays.begin(), arrays.end(), [&](const auto& a) { return a.name == name; })->values;
}

using Drop = std::function<void(std::vector<double>& activations)>;

/// One row through one network, in double, from the stored arrays; `drop` is applied to each hidden layer.
double plainForward(const std::vector<NamedArray>& arrays, const NetworkSpec& spec, std::size_t index,
                    const float* row, std::vector<double>* lastHidden, const Drop& drop = {}) {
    const std::string prefix = "network" + std::to_string(index);
    std::vector<double> h;
    for (std::size_t j = 0; j < static_cast<std::size_t>(spec.shape.inputs); ++j)
        h.push_back((static_cast<double>(row[j]) - static_cast<double>(values(arrays, "inputs/mean")[j])) *
                    static_cast<double>(values(arrays, "inputs/inverse_std")[j]));
    for (std::size_t l = 0; l <= spec.shape.hidden.size(); ++l) {
        const auto& w = values(arrays, prefix + "/weight" + std::to_string(l));
        const auto& b = values(arrays, prefix + "/bias" + std::to_string(l));
        std::vector<double> z;
        for (std::size_t o = 0; o < b.size(); ++o) {
            double sum = static_cast<double>(b[o]);
            for (std::size_t i = 0; i < h.size(); ++i)
                sum += static_cast<double>(w[o * h.size() + i]) * h[i];
            z.push_back(sum);
        }
        h = z;
        if (l == spec.shape.hidden.size())
            break;
        for (double& x : h)
            x = spec.shape.activation == Activation::Gelu ? 0.5 * x * (1.0 + std::erf(x / std::sqrt(2.0)))
                                                          : std::max(x, 0.0);
        if (lastHidden && l + 1 == spec.shape.hidden.size())
            *lastHidden = h;
        if (drop)
            drop(h);
    }
    const double output = spec.shape.output == OutputActivation::Softplus ? std::log1p(std::exp(h[0])) : h[0];
    return output * static_cast<double>(values(arrays, "labels/scale")[index]) +
           static_cast<double>(values(arrays, "labels/shift")[index]);
}

TrainedNetworks trained(const MatrixF& inputs, Activation activation, OutputActivation output,
                        std::vector<int> hidden = {12, 7}) {
    std::vector<NetworkSpec> specs;
    for (int k = 0; k < 6; ++k) {
        specs.push_back(network(inputs, hidden, k));
        specs.back().shape.activation = activation;
        specs.back().shape.output = output;
    }
    TrainingOptions options;
    options.epochs = 3;
    options.batch = 100;
    Trainer trainer(inputs, specs, options, threads(2));
    trainer.runUntil(3, threads(2));
    return trainer.networks();
}

TEST(TrainedNetworks, PredictAndHiddenFollowTheDefinition) {
    const MatrixF inputs = normalInputs(1300, 4, 1); // more than two blocks
    for (const auto activation : {Activation::Gelu, Activation::Relu})
        for (const auto output : {OutputActivation::None, OutputActivation::Softplus}) {
            const TrainedNetworks networks = trained(inputs, activation, output);
            const auto arrays = networks.arrays();
            const MatrixD predicted = networks.predict(inputs, threads(2));
            const MatrixF hidden = networks.hidden(5, inputs, threads(2));
            ASSERT_EQ(predicted.rows(), 1300);
            ASSERT_EQ(predicted.cols(), 6);
            ASSERT_EQ(hidden.cols(), 7);
            for (const Eigen::Index row : {0, 1, 511, 512, 1024, 1299})
                for (std::size_t k = 0; k < 6; ++k) {
                    std::vector<double> last;
                    const double wanted = plainForward(arrays, networks.spec(k), k, &inputs(row, 0), &last);
                    EXPECT_NEAR(predicted(row, static_cast<Eigen::Index>(k)), wanted,
                                1e-5 * std::abs(wanted));
                    for (std::size_t u = 0; k == 5 && u < 7; ++u)
                        EXPECT_NEAR(static_cast<double>(hidden(row, static_cast<Eigen::Index>(u))), last[u],
                                    1e-5);
                }
        }
}

TEST(TrainedNetworks, NeitherThreadsNorOtherRowsChangeAPrediction) {
    const MatrixF inputs = normalInputs(2000, 4, 2);
    const TrainedNetworks networks = trained(inputs, Activation::Gelu, OutputActivation::None);
    const MatrixD one = networks.predict(inputs, threads(1));
    EXPECT_TRUE(one == networks.predict(inputs, threads(3)));
    const MatrixF head = inputs.topRows(512);
    EXPECT_TRUE(one.topRows(512) == networks.predict(head, threads(2)));
    EXPECT_EQ(networks.predict(MatrixF(0, 4), threads(1)).rows(), 0);
}

TEST(TrainedNetworks, StoredArraysGiveTheSameBits) {
    const MatrixF inputs = normalInputs(600, 4, 3);
    const TrainedNetworks networks = trained(inputs, Activation::Gelu, OutputActivation::Softplus);
    std::vector<NetworkSpec> specs;
    for (std::size_t k = 0; k < networks.size(); ++k) {
        specs.push_back(networks.spec(k));
        EXPECT_TRUE(specs.back().labels.empty());
    }
    auto arrays = networks.arrays();
    const TrainedNetworks again = TrainedNetworks::fromArrays(specs, arrays);
    EXPECT_TRUE(networks.predict(inputs, threads(1)) == again.predict(inputs, threads(1)));
    EXPECT_EQ(again.spec(4).name, networks.spec(4).name);
    arrays.pop_back();
    EXPECT_THROW(TrainedNetworks::fromArrays(specs, arrays), Error);
    EXPECT_THROW(TrainedNetworks::fromArrays({}, networks.arrays()), Error);
    specs[1].shape.hidden = {12, 8};
    EXPECT_THROW(TrainedNetworks::fromArrays(specs, networks.arrays()), Error);
}

TEST(TrainedNetworks, LabelsFarFromZeroOrTinyComeBackWhole) {
    const MatrixF inputs = normalInputs(400, 3, 8);
    for (const auto& [unit, zero] : {std::pair{1.0, 1e9}, {1e-50, 0.0}, {1e50, 0.0}}) {
        NetworkSpec spec;
        spec.name = "y";
        spec.shape.inputs = 3;
        spec.shape.hidden = {16};
        for (Eigen::Index i = 0; i < inputs.rows(); ++i)
            spec.labels.push_back(unit * static_cast<double>(inputs(i, 0)) + zero);
        TrainingOptions options;
        options.epochs = 60;
        options.batch = 64;
        options.learningRate = 0.01;
        Trainer trainer(inputs, {spec}, options, threads(1));
        trainer.runUntil(options.epochs, threads(1));
        const TrainedNetworks networks = trainer.networks();
        const MatrixD predicted = networks.predict(inputs, threads(1));
        double squares = 0.0;
        for (Eigen::Index i = 0; i < inputs.rows(); ++i) {
            const double error = (predicted(i, 0) - spec.labels[static_cast<std::size_t>(i)]) / unit;
            squares += error * error;
        }
        EXPECT_LT(std::sqrt(squares / 400.0), 0.1) << unit << " " << zero; // labels scatter by 1
        spec.labels.clear();
        EXPECT_TRUE(TrainedNetworks::fromArrays({spec}, networks.arrays()).predict(inputs, threads(1)) ==
                    predicted);
    }
}

TEST(TrainedNetworks, WrongInputsAreRefused) {
    const MatrixF inputs = normalInputs(100, 4, 4);
    const TrainedNetworks networks = trained(inputs, Activation::Gelu, OutputActivation::None);
    EXPECT_THROW(networks.predict(normalInputs(10, 5, 1), threads(1)), Error);
    EXPECT_THROW(networks.hidden(6, inputs, threads(1)), Error);
    EXPECT_THROW(networks.spec(6), Error);
    EXPECT_THROW(networks.dropout(0, inputs, 1.0, 10, 0, threads(1)), UsageError);
    EXPECT_THROW(networks.dropout(0, inputs, -0.1, 10, 0, threads(1)), UsageError);
    EXPECT_THROW(networks.dropout(0, inputs, 0.1, 0, 0, threads(1)), UsageError);
    MatrixF bad = inputs;
    bad(42, 0) = std::nanf("");
    EXPECT_THROW(networks.predict(bad, threads(2)), Error);
    EXPECT_THROW(networks.dropout(0, bad, 0.1, 2, 0, threads(2)), Error);
    std::stop_source source;
    source.request_stop();
    RunContext context = threads(2);
    context.stop = source.get_token();
    EXPECT_THROW(networks.predict(inputs, context), Cancelled);
}

TEST(Dropout, DependsOnTheSeedButNotOnThreadsOrBlocks) {
    const MatrixF inputs = normalInputs(700, 4, 5);
    const TrainedNetworks networks = trained(inputs, Activation::Gelu, OutputActivation::None);
    const auto one = networks.dropout(2, inputs, 0.2, 20, 9, threads(1));
    const auto three = networks.dropout(2, inputs, 0.2, 20, 9, threads(3));
    EXPECT_EQ(one.mean, three.mean);
    EXPECT_EQ(one.spread, three.spread);
    EXPECT_NE(one.mean, networks.dropout(2, inputs, 0.2, 20, 10, threads(1)).mean);
    const MatrixF head = inputs.topRows(300); // its second block is shorter: all must be the same
    const auto part = networks.dropout(2, head, 0.2, 20, 9, threads(1));
    for (std::size_t i = 0; i < 300; ++i) {
        EXPECT_EQ(part.mean[i], one.mean[i]);
        EXPECT_EQ(part.spread[i], one.spread[i]);
    }
}

TEST(Dropout, MasksGoWithTheKeyOfARow) {
    const MatrixF inputs = normalInputs(700, 4, 5);
    const TrainedNetworks networks = trained(inputs, Activation::Gelu, OutputActivation::None);
    std::vector<std::uint64_t> keys;
    for (std::uint64_t i = 0; i < 700; ++i)
        keys.push_back(0x9e3779b97f4a7c15ULL * (i + 1));
    const auto all = networks.dropout(2, inputs, keys, 0.2, 20, 9, threads(2));
    for (const std::int64_t from : {1, 255, 256, 690}) { // other neighbours, another place, another block
        const MatrixF tail = inputs.bottomRows(700 - from);
        const auto part = networks.dropout(2, tail, std::span(keys).subspan(static_cast<std::size_t>(from)),
                                           0.2, 20, 9, threads(1));
        for (std::size_t i = 0; i < part.mean.size(); ++i) {
            ASSERT_EQ(part.mean[i], all.mean[i + static_cast<std::size_t>(from)]) << from << " " << i;
            ASSERT_EQ(part.spread[i], all.spread[i + static_cast<std::size_t>(from)]) << from << " " << i;
        }
    }
    EXPECT_NE(all.mean, networks.dropout(2, inputs, 0.2, 20, 9, threads(2)).mean);
    EXPECT_THROW(networks.dropout(2, inputs, std::span(keys).subspan(1), 0.2, 20, 9, threads(1)), Error);
}

TEST(TrainedNetworks, ARowIsPredictedAlikeInAnyCompany) {
    const MatrixF inputs = normalInputs(1100, 4, 3);
    for (const auto& hidden : {std::vector<int>{10}, {256, 256}}) {
        const TrainedNetworks networks = trained(inputs, Activation::Gelu, OutputActivation::None, hidden);
        const MatrixD all = networks.predict(inputs, threads(2));
        const MatrixF activations = networks.hidden(1, inputs, threads(2));
        std::vector<bool> wanted(networks.size(), false);
        wanted.back() = true;
        for (const std::int64_t from : {0, 1, 511, 513, 1099}) {
            const MatrixF tail = inputs.bottomRows(1100 - from);
            EXPECT_TRUE(networks.predict(tail, threads(1)) == all.bottomRows(1100 - from)) << from;
            EXPECT_TRUE(networks.hidden(1, tail, threads(1)) == activations.bottomRows(1100 - from)) << from;
            EXPECT_TRUE(networks.predict(tail, threads(1), wanted).rightCols(1) ==
                        all.bottomRows(1100 - from).rightCols(1))
                << from;
        }
    }
}

TEST(Dropout, RateZeroIsThePrediction) {
    const MatrixF inputs = normalInputs(300, 4, 6);
    const TrainedNetworks networks = trained(inputs, Activation::Relu, OutputActivation::Softplus);
    const MatrixD predicted = networks.predict(inputs, threads(1));
    const auto result = networks.dropout(1, inputs, 0.0, 5, 0, threads(1));
    for (std::size_t i = 0; i < 300; ++i) {
        EXPECT_NEAR(result.mean[i], predicted(static_cast<Eigen::Index>(i), 1), 1e-4);
        EXPECT_NEAR(result.spread[i], 0.0, 1e-4);
    }
}

TEST(Dropout, MeanAndSpreadAgreeWithBruteForce) {
    // Brute force: independent Bernoulli masks from another generator, in double. Both are estimates from n
    // passes; means must agree within 5 standard errors of their difference (12 comparisons: false alarm
    // below 1e-5) and spreads within 5 %, where the standard error of a spread is about 1 %.
    constexpr int passes = 10000;
    constexpr double rate = 0.3;
    for (const std::vector<int>& hidden : {std::vector<int>{10}, {12, 7}, {8, 9, 6}}) {
        const MatrixF inputs = normalInputs(200, 4, 7);
        const TrainedNetworks networks = trained(inputs, Activation::Gelu, OutputActivation::None, hidden);
        const auto arrays = networks.arrays();
        const auto ours = networks.dropout(3, inputs, rate, passes, 1, threads(2));
        Rng rng(77);
        const Drop drop = [&](std::vector<double>& h) {
            for (double& x : h)
                x = rng.uniform() < rate ? 0.0 : x / (1.0 - rate);
        };
        for (const std::size_t row : {0, 57, 123, 199}) {
            double sum = 0.0, squares = 0.0;
            const double offset = ours.mean[row];
            for (int pass = 0; pass < passes; ++pass) {
                const double value = plainForward(arrays, networks.spec(3), 3,
                                                  &inputs(static_cast<Eigen::Index>(row), 0), nullptr, drop) -
                                     offset;
                sum += value;
                squares += value * value;
            }
            const double spread = std::sqrt(squares / passes - std::pow(sum / passes, 2));
            EXPECT_NEAR(sum / passes, 0.0, 5.0 * spread * std::sqrt(2.0 / passes)) << "row " << row;
            EXPECT_NEAR(ours.spread[row], spread, 0.05 * spread) << "row " << row;
        }
    }
}

} // namespace
} // namespace penumbra::heads
