#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/eval/evaluate.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>
#include <set>

namespace penumbra {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Prediction predictionOf(std::vector<double> mean, std::vector<double> lower, std::vector<double> upper) {
    Prediction p;
    p.method = "CQR";
    p.target = "z";
    p.alpha = 0.1;
    p.mean = std::move(mean);
    p.lower = std::move(lower);
    p.upper = std::move(upper);
    return p;
}

/// Twenty rows: truth i, centre i + error, half width 1.
struct Twenty {
    Twenty() {
        std::vector<double> mean, lower, upper;
        for (int i = 0; i < 20; ++i) {
            truth.push_back(i);
            const double error = i < 3 ? 2.0 - 0.5 * i : 0.01 * i; // 2, 1.5, 1, 0.03 ... 0.19
            mean.push_back(i + error);
            lower.push_back(i + error - 1.0);
            upper.push_back(i + error + 1.0);
        }
        prediction = predictionOf(mean, lower, upper);
    }
    std::vector<double> truth;
    Prediction prediction;
};

const Score& find(const std::vector<Score>& scores, const std::string& metric,
                  const std::string& convention = "all") {
    const auto found = std::find_if(scores.begin(), scores.end(), [&](const Score& s) {
        return s.metric == metric && s.convention == convention;
    });
    if (found == scores.end())
        throw std::runtime_error("no score " + metric + ", " + convention);
    return *found;
}

TEST(CoveredRows, EndsCountUnlessTheyAreOpenAndCrossedIntervalsCoverNothing) {
    const std::vector<double> truth = {1, 1, 1, 1, 1, 1, nan};
    Prediction p = predictionOf({1, 1, 1, 1, 1, 1, 1}, {1, 0, 0, -inf, 2, 1, 0}, {2, 1, 2, inf, 0, 1, 2});
    EXPECT_EQ(coveredRows(p, truth), (std::vector<std::uint8_t>{1, 1, 1, 1, 0, 1, 0}));
    p.ends = Ends::Open;
    EXPECT_EQ(coveredRows(p, truth), (std::vector<std::uint8_t>{0, 0, 1, 1, 0, 0, 0}));
    EXPECT_THROW(coveredRows(p, std::vector<double>{1}), Error);
}

TEST(Metrics, ByHand) {
    Twenty data;
    EvaluateOptions options;
    options.outlierThreshold = 0.155;
    EXPECT_DOUBLE_EQ(find(evaluatePrediction(data.prediction, data.truth, {}, options), "coverage").value,
                     18.0 / 20);
    data.prediction.ends = Ends::Open;
    const auto scores = evaluatePrediction(data.prediction, data.truth, data.prediction.mean, options);
    // Errors 2, 1.5 miss, and 1 is on the boundary: a miss where ends are open.
    EXPECT_DOUBLE_EQ(find(scores, "coverage").value, 17.0 / 20);
    EXPECT_EQ(find(scores, "coverage").n, 20);
    const Interval interval = wilson(17, 20);
    EXPECT_EQ(find(scores, "coverage").low, interval.low);
    EXPECT_EQ(find(scores, "coverage").high, interval.high);
    // Tails: true values 0, 1 (missed) and 18, 19. Worst bin: the two largest errors.
    EXPECT_DOUBLE_EQ(find(scores, "tail_coverage").value, 0.5);
    EXPECT_EQ(find(scores, "tail_coverage").n, 4);
    EXPECT_EQ(find(scores, "tail_coverage").conditionedOn, "truth");
    EXPECT_EQ(find(scores, "worst_bin_coverage").value, 0.0);
    EXPECT_EQ(find(scores, "worst_bin_coverage").n, 2);
    EXPECT_EQ(find(scores, "worst_bin_coverage").stratum, "highest 10 %");
    EXPECT_NEAR(find(scores, "mean_width").value, 2.0, 1e-14);
    EXPECT_NEAR(find(scores, "median_width").value, 2.0, 1e-14);
    EXPECT_EQ(find(scores, "n_infinite").value, 0.0);
    const double sum = 4.5 + 0.01 * (190 - 3);
    EXPECT_NEAR(find(scores, "bias").value, sum / 20, 1e-14);
    EXPECT_NEAR(find(scores, "mae").value, sum / 20, 1e-14);
    double squares = 4 + 2.25 + 1;
    for (int i = 3; i < 20; ++i)
        squares += 1e-4 * i * i;
    EXPECT_NEAR(find(scores, "rmse").value, std::sqrt(squares / 20), 1e-14);
    EXPECT_NEAR(find(scores, "r2").value, 1 - squares / 665.0, 1e-14); // sum (i - 9.5)^2 = 665
    // Misses by 1 and 0.5 (and 0 on the boundary) cost 2 / alpha each.
    EXPECT_NEAR(find(scores, "interval_score").value, 2.0 + 20 * 1.5 / 20, 1e-13);
    // |d| > 0.155: rows 0, 1, 2 and 16 ... 19.
    EXPECT_DOUBLE_EQ(find(scores, "outlier_fraction").value, 7.0 / 20);
    options.outlierThreshold = 15.0; // times 1.4826 * 0.05: above 1.11, rows 0 and 1
    options.outlierInScatters = true;
    EXPECT_DOUBLE_EQ(
        find(evaluatePrediction(data.prediction, data.truth, {}, options), "outlier_fraction").value,
        2.0 / 20);
    // d is 0.03, 0.04 ... 0.19, 1, 1.5, 2 with median 0.125; |d - 0.125| is 0.005, 0.015 ... 0.065 twice
    // each, then larger: the tenth is 0.045, the eleventh 0.055.
    EXPECT_NEAR(find(scores, "sigma_nmad").value, 1.4826 * 0.5 * (0.045 + 0.055), 1e-12);
}

TEST(Metrics, IntervalsHoldTheValue) {
    Rng rng(2);
    std::vector<double> truth, mean, lower, upper;
    for (int i = 0; i < 400; ++i) {
        const double sigma = 0.2 + rng.uniform();
        truth.push_back(3 * rng.normal());
        mean.push_back(truth.back() + sigma * rng.normal());
        lower.push_back(mean.back() - 1.64 * sigma);
        upper.push_back(mean.back() + 1.64 * sigma);
    }
    for (const Score& score : evaluatePrediction(predictionOf(mean, lower, upper), truth, mean, {})) {
        EXPECT_EQ(score.target, "z");
        EXPECT_EQ(score.method, "CQR");
        EXPECT_EQ(score.alpha, 0.1);
        EXPECT_TRUE(std::isfinite(score.value)) << score.metric;
        if (score.metric == "n_infinite")
            continue;
        EXPECT_LT(score.low, score.value) << score.metric;
        EXPECT_GT(score.high, score.value) << score.metric;
    }
}

TEST(Metrics, FiniteConventionLeavesInfiniteIntervalsOut) {
    Twenty data;
    for (const std::size_t i : {0u, 19u}) {
        data.prediction.lower[i] = -inf;
        data.prediction.upper[i] = inf;
    }
    const auto scores = evaluatePrediction(data.prediction, data.truth, data.prediction.mean, {});
    EXPECT_DOUBLE_EQ(find(scores, "coverage").value, 19.0 / 20);
    EXPECT_EQ(find(scores, "coverage").nInfinite, 2);
    EXPECT_DOUBLE_EQ(find(scores, "coverage", "finite").value, 17.0 / 18); // row 2 lies on its end
    EXPECT_EQ(find(scores, "coverage", "finite").nInfinite, 0);
    // 18 finite rows: b = 1. Tails: true values 1 (missed) and 18; worst: error 1.5.
    EXPECT_DOUBLE_EQ(find(scores, "tail_coverage", "finite").value, 0.5);
    EXPECT_EQ(find(scores, "tail_coverage", "finite").n, 2);
    EXPECT_EQ(find(scores, "worst_bin_coverage", "finite").n, 1);
    EXPECT_EQ(find(scores, "worst_bin_coverage", "finite").value, 0.0);
    EXPECT_DOUBLE_EQ(find(scores, "worst_bin_coverage").value, 0.5);
    for (const std::string convention : {"all", "finite"}) {
        EXPECT_NEAR(find(scores, "mean_width", convention).value, 2.0, 1e-14);
        EXPECT_EQ(find(scores, "mean_width", convention).n, 18);
        EXPECT_EQ(find(scores, "mean_width", convention).nInfinite, 2);
    }
    EXPECT_EQ(find(scores, "n_infinite").value, 2.0);
}

TEST(Metrics, MedianOfMostlyInfiniteWidthsIsInfinite) {
    const std::vector<double> truth = {0, 0, 0};
    const Prediction p = predictionOf({0, 0, 0}, {-inf, -inf, -1}, {inf, inf, 1});
    const auto scores = evaluatePrediction(p, truth, {}, {});
    EXPECT_EQ(find(scores, "median_width").value, inf);
    EXPECT_EQ(find(scores, "median_width", "finite").value, 2.0);
}

TEST(Metrics, WorstBinIsRankedByTheBasePredictionUnlessAskedOtherwise) {
    const Twenty data;
    std::vector<double> base = data.truth;
    base[10] += 9;
    base[11] += 8;
    EvaluateOptions options;
    EXPECT_EQ(
        find(evaluatePrediction(data.prediction, data.truth, base, options), "worst_bin_coverage").value,
        1.0);
    options.rankByOwnCentre = true;
    const auto own = evaluatePrediction(data.prediction, data.truth, base, options);
    EXPECT_EQ(find(own, "worst_bin_coverage").value, 0.0);
    EXPECT_EQ(find(own, "worst_bin_coverage").stratum, "highest 10 %, own centre");
    options.rankByOwnCentre = false;
    EXPECT_EQ(
        find(evaluatePrediction(data.prediction, data.truth, {}, options), "worst_bin_coverage").stratum,
        "highest 10 %, own centre");
}

TEST(Metrics, TiesAreBrokenByRowNumber) {
    // Equal truths and errors throughout: first rows are the low tail, last rows the high tail and the worst
    // bin.
    std::vector<double> truth(10, 1.0), mean(10, 2.0), lower(10, 0.0), upper(10, 0.5);
    upper[9] = 3.0;
    const auto scores = evaluatePrediction(predictionOf(mean, lower, upper), truth, mean, {});
    EXPECT_EQ(find(scores, "worst_bin_coverage").value, 1.0);
    EXPECT_EQ(find(scores, "tail_coverage").value, 0.5);
}

TEST(Metrics, VanillaSplitWorstBinIdentity) {
    // One width, coverage c: the worst tenth by |error| covers max(0, 1 - 10 (1 - c)) (spec f.1).
    Rng rng(4);
    std::vector<double> truth(2000), mean(2000, 0.0);
    for (double& t : truth)
        t = rng.normal();
    for (const double half : {1.0, 1.6, 1.7, 2.5}) {
        const Prediction p =
            predictionOf(mean, std::vector<double>(2000, -half), std::vector<double>(2000, half));
        const auto scores = evaluatePrediction(p, truth, mean, {});
        const double coverage = find(scores, "coverage").value;
        EXPECT_NEAR(find(scores, "worst_bin_coverage").value, std::max(0.0, 1 - 10 * (1 - coverage)), 1e-12);
    }
}

TEST(Metrics, RedshiftResidualsAreNormalised) {
    const std::vector<double> truth = {0.0, 1.0, 3.0};
    const Prediction p = predictionOf({0.1, 1.4, 3.4}, {-1, -1, -1}, {9, 9, 9});
    EvaluateOptions options;
    options.normaliseByOnePlusTruth = true;
    const auto scores = evaluatePrediction(p, truth, p.mean, options);
    EXPECT_NEAR(find(scores, "bias").value, (0.1 + 0.2 + 0.1) / 3, 1e-15);
    EXPECT_NEAR(find(scores, "outlier_fraction").value, 1.0 / 3, 1e-15);
    EXPECT_NEAR(find(scores, "sigma_nmad").value, 0.0, 1e-15);
    EXPECT_NEAR(find(scores, "rmse").value, std::sqrt((0.01 + 0.16 + 0.16) / 3), 1e-15);
    EXPECT_THROW(evaluatePrediction(p, std::vector<double>{-1.5, 0, 0}, p.mean, options), Error);
}

TEST(Metrics, AurocCountsPairs) {
    // alpha 0.5: large errors are the two above the median. Widths of large 3, 1; of small 1, 2: pairs won 1,
    // 1, 0.5, 0.
    const std::vector<double> truth = {5, 4, 1, 0.5};
    Prediction p = predictionOf({0, 0, 0, 0}, {0, 0, 0, 0}, {3, 1, 1, 2});
    p.alpha = 0.5;
    const auto scores = evaluatePrediction(p, truth, p.mean, {});
    EXPECT_DOUBLE_EQ(find(scores, "error_width_auroc").value, 2.5 / 4);
}

TEST(Metrics, UnlabelledRowsAreLeftOut) {
    Twenty data;
    const auto before = evaluatePrediction(data.prediction, data.truth, data.prediction.mean, {});
    data.truth.push_back(nan);
    data.prediction.mean.push_back(nan);
    data.prediction.lower.push_back(nan);
    data.prediction.upper.push_back(nan);
    const auto after = evaluatePrediction(data.prediction, data.truth, data.prediction.mean, {});
    ASSERT_EQ(before.size(), after.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
        EXPECT_EQ(before[i].n, after[i].n);
        if (!std::isnan(before[i].value)) {
            EXPECT_EQ(before[i].value, after[i].value) << before[i].metric;
        }
    }
}

TEST(Metrics, FewRowsAreNotAvailableRatherThanWrong) {
    for (std::size_t n : {0u, 1u, 9u}) {
        const std::vector<double> zeros(n, 0.0);
        const Prediction p = predictionOf(zeros, std::vector<double>(n, -1.0), std::vector<double>(n, 1.0));
        const auto scores = evaluatePrediction(p, zeros, zeros, {});
        for (const std::string metric : {"tail_coverage", "worst_bin_coverage"}) {
            EXPECT_TRUE(std::isnan(find(scores, metric).value));
            EXPECT_EQ(find(scores, metric).n, 0);
        }
        EXPECT_TRUE(std::isnan(find(scores, "r2").value));
        EXPECT_EQ(std::isnan(find(scores, "coverage").value), n == 0);
    }
}

TEST(Metrics, RefusesDamagedInput) {
    Twenty data;
    EXPECT_THROW(evaluatePrediction(data.prediction, data.truth, std::vector<double>(3, 0.0), {}), Error);
    std::vector<double> base = data.truth;
    base[4] = nan;
    EXPECT_THROW(evaluatePrediction(data.prediction, data.truth, base, {}), Error);
    data.prediction.lower[2] = nan;
    EXPECT_THROW(evaluatePrediction(data.prediction, data.truth, data.truth, {}), Error);
    data.prediction.lower.pop_back();
    EXPECT_THROW(evaluatePrediction(data.prediction, data.truth, data.truth, {}), Error);
}

TEST(Metrics, EffectiveNumberIsAMedianOverLabelledRowsOfLocalMethods) {
    Twenty data;
    const auto without = evaluatePrediction(data.prediction, data.truth, data.truth, {});
    EXPECT_THROW(find(without, "effective_number"), std::runtime_error);
    data.prediction.effective.resize(20);
    std::iota(data.prediction.effective.begin(), data.prediction.effective.end(), 100.0); // 100 ... 119
    data.prediction.upper[0] = inf;
    data.truth[19] = nan;
    const auto scores = evaluatePrediction(data.prediction, data.truth, data.prediction.mean, {});
    const Score& all = find(scores, "effective_number");
    EXPECT_EQ(all.value, 109.0); // of 100 ... 118
    EXPECT_EQ(all.n, 19);
    EXPECT_EQ(all.nInfinite, 1);
    EXPECT_LE(all.low, all.value);
    EXPECT_GE(all.high, all.value);
    EXPECT_EQ(find(scores, "effective_number", "finite").value, 109.5); // of 101 ... 118
    data.prediction.effective.pop_back();
    EXPECT_THROW(evaluatePrediction(data.prediction, data.truth, data.prediction.mean, {}), Error);
}

TEST(Metrics, TableAndScoresAgree) {
    Twenty data;
    data.prediction.effective.assign(20, 50.0); // as a local method
    const auto scores = evaluatePrediction(data.prediction, data.truth, data.truth, {});
    std::set<std::string> ids;
    std::vector<std::string> order;
    for (const Metric& metric : allMetrics()) {
        EXPECT_TRUE(ids.insert(metric.id).second) << metric.id;
        EXPECT_FALSE(metric.title.empty() || metric.definition.empty()) << metric.id;
        if (metric.isCoverage) {
            EXPECT_NO_THROW(find(scores, metric.id, "finite"));
        }
        if (metric.ofPoint) {
            EXPECT_THROW(find(scores, metric.id, "finite"), std::runtime_error);
        }
        if (!metric.ofSimulation && !metric.ofDistribution) // tested in true_distribution_test
            order.push_back(metric.id);
    }
    std::vector<std::string> seen;
    for (const Score& score : scores)
        if (seen.empty() || seen.back() != score.metric)
            seen.push_back(score.metric);
    EXPECT_EQ(seen, order);
}

TEST(ByBin, CountsCoverageAndWidthInEachBin) {
    Twenty data;
    data.prediction.upper[12] = inf;
    data.truth[5] = nan;
    std::vector<double> variable(20);
    std::iota(variable.begin(), variable.end(), 0.0);
    const Bins bins = makeBins(variable, {.kind = Binning::Kind::Edges, .bins = 0, .edges = {0, 10, 15}});
    const auto scores = evaluateByBin(data.prediction, data.truth, bins, "mass", {});
    ASSERT_EQ(scores.size(), 16u); // 2 bins, 2 conventions, 4 metrics
    EXPECT_EQ(scores[0].metric, "coverage_by_bin");
    EXPECT_EQ(scores[0].stratum, "[0, 10)");
    EXPECT_EQ(scores[0].conditionedOn, "mass");
    EXPECT_EQ(scores[0].n, 9);
    EXPECT_DOUBLE_EQ(scores[0].value, 7.0 / 9); // row 2 lies on its end
    EXPECT_EQ(scores[1].metric, "width_by_bin");
    EXPECT_NEAR(scores[1].value, 2.0, 1e-14);
    EXPECT_EQ(scores[4].stratum, "[10, 15]");
    EXPECT_EQ(scores[4].n, 6);
    EXPECT_EQ(scores[4].nInfinite, 1);
    EXPECT_EQ(scores[5].n, 5);
    EXPECT_EQ(scores[6].convention, "finite");
    EXPECT_EQ(scores[6].n, 5);
    double misses = 0.0;
    for (const Score& score : scores)
        if (score.stratum == "[0, 10)" && score.convention == "all" && score.metric.rfind("miss_", 0) == 0) {
            EXPECT_EQ(score.n, 9);
            misses += score.value;
        }
    EXPECT_DOUBLE_EQ(misses, 2.0 / 9);
    EXPECT_THROW(evaluateByBin(data.prediction, data.truth, makeBins({}, {}), "mass", {}), Error);
}

TEST(Metrics, FastEnoughForAnAlphaSlider) {
    Rng rng(6);
    const std::size_t n = 11362;
    std::vector<double> truth(n), mean(n), lower(n), upper(n);
    for (std::size_t i = 0; i < n; ++i) {
        truth[i] = rng.normal();
        mean[i] = truth[i] + 0.3 * rng.normal();
        lower[i] = mean[i] - 0.5 - 0.1 * rng.uniform();
        upper[i] = mean[i] + 0.5;
    }
    const auto start = std::chrono::steady_clock::now();
    evaluatePrediction(predictionOf(mean, lower, upper), truth, mean, {});
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    RecordProperty("seconds", std::to_string(seconds.count()));
    EXPECT_LT(seconds.count(), 5.0); // about 0.1 s; generous for sanitizers and busy machines
}

} // namespace
} // namespace penumbra
