#include "core/eval/selection_coverage.h"

#include "core/base/rng.h"
#include "core/eval/evaluate.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace penumbra {
namespace {

/// Calibration rows 0, 1 ..., then test rows; truth is noise about 0, the interval the split-conformal one.
TargetStudy splitConformal(std::size_t calibration, std::size_t test, double alpha, Rng& rng) {
    TargetStudy target;
    target.name = "z";
    std::vector<double> scores;
    for (std::size_t i = 0; i < calibration + test; ++i) {
        target.heldOut.rows.push_back(static_cast<std::int64_t>(i));
        target.heldOut.isTest.push_back(i < calibration ? 0 : 1);
        target.heldOut.truth.push_back(rng.normal());
        if (i < calibration)
            scores.push_back(std::abs(target.heldOut.truth.back()));
    }
    std::sort(scores.begin(), scores.end());
    const auto rank =
        static_cast<std::size_t>(std::ceil((1.0 - alpha) * static_cast<double>(calibration + 1) - 1e-9));
    Prediction prediction;
    prediction.method = "VanillaSplit";
    prediction.target = "z";
    prediction.mean.assign(test, 0.0);
    prediction.lower.assign(test, -scores.at(rank - 1));
    prediction.upper.assign(test, scores.at(rank - 1));
    target.predictions.push_back(prediction);
    return target;
}

} // namespace

TEST(SelectionCoverage, CountsTheLabelledTestGalaxiesOfTheSelection) {
    Rng rng(1);
    TargetStudy target = splitConformal(50, 20, 0.1, rng);
    auto& truth = target.heldOut.truth;
    for (std::size_t i = 50; i < 70; ++i)
        truth[i] = i < 60 ? 0.0 : 100.0; // ten hits, ten misses
    truth[50] = std::numeric_limits<double>::quiet_NaN();
    const std::vector<std::int64_t> rows = {0, 49, 50, 51, 52, 53, 60, 61, 200};
    const auto summary = summariseSelection(target, {"VanillaSplit", "CQR"}, RowMask::of(300, rows), 0.1, {});
    EXPECT_EQ(summary.selected, 6U) << "calibration galaxies and rows of no test galaxy are none";
    EXPECT_EQ(summary.labelled, 5U);
    ASSERT_EQ(summary.methods.size(), 1U) << "CQR was not run";
    EXPECT_EQ(summary.methods[0].covered, 3U);
    EXPECT_EQ(summary.methods[0].bracket.low, wilson(3, 5).low);
    EXPECT_EQ(summary.methods[0].perfect.high, splitConformalBand(50, 5, 0.1).high);
    EXPECT_EQ(summary.rest, 14U) << "labelled test galaxies: rows 51 to 69 without those five";
    EXPECT_EQ(summary.methods[0].restCovered, 6U);
    EXPECT_EQ(summary.methods[0].rest.p, contrastWithRest(3, 5, 6, 14).p);
    EXPECT_EQ(restWords(summary).substr(0, 37), "no method differs from the rest (p = ");
    const auto none = summariseSelection(target, {"VanillaSplit"}, RowMask::none(300), 0.1, {});
    EXPECT_EQ(restWords(none), "");
    EXPECT_EQ(none.selected, 0U);
    EXPECT_EQ(none.methods[0].bracket.high, 1.0);
}

