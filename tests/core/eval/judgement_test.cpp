#include "core/base/rng.h"
#include "core/eval/evaluate.h"
#include "core/eval/judgement.h"

#include <algorithm>
#include <gtest/gtest.h>

using namespace penumbra;

namespace {

constexpr std::size_t calibrationRows = 500, testRows = 1000;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Truth 0 everywhere, predictions spread evenly over [0, 1): row i is predicted i / testRows.
Study evenStudy() {
    Study study;
    TargetStudy target;
    target.name = "z";
    MatrixD mean = MatrixD::Zero(calibrationRows + testRows, 1);
    for (std::size_t i = 0; i < calibrationRows + testRows; ++i) {
        target.heldOut.rows.push_back(static_cast<std::int64_t>(i));
        target.heldOut.isTest.push_back(i >= calibrationRows ? 1 : 0);
        target.heldOut.truth.push_back(0.0);
        if (i >= calibrationRows)
            mean(static_cast<Eigen::Index>(i), 0) =
                static_cast<double>(i - calibrationRows) / static_cast<double>(testRows);
    }
    target.heldOut.signals["mean"] = mean;
    study.targets.push_back(target);
    return study;
}

/// A method that covers the rows for which `covered` says so, with its overall score.
template <typename Covered>
void addMethod(Study& study, const std::string& name, Covered covered, double half = 1.0) {
    Prediction prediction;
    prediction.method = name;
    prediction.target = "z";
    std::int64_t hits = 0;
    for (std::size_t i = 0; i < testRows; ++i) {
        const bool hit = covered(i);
        hits += hit;
        prediction.mean.push_back(hit ? 0.0 : 10.0 * half);
        prediction.lower.push_back(prediction.mean[i] - half);
        prediction.upper.push_back(prediction.mean[i] + half);
    }
    Score score;
    score.target = "z";
    score.method = name;
    score.metric = "coverage";
    score.n = testRows;
    score.nInfinite = half == infinity ? testRows : 0;
    score.value = static_cast<double>(hits) / static_cast<double>(testRows);
    study.scores.push_back(score);
    study.methods.push_back(name);
    study.targets.front().predictions.push_back(prediction);
}

Score stratum(const std::string& method, const char* metric, double value, double low, double high) {
    Score score;
    score.target = "z";
    score.method = method;
    score.metric = metric;
    score.value = value;
    score.oracleLow = low;
    score.oracleHigh = high;
    score.n = 100;
    return score;
}

} // namespace

TEST(Judgement, TellsFourKindsApart) {
    Study study = evenStudy();
    addMethod(study, "even", [](std::size_t i) { return i % 10 != 3; });
    addMethod(study, "corner", [](std::size_t i) { return i >= 200 || (i >= 100 && i % 2 == 0); });
    addMethod(study, "poor", [](std::size_t i) { return i % 10 > 3; });
    addMethod(
        study, "silent", [](std::size_t) { return true; }, infinity);
    study.methods.push_back("notRun");
    const auto found = judge(study, study.targets.front());
    ASSERT_EQ(found.size(), 4U);
    using Verdict = Judgement::Verdict;
    EXPECT_EQ(found[0].verdict, Verdict::Holds);
    EXPECT_EQ(found[1].verdict, Verdict::CoversTooLittle); // 85 % of all
    EXPECT_EQ(found[2].verdict, Verdict::CoversTooLittle);
    EXPECT_EQ(found[3].verdict, Verdict::SaysNothing);
    ASSERT_EQ(found[1].weakBins.size(), 2U);
    EXPECT_EQ(found[1].weakBins[0].coverage, 0.0);
    EXPECT_NEAR(found[1].weakBins[0].low, 0.0, 0.001);
    EXPECT_NEAR(found[1].weakBins[0].high, 0.1, 0.001);
    EXPECT_EQ(found[1].weakBins[1].coverage, 0.5);
    EXPECT_EQ(found[1].weakBins[1].n, 100);
    EXPECT_LT(found[1].weakBins[1].perfect.high, 1.0);
}

TEST(Judgement, HoldsOnAverageOnlyWhereAStratumIsBelowItsBand) {
    for (const char* metric : {"tail_coverage", "worst_bin_coverage"}) {
        Study study = evenStudy();
        addMethod(study, "below", [](std::size_t i) { return i % 10 != 3; });
        addMethod(study, "above", [](std::size_t i) { return i % 10 != 3; });
        addMethod(study, "unknown", [](std::size_t i) { return i % 10 != 3; });
        study.scores.push_back(stratum("below", metric, 0.60, 0.65, 0.80));
        study.scores.push_back(stratum("above", metric, 0.90, 0.65, 0.80));
        study.scores.push_back(stratum("unknown", metric, 0.10, std::nan(""), std::nan("")));
        const auto found = judge(study, study.targets.front());
        EXPECT_EQ(found[0].verdict, Judgement::Verdict::OnAverageOnly) << metric;
        EXPECT_EQ(found[1].verdict, Judgement::Verdict::Holds) << metric; // above costs nothing
        EXPECT_EQ(found[2].verdict, Judgement::Verdict::Holds) << metric; // not judged
    }
}

/// Exact split-conformal methods: the level is Beta(k, n + 1 - k), the same for all bins (Vovk 2012).
TEST(Judgement, BlamesNoBinOfAPerfectMethodMoreOftenThanStated) {
    Rng rng(11);
    int alarms = 0, found = 0;
    constexpr int studies = 400;
    for (int s = 0; s < studies; ++s) {
        std::vector<double> scores(calibrationRows);
        for (double& score : scores)
            score = rng.uniform();
        std::sort(scores.begin(), scores.end());
        const double level = scores[450]; // k = ceil(501 x 0.9) = 451
        Study study = evenStudy();
        addMethod(study, "perfect", [&](std::size_t) { return rng.uniform() < level; });
        alarms += !judge(study, study.targets.front())[0].weakBins.empty();
        Study faulty = evenStudy();
        addMethod(faulty, "faulty",
                  [&](std::size_t i) { return rng.uniform() < (i >= 700 && i < 800 ? 0.65 : level); });
        const auto bins = judge(faulty, faulty.targets.front())[0].weakBins;
        found += !bins.empty() && std::abs(bins.front().low - 0.7) < 0.01;
    }
    EXPECT_LE(alarms, 33) << "stated: 5 % of 400, and three standard deviations";
    EXPECT_GE(found, 340) << "65 % instead of 90 % of 100 galaxies";
}
