#include "core/eval/calibration_brackets.h"
#include "core/eval/paired.h"
#include "core/study/local_draws.h"
#include "core/study/run.h"
#include "core/uq/local_conditional.h"
#include "simulations.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <mutex>

// Claims: brackets of LC and LCMAD, and of their differences from split methods, hold what is expected over
// calibration sets in about 95 % of studies; a local method is not called different from itself.

namespace penumbra::simulation {
namespace {

constexpr double alpha = 0.1;

OptionSet defaults() {
    OptionSet options;
    workflow::describeStudyOptions(options);
    return options;
}

void addKernel(TargetStudy& target, const char* name, const std::vector<double>& at) {
    MatrixD kernel(static_cast<Eigen::Index>(at.size()), 1);
    for (std::size_t i = 0; i < at.size(); ++i)
        kernel(static_cast<Eigen::Index>(i), 0) = at[i];
    target.heldOut.signals[name] = kernel;
}

void addLocal(Sample& s, const std::string& id, const OptionSet& options) {
    const uq::UqMethod& method = uq::findMethod(id);
    const auto evidence = uq::makeEvidence(s.target.name, "", s.target.heldOut);
    const double alphas[] = {alpha};
    s.target.predictions.push_back(method.intervals(evidence, alphas, alpha, options, {}).front());
}

/// Errors grow with the prediction, which is the embedding; VanillaSplit beside the local methods of both
/// spaces, which see the same.
Sample localStudy(std::size_t calibrationRows, std::size_t testRows, int study, const OptionSet& options) {
    Rng rng(static_cast<std::uint64_t>(study), 9000 * calibrationRows + testRows);
    Sample s = sample(Errors::Prediction, calibrationRows, testRows, true, rng);
    std::vector<double> at;
    for (const Galaxies* half : {&s.calibration, &s.test})
        for (const double prediction : half->prediction)
            at.push_back(0.5 * prediction);
    addKernel(s.target, uq::Signal::kernel(uq::Signal::Space::Net).name().c_str(), at);
    addKernel(s.target, uq::Signal::kernel(uq::Signal::Space::Aion).name().c_str(), at);
    addSplit(s, "VanillaSplit",
             {std::vector<double>(calibrationRows, 0.0), std::vector<double>(calibrationRows, 1.0)},
             {std::vector<double>(testRows, 0.0), std::vector<double>(testRows, 1.0)});
    for (const char* id : {"LCNet", "LCAion", "LCMADNet"})
        addLocal(s, id, options);
    RunContext context;
    context.threads = 1;
    workflow::addLocalDraws(s.target, {"LCNet", "LCAion", "LCMADNet"}, alpha,
                            static_cast<std::uint64_t>(study), options, context);
    return s;
}

/// How often an interval holds the mean of the values over all studies.
struct Held {
    std::vector<double> value;
    std::vector<Interval> interval;
    double share() const {
        double mean = 0.0, held = 0.0;
        for (const double v : value)
            mean += v / static_cast<double>(value.size());
        for (const Interval& one : interval)
            held += one.low <= mean && mean <= one.high;
        return held / static_cast<double>(value.size());
    }
};

using Sizes = std::pair<std::size_t, std::size_t>;
class Local : public ::testing::TestWithParam<Sizes> {};

TEST_P(Local, BracketsAndDifferencesHoldWhatIsExpectedOverCalibrationSets) {
    const auto [calibrationRows, testRows] = GetParam();
    const int n = studies(100);
    const OptionSet options = defaults();
    std::map<std::string, Held> held;
    int differsFromItself = 0;
    std::mutex mutex;
    forStudies(n, [&](int study) {
        const Sample s = localStudy(calibrationRows, testRows, study, options);
        EvaluateOptions evaluate;
        evaluate.bootstrapReplicates = 400;
        evaluate.seed = static_cast<std::uint64_t>(study);
        evaluate.threads = 1;
        std::vector<Score> scores;
        for (const Prediction& prediction : s.target.predictions) {
            auto own = evaluatePrediction(prediction, s.test.truth, s.test.prediction, evaluate);
            CalibrationBrackets(s.target, prediction, evaluate).fill(own, {});
            scores.insert(scores.end(), own.begin(), own.end());
        }
        PairedOptions pairs;
        pairs.metrics = {"coverage", "mean_width"};
        pairs.seed = static_cast<std::uint64_t>(study);
        pairs.replicates = 400;
        RunContext context;
        context.threads = 1;
        const auto tests = pairedTests(s.target, pairs, context);
        const std::lock_guard lock(mutex);
        for (const Score& score : scores)
            if (score.convention == "all" && score.method.starts_with("LC") &&
                (score.metric == "coverage" || score.metric == "mean_width" ||
                 score.metric == "median_width")) {
                ASSERT_EQ(score.calibration, "drawn") << score.method << " " << score.metric;
                Held& one = held[score.method + " " + score.metric];
                one.value.push_back(score.value);
                one.interval.push_back({score.low, score.high});
            }
        for (const PairedTest& test : tests) {
            ASSERT_EQ(test.calibration, "drawn") << test.first << " " << test.second;
            if (test.first == "LCNet" && test.second == "LCAion") {
                differsFromItself += test.p < 0.05;
                continue;
            }
            Held& one = held[test.first + " - " + test.second + " " + test.metric];
            one.value.push_back(test.difference);
            one.interval.push_back(test.interval);
        }
    });
    EXPECT_EQ(differsFromItself, 0);
    ASSERT_GE(held.size(), 9U);
    for (const auto& [name, one] : held) {
        std::printf("n_cal %4zu n_test %4zu  %-36s holds in %.3f of %d\n", calibrationRows, testRows,
                    name.c_str(), one.share(), n);
        EXPECT_GE(one.share(), atLeast(0.92, n)) << name;
    }
}

INSTANTIATE_TEST_SUITE_P(Settings, Local, ::testing::Values(Sizes{100, 500}, Sizes{400, 1000}));

} // namespace
} // namespace penumbra::simulation
