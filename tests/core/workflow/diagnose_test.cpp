// The verb diagnose on a small study of columns whose errors are known.
#include "tests/core/workflow/study_support.h"

#include "core/workflow/diagnose.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace penumbra;
using namespace penumbra::workflow;

namespace {

/// a = a_pred + a_err times a standard normal: DeliveredSpread is exact, VanillaSplit has one width for all.
struct DiagnoseOfStudy : testing::Test {
    StudyFolder folder;
    RunContext context;
    std::string file = folder.path("study.h5");
    std::shared_ptr<const Study> study;

    void SetUp() override {
        SyntheticCatalogue made(4000);
        auto ids = std::get<std::vector<std::int64_t>>(made.catalogue.objectId.values);
        ids[7] = ids[3]; // one galaxy, twice among the test rows
        made.catalogue.objectId.values = ids;
        made.catalogue.targets[0].errors.assign(4000, 0.05);
        const Catalogue catalogue = made.stored(folder);
        OptionSet options = quickOptions("VanillaSplit,MADSplit,DeliveredSpread");
        options.setFromText("targets", "a");
        options.setFromText("prediction-column", "a_pred");
        options.setFromText("spread-column", "a_err");
        study = runStudy(catalogue, options, file, context);
    }
    nlohmann::json diagnose(const std::vector<std::pair<std::string, std::string>>& given) {
        const Command command = diagnoseCommand();
        OptionSet options;
        command.options(options);
        options.setFromText("study", file);
        options.setFromText("permutations", "19");
        options.setFromText("directions", "50");
        for (const auto& [name, value] : given)
            options.setFromText(name, value);
        const CommandResult result = command.run(options, {}, context);
        EXPECT_FALSE(result.text.empty());
        return result.json;
    }
    static nlohmann::json of(const nlohmann::json& json, const std::string& method) {
        for (const auto& diagnosis : json["diagnoses"])
            if (diagnosis["method"] == method)
                return diagnosis;
        ADD_FAILURE() << "no diagnosis of " << method;
        return {};
    }
};

} // namespace

TEST_F(DiagnoseOfStudy, TellsExactErrorBarsFromThoseOfOneWidth) {
    const auto json = diagnose({{"columns", "a_err"}});
    const auto exact = of(json, "DeliveredSpread"), constant = of(json, "VanillaSplit"),
               scaled = of(json, "MADSplit");
    EXPECT_GT(exact["pit"]["ad_p"], 1e-4);
    EXPECT_EQ(exact["pit"]["distribution"], "Gaussian");
    EXPECT_TRUE(exact["conformal_p"].is_null());
    EXPECT_TRUE(exact["coverage_curve"]["levels_outside"].empty());
    EXPECT_GT(exact["conditional"]["by_column"][0]["lowest_p"], 1e-4);
    EXPECT_GT(constant["pit"]["ad_p"], 1e-4) << "on average it is right";
    EXPECT_EQ(constant["pit"]["n_calibration"], 1000);
    EXPECT_GT(constant["conformal_p"]["ks_p"], 1e-4);
    EXPECT_TRUE(constant["conditional"]["one_width"]);
    EXPECT_TRUE(constant["conditional"]["by_size"].is_null());
    const auto& columns = constant["conditional"]["by_column"];
    const auto byError = std::find_if(columns.begin(), columns.end(),
                                      [](const auto& column) { return column["column"] == "a_err"; });
    ASSERT_NE(byError, columns.end());
    EXPECT_LT((*byError)["lowest_adjusted_p"], 1e-3) << "1 / 10,000 draws, of three columns at most";
    EXPECT_LT(constant["conditional"]["worst_slab"]["p"], 1e-3);
    EXPECT_GT(constant["conditional"]["excess_risk"]["interval"][0], 0.0);
    EXPECT_GT(scaled["conditional"]["worst_slab"]["p"], 1e-4);
    EXPECT_GT(constant["scores"]["crps"]["value"], exact["scores"]["crps"]["value"]);
    EXPECT_GT(constant["scores"]["crps"]["value"], scaled["scores"]["crps"]["value"]);
    EXPECT_TRUE(exact["scores"].contains("cde_loss"));
    EXPECT_FALSE(constant["scores"].contains("cde_loss")) << "a step function has no density";
    EXPECT_EQ(scoreOf(*study, "a", "VanillaSplit", "crps"), constant["scores"]["crps"]["value"]);
}

TEST_F(DiagnoseOfStudy, LooksAtLabelsAndRepeatedGalaxies) {
    const auto json = diagnose({{"columns", "a_err"}, {"methods", "DeliveredSpread"}});
    const auto found = of(json, "DeliveredSpread");
    EXPECT_EQ(found["labels"]["n"], 1000);
    EXPECT_GT(found["labels"]["median_share_of_width"], 0.0);
    EXPECT_EQ(found["repeats"]["pairs"], 1);
    for (const auto& line : found["text"])
        EXPECT_EQ(line.get<std::string>().find("truths"), std::string::npos) << line;
    const auto told = of(diagnose({{"columns", "a_err"}, {"labels-are", "posterior"}}), "DeliveredSpread");
    const auto& lines = told["text"];
    EXPECT_TRUE(std::any_of(lines.begin(), lines.end(), [](const auto& line) {
        return line.template get<std::string>().find("of the truths") != std::string::npos;
    }));
}

TEST_F(DiagnoseOfStudy, WorksAtAnotherAlphaAndRefusesUnknownColumns) {
    const auto json = diagnose({{"columns", "a_err"}, {"alpha", "0.32"}, {"methods", "MADSplit"}});
    EXPECT_EQ(json["alpha"], 0.32);
    const double n = of(json, "MADSplit")["coverage_curve"]["n"];
    EXPECT_EQ(n, 1000.0);
    EXPECT_THROW(diagnose({{"columns", "nowhere"}}), UsageError);
}
