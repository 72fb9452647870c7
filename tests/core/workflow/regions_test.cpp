// The verb regions on a small study of columns.
#include "tests/core/workflow/study_support.h"

#include "core/study/region_columns.h"
#include "core/workflow/regions.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace penumbra;
using namespace penumbra::workflow;

namespace {

/// Predictions made elsewhere whose errors are three times as large where x1 > 1: a sixth of the galaxies.
SyntheticCatalogue surveyWithACorner(std::size_t rows) {
    SyntheticCatalogue made(rows);
    Rng rng(5);
    std::vector<double> x1, predicted, copy, constant(rows, 1.0);
    for (std::size_t i = 0; i < rows; ++i) {
        x1.push_back(static_cast<double>(made.features(static_cast<Eigen::Index>(i), 1)));
        predicted.push_back(0.1 * rng.normal());
        made.catalogue.targets[0].values[i] = predicted.back() + (x1.back() > 1.0 ? 0.3 : 0.1) * rng.normal();
        copy.push_back(std::exp(made.catalogue.targets[0].values[i]));
    }
    for (io::Column& column : made.catalogue.columns.columns)
        if (column.name == "a_pred")
            column.values = predicted;
    made.addColumn("x-1", x1);
    made.addColumn("linear_a", copy);
    made.addColumn("constant", constant);
    io::Column survey;
    survey.name = "survey";
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < rows; ++i)
        texts.push_back(i % 5 == 0 ? "" : i % 2 == 0 ? "DESI" : "SDSS");
    survey.values = texts;
    made.catalogue.columns.columns.push_back(survey);
    return made;
}

std::vector<std::string> namesOf(const std::vector<RegionColumn>& columns) {
    std::vector<std::string> names;
    for (const RegionColumn& column : columns)
        names.push_back(column.name);
    std::sort(names.begin(), names.end());
    return names;
}

struct RegionsOfStudy : testing::Test {
    StudyFolder folder;
    RunContext context;
    Catalogue catalogue = surveyWithACorner(4000).stored(folder);
    std::string file = folder.path("study.h5");
    OptionSet studyOptions() const {
        OptionSet options = quickOptions("VanillaSplit,MADSplit");
        options.setFromText("targets", "a");
        options.setFromText("prediction-column", "a_pred");
        options.setFromText("spread-column", "a_err");
        return options;
    }
    CommandResult run(const std::vector<std::pair<std::string, std::string>>& given) {
        const Command command = regionsCommand();
        OptionSet options;
        command.options(options);
        options.setFromText("study", file);
        for (const auto& [name, value] : given)
            options.setFromText(name, value);
        return command.run(options, {}, context);
    }
};

} // namespace

TEST_F(RegionsOfStudy, FindTheCornerAndSayHowToSelectIt) {
    runStudy(catalogue, studyOptions(), file, context);
    const CommandResult result = run({{"columns", "x-1,survey"}, {"methods", "VanillaSplit"}});
    const auto& regions = result.json["regions"];
    ASSERT_FALSE(regions.empty());
    const auto& worst = regions[0];
    EXPECT_EQ(worst["target"], "a");
    EXPECT_EQ(worst["method"], "VanillaSplit");
    EXPECT_TRUE(worst["confirmed"].get<bool>());
    EXPECT_LT(worst["coverage"].get<double>(), 0.8);
    EXPECT_LT(worst["p"].get<double>(), 1e-6);
    EXPECT_GE(worst["p"].get<double>(), worst["unadjusted_p"].get<double>());
    bool named = false;
    for (const auto& condition : worst["conditions"])
        named = named || (condition["column"] == "x-1" && condition["op"] == ">");
    EXPECT_TRUE(named) << worst;
    EXPECT_NE(worst["where"].get<std::string>().find("`x-1` > "), std::string::npos) << worst;
    EXPECT_NE(result.text.find("VanillaSplit covers"), std::string::npos) << result.text;
    EXPECT_EQ(run({{"columns", "x-1,survey"}, {"methods", "VanillaSplit"}}).json["regions"], regions);
}

TEST_F(RegionsOfStudy, AnotherAlphaIsSearchedOnItsOwn) {
    runStudy(catalogue, studyOptions(), file, context);
    const CommandResult result = run({{"alpha", "0.32"}});
    EXPECT_EQ(result.json["alpha"], 0.32);
    EXPECT_NE(result.text.find("promised 68 %"), std::string::npos) << result.text;
}

TEST_F(RegionsOfStudy, WithoutTheCatalogueThereAreStillPredictionAndWidth) {
    runStudy(catalogue, studyOptions(), file, context);
    std::filesystem::remove(folder.path("catalogue.h5"));
    std::vector<std::string> notes;
    context.say = [&](const std::string& line) { notes.push_back(line); };
    const CommandResult result = run({});
    EXPECT_TRUE(result.json["columns"].empty());
    EXPECT_TRUE(std::any_of(notes.begin(), notes.end(), [](const std::string& note) {
        return note.find("prediction and width alone") != std::string::npos;
    }));
    EXPECT_THROW(run({{"columns", "x-1"}}), Error);
}

TEST_F(RegionsOfStudy, LabelsAndWhatFollowsFromThemDescribeNoRegion) {
    const auto study = runStudy(catalogue, studyOptions(), "", context);
    const TargetStudy& target = study->target("a");
    const auto names = namesOf(describingColumns(catalogue, target, {}, context).columns);
    const auto has = [&](const char* name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    EXPECT_TRUE(has("x-1") && has("survey") && has("a_pred") && has("x[0]"));
    EXPECT_FALSE(has("a") || has("b") || has("linear_a") || has("constant"));
    EXPECT_THROW(describingColumns(catalogue, target, {"linear_a"}, context), UsageError);
    EXPECT_THROW(describingColumns(catalogue, target, {"survy"}, context), UsageError);
    const auto survey = onRows(describingColumns(catalogue, target, {"survey"}, context).columns,
                               std::vector<std::int64_t>{0, 1, 2});
    ASSERT_EQ(survey.size(), 1u);
    EXPECT_EQ(survey[0].categories, (std::vector<std::string>{"DESI", "SDSS"}));
    EXPECT_TRUE(std::isnan(survey[0].values[0]));
    EXPECT_EQ(survey[0].values[1], 1.0);
    EXPECT_EQ(survey[0].values[2], 0.0);
}
