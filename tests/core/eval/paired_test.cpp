#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/eval/paired.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

namespace penumbra {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

/// Binomial(n, 1/2) probabilities by Pascal's rule: no gamma functions.
std::vector<double> fairCoin(std::size_t n) {
    std::vector<double> p{1.0};
    for (std::size_t trial = 0; trial < n; ++trial) {
        std::vector<double> next(p.size() + 1, 0.0);
        for (std::size_t k = 0; k < p.size(); ++k) {
            next[k] += 0.5 * p[k];
            next[k + 1] += 0.5 * p[k];
        }
        p = next;
    }
    return p;
}

/// n galaxies with truth ~ N(0, 1), base prediction 0, and methods given as half widths per galaxy.
TargetStudy studyOf(std::size_t n, const std::vector<std::vector<double>>& halfWidths, std::uint64_t seed) {
    TargetStudy target;
    target.name = "z";
    Rng rng(seed);
    for (std::size_t i = 0; i < n; ++i) {
        target.heldOut.rows.push_back(static_cast<std::int64_t>(i));
        target.heldOut.isTest.push_back(1);
        target.heldOut.truth.push_back(rng.normal());
    }
    target.heldOut.signals["mean"] = MatrixD::Zero(static_cast<Eigen::Index>(n), 1);
    for (std::size_t m = 0; m < halfWidths.size(); ++m) {
        Prediction prediction;
        prediction.method = std::string(1, static_cast<char>('A' + m));
        prediction.target = "z";
        prediction.mean.assign(n, 0.0);
        for (const double half : halfWidths[m]) {
            prediction.lower.push_back(-half);
            prediction.upper.push_back(half);
        }
        target.predictions.push_back(prediction);
    }
    return target;
}

const PairedTest& find(const std::vector<PairedTest>& tests, const std::string& metric,
                       const std::string& first, const std::string& second) {
    const auto at = std::find_if(tests.begin(), tests.end(), [&](const PairedTest& t) {
        return t.metric == metric && t.first == first && t.second == second;
    });
    if (at == tests.end())
        throw Error("no test of " + metric);
    return *at;
}

TEST(Mcnemar, IsTheExactBinomialWhenFewAreDiscordant) {
    for (std::size_t n = 1; n < exactMcnemarBelow; ++n)
        for (std::size_t k = 0; k <= n; ++k) {
            const auto p = fairCoin(n);
            double tail = 0.0;
            for (std::size_t j = 0; j <= std::min(k, n - k); ++j)
                tail += p[j];
            EXPECT_NEAR(mcnemarP(k, n - k), std::min(1.0, 2.0 * tail), 1e-12) << k << " of " << n;
        }
    EXPECT_EQ(mcnemarP(0, 0), 1.0);
    EXPECT_NEAR(mcnemarP(1, 9), 22.0 / 1024.0, 1e-14);
}

TEST(Mcnemar, IsTheMidPValueAboveAndMeetsChiSquared) {
    const auto p = fairCoin(40);
    double below = 0.0;
    for (std::size_t j = 0; j < 13; ++j)
        below += p[j];
    EXPECT_NEAR(mcnemarP(13, 27), 2.0 * below + p[13], 1e-12);
    EXPECT_NEAR(mcnemarP(27, 13), 2.0 * below + p[13], 1e-12);
    EXPECT_NEAR(mcnemarP(500, 500), 1.0, 1e-12);
    // many: McNemar's chi squared without correction, (b - c)^2 / (b + c) on one degree of freedom
    EXPECT_NEAR(mcnemarP(5150, 4850), std::erfc(300.0 / std::sqrt(10000.0) / std::sqrt(2.0)), 1e-5);
}

TEST(Holm, TextbookExample) {
    const auto adjusted = holmAdjusted(std::vector<double>{0.01, 0.04, 0.03, 0.005});
    EXPECT_NEAR(adjusted[3], 0.02, 1e-15);
    EXPECT_NEAR(adjusted[0], 0.03, 1e-15);
    EXPECT_NEAR(adjusted[2], 0.06, 1e-15);
    EXPECT_NEAR(adjusted[1], 0.06, 1e-15) << "never below a smaller one";
    const auto withNan = holmAdjusted(std::vector<double>{std::nan(""), 0.03, 0.6});
    EXPECT_TRUE(std::isnan(withNan[0]));
    EXPECT_NEAR(withNan[1], 0.06, 1e-15);
    EXPECT_NEAR(withNan[2], 0.6, 1e-15);
}

TEST(PairedTests, CountDiscordantGalaxiesAndSubtract) {
    const TargetStudy target =
        studyOf(1000, {std::vector<double>(1000, 1.5), std::vector<double>(1000, 1.2)}, 3);
    const auto tests = pairedTests(target, {}, {});
    std::int64_t between = 0;
    for (const double truth : target.heldOut.truth)
        between += std::abs(truth) >= 1.2 && std::abs(truth) < 1.5 ? 1 : 0;
    ASSERT_GT(between, 25);
    const PairedTest& coverage = find(tests, "coverage", "A", "B");
    EXPECT_EQ(coverage.onlyFirst, between);
    EXPECT_EQ(coverage.onlySecond, 0);
    EXPECT_EQ(coverage.n, 1000);
    EXPECT_NEAR(coverage.difference, static_cast<double>(between) / 1000.0, 1e-12);
    EXPECT_LT(coverage.adjustedP, 1e-6);
    // Agresti & Min: half a galaxy to each cell
    const double b = static_cast<double>(between) + 0.5, c = 0.5, n = 1002.0;
    const double half = 1.959963984540054 * std::sqrt(b + c - (b - c) * (b - c) / n) / n;
    EXPECT_NEAR(coverage.interval.low, (b - c) / n - half, 1e-12);
    EXPECT_NEAR(coverage.interval.high, (b - c) / n + half, 1e-12);
    const PairedTest& width = find(tests, "mean_width", "A", "B");
    EXPECT_NEAR(width.difference, 0.6, 1e-12);
    EXPECT_NEAR(width.interval.low, 0.6, 1e-12) << "a difference that never varies is known exactly";
    EXPECT_LE(width.p, 1.0 / 4001.0) << "4000 resamples never reach it";
    const PairedTest& error = find(tests, "mae", "A", "B");
    EXPECT_EQ(error.difference, 0.0);
    EXPECT_EQ(error.p, 1.0) << "the same centres do not differ";
    EXPECT_EQ(find(tests, "worst_bin_coverage", "A", "B").n, 100);
    EXPECT_EQ(find(tests, "tail_coverage", "A", "B").n, 200);
}

TEST(PairedTests, MeansAreOverGalaxiesWhereBothAreFinite) {
    std::vector<double> first(400, 1.0), second(400, 2.0);
    for (std::size_t i = 0; i < 100; ++i)
        first[i] = inf;
    for (std::size_t i = 50; i < 120; ++i)
        second[i] = inf;
    const TargetStudy target = studyOf(400, {first, second}, 4);
    PairedOptions options;
    const auto all = pairedTests(target, options, {});
    EXPECT_EQ(find(all, "mean_width", "A", "B").n, 280);
    EXPECT_NEAR(find(all, "mean_width", "A", "B").difference, -2.0, 1e-12);
    EXPECT_EQ(find(all, "coverage", "A", "B").n, 400);
    options.convention = "finite";
    const auto finite = pairedTests(target, options, {});
    EXPECT_EQ(find(finite, "coverage", "A", "B").n, 280);
    EXPECT_EQ(find(finite, "worst_bin_coverage", "A", "B").n, 28);
}

TEST(PairedTests, BootstrapAgreesWithTheNormalLimit) {
    Rng rng(8);
    std::vector<double> first(3000), second(3000);
    double sum = 0.0, squares = 0.0;
    for (std::size_t i = 0; i < first.size(); ++i) {
        first[i] = 1.0 + 0.3 * rng.uniform();
        second[i] = 1.0035 + 0.3 * rng.uniform();
        const double d = 2.0 * (first[i] - second[i]);
        sum += d;
        squares += d * d;
    }
    const double n = 3000.0, mean = sum / n, error = std::sqrt((squares / n - mean * mean) / (n - 1.0));
    const auto tests = pairedTests(studyOf(3000, {first, second}, 5), {.metrics = {"mean_width"}}, {});
    ASSERT_EQ(tests.size(), 1u);
    EXPECT_NEAR(tests[0].difference, mean, 1e-12);
    const double expected = std::erfc(std::abs(mean) / error / std::sqrt(2.0));
    ASSERT_GT(expected, 0.005);
    // 4000 resamples know a probability q to sqrt(q (1 - q) / 4000); five of these
    EXPECT_NEAR(tests[0].p, expected, 5.0 * std::sqrt(expected * (1.0 - expected) / 4000.0) + 2e-3);
    EXPECT_NEAR(tests[0].interval.high - tests[0].interval.low, 2.0 * 1.96 * error, 0.25 * error);
}

TEST(PairedTests, RejectTooOftenOnlyAsOftenAsTheySay) {
    // 200 samples of four methods that do not differ; Holm promises at most 5 % of samples with any finding
    // in one metric. Binomial(200, 0.05): 10, standard deviation 3.1; 4 of these above.
    int anyCoverage = 0, anyWidth = 0;
    for (std::uint64_t trial = 0; trial < 200; ++trial) {
        Rng rng(91, trial);
        std::vector<std::vector<double>> halves(4, std::vector<double>(250));
        for (auto& method : halves)
            for (double& half : method)
                half = 1.0 + rng.uniform();
        const auto tests =
            pairedTests(studyOf(250, halves, 1000 + trial),
                        {.metrics = {"coverage", "mean_width"}, .replicates = 400, .seed = trial}, {});
        const auto any = [&](const std::string& metric) {
            return std::any_of(tests.begin(), tests.end(),
                               [&](const PairedTest& t) { return t.metric == metric && t.adjustedP < 0.05; });
        };
        anyCoverage += any("coverage") ? 1 : 0;
        anyWidth += any("mean_width") ? 1 : 0;
    }
    EXPECT_LE(anyCoverage, 22);
    EXPECT_LE(anyWidth, 22);
    EXPECT_GE(anyWidth, 1) << "a test that never rejects finds nothing";
}

TEST(PairedTests, WithoutABasePredictionWorstBinsAreNotCompared) {
    TargetStudy target = studyOf(100, {std::vector<double>(100, 1.0), std::vector<double>(100, 2.0)}, 6);
    target.heldOut.signals.clear();
    for (const PairedTest& test : pairedTests(target, {}, {}))
        EXPECT_NE(test.metric, "worst_bin_coverage");
    EXPECT_THROW(pairedTests(target, {.metrics = {"rmse"}}, {}), UsageError);
    EXPECT_THROW(pairedTests(target, {.methods = {"A", "Z"}}, {}), UsageError);
}

TEST(PairedTests, GalaxiesWithoutALabelDoNotCount) {
    TargetStudy target = studyOf(100, {std::vector<double>(100, 1.0), std::vector<double>(100, 2.0)}, 7);
    for (std::size_t i = 0; i < 30; ++i)
        target.heldOut.truth[i] = std::nan("");
    EXPECT_EQ(find(pairedTests(target, {}, {}), "coverage", "A", "B").n, 70);
    for (double& truth : target.heldOut.truth)
        truth = std::nan("");
    for (const PairedTest& test : pairedTests(target, {}, {}))
        EXPECT_TRUE(std::isnan(test.p)) << test.metric;
}

TEST(BestMethods, AreThoseThatNoCandidateSignificantlyBetters) {
    Rng rng(12);
    std::vector<std::vector<double>> halves(4, std::vector<double>(800));
    for (std::size_t i = 0; i < 800; ++i) {
        halves[0][i] = 1.00 + 0.2 * rng.uniform();
        halves[1][i] = 1.00 + 0.2 * rng.uniform(); // as wide as A
        halves[2][i] = 1.40 + 0.2 * rng.uniform();
        halves[3][i] = 0.20 + 0.2 * rng.uniform(); // narrow, but not allowed to win
    }
    const auto tests = pairedTests(studyOf(800, halves, 13), {.metrics = {"mean_width"}}, {});
    const std::vector<std::string> some{"A", "B", "C"}, all{"A", "B", "C", "D"}, one{"C"};
    EXPECT_EQ(bestMethods(tests, tests.front().target, "mean_width", some),
              (std::vector<std::string>{"A", "B"}));
    EXPECT_EQ(bestMethods(tests, tests.front().target, "mean_width", all), std::vector<std::string>{"D"});
    EXPECT_EQ(bestMethods(tests, tests.front().target, "mean_width", one), one);
    EXPECT_TRUE(bestMethods(tests, tests.front().target, "mean_width", {}).empty());
}

} // namespace
} // namespace penumbra
