#include "core/base/rng.h"
#include "core/eval/conditional_diagnosis.h"
#include "core/eval/label_posteriors.h"
#include "core/eval/repeats.h"

#include <cmath>
#include <gtest/gtest.h>

namespace penumbra {
namespace {

/// Test rows with intervals [-1, 1] times a width of their own, about 0; `coverage` by x.
struct Sample {
    TargetStudy target;
    Prediction prediction;
    std::vector<RegionColumn> columns;
};
template <typename CoverageAt>
Sample sampleOf(std::size_t n, const CoverageAt& coverageAt, std::uint64_t seed) {
    Sample s;
    s.target.name = "z";
    s.prediction.method = "A";
    s.columns = {{"x", "", {}, {}}, {"y", "", {}, {}}};
    Rng rng(seed);
    for (std::size_t i = 0; i < n; ++i) {
        const double x = rng.normal(), width = 1.0 + rng.uniform();
        s.columns[0].values.push_back(x);
        s.columns[1].values.push_back(rng.normal());
        const bool covered = rng.uniform() < coverageAt(x);
        s.target.heldOut.rows.push_back(static_cast<std::int64_t>(i));
        s.target.heldOut.isTest.push_back(1);
        s.target.heldOut.truth.push_back(covered ? 0.0 : 9.0);
        s.prediction.mean.push_back(0.0);
        s.prediction.lower.push_back(-width);
        s.prediction.upper.push_back(width);
    }
    s.target.predictions = {s.prediction};
    s.target.calibrationParts["A"] = std::make_shared<CalibrationPart>(); // never calibrated
    return s;
}

/// A third of the galaxies is covered 75 % only, the others make up for it.
TEST(ConditionalDiagnosis, FindsWhereCoverageIsLow) {
    const Sample s = sampleOf(
        3000, [](double x) { return x > 0.43 ? 0.75 : 0.975; }, 5);
    ConditionalOptions options;
    options.slab.directions = 200;
    options.risk.permutations = 19;
    const auto found = diagnoseConditional(s.target, s.prediction, s.columns, options, {});
    EXPECT_EQ(found.n, 3000u);
    EXPECT_EQ(found.promise.nCalibration, 0u);
    ASSERT_EQ(found.byColumn.size(), 2u);
    EXPECT_LT(found.byColumn[0].adjustedP, 1e-6);
    EXPECT_GT(found.byColumn[1].adjustedP, 1e-3);
    ASSERT_TRUE(found.slab);
    EXPECT_LT(found.slab->coverage, 0.82);
    EXPECT_LT(found.slab->p, 1e-6);
    EXPECT_EQ(found.slabColumns, (std::vector<std::string>{"x", "y"}));
    // True mean |P - 0.9|: 0.33 * 0.15 + 0.67 * 0.075 = 0.1; the measure is a lower bound.
    EXPECT_GT(found.risk.bracket.low, 0.02);
    EXPECT_LT(found.risk.risk.l1, 0.12);
    EXPECT_EQ(found.risk.p, 0.05) << "1 / 20";
    EXPECT_GT(found.width.hsicP, 1e-3) << "widths say nothing here";
}

TEST(ConditionalDiagnosis, OneWidthIsNotApplicable) {
    Sample s = sampleOf(
        200, [](double) { return 0.9; }, 6);
    s.prediction.lower.assign(200, -1.0);
    s.prediction.upper.assign(200, 1.0);
    ConditionalOptions options;
    options.risk.permutations = 0;
    options.slab.directions = 10;
    const auto found = diagnoseConditional(s.target, s.prediction, s.columns, options, {});
    EXPECT_TRUE(found.width.oneWidth);
    EXPECT_FALSE(found.bySize);
    EXPECT_TRUE(std::isnan(found.width.hsic));
}

TEST(Groups, AreThoseOfArraySplit) {
    const std::vector<double> widths{3, 1, 2, 2, std::numeric_limits<double>::infinity(), 0, std::nan("")};
    EXPECT_EQ(groupsBySize(widths, 4), (std::vector<int>{2, 0, 1, 1, 3, 0, -1}));
}

TEST(WorstWindow, KeepsEqualProjectionsTogether) {
    const std::vector<double> projection{0, 1, 1, 1, 2, 3};
    const std::vector<std::uint8_t> covered{1, 0, 0, 1, 1, 1};
    const Slab slab = worstWindow(projection, covered, 0.3); // at least two rows
    EXPECT_EQ(slab.low, 1.0);
    EXPECT_EQ(slab.high, 1.0);
    EXPECT_EQ(slab.n, 3u);
    EXPECT_DOUBLE_EQ(slab.coverage, 1.0 / 3.0);
    const Slab all = worstWindow(projection, std::vector<std::uint8_t>(6, 1), 0.3);
    EXPECT_EQ(all.n, 6u);
}

TEST(Repeats, AreFoundByIdAndOnTheSky) {
    const std::vector<std::string> ids{"a", "b", "a", "c", "d"};
    const std::vector<double> ra{10.0, 359.9999, 10.0, 0.0001, 50.0}, dec{0.0, 0.0, 40.0, 0.0, 0.0};
    const auto pairs = repeatedRows(ids, ra, dec);
    EXPECT_EQ(pairs, (RepeatedRows{{0, 2}, {1, 3}})) << "one id; 0.72 arcsec across RA 0";
}

TEST(Repeats, CountWhatLiesWithinTheCombinedBars) {
    Prediction prediction;
    prediction.mean = {0.0, 4.9, 0.0, 5.1, 1.0, 1.0};
    prediction.lower = {-3.0, 0.9, -3.0, 1.1, -std::numeric_limits<double>::infinity(), 0.0};
    prediction.upper = {3.0, 8.9, 3.0, 9.1, std::numeric_limits<double>::infinity(), 2.0};
    const auto found = compareRepeats(prediction, {{0, 1}, {2, 3}, {4, 5}}); // half widths 3 and 4: 5
    EXPECT_EQ(found.pairs, 2u);
    EXPECT_EQ(found.leftOut, 1u);
    EXPECT_EQ(found.within, 1u);
    EXPECT_NEAR(found.p, 1.0 - 0.81, 1e-12) << "one or more of two beyond, each with 10 %";
}

LabelDistributions gaussianLabels(std::vector<double> label, std::vector<double> error) {
    LabelDistributions out;
    out.label = std::move(label);
    out.error = std::move(error);
    return out;
}

TEST(LabelPosteriors, ExpectedCoverageAndWidths) {
    Prediction prediction;
    prediction.mean = {0.0, 0.0, 0.0};
    prediction.lower = {-1.0, -0.1, -1.0};
    prediction.upper = {1.0, 0.1, 1.0};
    auto labels = gaussianLabels({0.0, 0.0, 0.0}, {1.0, 1.0, std::nan("")});
    auto found = againstLabelPosteriors(prediction, labels, 1);
    EXPECT_EQ(found.n, 2u);
    EXPECT_NEAR(found.expected, 0.5 * (0.6826894921370859 + 0.07965567455405798), 1e-12);
    EXPECT_EQ(found.narrower, 2u);
    EXPECT_TRUE(std::isnan(found.ifNoise)) << "errors larger than the residuals";
    labels.drawsPerRow = 4; // three of four draws inside, then none, then no draw at all
    labels.draws = {-0.5f, 0.0f, 0.5f, 2.0f, 5, 5, 5, 5, NAN, NAN, NAN, NAN};
    found = againstLabelPosteriors(prediction, labels, 1);
    EXPECT_EQ(found.n, 2u);
    EXPECT_DOUBLE_EQ(found.expected, 0.375);
}

TEST(LabelPosteriors, SayNothingOfTruthsUnlessTold) {
    Prediction prediction;
    std::vector<double> label, error;
    Rng rng(3);
    for (int i = 0; i < 2000; ++i) {
        label.push_back(rng.normal());
        error.push_back(0.5);
        prediction.mean.push_back(0.0);
        prediction.lower.push_back(-1.6448536269514722);
        prediction.upper.push_back(1.6448536269514722);
    }
    const auto found = againstLabelPosteriors(prediction, gaussianLabels(label, error), 1);
    const std::string unknown = inWords(found, LabelWorld::Unknown, 0.1);
    EXPECT_EQ(unknown.find("truth"), std::string::npos) << unknown;
    EXPECT_NE(inWords(found, LabelWorld::Posterior, 0.1).find("of the truths"), std::string::npos);
    // Posteriors with an error of half the scatter: 85.9 %; noise of 1/sqrt(3) of the rest: 94.3 %.
    EXPECT_NEAR(found.ifPosterior, truthCoverageIfPosterior(0.1, 0.5), 0.015);
    EXPECT_NEAR(found.ifNoise, truthCoverageIfNoise(0.1, 1.0 / std::sqrt(3.0)), 0.015);
    EXPECT_LT(found.widthWithoutNoise, 1.0);
}

} // namespace
} // namespace penumbra
