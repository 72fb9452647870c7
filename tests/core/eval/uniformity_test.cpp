#include "core/base/rng.h"
#include "core/eval/coverage_bands.h"
#include "core/eval/distributions.h"
#include "core/eval/pit.h"
#include "core/eval/uniformity.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

namespace penumbra {
namespace {

TEST(Kolmogorov, AgreesWithTables) {
    // 5 % points of D_n (Miller 1956): n = 1, 5, 20, 100.
    EXPECT_NEAR(kolmogorovQuantile(0.05, 1), 0.97500, 5e-6);
    EXPECT_NEAR(kolmogorovQuantile(0.05, 5), 0.56328, 5e-6);
    EXPECT_NEAR(kolmogorovQuantile(0.05, 20), 0.29408, 5e-6);
    EXPECT_NEAR(kolmogorovQuantile(0.05, 100), 0.13403, 5e-6);
}

TEST(Kolmogorov, BranchesMeet) {
    for (const std::size_t n : {50u, 140u, 141u, 1000u, 20000u})
        for (double d = 0.55 / std::sqrt(n); d < 3.0 / std::sqrt(n); d += 0.01 / std::sqrt(n))
            EXPECT_LE(kolmogorovTail(d + 0.01 / std::sqrt(n), n), kolmogorovTail(d, n) + 1e-6)
                << n << " " << d;
}

TEST(ChiSquare, AgreesWithTables) {
    EXPECT_NEAR(chiSquareTail(16.918977604620448, 9.0), 0.05, 1e-12);
    EXPECT_NEAR(chiSquareTail(3.325112843066815, 9.0), 0.95, 1e-12);
    EXPECT_NEAR(chiSquareTail(2.0 * std::log(20.0), 2.0), 0.05, 1e-14);
}

/// One level is one binomial.
TEST(CoverageBand, OfOneLevelIsTheProbabilityOfItsCounts) {
    const CountStep step{20.0 * 0.3, 4, 8};
    double sum = 0.0;
    for (int j = 4; j <= 8; ++j)
        sum += std::tgamma(21.0) / std::tgamma(j + 1.0) / std::tgamma(21.0 - j) * std::pow(0.3, j) *
               std::pow(0.7, 20 - j);
    EXPECT_NEAR(probabilityInside({20, 0}, std::span(&step, 1), 20.0 * 0.7), sum, 1e-12);
    // One calibration score, m test rows: all m + 1 counts below it are equally likely.
    const CountStep urn{1.0, 0, 2};
    EXPECT_NEAR(probabilityInside({9, 1}, std::span(&urn, 1), 1.0), 0.3, 1e-12);
}

TEST(CoverageBand, TakesMoreCalibrationLevelsThanScores) {
    const CoverageBand band = simultaneousBand({30, 3}, coverageLevels());
    EXPECT_EQ(band.low.back(), 1.0) << "rank 4 of 3 covers everything";
    EXPECT_GE(band.probability, 0.95);
}

TEST(Distributions, CrpsIsTheIntegralOfTheSquaredStep) {
    Rng rng(4);
    std::vector<double> residuals;
    for (int i = 0; i < 7; ++i)
        residuals.push_back(rng.normal());
    const auto one = Distributions::conformal({2.0}, {0.5}, residuals);
    for (const double y : {0.0, 1.9, 2.0, 2.7, 5.0}) {
        double integral = 0.0;
        constexpr double step = 1e-4;
        for (double x = -3.0; x < 8.0; x += step) {
            double below = 0.0;
            for (const double r : residuals)
                below += 2.0 + 0.5 * r <= x ? 1.0 / 7.0 : 0.0;
            integral += std::pow(below - (y <= x ? 1.0 : 0.0), 2.0) * step;
        }
        EXPECT_NEAR(one.crps(0, y), integral, 3e-4) << y;
    }
}

TEST(Distributions, FarTailsAreExactAndPointsBreakTies) {
    const auto some = Distributions::gaussian({0.0, 0.0}, {1.0, 0.0});
    EXPECT_EQ(some.pit(0, -60.0, 0.3), 0.0);
    EXPECT_EQ(some.pit(0, 60.0, 0.3), 1.0);
    EXPECT_EQ(some.pit(1, 0.0, 0.3), 0.3);
    EXPECT_EQ(some.crps(1, -2.0), 2.0);
    EXPECT_TRUE(std::isinf(some.cdeLoss(1, 0.0)));
    const auto unknown = Distributions::gaussian({0.0}, {std::numeric_limits<double>::infinity()});
    EXPECT_TRUE(std::isnan(unknown.pit(0, 0.0, 0.5)));
}

/// A bowl: sigma too small by two; a bias: everything above its prediction.
TEST(Pit, SaysTheShapeInWords) {
    TargetStudy target;
    Prediction narrow, biased;
    Rng rng(8);
    for (std::int64_t i = 0; i < 1000; ++i) {
        target.heldOut.rows.push_back(i);
        target.heldOut.isTest.push_back(1);
        target.heldOut.truth.push_back(rng.normal());
    }
    narrow.mean.assign(1000, 0.0);
    narrow.spread.assign(1000, 0.5);
    biased.mean.assign(1000, -0.3);
    biased.spread.assign(1000, 1.0);
    const auto ofNarrow = pitOf(target, narrow, {}, {}), ofBiased = pitOf(target, biased, {}, {});
    EXPECT_EQ(ofNarrow->words, "intervals too narrow");
    EXPECT_EQ(ofBiased->words, "predictions too low");
    EXPECT_LT(ofNarrow->adP, 1e-3);
    PitOptions twoSided;
    twoSided.kind = PitKind::TwoSided;
    EXPECT_FALSE(pitOf(target, narrow, twoSided, {})) << "never calibrated: no conformal p";
}

TEST(Pit, LabelErrorsAreAddedInQuadratureAndCountedWhereMissing) {
    TargetStudy target;
    Prediction prediction;
    MatrixD errors(2, 1);
    errors << 3.0, std::nan("");
    for (std::int64_t i = 0; i < 2; ++i) {
        target.heldOut.rows.push_back(i);
        target.heldOut.isTest.push_back(1);
        target.heldOut.truth.push_back(5.0);
    }
    target.heldOut.signals["label_error"] = errors;
    prediction.mean.assign(2, 0.0);
    prediction.spread.assign(2, 4.0);
    PitOptions options;
    options.labelErrors = LabelErrors::Added;
    const auto pit = pitOf(target, prediction, options, {});
    ASSERT_EQ(pit->values.size(), 1u);
    EXPECT_EQ(pit->leftOut, 1u);
    EXPECT_NEAR(pit->values[0], 0.8413447460685429, 1e-12); // Phi(5 / 5)
}

} // namespace
} // namespace penumbra
