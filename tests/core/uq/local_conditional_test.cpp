// LC and LCMAD on evidence whose weights can be worked out by hand.

#include "core/uq/local_conditional.h"
#include "tests/core/uq/synthetic_held_out.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <limits>

namespace penumbra::uq {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// One test row (the last) at 0 with mean 10. `near` calibration rows lie upon it (k = 1) with errors 1, 2,
/// ... in a shuffled order; `far` ones so far away that k is 0, with errors of 1000. Predicted residuals are
/// 2, the test row's is 3.
HeldOut twoCrowds(std::size_t near, std::size_t far) {
    HeldOut heldOut;
    const std::size_t n = near + far;
    MatrixD mean = MatrixD::Constant(static_cast<Eigen::Index>(n) + 1, 1, 10.0);
    MatrixD kernel = MatrixD::Zero(static_cast<Eigen::Index>(n) + 1, 2);
    MatrixD residual = MatrixD::Constant(static_cast<Eigen::Index>(n) + 1, 1, 2.0);
    for (std::size_t i = 0; i <= n; ++i) {
        heldOut.rows.push_back(static_cast<std::int64_t>(i));
        heldOut.isTest.push_back(i == n);
        const double error = i < near ? 1.0 + static_cast<double>((7 * i) % near) : 1000.0;
        heldOut.truth.push_back(i == n ? std::nan("") : 10.0 + (i % 2 ? error : -error));
        if (i >= near && i < n)
            kernel(static_cast<Eigen::Index>(i), 1) = 1e3;
    }
    residual(static_cast<Eigen::Index>(n), 0) = -3.0; // its size counts
    heldOut.signals = {{"mean", mean},
                       {"kernel_net", kernel},
                       {"kernel_aion", kernel},
                       {"residual_net", residual},
                       {"residual_aion", residual}};
    return heldOut;
}

Prediction intervalsOf(const std::string& id, const HeldOut& heldOut, double alpha) {
    const std::vector<double> alphas = {alpha};
    return findMethod(id)
        .intervals(makeEvidence("z", "", heldOut), alphas, 0.1, defaultMethodOptions(), RunContext{})
        .at(0);
}

class LocalMethods : public testing::TestWithParam<const char*> {};

TEST_P(LocalMethods, NearRowsCountFarOnesDoNot) {
    // 18 near rows: S = 18, each weighs 1/19. 90 %: 0.9 * 19 = 17.1, so the 18th smallest error; 80 %: 15.2,
    // the 16th; 50 %: 9.5, the 10th. 95 % needs S >= 19.
    const std::string id = GetParam();
    const HeldOut heldOut = twoCrowds(18, 20);
    const bool scaled = id.starts_with("LCMAD");
    const auto half = [&](double error) {
        return scaled ? error / (2.0 + referenceResidualFloor) * (3.0 + referenceResidualFloor) : error;
    };
    for (const auto& [alpha, error] : {std::pair{0.1, 18.0}, {0.2, 16.0}, {0.5, 10.0}}) {
        const Prediction p = intervalsOf(id, heldOut, alpha);
        EXPECT_DOUBLE_EQ(p.mean.at(0), 10.0);
        EXPECT_NEAR(p.upper.at(0), 10.0 + half(error), 1e-9) << alpha;
        EXPECT_NEAR(p.lower.at(0), 10.0 - half(error), 1e-9) << alpha;
        EXPECT_NEAR(p.effective.at(0), 18.0, 1e-5);
    }
    EXPECT_EQ(intervalsOf(id, heldOut, 0.05).upper.at(0), infinity);
    EXPECT_EQ(intervalsOf(id, heldOut, 0.05).lower.at(0), -infinity);
    EXPECT_TRUE(std::isfinite(intervalsOf(id, twoCrowds(20, 20), 0.05).upper.at(0)));
}

TEST_P(LocalMethods, AWideKernelIsSplitConformal) {
    // All rows alike: the local quantile is the finite-sample one.
    const std::string id = GetParam();
    const bool scaled = id.starts_with("LCMAD");
    for (const std::size_t n : {9u, 10u, 57u}) {
        const HeldOut heldOut = twoCrowds(n, 0);
        for (const double alpha : {0.1, 0.25, 0.4})
            EXPECT_NEAR(intervalsOf(id, heldOut, alpha).upper.at(0),
                        intervalsOf(scaled ? "MADSplit" : "VanillaSplit", heldOut, alpha).upper.at(0), 1e-9)
                << n << " rows, alpha " << alpha;
    }
}

TEST_P(LocalMethods, WidthFollowsTheNoiseAndCoverageStaysNominal) {
    // The kernel sees x, on which the noise depends (a factor five over the range).
    OptionSet options = defaultMethodOptions();
    const UqMethod& method = findMethod(GetParam());
    SyntheticHeldOut data(3000, 3000, 11);
    data.addNeedsOf(method, options, 0.1);
    for (auto& [name, signal] : data.heldOut.signals.edit())
        if (name.starts_with("kernel"))
            signal.col(0) *= 15.0, signal.col(1).setZero(); // 1 / 15 of the range counts as near
    const std::vector<double> alphas = {0.1};
    const Prediction p =
        method.intervals(makeEvidence("z", "", data.heldOut), alphas, 0.1, options, RunContext{}).at(0);
    const auto truth = data.testTruth();
    double covered = 0.0, all = 0.0, widest = 0.0, narrowest = infinity;
    for (std::size_t i = 0; i < truth.size(); ++i) {
        covered += p.lower[i] < truth[i] && truth[i] < p.upper[i] ? 1.0 : 0.0;
        all += 1.0;
        widest = std::max(widest, p.upper[i] - p.lower[i]);
        narrowest = std::min(narrowest, p.upper[i] - p.lower[i]);
    }
    // Standard error sqrt(0.09 (1/3000 + 1/3000)) = 0.0077: four of them.
    EXPECT_NEAR(covered / all, 0.9, 0.031);
    EXPECT_GT(widest, 2.5 * narrowest);
    EXPECT_LT(*std::max_element(p.effective.begin(), p.effective.end()), 1000.0);
}

INSTANTIATE_TEST_SUITE_P(All, LocalMethods, testing::Values("LCNet", "LCAion", "LCMADNet", "LCMADAion"));

TEST(LocalConditionalPass, GivesLcTheSameAloneAndBesideLcmad) {
    SyntheticHeldOut data(400, 100, 5);
    for (const Signal& signal :
         {Signal::mean(), Signal::kernel(Signal::Space::Net), Signal::residual(Signal::Space::Net)})
        data.add(signal);
    const Evidence evidence = makeEvidence("z", "", data.heldOut);
    const std::vector<double> alphas = {0.05, 0.1, 0.3};
    const auto space = Signal::Space::Net;
    const LocalConditionalPass alone(evidence, space, false, lvd::Precision::Float32);
    const LocalConditionalPass both(evidence, space, true, lvd::Precision::Float32);
    const auto lc = alone.quantiles(alphas, RunContext{});
    const auto shared = both.quantiles(alphas, RunContext{});
    EXPECT_TRUE(lc.quantiles[0] == shared.quantiles[0]);
    EXPECT_EQ(shared.quantiles.size(), 2u);
}

TEST(LocalConditionalPass, ExplainsWithTheLargestWeightsFirst) {
    const HeldOut heldOut = twoCrowds(18, 20);
    const Evidence evidence = makeEvidence("z", "", heldOut);
    const LocalConditionalPass pass(evidence, Signal::Space::Net, false, lvd::Precision::Float32);
    const auto why = pass.explain(0, 0.1, false, 5);
    ASSERT_EQ(why.neighbours.size(), 5u);
    for (const auto& neighbour : why.neighbours) {
        EXPECT_LT(neighbour.calibrationRow, 18u);
        EXPECT_NEAR(neighbour.weight, 1.0 / 19.0, 1e-12);
    }
    EXPECT_EQ(why.quantile, 18.0);
    EXPECT_TRUE(why.reason.empty());
    EXPECT_FALSE(pass.explain(0, 0.05, false, 5).reason.empty());
}

} // namespace
} // namespace penumbra::uq