TEST(SelectionCoverage, ACounterCountsWhatCountingOneByOneCounts) {
    Rng rng(11);
    TargetStudy target = splitConformal(40, 300, 0.2, rng);
    target.predictions.push_back(target.predictions.front());
    target.predictions.back().method = "CQR";
    for (double& upper : target.predictions.back().upper)
        upper = rng.normal();
    const std::vector<std::int64_t> tests = target.testRows();
    for (std::size_t i = 0; i < target.heldOut.truth.size(); i += 7)
        target.heldOut.truth[i] = std::numeric_limits<double>::quiet_NaN();
    const std::vector<double> truth = target.testTruth();
    constexpr std::size_t rowsThere = 330; // the last ten test galaxies lie beyond the catalogue
    const SelectionCounter counter(target, {"VanillaSplit", "CQR", "MADSplit"}, rowsThere, 0.2, {});
    for (int round = 0; round < 50; ++round) {
        std::vector<std::int64_t> rows;
        for (std::int64_t row = 0; row < static_cast<std::int64_t>(rowsThere); ++row)
            if (rng.uniform() < 0.02 * round)
                rows.push_back(row);
        const RowMask mask = RowMask::of(rowsThere, rows);
        const SelectionSummary summary = counter.summarise(mask);
        ASSERT_EQ(summary.methods.size(), 2U);
        for (std::size_t m = 0; m < 2; ++m) {
            std::size_t selected = 0, labelled = 0, covered = 0, rest = 0, restCovered = 0;
            for (std::size_t i = 0; i < tests.size(); ++i) {
                const bool in = mask.contains(tests[i]), known = !std::isnan(truth[i]);
                const bool hit = known && target.predictions[m].lower[i] <= truth[i] &&
                                 truth[i] <= target.predictions[m].upper[i];
                selected += in;
                labelled += in && known;
                covered += in && hit;
                rest += !in && known;
                restCovered += !in && hit;
            }
            EXPECT_EQ(summary.selected, selected);
            EXPECT_EQ(summary.labelled, labelled);
            EXPECT_EQ(summary.rest, rest);
            EXPECT_EQ(summary.methods[m].covered, covered);
            EXPECT_EQ(summary.methods[m].restCovered, restCovered);
        }
    }
}

TEST(SelectionCoverage, SaysWhichMethodsDifferFromTheRest) {
    Rng rng(2);
    TargetStudy target = splitConformal(50, 200, 0.1, rng);
    for (std::size_t i = 50; i < 250; ++i)
        target.heldOut.truth[i] = i < 80 && i % 2 == 0 ? 100.0 : 0.0; // half of the first thirty are missed
    target.predictions.push_back(target.predictions.front());
    target.predictions.back().method = "CQR"; // covers all
    target.predictions.back().upper.assign(200, 1000.0);
    std::vector<std::int64_t> rows;
    for (std::int64_t row = 50; row < 80; ++row)
        rows.push_back(row);
    const auto summary = summariseSelection(target, {"VanillaSplit", "CQR"}, RowMask::of(300, rows), 0.1, {});
    EXPECT_EQ(summary.methods[1].rest.p, 1.0);
    EXPECT_DOUBLE_EQ(summary.methods[0].restAdjustedP, 2.0 * summary.methods[0].rest.p);
    const std::string words = restWords(summary);
    EXPECT_NE(words.find("VanillaSplit −50 points"), std::string::npos) << words;
    EXPECT_EQ(words.find("CQR"), std::string::npos) << words;
}

// Over 3,000 calibration and test sets the band must hold the coverage of a selection made blindly with at
// least its 95 %, and not with much more: its two tails are discrete, but 60 galaxies make them fine. Failing
// by chance: 4 standard errors, below 1e-4.
TEST(SelectionCoverage, TheBandHoldsBlindSelections) {
    Rng rng(7);
    constexpr int worlds = 3000;
    int inside = 0;
    for (int world = 0; world < worlds; ++world) {
        const TargetStudy target = splitConformal(99, 120, 0.1, rng);
        std::vector<std::int64_t> rows;
        for (std::size_t pick : rng.permutation(120))
            if (rows.size() < 60)
                rows.push_back(99 + static_cast<std::int64_t>(pick));
        const auto summary = summariseSelection(target, {"VanillaSplit"}, RowMask::of(219, rows), 0.1, {});
        const double coverage = static_cast<double>(summary.methods[0].covered) / 60.0;
        inside += summary.methods[0].perfect.low <= coverage && coverage <= summary.methods[0].perfect.high;
    }
    const double share = static_cast<double>(inside) / worlds;
    const double error = std::sqrt(0.95 * 0.05 / worlds);
    EXPECT_GE(share, 0.95 - 4.0 * error);
    EXPECT_LE(share, 0.985 + 4.0 * error) << "a band that holds everything says nothing";
}

} // namespace penumbra
