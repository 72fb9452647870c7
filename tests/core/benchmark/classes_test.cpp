// Classes with conformal sets, and retrieval, on galaxies of which the answers are known.

#include "core/benchmark/morphology.h"
#include "core/benchmark/retrieval.h"
#include "tests/core/benchmark/mock_inputs.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

namespace penumbra::benchmark {
namespace {

MorphologyOptions quick() {
    MorphologyOptions options;
    options.seeds = 2;
    options.training.epochs = 40;
    options.training.hidden = 32;
    options.training.learningRate = 1e-2;
    return options;
}

TEST(BenchmarkMorphology, moreInputsTellMoreClassesApart) {
    MockInputs mock(3000);
    const Catalogue catalogue = mock.stored();
    const Classes classes = classesOf(catalogue, "class");
    EXPECT_EQ(classes.names, (std::vector<std::string>{"edge-on", "ring", "smooth", "spiral"}));
    const Galaxies galaxies =
        gather(catalogue, inputSets(catalogue, {"Ph=photometry", "Ph+Im=photometry:image", "noise"}), {},
               classes.labels, RunContext{});
    const Report report = morphologyReport(catalogue, galaxies, classes, quick(), RunContext{});
    const auto& results = report.json.at("results");
    const auto accuracy = [&](std::size_t s) { return results[s].at("accuracy").at("value").get<double>(); };
    // Photometry tells two halves apart, each of two classes; with the image all four are told.
    EXPECT_NEAR(accuracy(0), 0.5, 0.08);
    EXPECT_GT(accuracy(1), 0.9);
    EXPECT_NEAR(accuracy(2), 0.25, 0.08);
    for (const auto& set : results)
        for (const auto& sets : set.at("sets")) {
            // Exactly exchangeable; 600 calibration and test galaxies, 4.5 sigma for the nine of them.
            EXPECT_GE(sets.at("coverage").at("value").get<double>(),
                      0.9 - 4.5 * std::sqrt(2.0 * 0.09 / 600.0));
            EXPECT_GE(sets.at("coverage").at("value").get<double>(),
                      sets.at("worst_class_coverage").get<double>());
        }
    const auto size = [&](std::size_t s) { return results[s].at("sets")[0].at("mean_size").get<double>(); };
    EXPECT_LT(size(1), 1.2);
    EXPECT_NEAR(size(0), 2.0, 0.3); // 90 % of the two that are left
    EXPECT_GT(size(2), 3.3);
    for (const auto& pair : report.json.at("pairs"))
        EXPECT_LT(pair.at("adjusted_p").get<double>(), 1e-3);
}

TEST(BenchmarkMorphology, drawnSplitsKeepTheSharesOfClasses) {
    MockInputs mock(1000, 1, false);
    const Catalogue catalogue = mock.stored();
    const Classes classes = classesOf(catalogue, "class");
    const Galaxies galaxies = gather(catalogue, inputSets(catalogue, {"noise"}), {0.6, 0.2, false, 5},
                                     classes.labels, RunContext{});
    for (std::size_t c = 0; c < classes.names.size(); ++c) {
        double of[3] = {0, 0, 0}, all = 0;
        for (std::size_t i = 0; i < galaxies.rows.size(); ++i)
            if (classes.labels[galaxies.rows[i]] == c) {
                of[galaxies.split[i]] += 1.0;
                all += 1.0;
            }
        EXPECT_NEAR(of[0], 0.6 * all, 0.51);
        EXPECT_NEAR(of[1], 0.2 * all, 0.51);
    }
}

TEST(BenchmarkMorphology, refusesWhatAreNoClasses) {
    MockInputs mock(300);
    const Catalogue catalogue = mock.stored();
    EXPECT_THROW(classesOf(catalogue, "z"), Error); // 300 of them
    EXPECT_THROW(classesOf(catalogue, "nothing"), Error);
    EXPECT_EQ(classesOf(catalogue, "votes").names.size(), 2U);
}

TEST(BenchmarkRetrieval, whatShowsAKindFindsIt) {
    MockInputs mock(1500);
    const Catalogue catalogue = mock.stored();
    const Galaxies galaxies =
        gather(catalogue, inputSets(catalogue, {"image", "noise"}), {}, {}, RunContext{});
    RetrievalOptions options;
    options.relevance = "votes";
    const Report report = retrievalReport(catalogue, galaxies, options, RunContext{});
    const auto ndcg = [&](std::size_t s) {
        return report.json.at("results")[s].at("ndcg").at("value").get<double>();
    };
    const double random = report.json.at("random").get<double>();
    // Of 1500 galaxies 15.9 % are of the kind; a random order holds as many among its first ten.
    EXPECT_NEAR(random, 0.159, 0.05);
    EXPECT_NEAR(ndcg(1), 0.159, 0.06);
    EXPECT_GT(ndcg(0), 0.6);
    EXPECT_LT(report.json.at("pairs")[0].at("p").get<double>(), 1e-3);
    options.relevance = "z";
    EXPECT_THROW(retrievalReport(catalogue, galaxies, options, RunContext{}), Error); // beyond 0 to 1
    options.relevance = "";
    EXPECT_THROW(retrievalReport(catalogue, galaxies, options, RunContext{}), UsageError);
    options.relevance = "votes";
    options.queryAbove = 1.0;
    EXPECT_THROW(retrievalReport(catalogue, galaxies, options, RunContext{}), Error); // nobody asks
}

} // namespace
} // namespace penumbra::benchmark
