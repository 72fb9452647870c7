#include "core/eval/boosted_trees.h"

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/eval/coverage_risk.h"

#include <cmath>
#include <gtest/gtest.h>

namespace penumbra {
namespace {

struct Sample {
    Eigen::MatrixXd x;
    std::vector<std::uint8_t> label;
};
/// Coverage 1 - alpha on average: 96 % where x and y have one sign, 84 % where not; no margin tells.
Sample crossed(Eigen::Index rows, std::uint64_t seed) {
    Rng rng(seed);
    Sample sample{Eigen::MatrixXd(rows, 3), {}};
    for (Eigen::Index i = 0; i < rows; ++i) {
        for (Eigen::Index c = 0; c < 3; ++c)
            sample.x(i, c) = rng.normal();
        const bool alike = (sample.x(i, 0) > 0.0) == (sample.x(i, 1) > 0.0);
        sample.label.push_back(rng.uniform() < (alike ? 0.96 : 0.84) ? 1 : 0);
    }
    return sample;
}

TEST(BoostedTrees, OneTreeOfTwoLeavesIsOneNewtonStepAboutTheBestCut) {
    // 50 rows with x = 0, a fifth of them 1; 50 with x = 1, four fifths of them 1. Start: log odds of 1/2.
    Eigen::MatrixXd x(100, 1);
    std::vector<std::uint8_t> label;
    for (Eigen::Index i = 0; i < 100; ++i) {
        x(i, 0) = i < 50 ? 0.0 : 1.0;
        label.push_back((i < 50 ? i < 10 : i < 90) ? 1 : 0);
    }
    BoostingOptions one;
    one.trees = 1;
    one.leaves = 2;
    one.rate = 0.5;
    const auto p = BoostedTrees(x, label, one).probabilities(x);
    // Gradient 50 (1/2) - 10 = 15 on the left, curvature 50 / 4: a step of -15 / 12.5, half taken.
    const double odds = -0.5 * 15.0 / 12.5;
    EXPECT_NEAR(p[0], 1.0 / (1.0 + std::exp(-odds)), 1e-12);
    EXPECT_NEAR(p[99], 1.0 / (1.0 + std::exp(odds)), 1e-12);
    one.fewestRows = 51; // no leaf may be so small: nothing is learned
    EXPECT_NEAR(BoostedTrees(x, label, one).probabilities(x)[0], 0.5, 1e-12);
    one.trees = 400;
    one.fewestRows = 1;
    EXPECT_NEAR(BoostedTrees(x, label, one).probabilities(x)[0], 0.2, 1e-6) << "many steps reach the share";
    EXPECT_THROW(BoostedTrees(x, std::vector<std::uint8_t>(100, 1)), Error);
    EXPECT_THROW(BoostedTrees(x, std::vector<std::uint8_t>(99, 1)), Error);
}

TEST(BoostedTrees, SeeWhatOnlyTwoColumnsTogetherTell) {
    const Sample sample = crossed(3000, 4);
    RiskOptions options;
    options.permutations = 39;
    const RiskFinding logistic = measureCoverageRisk(sample.x, sample.label, 0.1, options, {});
    options.boosting = true;
    const RiskFinding boosted = measureCoverageRisk(sample.x, sample.label, 0.1, options, {});
    // The mean |P(covered | x) - 0.9| is 0.06; squares of single columns cannot see it.
    EXPECT_LT(logistic.risk.l1, 0.02);
    EXPECT_EQ(boosted.learner, RiskLearner::Boosting);
    EXPECT_GT(boosted.risk.l1, 0.03);
    EXPECT_LT(boosted.risk.l1, 0.075);
    EXPECT_EQ(boosted.p, 1.0 / 40.0);
}

TEST(BoostedTrees, TheLargerOfTwoIsHeldAgainstTheLargerOfTwo) {
    // Exact intervals: P(p <= 0.1) <= 0.1 whatever the learners; of 40 studies more than 10 have p < 0.003.
    int small = 0;
    for (std::uint64_t study = 0; study < 40; ++study) {
        Rng rng(100 + study);
        Sample sample{Eigen::MatrixXd(400, 2), {}};
        for (Eigen::Index i = 0; i < 400; ++i) {
            sample.x(i, 0) = rng.normal();
            sample.x(i, 1) = rng.normal();
            sample.label.push_back(rng.uniform() < 0.9 ? 1 : 0);
        }
        RiskOptions options;
        options.permutations = 19;
        options.boosting = true;
        options.seed = study;
        small += measureCoverageRisk(sample.x, sample.label, 0.1, options, {}).p <= 0.1 ? 1 : 0;
    }
    EXPECT_LE(small, 10);
}

} // namespace
} // namespace penumbra
