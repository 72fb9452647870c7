#include "core/eval/oracle_scores.h"
#include "simulations.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <mutex>

// Claim: the known exact interval lies inside the exact band, and a MADSplit with the exact scale inside the
// oracle band, in about 95 % of studies, in the tail, the worst bin, and bins of every kind.

namespace penumbra::simulation {
namespace {

constexpr std::size_t testRows = 2000;
constexpr double z90 = 1.6448536269514722;

struct Count {
    double inside = 0.0, all = 0.0;
    double below = 0.0;
    double share() const { return inside / all; }
};
using Counts = std::map<std::string, Count>; ///< by "exact worst_bin_coverage" and the like

/// Scores with bands of one method; bins have the same rows each.
std::vector<Score> scored(const Sample& s, const Prediction& prediction, OracleScorer& scorer) {
    EvaluateOptions options;
    options.bootstrapReplicates = 0;
    options.threads = 1;
    RunContext context;
    context.threads = 1;
    auto scores = evaluatePrediction(prediction, s.test.truth, s.test.prediction, options);
    scorer.fill(scores, prediction, options, context);
    std::vector<double> error, width;
    for (std::size_t i = 0; i < s.test.truth.size(); ++i) {
        error.push_back(std::abs(s.test.truth[i] - s.test.prediction[i]));
        width.push_back(s.test.scale[i]);
    }
    const std::pair<const char*, const std::vector<double>*> variables[] = {
        {"truth", &s.test.truth}, {"prediction", &s.test.prediction}, {"|error|", &error}, {"width", &width}};
    for (const auto& [name, values] : variables) {
        const Bins bins = makeBins(*values, Binning{});
        auto binned = evaluateByBin(prediction, s.test.truth, bins, name, options);
        scorer.fillBins(binned, prediction, bins, name, context);
        scores.insert(scores.end(), binned.begin(), binned.end());
    }
    return scores;
}

void count(const std::vector<Score>& scores, const std::string& band, Counts& counts) {
    for (const Score& score : scores) {
        if (score.convention != "all" || std::isnan(score.oracleLow) || std::isnan(score.value))
            continue;
        const bool exact = band == "exact";
        const double low = exact ? score.exactLow : score.oracleLow;
        const double high = exact ? score.exactHigh : score.oracleHigh;
        Count& at = counts[band + " " + score.metric +
                           (score.metric == "coverage_by_bin" ? " " + score.conditionedOn : "")];
        at.all += 1.0;
        at.inside += low <= score.value && score.value <= high ? 1.0 : 0.0;
        at.below += score.value < low ? 1.0 : 0.0;
    }
}

Counts simulate(Errors errors, std::size_t calibrationRows, int n) {
    Counts counts;
    std::mutex mutex;
    forStudies(n, [&](int study) {
        Rng rng(static_cast<std::uint64_t>(study), 77 + calibrationRows + static_cast<std::size_t>(errors));
        Sample s = sample(errors, calibrationRows, testRows, errors == Errors::Hidden, rng);
        const Split calibration{std::vector<double>(calibrationRows, 0.0), s.calibration.scale};
        addSplit(s, "MADSplit", calibration, {std::vector<double>(testRows, 0.0), s.test.scale});
        Prediction exact = s.target.predictions.front();
        for (std::size_t i = 0; i < testRows; ++i) {
            exact.lower[i] = s.test.prediction[i] - z90 * s.test.scale[i];
            exact.upper[i] = s.test.prediction[i] + z90 * s.test.scale[i];
        }
        OracleOptions options;
        options.seed = static_cast<std::uint64_t>(study);
        OracleScorer scorer(s.target, 0.1, options);
        Counts own;
        count(scored(s, s.target.predictions.front(), scorer), "calibrated", own);
        count(scored(s, exact, scorer), "exact", own);
        const std::lock_guard lock(mutex);
        for (const auto& [name, more] : own) {
            counts[name].all += more.all;
            counts[name].inside += more.inside;
            counts[name].below += more.below;
        }
    });
    return counts;
}

class OracleBandHolds : public ::testing::TestWithParam<std::tuple<Errors, std::size_t>> {};

TEST_P(OracleBandHolds, ThePerfectMethods) {
    const auto [errors, calibrationRows] = GetParam();
    const int n = studies(60);
    for (const auto& [name, found] : simulate(errors, calibrationRows, n)) {
        std::printf("%-10s n_cal %5zu  %-42s inside %.3f  below %.3f  of %.0f\n", nameOf(errors).c_str(),
                    calibrationRows, name.c_str(), found.share(), found.below / found.all, found.all);
        EXPECT_GE(found.share(), atLeast(0.92, n)) << name;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Settings, OracleBandHolds,
    ::testing::Combine(::testing::Values(Errors::Constant, Errors::Prediction, Errors::Hidden),
                       ::testing::Values(std::size_t{20}, std::size_t{100}, std::size_t{1000})),
    [](const auto& setting) {
        return nameOf(std::get<0>(setting.param)) + std::to_string(std::get<1>(setting.param));
    });

} // namespace
} // namespace penumbra::simulation
