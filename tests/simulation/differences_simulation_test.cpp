#include "core/eval/calibration_brackets.h"
#include "core/eval/paired.h"
#include "simulations.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <mutex>

// Claims: methods that differ by chance alone are called different in at most 5 % of studies, whatever the
// sizes of calibration and test set; brackets hold what is expected over calibration sets in about 95 %.

namespace penumbra::simulation {
namespace {

constexpr double z90 = 1.6448536269514722;

enum class Pair {
    Identical, ///< one exact scale; calibration by a factor (MADSplit) or by a shift (CQR)
    Alike,     ///< two scales that err equally, independently: the same in expectation in every metric
    Valid,     ///< VanillaSplit and an exact scale: the same coverage in expectation, other widths
};

std::vector<double> scaled(const std::vector<double>& scale, double by) {
    std::vector<double> out = scale;
    for (double& s : out)
        s *= by;
    return out;
}

std::vector<double> wrong(const std::vector<double>& scale, Rng& rng) {
    std::vector<double> out = scale;
    for (double& s : out)
        s *= std::exp(0.4 * rng.normal());
    return out;
}

Sample studyOf(Pair pair, std::size_t calibrationRows, std::size_t testRows, Rng& rng) {
    Sample s = sample(Errors::Prediction, calibrationRows, testRows, false, rng);
    const std::vector<double> none(calibrationRows, 0.0), nothing(testRows, 0.0);
    const auto &c = s.calibration.scale, &t = s.test.scale;
    if (pair == Pair::Alike)
        addSplit(s, "A", {none, wrong(c, rng)}, {nothing, wrong(t, rng)});
    else
        addSplit(s, "A", {none, c}, {nothing, t});
    if (pair == Pair::Identical)
        addSplit(s, "B", {scaled(c, z90), std::vector<double>(calibrationRows, 1.0)},
                 {scaled(t, z90), std::vector<double>(testRows, 1.0)});
    else if (pair == Pair::Alike)
        addSplit(s, "B", {none, wrong(c, rng)}, {nothing, wrong(t, rng)});
    else
        addSplit(s, "B", {none, std::vector<double>(calibrationRows, 1.0)},
                 {nothing, std::vector<double>(testRows, 1.0)});
    return s;
}

struct Found {
    std::string metric;
    int alone = 0, adjusted = 0;
};

std::vector<Found> falseFindings(Pair pair, std::size_t calibrationRows, std::size_t testRows, int n,
                                 bool given) {
    std::vector<Found> found;
    for (const char* metric : {"coverage", "tail_coverage", "worst_bin_coverage", "mean_width",
                               "interval_score", "miss_below", "miss_above"})
        found.push_back({metric, 0, 0});
    std::mutex mutex;
    forStudies(n, [&](int study) {
        Rng rng(static_cast<std::uint64_t>(study), 1000 * calibrationRows + testRows);
        const Sample s = studyOf(pair, calibrationRows, testRows, rng);
        PairedOptions options;
        options.seed = static_cast<std::uint64_t>(study);
        options.replicates = 400;
        options.givenCalibration = given;
        for (const Found& f : found)
            options.metrics.push_back(f.metric);
        RunContext context;
        context.threads = 1;
        const auto tests = pairedTests(s.target, options, context);
        const std::lock_guard lock(mutex);
        for (const PairedTest& test : tests)
            for (Found& f : found)
                if (f.metric == test.metric) {
                    f.alone += test.p < 0.05;
                    f.adjusted += test.adjustedP < 0.05;
                }
    });
    return found;
}

bool isNull(Pair pair, const std::string& metric) {
    return pair == Pair::Alike || metric == "coverage" || metric == "miss_below" || metric == "miss_above" ||
           (pair == Pair::Identical && (metric == "mean_width" || metric == "interval_score"));
}

using Sizes = std::pair<std::size_t, std::size_t>;
class Differences : public ::testing::TestWithParam<std::tuple<Pair, Sizes>> {};

TEST_P(Differences, AreFoundByChanceNoMoreOftenThanStated) {
    const auto [pair, sizes] = GetParam();
    const int n = studies(100);
    for (const Found& f : falseFindings(pair, sizes.first, sizes.second, n, false)) {
        std::printf("pair %d  n_cal %5zu n_test %5zu  %-20s p < 0.05: %.3f  adjusted: %.3f  of %d%s\n",
                    static_cast<int>(pair), sizes.first, sizes.second, f.metric.c_str(),
                    static_cast<double>(f.alone) / n, static_cast<double>(f.adjusted) / n, n,
                    isNull(pair, f.metric) ? "" : "  (they do differ)");
        if (isNull(pair, f.metric)) {
            EXPECT_LE(static_cast<double>(f.alone) / n, atMost(0.05, n)) << f.metric;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Settings, Differences,
                         ::testing::Combine(::testing::Values(Pair::Identical, Pair::Alike, Pair::Valid),
                                            ::testing::Values(Sizes{20, 200}, Sizes{100, 1000},
                                                              Sizes{500, 500}, Sizes{500, 1000})));

// Held fixed, the calibration set makes a method differ from itself: the reason for drawing it.
TEST(DifferencesGivenCalibration, AreFoundBetweenAMethodAndItself) {
    const int n = studies(60);
    const auto found = falseFindings(Pair::Identical, 500, 1000, n, true);
    EXPECT_GT(static_cast<double>(found[3].alone) / n, 0.5) << found[3].metric;
}

class Brackets : public ::testing::TestWithParam<Sizes> {};

TEST_P(Brackets, HoldWhatIsExpectedOverCalibrationSets) {
    const auto [calibrationRows, testRows] = GetParam();
    const int n = studies(100);
    // "A": exact scale; "B": one width for all. Expected values: those of many studies.
    std::map<std::string, std::vector<Score>> scores;
    std::mutex mutex;
    forStudies(n, [&](int study) {
        Rng rng(static_cast<std::uint64_t>(study), 5000 * calibrationRows + testRows);
        const Sample s = studyOf(Pair::Valid, calibrationRows, testRows, rng);
        EvaluateOptions options;
        options.bootstrapReplicates = 400;
        options.seed = static_cast<std::uint64_t>(study);
        options.threads = 1;
        for (const Prediction& prediction : s.target.predictions) {
            auto own = evaluatePrediction(prediction, s.test.truth, s.test.prediction, options);
            CalibrationBrackets(s.target, prediction, options).fill(own, {});
            const std::lock_guard lock(mutex);
            for (const Score& score : own)
                if (score.convention == "all" && score.calibration == "drawn")
                    scores[prediction.method + " " + score.metric].push_back(score);
        }
    });
    for (const auto& [name, found] : scores) {
        double expected = 0.0;
        for (const Score& score : found)
            expected += score.value / static_cast<double>(found.size());
        const double inside =
            static_cast<double>(std::count_if(found.begin(), found.end(), [&](const Score& s) {
                return s.low <= expected && expected <= s.high;
            }));
        std::printf("n_cal %5zu n_test %5zu  %-24s holds %.4f in %.3f of %d\n", calibrationRows, testRows,
                    name.c_str(), expected, inside / n, n);
        // One width for all leaves the worst bin max(0, 1 - 10 (1 - c)): a study that scores 0 there cannot
        // tell how far c lies below 0.9.
        const double rate = name == "B worst_bin_coverage" ? 0.80 : calibrationRows < 100 ? 0.87 : 0.92;
        EXPECT_GE(inside / n, atLeast(rate, n)) << name;
    }
}

INSTANTIATE_TEST_SUITE_P(Settings, Brackets,
                         ::testing::Values(Sizes{20, 200}, Sizes{100, 1000}, Sizes{500, 1000},
                                           Sizes{500, 5000}));

} // namespace
} // namespace penumbra::simulation
