// Edges of intervals: ends that cross, misses told apart by side, widths equal up to rounding, missing
// centres.
#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/base/text.h"
#include "core/eval/bootstrap.h"
#include "core/eval/calibration_brackets.h"
#include "core/eval/joint_resampling.h"
#include "core/eval/paired.h"
#include "core/eval/tied_widths.h"
#include "core/eval/true_distribution.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <set>

namespace penumbra {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Prediction predictionOf(const std::vector<double>& lower, const std::vector<double>& upper,
                        const std::string& method = "CQR") {
    Prediction p;
    p.method = method;
    p.target = "z";
    p.lower = lower;
    p.upper = upper;
    for (std::size_t i = 0; i < lower.size(); ++i)
        p.mean.push_back(0.5 * (lower[i] + upper[i]));
    return p;
}

const Score& find(const std::vector<Score>& scores, const std::string& metric,
                  const std::string& convention = "all") {
    const auto found = std::find_if(scores.begin(), scores.end(), [&](const Score& s) {
        return s.metric == metric && s.convention == convention;
    });
    if (found == scores.end())
        throw Error("no score " + metric + ", " + convention);
    return *found;
}

double normalCdf(double x) {
    return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

TEST(CrossedIntervals, AreEmptyMissAndAreCounted) {
    const Prediction p = predictionOf({0, 3, 2, 0}, {2, 1, -2, 4}); // widths 2, empty, empty, 4
    const std::vector<double> truth = {1, 1.5, 0, 9};
    const auto scores = evaluatePrediction(p, truth, {}, {});
    EXPECT_EQ(find(scores, "coverage").value, 0.25);
    EXPECT_EQ(find(scores, "mean_width").value, 1.5);
    EXPECT_EQ(find(scores, "median_width").value, 1.0);
    for (const char* metric : {"coverage", "mean_width", "median_width", "interval_score", "n_infinite"}) {
        EXPECT_EQ(find(scores, metric).nCrossed, 2) << metric;
        EXPECT_EQ(find(scores, metric).nInfinite, 0) << metric;
    }
    // The interval score keeps its formula: difference of the ends and both penalties, 2/alpha = 20.
    const double rows[] = {2.0, -2.0 + 20.0 * (1.5 + 0.5), -4.0 + 20.0 * (2.0 + 2.0), 4.0 + 20.0 * 5.0};
    EXPECT_NEAR(find(scores, "interval_score").value, (rows[0] + rows[1] + rows[2] + rows[3]) / 4.0, 1e-12);
    const Bins one = makeBins(truth, {.kind = Binning::Kind::EqualCount, .bins = 1, .edges = {}});
    for (const Score& score : evaluateByBin(p, truth, one, "truth", {})) {
        EXPECT_EQ(score.nCrossed, 2) << score.metric;
        const double value = score.metric == "width_by_bin"        ? 1.5
                             : score.metric == "miss_above_by_bin" ? 0.5 // the third's truth is in the middle
                                                                   : 0.25;
        EXPECT_EQ(score.value, value) << score.metric;
    }
}

/// A method calibrated on n galaxies with truth ~ N(0, 1), as its split scores have it: ends raw_i -+ Q.
/// @param half of the raw interval of galaxy i, negative where it is crossed
template <typename Half>
void addCalibrated(TargetStudy& target, const std::string& method, double alpha, const Half& half) {
    auto part = std::make_shared<CalibrationPart>();
    SplitScores& split = part->split.emplace();
    Rng rng(8);
    const std::vector<double> truth = target.testTruth();
    for (std::size_t i = 0; i < truth.size(); ++i) {
        split.calibration.push_back(std::abs(rng.normal()) - half(i));
        split.lower.push_back(-half(i));
        split.upper.push_back(half(i));
        split.scale.push_back(1.0);
        split.score.push_back(std::abs(truth[i]) - half(i));
    }
    const double q = ScoreOrder(split).quantile(alpha);
    std::vector<double> lower, upper;
    for (std::size_t i = 0; i < truth.size(); ++i) {
        lower.push_back(split.lower[i] - q);
        upper.push_back(split.upper[i] + q);
    }
    target.predictions.push_back(predictionOf(lower, upper, method));
    target.predictions.back().alpha = alpha;
    target.calibrationParts[method] = part;
}

TargetStudy normalTruths(std::size_t n) {
    TargetStudy target;
    target.name = "z";
    Rng rng(4);
    for (std::size_t i = 0; i < 2 * n; ++i) {
        target.heldOut.rows.push_back(static_cast<std::int64_t>(i));
        target.heldOut.isTest.push_back(i < n ? 1 : 0);
        target.heldOut.truth.push_back(rng.normal());
    }
    return target;
}

TEST(CrossedIntervals, AreNotNarrowerThanEmptyInComparisonsAndWorlds) {
    TargetStudy target = normalTruths(200);
    std::vector<double> lower, upper;
    for (int i = 0; i < 200; ++i) { // not calibrated: half of them 0.6 wide, half crossed by as much
        lower.push_back(i % 2 == 0 ? 0.3 : -0.3);
        upper.push_back(i % 2 == 0 ? -0.3 : 0.3);
    }
    target.predictions = {predictionOf(lower, upper, "A")};
    target.predictions[0].alpha = 0.9;
    addCalibrated(target, "B", 0.9, [](std::size_t i) { return i % 2 == 0 ? 1.0 : -1.0; });
    const Prediction& calibrated = target.predictions[1];
    ASSERT_LT(calibrated.lower[0], calibrated.upper[0]);
    ASSERT_GT(calibrated.lower[1], calibrated.upper[1] + 1.0) << "the test is empty";
    const auto tests = pairedTests(target, {.metrics = {"mean_width"}, .replicates = 200}, {});
    ASSERT_EQ(tests.size(), 1u);
    EXPECT_NEAR(tests[0].firstValue, 0.3, 1e-12) << "not 0";
    EXPECT_NEAR(tests[0].secondValue, 0.5 * (calibrated.upper[0] - calibrated.lower[0]), 1e-12);
    const std::string methods[] = {"A", "B"};
    JointOptions options;
    options.replicates = 100;
    const auto worlds = resampleJointly(target, methods, options, {});
    const auto truth = target.testTruth();
    for (const std::size_t m : {0, 1}) {
        double width = 0.0, score = 0.0;
        for (const WorldValues& world : worlds.methods[m]) {
            width += world.meanWidth / 100.0;
            score += world.intervalScore / 100.0;
            EXPECT_NEAR(world.coverage + world.missBelow + world.missAbove, 1.0, 1e-12);
        }
        // Worlds scatter about what is scored: means of 100 within four standard errors.
        const auto scores = evaluatePrediction(target.predictions[m], truth, {}, {});
        const auto near = [&](double mean, const char* metric) {
            const double error = scatterOf(worlds.methods[m], worldValue(metric)).standardError;
            EXPECT_NEAR(mean, find(scores, metric).value, 0.4 * error) << m << " " << metric;
        };
        near(width, "mean_width");
        near(score, "interval_score");
    }
}

TEST(Misses, AreToldApartAndAddUp) {
    Prediction p = predictionOf({0, 0, 0, -inf, 2, 1}, {1, 1, 1, 1, 0, 1});
    p.mean = {0.5, 0.5, 0.5, 0.5, 1, 1};
    const std::vector<double> truth = {-1, 5, 0, 3, 0.9, 1};
    auto scores = evaluatePrediction(p, truth, {}, {});
    EXPECT_DOUBLE_EQ(find(scores, "miss_below").value, 2.0 / 6); // -1; 0.9, below the middle of crossed ends
    EXPECT_DOUBLE_EQ(find(scores, "miss_above").value, 2.0 / 6); // 5; 3, above the end of a half-infinite one
    EXPECT_DOUBLE_EQ(find(scores, "miss_below", "finite").value, 2.0 / 5);
    EXPECT_DOUBLE_EQ(find(scores, "miss_above", "finite").value, 1.0 / 5);
    EXPECT_EQ(find(scores, "miss_below").low, wilson(2, 6).low);
    EXPECT_EQ(find(scores, "miss_below").high, wilson(2, 6).high);
    p.ends = Ends::Open; // 0 on a lower end
    scores = evaluatePrediction(p, truth, {}, {});
    EXPECT_DOUBLE_EQ(find(scores, "miss_below").value, 3.0 / 6);
}

// Over 400 samples of 500 normal errors a symmetric interval misses alpha/2 on either side: pooled, within
// four standard errors (a false alarm in 16,000).
TEST(Misses, ASymmetricMethodMissesHalfOfAlphaOnEitherSide) {
    constexpr int samples = 400, n = 500;
    const double z = 1.6448536269514722;
    double below = 0.0, above = 0.0;
    for (int s = 0; s < samples; ++s) {
        Rng rng(static_cast<std::uint64_t>(s) + 1);
        std::vector<double> truth;
        for (int i = 0; i < n; ++i)
            truth.push_back(rng.normal());
        const auto scores =
            evaluatePrediction(predictionOf(std::vector<double>(n, -z), std::vector<double>(n, z)), truth, {},
                               {.bootstrapReplicates = 0});
        below += find(scores, "miss_below").value / samples;
        above += find(scores, "miss_above").value / samples;
    }
    const double error = std::sqrt(0.05 * 0.95 / (samples * n));
    EXPECT_NEAR(below, 0.05, 4.0 * error);
    EXPECT_NEAR(above, 0.05, 4.0 * error);
}

TEST(Misses, ArePairedAsProportionsAndDrawnWithTheCalibration) {
    TargetStudy target = normalTruths(300);
    addCalibrated(target, "B", 0.1, [](std::size_t) { return 0.0; });
    Prediction shifted = target.predictions[0]; // upwards, so that it misses below
    shifted.method = "A";
    for (std::size_t i = 0; i < 300; ++i) {
        shifted.lower[i] += 0.8;
        shifted.upper[i] += 0.8;
    }
    target.predictions.insert(target.predictions.begin(), shifted);
    const auto tests = pairedTests(target, {.metrics = {"miss_below", "miss_above"}, .replicates = 200}, {});
    ASSERT_EQ(tests.size(), 2u);
    const double half = target.predictions[1].upper[0];
    const auto truth = target.testTruth();
    const auto between = [&](double low, double high) {
        return std::count_if(truth.begin(), truth.end(), [&](double t) { return t > low && t <= high; });
    };
    EXPECT_EQ(tests[0].onlyFirst, between(-half, 0.8 - half));
    EXPECT_EQ(tests[0].onlySecond, 0);
    EXPECT_EQ(tests[1].onlyFirst, 0);
    EXPECT_EQ(tests[1].onlySecond, between(half, 0.8 + half));
    for (const PairedTest& test : tests)
        EXPECT_LT(test.adjustedP, 0.05) << test.metric;
    EXPECT_GT(tests[0].difference, 0.0);
    EXPECT_LT(tests[1].difference, 0.0);
    auto scores = evaluatePrediction(target.predictions[1], truth, {}, {});
    const EvaluateOptions options;
    CalibrationBrackets(target, target.predictions[1], options).fill(scores, {});
    const Score& below = find(scores, "miss_below");
    EXPECT_EQ(below.calibration, "drawn");
    const auto missed = static_cast<std::size_t>(std::lround(below.value * static_cast<double>(below.n)));
    const Interval alone = wilson(missed, 300);
    EXPECT_GT(below.high - below.low, alone.high - alone.low) << "the calibration scatters, too";
    EXPECT_LE(below.low, below.value);
    EXPECT_GE(below.high, below.value);
}

TEST(Misses, OfLocalMethodsFallToTheSideOfTheCentreThoughTheirOwnIntervalIsInfinite) {
    TargetStudy target = normalTruths(100);
    target.predictions = {
        predictionOf(std::vector<double>(100, -inf), std::vector<double>(100, inf), "LCNet")};
    target.predictions[0].mean.assign(100, 0.0);
    auto part = std::make_shared<CalibrationPart>();
    DrawnHalfWidths& drawn = part->drawn.emplace();
    drawn.draws = 20;
    drawn.rows = 100;
    drawn.half.assign(20 * 100, 0.5f);
    target.calibrationParts["LCNet"] = part;
    const std::string methods[] = {"LCNet"};
    JointOptions options;
    options.replicates = 20;
    double below = 0.0, above = 0.0;
    const auto worlds = resampleJointly(target, methods, options, {});
    for (const WorldValues& world : worlds.methods[0]) {
        below += world.missBelow / 20.0;
        above += world.missAbove / 20.0;
    }
    const double missed = normalCdf(-0.5); // 0.31 on either side; standard error of 100 galaxies 0.046
    EXPECT_NEAR(below, missed, 4.0 * 0.046);
    EXPECT_NEAR(above, missed, 4.0 * 0.046);
}

TEST(EvenSplit, IsTheExactBinomialTest) {
    EXPECT_NEAR(evenSplitP(1, 9), 2.0 * 11.0 / 1024.0, 1e-13);
    EXPECT_DOUBLE_EQ(evenSplitP(9, 1), evenSplitP(1, 9));
    EXPECT_NEAR(evenSplitP(0, 5), 2.0 / 32.0, 1e-12);
    EXPECT_EQ(evenSplitP(7, 7), 1.0);
    EXPECT_EQ(evenSplitP(0, 0), 1.0);
}

/// Centres of several sizes with one half width, ends rounded and moved outwards as studies have them.
Prediction oneWidth(std::size_t n, double half, bool single = false) {
    Rng rng(11);
    std::vector<double> lower, upper;
    Prediction p = predictionOf({}, {}, "VanillaSplit");
    for (std::size_t i = 0; i < n; ++i) {
        const double centre = std::pow(10.0, 3.0 * rng.uniform()) * rng.normal();
        p.mean.push_back(centre);
        p.lower.push_back(single ? static_cast<float>(centre - half) : centre - half);
        p.upper.push_back(single ? static_cast<float>(centre + half) : centre + half);
    }
    if (!single)
        setEnds(p, Ends::Closed);
    return p;
}

TEST(TiedWidths, AreOneValueWhereOnlyRoundingDiffers) {
    for (const double half : {0.0304693, 1e-9, 55.5})
        for (const bool single : {false, true}) {
            const Prediction p = oneWidth(1000, half, single);
            const auto tied = tiedWidths(p);
            EXPECT_EQ(std::set<double>(tied.begin(), tied.end()).size(), 1u)
                << half << (single ? " single" : " double");
            std::set<double> raw;
            for (std::size_t i = 0; i < 1000; ++i)
                raw.insert(intervalWidth(p, i));
            EXPECT_GT(raw.size(), 5u) << "the test is empty";
            const Bins bins = makeBins(tied, {.kind = Binning::Kind::EqualCount, .bins = 10, .edges = {}});
            ASSERT_EQ(bins.size(), 1u);
            EXPECT_LT(bins.label[0].size(), 28u) << bins.label[0];
        }
}

TEST(TiedWidths, KeepWhatIsTrulyDifferent) {
    std::vector<double> lower, upper;
    for (int i = 0; i < 1000; ++i) { // widths that differ by 1e-9 of themselves
        lower.push_back(10.0);
        upper.push_back(10.0 + 0.1 * (1.0 + 1e-9 * i) + (i == 0 ? 1e-12 : 0.0));
    }
    const auto tied = tiedWidths(predictionOf(lower, upper));
    EXPECT_EQ(std::set<double>(tied.begin(), tied.end()).size(), 1000u);
    for (std::size_t i = 0; i < 1000; ++i)
        EXPECT_NEAR(tied[i], upper[i] - lower[i], 1e-14);
    const auto odd = tiedWidths(predictionOf({0, -inf, 2}, {1, inf, 1}));
    EXPECT_EQ(odd, (std::vector<double>{1.0, inf, 0.0}));
}

TEST(TiedWidths, GiveAMethodOfOneWidthNoSkillForLargeErrors) {
    Prediction p = oneWidth(2000, 0.7);
    Rng rng(5);
    std::vector<double> truth;
    for (const double centre : p.mean) // errors grow with the centre, as the rounding does
        truth.push_back(centre + (0.1 + std::abs(centre)) * rng.normal());
    const Score auroc = find(evaluatePrediction(p, truth, {}, {}), "error_width_auroc");
    EXPECT_EQ(auroc.value, 0.5);
    EXPECT_EQ(auroc.low, 0.5);
    EXPECT_EQ(auroc.high, 0.5);
}

TEST(MissingCentres, OfInfiniteIntervalsLeaveOnlyWhatLooksAtThem) {
    Prediction p = predictionOf({-1, -inf, 0, -inf}, {1, inf, inf, 0});
    p.mean = {0, nan, nan, nan};
    for (int i = 0; i < 16; ++i) {
        p.lower.push_back(-1);
        p.upper.push_back(1);
        p.mean.push_back(0);
    }
    std::vector<double> truth = {0.5, 3, -2, -1};
    truth.resize(20, 0.5);
    const auto scores = evaluatePrediction(p, truth, {}, {});
    EXPECT_DOUBLE_EQ(find(scores, "coverage").value, 19.0 / 20);
    EXPECT_EQ(find(scores, "coverage").nInfinite, 3);
    EXPECT_DOUBLE_EQ(find(scores, "miss_below").value, 1.0 / 20);
    EXPECT_EQ(find(scores, "n_infinite").value, 3.0);
    EXPECT_EQ(find(scores, "tail_coverage").n, 4);
    EXPECT_EQ(find(scores, "rmse").n, 17);
    EXPECT_DOUBLE_EQ(find(scores, "rmse").value, 0.5);
    EXPECT_EQ(find(scores, "worst_bin_coverage").n, 1) << "a tenth of those that can be ranked";
    EXPECT_EQ(find(scores, "error_width_auroc").n, 17);
    p.mean[0] = nan;
    EXPECT_THROW(evaluatePrediction(p, truth, {}, {}), Error) << "a finite interval has a centre";
}

/// 1.4826 times the median distance from the median of a distribution, by bisection of its CDF.
template <typename Cdf>
double trueNmad(const Cdf& cdf) {
    const auto solve = [](const auto& f, double low, double high) {
        for (int step = 0; step < 200; ++step) {
            const double middle = 0.5 * (low + high);
            (f(middle) < 0.5 ? low : high) = middle;
        }
        return low;
    };
    const double median = solve(cdf, -50.0, 50.0);
    return 1.4826 * solve([&](double s) { return cdf(median + s) - cdf(median - s); }, 0.0, 50.0);
}

/// Share of 1,000 samples of n whose interval holds the true sigma NMAD.
template <typename Draw>
double nmadCoverage(int n, double truth, const Draw& draw) {
    int held = 0;
    for (int s = 0; s < 1000; ++s) {
        Rng rng(static_cast<std::uint64_t>(1000 * n + s));
        std::vector<double> error;
        for (int i = 0; i < n; ++i)
            error.push_back(draw(rng));
        Prediction p =
            predictionOf(std::vector<double>(error.size(), -100.0), std::vector<double>(error.size(), 100.0));
        p.mean = error;
        const Metric& nmad = *findMetric("sigma_nmad");
        const auto scores = evaluatePrediction(p, std::vector<double>(error.size(), 0.0), {},
                                               {.bootstrapReplicates = 0}, {}, std::span(&nmad, 1));
        const Score& score = scores.front();
        held += score.low <= truth && truth <= score.high ? 1 : 0;
    }
    return held / 1000.0;
}

// 95 % intervals: of 1,000 samples at least 92 % hold the truth (four standard errors below 95 %), and at
// most 99 %, whatever the shape of the residuals.
TEST(SigmaNmad, IntervalHoldsTheErrorOfTheCentre) {
    const auto normal = [](Rng& rng) { return rng.normal(); };
    const auto twoPiece = [](Rng& rng) { // widths 1 and 3
        const double size = std::abs(rng.normal());
        return rng.uniform() < 0.25 ? -size : 3.0 * size;
    };
    const auto lognormal = [](Rng& rng) { return std::exp(rng.normal()); };
    const double ofNormal = trueNmad(normalCdf);
    EXPECT_NEAR(ofNormal, 1.0, 1e-4);
    const double ofTwoPiece = trueNmad([](double x) {
        return x < 0.0 ? 0.5 * normalCdf(x) : 0.25 + 0.75 * (2.0 * normalCdf(x / 3.0) - 1.0);
    });
    const double ofLognormal = trueNmad([](double x) { return x > 0.0 ? normalCdf(std::log(x)) : 0.0; });
    for (const int n : {100, 400, 1500}) {
        for (const double held : {nmadCoverage(n, ofNormal, normal), nmadCoverage(n, ofTwoPiece, twoPiece),
                                  nmadCoverage(n, ofLognormal, lognormal)}) {
            EXPECT_GE(held, 0.92) << n;
            EXPECT_LE(held, 0.99) << n;
        }
    }
}

} // namespace
} // namespace penumbra
