// Properties from input sets, on galaxies of which it is known what every input can tell.

#include "core/benchmark/low_data.h"
#include "core/benchmark/transfer.h"
#include "tests/core/benchmark/mock_inputs.h"

#include <gtest/gtest.h>

namespace penumbra::benchmark {
namespace {

const std::vector<std::string> nestedSets = {"Ph=photometry", "Ph+Im=photometry:image",
                                             "Ph+Im+Sp=photometry:image:spectrum"};

RegressionOptions quick() {
    RegressionOptions options;
    options.heads.seeds = 2;
    options.heads.epochs = 40;
    options.heads.hidden = 32;
    options.heads.learningRate = 5e-3;
    return options;
}

Galaxies galaxiesOf(const Catalogue& catalogue, const std::vector<std::string>& sets) {
    return gather(catalogue, inputSets(catalogue, sets), {}, {}, RunContext{});
}

TEST(BenchmarkRegression, everyInputThatTellsMoreRaisesR2) {
    MockInputs mock(3000);
    const Catalogue catalogue = mock.stored();
    const Galaxies galaxies = galaxiesOf(catalogue, nestedSets);
    const auto outcomes = regress(catalogue, galaxies, quick(), RunContext{});
    ASSERT_EQ(outcomes.size(), 3U);
    for (std::size_t s = 0; s < 3; ++s) {
        const Outcome& outcome = outcomes[s];
        // R2 of the best possible: 0.25, 0.5, 0.75; 600 test galaxies scatter by less than 0.035.
        EXPECT_NEAR(outcome.r2.value, 0.25 * static_cast<double>(s + 1), 0.12) << outcome.set;
        EXPECT_LT(outcome.r2.low, outcome.r2.value);
        EXPECT_GT(outcome.r2.high, outcome.r2.value);
        EXPECT_EQ(outcome.test, 600U);
        // Split conformal, 600 calibration and test galaxies, 4 sigma.
        EXPECT_NEAR(outcome.coverage.value, 0.9, 4.0 * std::sqrt(2.0 * 0.09 / 600.0)) << outcome.set;
    }
    EXPECT_LT(outcomes[2].meanWidth, outcomes[1].meanWidth);
    EXPECT_LT(outcomes[1].meanWidth, outcomes[0].meanWidth);
    std::size_t judged = 0;
    for (const PairedTest& test : pairsOf(outcomes, quick(), RunContext{}))
        if (test.metric == "r2") {
            EXPECT_LT(test.difference, 0.0) << test.first << " against " << test.second;
            EXPECT_LT(test.adjustedP, 0.001);
            EXPECT_LT(test.interval.high, 0.0);
            ++judged;
        }
    EXPECT_EQ(judged, 3U);
}

// Two sets that tell the same: over 60 catalogues the test must not find more differences than it says (5 %;
// 9 or more of 60 happen with probability 0.003).
TEST(BenchmarkRegression, inputsThatTellNothingMoreAreSeldomFoundBetter) {
    int found = 0;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        MockInputs mock(500, 100 + seed);
        const Catalogue catalogue = mock.stored();
        const Galaxies galaxies = galaxiesOf(catalogue, {"photometry", "spectrum"}); // of equal worth
        RegressionOptions options = quick();
        options.heads.seeds = 1;
        options.heads.epochs = 15;
        options.heads.seed = seed;
        for (const PairedTest& test :
             pairsOf(regress(catalogue, galaxies, options, RunContext{}), options, RunContext{}))
            found += test.metric == "r2" && test.p < 0.05 ? 1 : 0;
    }
    EXPECT_LE(found, 8);
}

TEST(BenchmarkRegression, r2IsOneMinusErrorOverScatter) {
    const std::vector<double> truth{1.0, 2.0, 3.0, 6.0}, squared{0.5, 0.0, 1.0, 0.5};
    const Estimate estimate = r2Of(squared, truth, 1);
    EXPECT_NEAR(estimate.value, 1.0 - 2.0 / 14.0, 1e-12);
    EXPECT_EQ(r2Of(squared, truth, 1).low, estimate.low);
}

TEST(BenchmarkRegression, galaxiesThatLackASetAreLeftOutOfAll) {
    MockInputs mock(1000);
    mock.features[2](7, 0) = std::nanf("");
    const Catalogue catalogue = mock.stored();
    const Galaxies galaxies = galaxiesOf(catalogue, {"photometry", "spectrum"});
    EXPECT_EQ(galaxies.rows.size(), 999U);
    EXPECT_EQ(galaxies.inputs[0].rows(), 999);
    EXPECT_EQ(galaxies.rows[7], 8U);
    EXPECT_EQ(galaxies.inputs[0].row(7), mock.features[0].row(8));
    EXPECT_FALSE(galaxies.notes.empty());
}

TEST(BenchmarkRegression, setsAreReadAndRefused) {
    MockInputs mock(100);
    const Catalogue catalogue = mock.stored();
    EXPECT_EQ(inputSets(catalogue, {}).size(), 4U);
    EXPECT_EQ(inputSets(catalogue, nestedSets)[2].features.size(), 3U);
    EXPECT_THROW(inputSets(catalogue, {"a=nothing"}), Error);
    EXPECT_THROW(inputSets(catalogue, {"a=photometry", "a=image"}), UsageError);
    EXPECT_THROW(inputSets(catalogue, {"a="}), UsageError);
    EXPECT_THROW(inputSets(catalogue, {"=photometry"}), UsageError);
    EXPECT_EQ(gather(catalogue, inputSets(catalogue, nestedSets), {}, {}, RunContext{}).inputs[2].cols(), 7);
}

TEST(BenchmarkLowData, moreTrainingGalaxiesLearnMore) {
    MockInputs mock(4000);
    const Catalogue catalogue = mock.stored();
    const Galaxies galaxies = galaxiesOf(catalogue, {"all=photometry:image:spectrum"});
    const Galaxies few = withTraining(galaxies, 50, 3), more = withTraining(galaxies, 400, 3);
    std::size_t inside = 0, kept = 0;
    for (std::size_t i = 0; i < few.split.size(); ++i) {
        const bool train = few.split[i] == static_cast<std::uint8_t>(Split::Train);
        inside += train;
        EXPECT_FALSE(train && more.split[i] != static_cast<std::uint8_t>(Split::Train)) << "nested";
        kept += few.split[i] == static_cast<std::uint8_t>(Split::Test);
    }
    EXPECT_EQ(inside, 50U);
    EXPECT_EQ(kept, 800U);
    const Report report = lowDataReport(catalogue, galaxies, {50, 400, 1e6}, quick(), RunContext{});
    const auto& results = report.json.at("results");
    ASSERT_EQ(results.size(), 3U);
    EXPECT_EQ(results[2].at("training"), 2400);
    const auto r2 = [&](std::size_t i) { return results[i].at("r2").at("value").get<double>(); };
    EXPECT_LT(r2(0) + 0.05, r2(2));
    EXPECT_LT(r2(1), r2(2) + 0.02);
    EXPECT_GT(results[0].at("mean_width").get<double>(), results[2].at("mean_width").get<double>());
    EXPECT_EQ(report.figure.panels.size(), 2U);
    EXPECT_THROW(lowDataReport(catalogue, galaxies, {3.0}, quick(), RunContext{}), UsageError);
}

TEST(BenchmarkTransfer, aSurveyWithMoreNoiseIsCoveredLess) {
    MockInputs here(3000, 1), there(1500, 2);
    Rng rng(9);
    for (double& z : there.catalogue.targets[0].values)
        z += 3.0 * rng.normal();
    there.catalogue.ra[4] = here.catalogue.ra[0]; // a training galaxy of the first survey
    there.catalogue.dec[4] = here.catalogue.dec[0];
    const Catalogue catalogue = here.stored(), other = there.stored();
    const Galaxies galaxies = galaxiesOf(catalogue, {"all=photometry:image:spectrum"});
    const Report report = transferReport(
        catalogue, galaxies, other, gatherAll(other, galaxies.sets, RunContext{}), quick(), RunContext{});
    const auto& result = report.json.at("results").at(0);
    EXPECT_EQ(report.json.at("known_galaxies_left_out"), 1);
    EXPECT_EQ(result.at("galaxies_there"), 1499);
    EXPECT_NEAR(result.at("coverage_here").at("value").get<double>(), 0.9, 0.07);
    // 1.645 sigma of noise 1 against a scatter of sqrt(1 + 9): P(|N| < 0.52) = 0.397.
    EXPECT_NEAR(result.at("coverage_there").at("value").get<double>(), 0.397, 0.06);
    EXPECT_LT(result.at("r2_there").at("high").get<double>(), result.at("r2_here").at("low").get<double>());
}

} // namespace
} // namespace penumbra::benchmark
