// AION's own posterior as a method: raw it is as good as the posterior is, conformalised it covers.

#include "core/base/rng.h"
#include "core/catalogue/posterior_table.h"
#include "core/eval/count_laws.h"
#include "core/eval/distributions.h"
#include "core/eval/evaluate.h"
#include "core/eval/pit.h"
#include "core/uq/uq_method.h"
#include "tests/core/uq/synthetic_held_out.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

namespace penumbra::uq {
namespace {

/// y is Gaussian with a size of its own for each galaxy; the posteriors say `boast` times that size.
TargetStudy survey(std::size_t calibration, std::size_t test, double boast, std::uint64_t seed) {
    static const std::vector<double> z = [] {
        std::vector<double> values;
        for (const double level : posteriorLevels())
            values.push_back(normalQuantile(std::clamp(level, 1e-9, 1.0 - 1e-9)));
        return values;
    }();
    Rng rng(seed);
    TargetStudy target;
    target.name = "z";
    MatrixD table(static_cast<Eigen::Index>(calibration + test),
                  static_cast<Eigen::Index>(posteriorLevels().size()));
    for (std::size_t i = 0; i < calibration + test; ++i) {
        const double centre = rng.normal(), sigma = 0.1 + rng.uniform();
        target.heldOut.rows.push_back(static_cast<std::int64_t>(i));
        target.heldOut.isTest.push_back(i >= calibration ? 1 : 0);
        target.heldOut.truth.push_back(centre + sigma * rng.normal());
        for (std::size_t l = 0; l < posteriorLevels().size(); ++l)
            table(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(l)) = centre + boast * sigma * z[l];
    }
    target.heldOut.signals[posteriorSignal] = std::move(table);
    return target;
}

Prediction run(const TargetStudy& target, const char* method, double alpha = 0.1) {
    const double alphas[] = {alpha};
    return findMethod(method)
        .intervals(makeEvidence("z", "", target.heldOut), alphas, 0.1, defaultMethodOptions(), RunContext{})
        .front();
}

double coverageOf(const TargetStudy& target, const Prediction& prediction) {
    const auto covered = coveredRows(prediction, target.testTruth());
    return static_cast<double>(std::count(covered.begin(), covered.end(), 1)) /
           static_cast<double>(covered.size());
}

TEST(PosteriorMethod, rawCoversAsThePosteriorIsTrue) {
    // A true posterior covers binomially (4 sigma); one of half the size 59.0 % instead of 90.
    const double error = std::sqrt(0.9 * 0.1 / 4000.0);
    const TargetStudy right = survey(50, 4000, 1.0, 1), boasting = survey(50, 4000, 0.5, 2);
    EXPECT_NEAR(coverageOf(right, run(right, "AIONPosterior")), 0.9, 4.0 * error);
    const double half = std::erf(0.5 * 1.6448536 / std::sqrt(2.0));
    EXPECT_NEAR(coverageOf(boasting, run(boasting, "AIONPosterior")), half,
                4.0 * std::sqrt(half * (1 - half) / 4000.0));
}

// Over 300 surveys the coverages of a split-conformal method have the mean of the Beta-Binomial law.
TEST(PosteriorMethod, conformalisedCoversWhateverThePosterior) {
    constexpr int surveys = 300;
    constexpr std::size_t calibration = 99, test = 100;
    for (const double boast : {0.3, 1.0, 3.0}) {
        double sum = 0.0;
        for (int i = 0; i < surveys; ++i) {
            const TargetStudy target =
                survey(calibration, test, boast,
                       1000 * static_cast<std::uint64_t>(10 * boast) + static_cast<std::uint64_t>(i));
            sum += coverageOf(target, run(target, "AIONPosteriorCQR")) / surveys;
        }
        // 99 calibration rows at alpha 0.1: exactly 0.9 on average; one survey scatters by
        // sqrt(0.9 0.1 (1/101 + 1/100)); 4 sigma of the mean of 300.
        EXPECT_NEAR(sum, 0.9, 4.0 * std::sqrt(0.09 * (1.0 / 101 + 1.0 / 100) / surveys)) << boast;
    }
}

TEST(PosteriorMethod, stretchesByTheFactorThatIsMissing) {
    const TargetStudy boasting = survey(4000, 200, 0.5, 3);
    const Prediction raw = run(boasting, "AIONPosterior"), mended = run(boasting, "AIONPosteriorCQR");
    for (std::size_t i = 0; i < raw.mean.size(); ++i)
        EXPECT_NEAR((mended.upper[i] - mended.lower[i]) / (raw.upper[i] - raw.lower[i]), 2.0, 0.15);
    EXPECT_EQ(raw.mean, mended.mean);
}

TEST(PosteriorMethod, galaxiesWithoutAPosteriorAreInfiniteAndCalibrateNothing) {
    TargetStudy target = survey(200, 100, 0.5, 4);
    const Prediction before = run(target, "AIONPosteriorCQR");
    TargetStudy lacking = target;
    MatrixD& table = lacking.heldOut.signals[posteriorSignal];
    const auto forget = [&](Eigen::Index row) {
        for (Eigen::Index l = 0; l < table.cols(); ++l)
            table(row, l) = l < table.cols() / 2 ? -INFINITY : INFINITY;
    };
    forget(250); // a test galaxy
    MatrixD mean = MatrixD::Constant(300, 1, 7.0);
    lacking.heldOut.signals["mean"] = mean;
    for (const char* method : {"AIONPosterior", "AIONPosteriorCQR"}) {
        const Prediction prediction = run(lacking, method);
        EXPECT_EQ(prediction.lower[50], -INFINITY);
        EXPECT_EQ(prediction.upper[50], INFINITY);
        EXPECT_EQ(prediction.mean[50], 7.0); // the base prediction's
    }
    EXPECT_EQ(run(lacking, "AIONPosteriorCQR").lower[51], before.lower[51]);
    // As if the calibration galaxy had never been there.
    forget(10);
    TargetStudy without = target;
    without.heldOut.rows.erase(without.heldOut.rows.begin() + 10);
    without.heldOut.isTest.erase(without.heldOut.isTest.begin() + 10);
    without.heldOut.truth.erase(without.heldOut.truth.begin() + 10);
    const MatrixD& all = target.heldOut.signals[posteriorSignal];
    MatrixD fewer(299, all.cols());
    fewer << all.topRows(10), all.bottomRows(289);
    without.heldOut.signals[posteriorSignal] = fewer;
    EXPECT_EQ(run(lacking, "AIONPosteriorCQR").lower[51], run(without, "AIONPosteriorCQR").lower[51]);
}

// The test of uniformity rejects true posteriors at its level (400 surveys, binomial, 1e-4) and finds
// boasting ones.
TEST(PosteriorMethod, itsTransformsTellWhetherItIsCalibrated) {
    int rejected = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        const TargetStudy target = survey(20, 150, 1.0, 5000 + seed);
        const auto pit = pitOf(target, run(target, "AIONPosterior"), {}, RunContext{});
        ASSERT_TRUE(pit.has_value());
        rejected += pit->ksP < 0.05 ? 1 : 0;
    }
    EXPECT_GE(rejected, 6); // 20 expected
    EXPECT_LE(rejected, 38);
    const TargetStudy boasting = survey(20, 400, 0.5, 6);
    const auto pit = pitOf(boasting, run(boasting, "AIONPosterior"), {}, RunContext{});
    EXPECT_LT(pit->ksP, 1e-3);
    EXPECT_EQ(pit->distribution, "posterior");
    EXPECT_NE(pit->words.find("too narrow"), std::string::npos) << pit->words;
    // Conformalised ones have the conformal distribution of their scores, not the posterior.
    EXPECT_EQ(distributionsOf(boasting, run(boasting, "AIONPosterior"))->kind(),
              Distributions::Kind::Tabulated);
}

} // namespace
} // namespace penumbra::uq
