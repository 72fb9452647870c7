#include "core/workflow/generate.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/encoding/generate_targets.h"
#include "tests/core/workflow/generate_support.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

using namespace penumbra;
using namespace penumbra::test;
using namespace penumbra::workflow;

namespace {

constexpr std::size_t rows = 7;

/// A tiny random model and a catalogue with Legacy Survey fluxes; row 4 lacks one.
class Generate : public testing::Test {
protected:
    static void SetUpTestSuite() {
        shared = std::make_unique<Scratch>();
        writeTinyModel(*shared);
        const Catalogue catalogue =
            galaxiesWithFluxes({1, 2, 3, 4, 5, 6, 7}, std::vector<double>(rows, 0.3), 4);
        writeCatalogue(catalogue, std::vector<MatrixF>{}, *shared / "in.h5");
    }
    static void TearDownTestSuite() { shared.reset(); }

    CommandResult run(const std::string& out, const std::vector<std::pair<std::string, std::string>>& given) {
        OptionSet options = generateOptions(*shared, {{"out", (*shared / out).string()}});
        for (const auto& [name, text] : given)
            options.setFromText(name, text);
        RunContext context;
        return runGenerate(options, {}, context);
    }
    Catalogue read(const std::string& name) const { return readCatalogue(*shared / name); }
    static std::unique_ptr<Scratch> shared;
};
std::unique_ptr<Scratch> Generate::shared;

std::vector<double> edgesOf(const FeatureInfo& info) {
    std::vector<double> edges{parseReal(info.attributes.at("bin_lowest_edge")).value()};
    for (const auto& text : splitText(info.attributes.at("bin_upper_edges"), ','))
        edges.push_back(parseReal(text).value());
    return edges;
}

} // namespace

TEST_F(Generate, columnsFollowFromTheStoredPosterior) {
    const CommandResult result = run("z.h5", {{"target", "z"}, {"quantiles", "0.05,0.5,0.95"}});
    EXPECT_NE(result.text.find("--prediction-column aion_z_random_mean"), std::string::npos) << result.text;
    EXPECT_NE(result.text.find("aion_z_random_q05,aion_z_random_q95"), std::string::npos) << result.text;
    const Catalogue catalogue = read("z.h5");
    const FeatureInfo& info = catalogue.feature("aion_z_random_posterior");
    const auto edges = edgesOf(info);
    ASSERT_EQ(edges.size(), info.width + 1);
    const MatrixF p = loadFeatures(catalogue, info.name).values;
    const auto column = [&](const char* name) { return catalogue.columns.at(name).asReals(); };
    const auto mean = column("aion_z_random_mean"), spread = column("aion_z_random_spread"),
               median = column("aion_z_random_q50"), upper = column("aion_z_random_q95");
    for (std::size_t r = 0; r < rows; ++r) {
        if (r == 4) { // has no FLUX_R: in quarantine, as encode does it
            EXPECT_TRUE(std::isnan(mean[r]));
            EXPECT_EQ(catalogue.columns.at("aion_generated").asText(r), "not encoded: no FLUX_R");
            continue;
        }
        double sum = 0.0, first = 0.0, second = 0.0, below = 0.0, belowUpper = 0.0;
        for (std::size_t k = 0; k < info.width; ++k) {
            const auto mass =
                static_cast<double>(p(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(k)));
            const double low = edges[k], high = edges[k + 1], middle = (low + high) / 2;
            sum += mass;
            first += mass * middle;
            second += mass * (middle * middle + (high - low) * (high - low) / 12);
            below += mass * std::clamp((median[r] - low) / (high - low), 0.0, 1.0);
            belowUpper += mass * std::clamp((upper[r] - low) / (high - low), 0.0, 1.0);
        }
        EXPECT_NEAR(sum, 1.0, 1e-5);
        EXPECT_NEAR(mean[r], first, 1e-5);
        EXPECT_NEAR(spread[r], std::sqrt(second - first * first), 1e-4);
        EXPECT_NEAR(below, 0.5, 1e-4);
        EXPECT_NEAR(belowUpper, 0.95, 1e-4);
    }
    EXPECT_EQ(catalogue.target("z").values.size(), rows);
    EXPECT_NE(run("z.h5", {{"target", "z"}, {"quantiles", "0.05,0.5,0.95"}}).text.find("finished already"),
              std::string::npos);
    EXPECT_THROW(run("z.h5", {{"target", "z"}, {"quantiles", "0.1,0.9"}}),
                 Error); // another run's output stays
}

TEST_F(Generate, drawsBelongToTheGalaxyAndTheSeed) {
    const std::vector<std::pair<std::string, std::string>> given{
        {"target", "xp_bp"}, {"draws", "3"}, {"steps", "4"}};
    const auto with = [&](const std::string& out, const std::string& name, const std::string& value) {
        auto options = given;
        options.emplace_back(name, value);
        run(out, options);
        return loadFeatures(read(out), "aion_bp_coefficients_random_tokens").values;
    };
    const MatrixF together = with("together.h5", "batch", "8"), alone = with("alone.h5", "batch", "1"),
                  other = with("other.h5", "seed", "9");
    ASSERT_EQ(together.cols(), 3 * 55);
    for (std::size_t r = 0; r < rows; ++r) {
        if (r == 4)
            continue;
        const auto row = static_cast<Eigen::Index>(r);
        EXPECT_EQ(together.row(row), alone.row(row)) << r; // whoever goes with it
        EXPECT_NE(together.row(row), other.row(row)) << r;
        EXPECT_NE(together.row(row).head(55), together.row(row).segment(55, 55)) << r; // draws differ
    }
    const MatrixF low = loadFeatures(read("together.h5"), "aion_bp_coefficients_random_p16").values,
                  high = loadFeatures(read("together.h5"), "aion_bp_coefficients_random_p84").values;
    EXPECT_TRUE((low.row(0).array() <= high.row(0).array()).all());
}

TEST_F(Generate, whatTheModelIsToldIsNotAsked) {
    EXPECT_THROW(run("told.h5", {{"target", "flux_g"}}), UsageError);
    EXPECT_THROW(run("told.h5", {{"target", "catalog"}}), UsageError);
    EXPECT_THROW(run("told.h5", {{"target", "nothing"}}), UsageError);
    EXPECT_THROW(run("told.h5", {{"quantiles", "0.5,1"}}), UsageError);
}

TEST(QuantileNames, areReadable) {
    EXPECT_EQ(quantileName(0.05), "q05");
    EXPECT_EQ(quantileName(0.5), "q50");
    EXPECT_EQ(quantileName(0.975), "q975");
}
