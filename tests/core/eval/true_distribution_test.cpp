#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/base/statistics.h"
#include "core/eval/evaluate.h"
#include "core/eval/oracle_scores.h"
#include "core/eval/true_distribution.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

namespace penumbra {
namespace {

/// Draws of a two-piece normal: a half-normal below or above the mode, with odds as the widths.
double drawTwoPiece(double mode, double low, double high, Rng& rng) {
    const double size = std::abs(rng.normal());
    return rng.uniform() < low / (low + high) ? mode - low * size : mode + high * size;
}

/// Its distribution function, by the integral of its density over fine steps: no formula of ours.
double integratedCdf(double mode, double low, double high, double y) {
    const double step = std::min(low, high) / 400.0, from = mode - 9.0 * low;
    double sum = 0.0;
    for (double x = from; x < y; x += step) {
        const double at = std::min(x + 0.5 * step, 0.5 * (x + y));
        const double sigma = at < mode ? low : high;
        sum += std::exp(-0.5 * (at - mode) * (at - mode) / (sigma * sigma)) * std::min(step, y - x);
    }
    return sum * std::sqrt(2.0 / std::acos(-1.0)) / (low + high);
}

/// The five quantiles by bisection on that integral.
std::array<double, 5> integratedQuantiles(double mode, double low, double high) {
    std::array<double, 5> out{};
    for (std::size_t k = 0; k < out.size(); ++k) {
        double a = mode - 8.0 * low, b = mode + 8.0 * high;
        for (int i = 0; i < 40; ++i) {
            const double middle = 0.5 * (a + b);
            (integratedCdf(mode, low, high, middle) < oracleSignalLevels[k] ? a : b) = middle;
        }
        out[k] = 0.5 * (a + b);
    }
    return out;
}

TEST(TrueDistribution, FindsTheTwoPieceNormalBehindItsQuantiles) {
    const double cases[][3] = {{0.2, 0.01, 0.0125}, {10.5, 0.14, 0.1}, {-11.0, 0.66, 0.3}, {3.0, 1.0, 1.0}};
    for (const auto& [mode, low, high] : cases) {
        const TrueDistribution found(integratedQuantiles(mode, low, high));
        ASSERT_TRUE(found.isTwoPieceNormal());
        EXPECT_NEAR(found.mode(), mode, 2e-3 * (low + high));
        EXPECT_NEAR(found.sigmaLow(), low, 3e-3 * (low + high));
        EXPECT_NEAR(found.sigmaHigh(), high, 3e-3 * (low + high));
        for (const double z : {-2.2, -0.7, 0.0, 0.4, 1.9}) {
            const double y = mode + z * (z < 0.0 ? low : high);
            EXPECT_NEAR(found.cdf(y), integratedCdf(mode, low, high, y), 2e-3);
            EXPECT_NEAR(found.quantile(found.cdf(y)), y, 1e-9 * (low + high) + 1e-12);
        }
    }
}

TEST(TrueDistribution, SurvivesTheRoundingOfTheFile) {
    auto quantiles = integratedQuantiles(0.2, 0.002, 0.003);
    for (double& q : quantiles) // float32 at z = 0.2 is known to 1.5e-8, the width is 0.005
        q = static_cast<double>(static_cast<float>(q));
    const TrueDistribution found(quantiles);
    ASSERT_TRUE(found.isTwoPieceNormal());
    EXPECT_NEAR(found.cdf(quantiles[4]) - found.cdf(quantiles[0]), 0.9, 1e-5);
    EXPECT_NEAR(found.cdf(quantiles[3]) - found.cdf(quantiles[1]), 0.68, 2e-3);
}

TEST(TrueDistribution, OtherShapesGoThroughTheirQuantiles) {
    // heavy shoulders: no two-piece normal goes through these
    const std::array<double, 5> quantiles{-5.0, -0.5, 0.0, 0.5, 5.0};
    const TrueDistribution found(quantiles);
    EXPECT_FALSE(found.isTwoPieceNormal());
    for (std::size_t k = 0; k < 5; ++k) {
        EXPECT_NEAR(found.cdf(quantiles[k]), oracleSignalLevels[k], 1e-12);
        EXPECT_NEAR(found.quantile(oracleSignalLevels[k]), quantiles[k], 1e-9);
    }
    double last = 0.0;
    for (double y = -20.0; y < 20.0; y += 0.1) {
        EXPECT_GE(found.cdf(y), last);
        last = found.cdf(y);
    }
    EXPECT_EQ(found.cdf(std::numeric_limits<double>::infinity()), 1.0);
    EXPECT_THROW(TrueDistribution({0.0, 1.0, 1.0, 2.0, 3.0}), Error);
    EXPECT_THROW(TrueDistribution({0.0, 1.0, std::nan(""), 2.0, 3.0}), Error);
}

/// A simulated target: every galaxy has its own skewed noise, known to the study.
TargetStudy simulated(std::size_t calibration, std::size_t test, std::uint64_t seed) {
    TargetStudy target;
    target.name = "z";
    Rng rng(seed);
    const std::size_t n = calibration + test;
    MatrixD quantiles(static_cast<Eigen::Index>(n), 5), mean(static_cast<Eigen::Index>(n), 1);
    for (std::size_t i = 0; i < n; ++i) {
        const double mode = rng.normal(), low = 0.05 + 0.2 * rng.uniform(), high = 1.5 * low;
        const auto row = static_cast<Eigen::Index>(i);
        const double sum = low + high;
        for (Eigen::Index k = 0; k < 5; ++k) { // Wallis (2014): closed form
            const double p = oracleSignalLevels[static_cast<std::size_t>(k)];
            quantiles(row, k) =
                mode + (p < low / sum ? low * normalQuantile(p * sum / (2.0 * low))
                                      : high * normalQuantile((p * sum - low + high) / (2.0 * high)));
        }
        mean(row, 0) = quantiles(row, 2);
        target.heldOut.rows.push_back(static_cast<std::int64_t>(i));
        target.heldOut.isTest.push_back(i < calibration ? 0 : 1);
        target.heldOut.truth.push_back(drawTwoPiece(mode, low, high, rng));
    }
    target.heldOut.signals[oracleSignal] = quantiles;
    target.heldOut.signals["mean"] = mean;
    // the residual net has learned the scale exactly
    target.heldOut.signals["residual_net"] = (quantiles.col(3) - quantiles.col(1)) * 0.5;
    return target;
}

double scoreOf(const std::vector<Score>& scores, const std::string& metric) {
    const auto at = std::find_if(scores.begin(), scores.end(),
                                 [&](const Score& s) { return s.metric == metric && s.convention == "all"; });
    return at == scores.end() ? std::nan("") : at->value;
}

TEST(ConditionalCoverage, IsExactForTheOracleAndKnownForOthers) {
    const TargetStudy target = simulated(10, 400, 5);
    const auto truth = trueDistributions(target);
    ASSERT_EQ(truth.size(), 400u);
    EvaluateOptions options;
    options.bootstrapReplicates = 50;
    const auto scores =
        evaluatePrediction(trueOraclePrediction(target, truth, 0.1), target.testTruth(), {}, options, truth);
    EXPECT_NEAR(scoreOf(scores, "conditional_coverage_error"), 0.0, 1e-9);
    EXPECT_NEAR(scoreOf(scores, "conditional_coverage_worst"), 0.9, 1e-9);
    EXPECT_EQ(scoreOf(scores, "undercovered_share"), 0.0);
    // the first half of the galaxies covered by everything, the second by intervals from q16 to q84
    Prediction prediction = trueOraclePrediction(target, truth, 0.1);
    for (std::size_t i = 0; i < 400; ++i) {
        prediction.lower[i] = i < 200 ? -std::numeric_limits<double>::infinity() : truth[i].quantile(0.16);
        prediction.upper[i] = i < 200 ? std::numeric_limits<double>::infinity() : truth[i].quantile(0.84);
    }
    const auto mixed = evaluatePrediction(prediction, target.testTruth(), {}, options, truth);
    EXPECT_NEAR(scoreOf(mixed, "conditional_coverage_error"), 0.5 * (0.1 + 0.22), 1e-9);
    EXPECT_NEAR(scoreOf(mixed, "conditional_coverage_worst"), 0.68, 1e-9);
    EXPECT_NEAR(scoreOf(mixed, "undercovered_share"), 0.5, 1e-12);
    for (const Score& score : evaluatePrediction(prediction, target.testTruth(), {}, options))
        EXPECT_EQ(score.metric.find("conditional"), std::string::npos) << "no truth, no such metric";
}

TEST(OracleBand, HoldsTheTrueOraclesScoreAtItsStatedRate) {
    // 120 simulated test sets. The band is the central 95 % of what exact intervals score when truths are
    // redrawn from the calibration residuals. Binomial(120, 0.95): 114, standard deviation 2.4; discrete
    // scores make the band a little wide, the calibration sample a little off: 4 standard deviations below,
    // anything above.
    int tail = 0, worst = 0, marginal = 0;
    constexpr int sets = 120;
    for (int s = 0; s < sets; ++s) {
        const TargetStudy target = simulated(1000, 400, 1000 + static_cast<std::uint64_t>(s));
        const auto truth = trueDistributions(target);
        EvaluateOptions options;
        options.bootstrapReplicates = 0;
        const Prediction oracle = trueOraclePrediction(target, truth, 0.1);
        auto scores = evaluatePrediction(oracle, target.testTruth(), target.basePrediction(), options, truth);
        OracleScorer(target, 0.1, {.draws = 120, .seed = static_cast<std::uint64_t>(s), .threads = 1})
            .fill(scores, oracle, options, {});
        for (const Score& score : scores) {
            const bool inside = score.oracleLow <= score.value && score.value <= score.oracleHigh;
            if (score.convention != "all" || !inside)
                continue;
            tail += score.metric == "tail_coverage";
            worst += score.metric == "worst_bin_coverage";
            marginal += score.metric == "coverage";
        }
    }
    EXPECT_GE(marginal, 104);
    EXPECT_GE(tail, 104);
    EXPECT_GE(worst, 104);
}

} // namespace
} // namespace penumbra
