#include "tests/core/uq/synthetic_held_out.h"

#include <gtest/gtest.h>
#include <limits>

namespace penumbra::uq {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

/// Held-out rows with one-column signals given row by row.
HeldOut heldOutOf(std::vector<std::uint8_t> isTest, std::vector<double> truth,
                  std::map<std::string, std::vector<double>> signals) {
    HeldOut heldOut;
    for (std::size_t i = 0; i < truth.size(); ++i)
        heldOut.rows.push_back(static_cast<std::int64_t>(i));
    heldOut.isTest = std::move(isTest);
    heldOut.truth = std::move(truth);
    for (const auto& [name, values] : signals) {
        MatrixD column(static_cast<Eigen::Index>(values.size()), 1);
        for (std::size_t i = 0; i < values.size(); ++i)
            column(static_cast<Eigen::Index>(i), 0) = values[i];
        heldOut.signals[name] = column;
    }
    return heldOut;
}

Prediction runOne(const std::string& id, const HeldOut& heldOut, double alpha, double trainedAlpha,
                  const OptionSet& options) {
    const Evidence evidence = makeEvidence("z", "", heldOut);
    const std::vector<double> alphas = {alpha};
    return findMethod(id).intervals(evidence, alphas, trainedAlpha, options, RunContext{}).at(0);
}

TEST(Methods, VanillaSplitByHand) {
    // Scores 1, 3, 2; alpha 0.25: k = ceil(4 * 0.75) = 3.
    const HeldOut heldOut = heldOutOf({0, 1, 0, 0}, {1, 7, 7, 10}, {{"mean", {0, 5, 10, 8}}});
    const Prediction p = runOne("VanillaSplit", heldOut, 0.25, 0.1, defaultMethodOptions());
    EXPECT_EQ(p.mean, std::vector<double>{5});
    EXPECT_EQ(p.lower, std::vector<double>{2});
    EXPECT_EQ(p.upper, std::vector<double>{8});
    EXPECT_EQ(p.alpha, 0.25);
}

// What eval draws calibration sets from must be the very method: the same ends, and a truth is inside if and
// only if its score does not exceed the quantile.
TEST(Methods, SplitScoresAreTheMethod) {
    const OptionSet options = defaultMethodOptions();
    std::size_t split = 0;
    for (const UqMethod* method : allMethods()) {
        SyntheticHeldOut data(120, 80, 4);
        data.addNeedsOf(*method, options, 0.1);
        const Evidence evidence = makeEvidence("z", "", data.heldOut);
        for (const double alpha : {0.1, 0.3}) {
            const auto scores = method->splitScores(evidence, alpha, 0.1, options);
            EXPECT_EQ(scores.has_value(), method->info().conformal) << method->info().id;
            if (!scores)
                continue;
            ++split;
            const double q = conformalQuantile(scores->calibration, alpha, QuantileRule::FiniteSample);
            const Prediction p = runOne(method->info().id, data.heldOut, alpha, 0.1, options);
            const auto truth = data.testTruth();
            ASSERT_EQ(scores->score.size(), truth.size());
            for (std::size_t i = 0; i < truth.size(); ++i) {
                EXPECT_NEAR(p.lower[i], scores->lower[i] - q * scores->scale[i], 1e-12);
                EXPECT_NEAR(p.upper[i], scores->upper[i] + q * scores->scale[i], 1e-12);
                EXPECT_EQ(scores->score[i] < q, p.lower[i] < truth[i] && truth[i] < p.upper[i]);
            }
        }
    }
    EXPECT_EQ(split, 8u);
}

TEST(Methods, MadSplitByHand) {
    // |y - mean| = 1, 3, 2 over 1e-5 + (0.5, 3, 1): the second largest of about 2, 1, 2 at alpha 0.5.
    const HeldOut heldOut = heldOutOf({0, 0, 0, 1, 1}, {1, 3, 2, 0, 0},
                                      {{"mean", {0, 0, 0, 5, 6}}, {"residual_net", {0.5, -3, 1, -2, 0}}});
    const Prediction p = runOne("MADSplit", heldOut, 0.5, 0.1, defaultMethodOptions());
    const double quantile = 1.0 / (0.5 + 1e-5);
    EXPECT_NEAR(p.upper[0] - p.mean[0], quantile * (2 + 1e-5), 1e-14);
    EXPECT_NEAR(p.mean[0] - p.lower[0], quantile * (2 + 1e-5), 1e-14);
    EXPECT_NEAR(p.upper[1] - p.mean[1], quantile * 1e-5, 1e-14);
}

TEST(Methods, MadSplitReadsTheChosenSpace) {
    OptionSet options = defaultMethodOptions();
    options.set("mad-space", std::string("aion"));
    const HeldOut heldOut = heldOutOf({0, 1}, {1, 0}, {{"mean", {0, 0}}, {"residual_aion", {1, 2}}});
    EXPECT_NEAR(runOne("MADSplit", heldOut, 0.5, 0.1, options).upper[0], (2 + 1e-5) / (1 + 1e-5), 1e-14);
}

TEST(Methods, CqrByHandMayNarrowAndStaysCrossed) {
    // Scores max(lo - y, y - hi) = -1, -0.5, 1; alpha 0.5: k = 2, correction -0.5.
    const HeldOut heldOut = heldOutOf({0, 0, 0, 1, 1}, {1, 0.5, 3, 0, 0},
                                      {{"q0.25", {0, 0, 0, 1, 4}}, {"q0.75", {2, 2, 2, 5, 3}}});
    const Prediction p = runOne("CQR", heldOut, 0.5, 0.5, defaultMethodOptions());
    EXPECT_EQ(p.lower, (std::vector<double>{1.5, 4.5}));
    EXPECT_EQ(p.upper, (std::vector<double>{4.5, 2.5}));
    EXPECT_EQ(p.mean, (std::vector<double>{3, 3.5}));
    EXPECT_TRUE(p.note.empty());
}

TEST(Methods, CqrAtAnotherAlphaUsesTheTrainedPairAndSaysSo) {
    SyntheticHeldOut data(500, 10, 1);
    const OptionSet options = defaultMethodOptions();
    data.addNeedsOf(findMethod("CQR"), options, 0.1);
    const Prediction same = runOne("CQR", data.heldOut, 0.1, 0.1, options);
    const Prediction other = runOne("CQR", data.heldOut, 0.3, 0.1, options);
    EXPECT_TRUE(same.note.empty());
    EXPECT_EQ(other.note, "quantiles of alpha 0.1, recalibrated to alpha 0.3");
    EXPECT_EQ(other.mean, same.mean);
    EXPECT_LT(other.upper[0], same.upper[0]);
}

TEST(Methods, CqrTakesTheNearestOfSeveralPairs) {
    OptionSet options = defaultMethodOptions();
    options.set("cqr-levels", std::vector<double>{0.25, 0.75, 0.05}); // 0.05 is the study's own
    const auto needs = findMethod("CQR").needs(options, 0.1);
    ASSERT_EQ(needs.size(), 4u);
    EXPECT_EQ(needs[2].name(), "q0.25");
    EXPECT_EQ(needs[3].name(), "q0.75");
    const HeldOut heldOut = heldOutOf({0, 0, 0, 1}, {0, 0, 0, 0},
                                      {{"q0.05", {-9, -9, -9, -9}},
                                       {"q0.95", {9, 9, 9, 9}},
                                       {"q0.25", {-2, -2, -2, -2}},
                                       {"q0.75", {2, 2, 2, 4}}});
    EXPECT_EQ(runOne("CQR", heldOut, 0.45, 0.1, options).mean[0], 1.0);
    EXPECT_EQ(runOne("CQR", heldOut, 0.26, 0.1, options).mean[0], 0.0);
    options.set("cqr-levels", std::vector<double>{0.5});
    EXPECT_THROW(findMethod("CQR").needs(options, 0.1), UsageError);
}

TEST(Methods, DeepEnsemblesByHand) {
    OptionSet options = defaultMethodOptions();
    options.set("ensemble-members", std::int64_t{3});
    const HeldOut heldOut = heldOutOf({1}, {0}, {{"mean", {1}}, {"member1", {2}}, {"member2", {6}}});
    const double z = 1.6448536269514722;
    const Prediction population = runOne("DeepEnsembles", heldOut, 0.1, 0.1, options);
    EXPECT_DOUBLE_EQ(population.mean[0], 3.0);
    EXPECT_DOUBLE_EQ(population.spread[0], std::sqrt(14.0 / 3.0));
    EXPECT_NEAR(population.upper[0], 3.0 + z * std::sqrt(14.0 / 3.0), 1e-14);
    options.set("ensemble-ddof", std::int64_t{1});
    EXPECT_DOUBLE_EQ(runOne("DeepEnsembles", heldOut, 0.1, 0.1, options).spread[0], std::sqrt(7.0));
}

TEST(Methods, McDropoutReadsMeanAndSpreadOfItsOptions) {
    OptionSet options = defaultMethodOptions();
    options.set("dropout-rate", 0.2);
    options.set("dropout-passes", std::int64_t{30});
    const HeldOut heldOut =
        heldOutOf({1}, {0}, {{"dropout_mean_p0.2_t30", {2}}, {"dropout_spread_p0.2_t30", {0.5}}});
    const Prediction p = runOne("MCDropout", heldOut, 0.05, 0.1, options);
    EXPECT_NEAR(p.lower[0], 2 - 0.5 * 1.959963984540054, 1e-15);
    EXPECT_EQ(p.spread[0], 0.5);
}

TEST(Methods, InterpolatedRuleIsFinite) {
    OptionSet options = defaultMethodOptions();
    const HeldOut heldOut = heldOutOf({0, 1}, {1, 0}, {{"mean", {0, 0}}});
    EXPECT_EQ(runOne("VanillaSplit", heldOut, 0.1, 0.1, options).upper[0], inf);
    options.set("quantile-rule", std::string("interpolated"));
    EXPECT_EQ(runOne("VanillaSplit", heldOut, 0.1, 0.1, options).upper[0], 1.0);
}

TEST(Methods, WhatColumnsAllow) {
    const OptionSet options = defaultMethodOptions();
    const auto ids = [&](std::vector<std::string> signals) {
        std::vector<std::string> found;
        for (const UqMethod* method : possibleMethods(options, 0.1, signals))
            found.push_back(method->info().id);
        return found;
    };
    using Ids = std::vector<std::string>;
    EXPECT_EQ(ids({}), Ids{});
    EXPECT_EQ(ids({"mean"}), Ids{"VanillaSplit"});
    EXPECT_EQ(ids({"mean", "residual_net"}), (Ids{"VanillaSplit", "MADSplit"}));
    EXPECT_EQ(ids({"mean", "q0.05", "q0.95"}), (Ids{"VanillaSplit", "CQR"}));
    const std::vector<std::string> lower = {"q0.05"};
    const auto missing = missingSignals(findMethod("CQR"), options, 0.1, lower);
    ASSERT_EQ(missing.size(), 1u);
    EXPECT_EQ(missing[0].name(), "q0.95");
}

TEST(Methods, UnknownIdIsAnsweredWithTheIds) {
    try {
        findMethod("Cqr");
        FAIL() << "found a method 'Cqr'";
    } catch (const UsageError& error) {
        EXPECT_NE(std::string(error.what()).find("MCDropout"), std::string::npos) << error.what();
    }
}

TEST(Evidence, SplitsByRole) {
    const HeldOut heldOut = heldOutOf({1, 0, 1}, {std::nan(""), 5, 6}, {{"mean", {1, 2, 3}}});
    const Evidence evidence = makeEvidence("z", "", heldOut);
    EXPECT_EQ(evidence.calibration(Signal::mean()), std::vector<double>{2});
    EXPECT_EQ(evidence.test(Signal::mean()), (std::vector<double>{1, 3}));
    EXPECT_EQ(evidence.calibrationTruth, std::vector<double>{5});
    EXPECT_EQ(evidence.testMatrix(Signal::mean())(1, 0), 3.0);
    EXPECT_EQ(evidence.calibrationMatrix(Signal::mean()).rows(), 1);
}

TEST(Evidence, RefusesDamagedData) {
    HeldOut heldOut = heldOutOf({1, 0}, {1, std::nan("")}, {{"mean", {1, 2}}});
    EXPECT_THROW(makeEvidence("z", "", heldOut), Error);
    heldOut.truth[1] = 2.0;
    heldOut.signals["mean"](0, 0) = std::nan("");
    heldOut.signals["member1"] = MatrixD::Zero(3, 1);
    heldOut.signals["member2"] = MatrixD::Zero(2, 0);
    const Evidence evidence = makeEvidence("z", "", heldOut);
    EXPECT_EQ(evidence.calibration(Signal::mean()), std::vector<double>{2});
    EXPECT_THROW(evidence.test(Signal::mean()), Error);
    EXPECT_THROW(evidence.testMatrix(Signal::mean()), Error);
    EXPECT_THROW(evidence.test(Signal::member(1)), Error);
    EXPECT_THROW(evidence.test(Signal::member(2)), Error);
    EXPECT_THROW(evidence.test(Signal::member(3)), Error);
    heldOut.isTest.pop_back();
    EXPECT_THROW(makeEvidence("z", "", heldOut), Error);
}

} // namespace
} // namespace penumbra::uq
