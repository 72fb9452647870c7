#include "core/base/rng.h"
#include "core/eval/bootstrap.h"
#include "core/eval/evaluate.h"
#include "core/eval/stability.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

namespace penumbra {
namespace {

TEST(GalaxyOrder, MeasuresWhatTheTableOfMetricsSays) {
    Rng rng(3);
    constexpr std::size_t n = 523;
    Prediction prediction;
    prediction.method = "A";
    std::vector<double> truth, error, width;
    for (std::size_t i = 0; i < n; ++i) {
        truth.push_back(rng.normal());
        prediction.mean.push_back(truth[i] + 0.5 * rng.normal());
        const double half = i % 40 == 7 ? std::numeric_limits<double>::infinity() : rng.uniform();
        prediction.lower.push_back(prediction.mean[i] - half);
        prediction.upper.push_back(prediction.mean[i] + half);
        error.push_back(std::abs(truth[i] - prediction.mean[i]));
        width.push_back(2.0 * half);
    }
    const auto covered = coveredRows(prediction, truth);
    const RepeatMetrics found =
        GalaxyOrder(truth, error).measure(covered, width, std::vector<std::uint32_t>(n, 1));
    const auto scores = evaluatePrediction(prediction, truth, {}, {});
    const auto value = [&](const std::string& metric) {
        return std::find_if(scores.begin(), scores.end(),
                            [&](const Score& s) { return s.metric == metric && s.convention == "all"; })
            ->value;
    };
    EXPECT_DOUBLE_EQ(found.coverage, value("coverage"));
    EXPECT_DOUBLE_EQ(found.tailCoverage, value("tail_coverage"));
    EXPECT_DOUBLE_EQ(found.worstBinCoverage, value("worst_bin_coverage"));
    EXPECT_NEAR(found.meanWidth, value("mean_width"), 1e-12);
    EXPECT_DOUBLE_EQ(found.infiniteShare, value("n_infinite") / static_cast<double>(n));
}

TEST(GalaxyOrder, WeightsAreRepeatedGalaxies) {
    // galaxies drawn twice measure as a sample in which they stand twice
    Rng rng(4);
    std::vector<double> truth, error, width, truth2, error2, width2;
    std::vector<std::uint8_t> covered, covered2;
    std::vector<std::uint32_t> weight;
    for (std::size_t i = 0; i < 200; ++i) {
        truth.push_back(rng.normal());
        error.push_back(rng.uniform());
        width.push_back(rng.uniform());
        covered.push_back(rng.uniform() < 0.8 ? 1 : 0);
        weight.push_back(static_cast<std::uint32_t>(rng.below(3)));
        for (std::uint32_t k = 0; k < weight[i]; ++k) {
            truth2.push_back(truth[i]);
            error2.push_back(error[i]);
            width2.push_back(width[i]);
            covered2.push_back(covered[i]);
        }
    }
    const auto one = GalaxyOrder(truth, error).measure(covered, width, weight);
    const auto two =
        GalaxyOrder(truth2, error2).measure(covered2, width2, std::vector<std::uint32_t>(truth2.size(), 1));
    EXPECT_DOUBLE_EQ(one.coverage, two.coverage);
    EXPECT_DOUBLE_EQ(one.tailCoverage, two.tailCoverage);
    EXPECT_DOUBLE_EQ(one.worstBinCoverage, two.worstBinCoverage);
    EXPECT_NEAR(one.meanWidth, two.meanWidth, 1e-12);
}

TEST(GalaxyOrder, FewGalaxiesHaveNoTails) {
    const std::vector<double> nine(9, 1.0);
    const auto found = GalaxyOrder(nine, nine)
                           .measure(std::vector<std::uint8_t>(9, 1), nine, std::vector<std::uint32_t>(9, 1));
    EXPECT_EQ(found.coverage, 1.0);
    EXPECT_TRUE(std::isnan(found.tailCoverage));
    const auto none = GalaxyOrder(nine, nine)
                          .measure(std::vector<std::uint8_t>(9, 1), nine, std::vector<std::uint32_t>(9, 0));
    EXPECT_TRUE(std::isnan(none.coverage));
}

TEST(RepeatSummary, QuantilesOfKnownValues) {
    std::vector<double> values;
    for (int i = 0; i <= 200; ++i)
        values.push_back(i);
    values.push_back(std::nan(""));
    std::reverse(values.begin(), values.end());
    const RepeatSummary summary = summarise(values);
    EXPECT_EQ(summary.repeats, 201u);
    EXPECT_EQ(summary.median, 100.0);
    EXPECT_EQ(summary.quartiles.low, 50.0);
    EXPECT_EQ(summary.quartiles.high, 150.0);
    EXPECT_EQ(summary.central95.low, 5.0);
    EXPECT_EQ(summary.central95.high, 195.0);
}

} // namespace
} // namespace penumbra
