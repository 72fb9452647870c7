// Predictions made elsewhere, against hand formulas and MAPIE (data/README.md of the data folder,
// derived_here).
#include "tests/cli/cli_support.h"

#include "core/io/table_reader.h"

#include <gtest/gtest.h>

using namespace penumbra;

namespace {

double metric(const nlohmann::json& study, const std::string& method, const std::string& id) {
    for (const auto& score : study.at("metrics"))
        if (score.at("method") == method && score.at("metric") == id && score.at("convention") == "all" &&
            score.at("conditioned_on") == "")
            return score.at("value").get<double>();
    throw std::runtime_error("no " + id + " of " + method);
}

/// Mean q95 - q05 of the test rows, before calibration.
double uncalibratedWidth(const std::string& file) {
    const io::Table table = io::readTable(file, {}, {});
    double sum = 0.0, count = 0.0;
    for (std::size_t row = 0; row < table.rows(); ++row) {
        if (table.at("role").asText(row) != "test")
            continue;
        sum += table.at("q95").asReal(row) - table.at("q05").asReal(row);
        count += 1.0;
    }
    return sum / count;
}

class ExpectedValues : public testing::TestWithParam<const char*> {};

} // namespace

TEST_P(ExpectedValues, AreReproducedThroughImportAndStudy) {
    const char* data = std::getenv("PENUMBRA_DATA");
    if (!data)
        GTEST_SKIP() << "SKIPPED: set PENUMBRA_DATA to the folder of real data files to run this test";
    const std::string target = GetParam();
    const std::string source = std::string(data) + "/derived_here/gst_" + target + "_predictions.csv";
    const auto expected =
        nlohmann::json::parse(textOf(std::string(data) + "/derived_here/expected.json")).at(target);
    const CliFolder folder;
    const CliRun import = folder.run("import '" + source + "' --columns pred,q05,q95 --target " + target +
                                     "=y --split-column role --out cat.h5");
    ASSERT_EQ(import.exitCode, 0) << import.err;
    const CliRun run =
        folder.run("study cat.h5 --targets " + target +
                   " --prediction-column pred --quantile-columns q05,q95 --out study.h5 --json");
    ASSERT_EQ(run.exitCode, 0) << run.err;
    const auto study = nlohmann::json::parse(run.out);
    EXPECT_EQ(study.at("targets")[0].at("n_calibration"), expected.at("n_cal"));
    EXPECT_EQ(study.at("targets")[0].at("n_test"), expected.at("n_test"));
    const auto near = [&](double found, const char* name) {
        EXPECT_NEAR(found, expected.at(name).get<double>(), 1e-10) << name;
    };
    near(metric(study, "VanillaSplit", "mean_width") / 2.0, "split_halfwidth");
    near(metric(study, "VanillaSplit", "mean_width") / 2.0, "mapie_halfwidth");
    near(metric(study, "VanillaSplit", "coverage"), "split_coverage");
    near(metric(study, "VanillaSplit", "r2"), "R2_test");
    near(metric(study, "CQR", "coverage"), "cqr_coverage");
    near(metric(study, "CQR", "mean_width"), "cqr_mean_width");
    near(metric(study, "CQR", "median_width"), "cqr_median_width");
    near((metric(study, "CQR", "mean_width") - uncalibratedWidth(source)) / 2.0, "cqr_Q");
}

INSTANTIATE_TEST_SUITE_P(RealPredictions, ExpectedValues, testing::Values("z_spec", "log_mstar"));
