// What every entry of the table of metrics keeps; and that an entry is all that a new metric takes.
#include "core/base/text.h"
#include "core/eval/distributions.h"
#include "core/eval/metrics.h"
#include "core/eval/paired.h"
#include "core/eval/true_distribution.h"
#include "core/report/table_spec.h"
#include "tests/core/report/made_up_study.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

namespace penumbra {
namespace {

class MetricContract : public ::testing::TestWithParam<Metric> {};

TEST_P(MetricContract, ScoresAndFieldsAgree) {
    const Metric& metric = GetParam();
    const Study study = samples::madeUpStudy({"CQR"}, 200);
    const TargetStudy& target = study.targets[0];
    Prediction prediction = target.predictions[0];
    prediction.effective.assign(200, 50.0);
    const auto without = evaluatePrediction(prediction, target.testTruth(), target.basePrediction(), {}, {},
                                            std::span(&metric, 1));
    EXPECT_EQ(without.empty(), metric.ofSimulation || metric.ofDistribution);
    const auto distributions = Distributions::gaussian(prediction.mean, std::vector<double>(200, 0.2));
    const auto scores = evaluatePrediction(prediction, target.testTruth(), target.basePrediction(), {}, {},
                                           std::span(&metric, 1), &distributions);
    EXPECT_EQ(scores.empty(), metric.ofSimulation);
    for (const Score& score : scores) {
        EXPECT_EQ(score.metric, metric.id);
        if (metric.unit == MetricUnit::Percent) {
            EXPECT_GE(score.value, 0.0);
            EXPECT_LE(score.value, 1.0);
        }
        if (metric.bracket == Bracket::None) {
            EXPECT_TRUE(std::isnan(score.low) && std::isnan(score.high));
        } else {
            EXPECT_LE(score.low, score.value);
            EXPECT_GE(score.high, score.value);
        }
        if (metric.bracket == Bracket::Proportion) {
            const auto k = static_cast<std::size_t>(std::lround(score.value * static_cast<double>(score.n)));
            EXPECT_EQ(score.low, wilson(k, static_cast<std::size_t>(score.n)).low);
        }
        if (metric.unit == MetricUnit::Count) {
            EXPECT_EQ(score.value, std::round(score.value));
        }
    }
    EXPECT_TRUE(!metric.isCoverage || metric.unit == MetricUnit::Percent);
    EXPECT_TRUE(!metric.ofPoint || metric.usesCentre);
    EXPECT_EQ(bracketName(metric.bracket, BinomialInterval::Wilson).empty(), metric.bracket == Bracket::None);
    EXPECT_EQ(findMetric(metric.id)->title, metric.title);
}

/// Multiplying the target by 8 multiplies what is in its unit by 8 and nothing else.
TEST_P(MetricContract, OnlyWhatIsInTheTargetsUnitScalesWithIt) {
    const Metric& metric = GetParam();
    const Study study = samples::madeUpStudy({"CQR"}, 200);
    const TargetStudy& target = study.targets[0];
    Prediction prediction = target.predictions[0];
    prediction.effective.assign(200, 50.0);
    std::vector<double> truth = target.testTruth(), base = target.basePrediction();
    EvaluateOptions options;
    options.outlierInScatters = true;
    double spread = 0.2;
    const auto scored = [&] {
        const auto distributions = Distributions::gaussian(prediction.mean, std::vector<double>(200, spread));
        return evaluatePrediction(prediction, truth, base, options, {}, std::span(&metric, 1),
                                  &distributions);
    };
    const auto before = scored();
    for (auto* values : {&truth, &base, &prediction.mean, &prediction.lower, &prediction.upper})
        for (double& value : *values)
            value *= 8.0;
    spread *= 8.0;
    const auto after = scored();
    const double factor = metric.unit == MetricUnit::Target      ? 8.0
                          : metric.unit == MetricUnit::PerTarget ? 1.0 / 8.0
                                                                 : 1.0;
    ASSERT_EQ(before.size(), after.size());
    for (std::size_t i = 0; i < before.size(); ++i)
        EXPECT_NEAR(after[i].value, factor * before[i].value, 1e-12 * std::abs(after[i].value) + 1e-15);
}

INSTANTIATE_TEST_SUITE_P(Metrics, MetricContract,
                         ::testing::ValuesIn(allMetrics().begin(), allMetrics().end()),
                         [](const auto& metric) { return metric.param.id; });

/// A metric that nobody has heard of: the share of intervals that hold 10.
void computeHoldsTen(const MetricInput& input, std::vector<Score>& out) {
    std::size_t held = 0;
    for (std::size_t i = 0; i < input.truth.size(); ++i)
        held += covers(input.prediction, i, 10.0) ? 1 : 0;
    Score score = emptyScore(input.prediction, "holds_ten");
    setProportion(score, held, input.truth.size(), input.options);
    out.push_back(std::move(score));
}

TEST(NewMetric, IsOneEntry) {
    std::vector<Metric> metrics(allMetrics().begin(), allMetrics().end());
    metrics.push_back({.id = "holds_ten",
                       .title = "holds ten",
                       .definition = "Share of intervals that hold 10.",
                       .unit = MetricUnit::Percent,
                       .better = Better::Higher,
                       .bracket = Bracket::Proportion,
                       .isMain = true,
                       .compute = computeHoldsTen});
    Study study = samples::madeUpStudy({"CQR", "MADSplit"}, 200);
    study.scores.clear();
    const TargetStudy& target = study.targets[0];
    for (const Prediction& prediction : target.predictions)
        for (Score& score :
             evaluatePrediction(prediction, target.testTruth(), target.basePrediction(), {}, {}, metrics))
            study.scores.push_back(score);
    report::TableOptions options;
    options.known = metrics;
    const report::TableSpec table = report::comparisonTable(study, options);
    ASSERT_EQ(table.columns.back(), "holds ten, %");
    std::size_t held = 0;
    for (std::size_t i = 0; i < 200; ++i)
        held += target.predictions[0].lower[i] <= 10.0 && 10.0 <= target.predictions[0].upper[i] ? 1 : 0;
    const report::Cell& cell = table.rows[0].back();
    EXPECT_EQ(cell.value, static_cast<double>(held) / 200.0);
    EXPECT_EQ(cell.low, wilson(held, 200).low);
    EXPECT_TRUE(cell.percent);
    EXPECT_FALSE(cell.bold) << "nothing tests it in pairs";
    EXPECT_NE(joinText(table.footnotes, " ")
                  .find("Wilson (coverage, tail coverage, worst-bin coverage, holds ten)"),
              std::string::npos)
        << joinText(table.footnotes, " ");
    options.metrics = {"holds_ten"};
    EXPECT_EQ(report::comparisonTable(study, options).columns.size(), 3u);
}

TEST(PairedMetrics, AreInTheTable) {
    for (const std::string& id : pairedMetrics()) {
        ASSERT_NE(findMetric(id), nullptr) << id;
        EXPECT_FALSE(findMetric(id)->finding.empty());
        EXPECT_EQ(isProportion(id), findMetric(id)->bracket == Bracket::Proportion) << id;
    }
}

} // namespace
} // namespace penumbra
