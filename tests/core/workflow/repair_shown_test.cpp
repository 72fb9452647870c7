// What is shown of regions, repairs and predictions beside their files.
#include "tests/core/workflow/study_support.h"

#include "core/eval/confirmation.h"
#include "core/eval/galaxy_expression.h"
#include "core/eval/regions.h"
#include "core/repairing/table.h"
#include "core/session/study_file.h"
#include "core/study/region_search.h"
#include "core/workflow/predict.h"
#include "core/workflow/regions.h"
#include "core/workflow/repair.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace penumbra;
using namespace penumbra::workflow;

namespace {

/// a_pred is off by noise four times as large where x1 > 1.
SyntheticCatalogue surveyWithACorner(std::size_t rows) {
    SyntheticCatalogue made(rows, 1);
    Rng rng(101);
    std::vector<double> x1, predicted;
    for (std::size_t i = 0; i < rows; ++i) {
        x1.push_back(static_cast<double>(made.features(static_cast<Eigen::Index>(i), 1)));
        predicted.push_back(rng.normal());
        made.catalogue.targets[0].values[i] = predicted.back() + (x1.back() > 1.0 ? 0.4 : 0.1) * rng.normal();
    }
    for (io::Column& column : made.catalogue.columns.columns)
        if (column.name == "a_pred")
            column.values = predicted;
    made.addColumn("x1", x1);
    return made;
}

struct Shown : testing::Test {
    StudyFolder folder;
    RunContext context;
    Catalogue catalogue = surveyWithACorner(4000).stored(folder);
    std::string file = folder.path("study.h5");
    void SetUp() override {
        OptionSet options = quickOptions("VanillaSplit,MADSplit");
        options.setFromText("targets", "a");
        options.setFromText("prediction-column", "a_pred");
        options.setFromText("spread-column", "a_err");
        runStudy(catalogue, options, file, context);
    }
    Study study() { return session::readStudy(file, context); }
    OptionSet optionsOf(const Command& command) {
        OptionSet options;
        command.options(options);
        options.setFromText("study", file);
        return options;
    }
};

} // namespace

TEST_F(Shown, ExpressionsOfRegionsMeanTheirGalaxies) {
    const StudyRegions found = searchStudy(study(), &catalogue, optionsOf(regionsCommand()), context);
    ASSERT_GT(found.candidates(), 1U);
    ASSERT_EQ(found.rows.size(), found.candidates());
    const Study whole = study();
    io::Table columns = catalogue.columns;
    std::size_t candidate = 0, told = 0;
    for (const RegionFinding& finding : found.findings)
        for (const Region& region : finding.regions) {
            const auto& rows = found.rows[candidate++];
            EXPECT_EQ(rows.size() >= region.n + region.foundRows, true);
            const std::string expression = expressionOf(region, finding.method, &catalogue);
            if (expression.empty())
                continue;
            ++told;
            GalaxyExpression::Sky sky;
            sky.columns = &columns;
            sky.target = &whole.target(finding.target);
            const RowMask meant = GalaxyExpression(expression).rows(sky) &
                                  RowMask::of(catalogue.rowCount, sky.target->testRows());
            EXPECT_EQ(meant.rows(), (RowMask::of(catalogue.rowCount, rows).rows())) << expression;
        }
    EXPECT_GT(told, 0U);
}

TEST_F(Shown, RegionsOfTheStudyHaveAnExpressionButNoWhere) {
    Region region;
    region.conditions = {{"width", "", RegionCondition::Op::Above, 0.5, {}},
                         {"prediction", "", RegionCondition::Op::AtMost, -1.0, {}}};
    EXPECT_EQ(expressionOf(region, "CQR", &catalogue), "width(CQR) > 0.5 and prediction <= -1");
    EXPECT_EQ(whereOf(region, &catalogue), "");
    region.conditions = {{"x1", "", RegionCondition::Op::Above, 0.5, {}}};
    EXPECT_EQ(whereOf(region, &catalogue), "x1 > 0.5");
    region.conditions.push_back({"nowhere", "", RegionCondition::Op::Above, 0.5, {}});
    EXPECT_EQ(expressionOf(region, "CQR", &catalogue), "") << "no column of the catalogue";
    region.conditions = {{"survey", "", RegionCondition::Op::Equals, 0.0, "DESI"}};
    EXPECT_EQ(whereOf(region), "survey == 'DESI'");
}

TEST_F(Shown, ARepairAtAnotherAlphaOnGalaxiesHeldBack) {
    OptionSet options = optionsOf(repairCommand());
    for (const auto& [name, value] :
         {std::pair{"by", "subset:corner"}, std::pair{"where", "x1 > 1"},
          std::pair{"methods", "VanillaSplit"}, std::pair{"alpha", "0.2"}, std::pair{"held-back", "true"}})
        options.setFromText(name, value);
    const RepairedStudy repaired = repairStudy(study(), repairOptionsFrom(options), context);
    EXPECT_EQ(repaired.study.alpha, 0.2);
    const RepairComparison& shown = repaired.comparisons.front();
    EXPECT_TRUE(shown.heldBackOnly);
    const TargetStudy& target = repaired.study.target("a");
    const auto truth = target.testTruth();
    const auto rows = target.testRows();
    const auto searched = searchedHalf(truth, repaired.study.seed);
    const auto& x1 = std::get<std::vector<double>>(catalogue.columns.find("x1")->values);
    for (const std::string method : {"VanillaSplit", "VanillaSplit+subset(corner)"}) {
        const Prediction& prediction = *target.prediction(method);
        EXPECT_EQ(prediction.alpha, 0.2);
        std::size_t n = 0, covered = 0;
        for (std::size_t i = 0; i < truth.size(); ++i)
            if (!searched[i] && x1[static_cast<std::size_t>(rows[i])] > 1.0) {
                ++n;
                covered += prediction.lower[i] <= truth[i] && truth[i] <= prediction.upper[i] ? 1 : 0;
            }
        const GroupComparison& corner = shown.groups.back();
        EXPECT_EQ(corner.n, n);
        EXPECT_DOUBLE_EQ((method == "VanillaSplit" ? corner.before : corner.after).coverage,
                         static_cast<double>(covered) / static_cast<double>(n));
    }
    const report::TableSpec table = repairTable(repaired.comparisons);
    ASSERT_EQ(table.rows.size(), shown.groups.size());
    EXPECT_EQ(table.columns.size(), table.rows.front().size());
    const auto valueOf = [&](const char* column) {
        const auto at = std::find(table.columns.begin(), table.columns.end(), column);
        return table.rows.back().at(static_cast<std::size_t>(at - table.columns.begin())).value;
    };
    EXPECT_EQ(valueOf("before, %"), shown.groups.back().before.coverage);
    EXPECT_EQ(valueOf("after, %"), shown.groups.back().after.coverage);
    EXPECT_EQ(valueOf("n"), static_cast<double>(shown.groups.back().n));
    EXPECT_EQ(valueOf("to calibrate on"), static_cast<double>(shown.groups.back().calibrationRows));
}

TEST_F(Shown, TheFirstGalaxiesThatWerePredictedWithTheirFlags) {
    Catalogue fresh = surveyWithACorner(30).catalogue;
    io::Column& prediction = *std::find_if(fresh.columns.columns.begin(), fresh.columns.columns.end(),
                                           [](const io::Column& column) { return column.name == "a_pred"; });
    std::get<std::vector<double>>(prediction.values)[1] = 1000.0;
    std::get<std::vector<double>>(prediction.values)[2] = std::nan("");
    const std::string galaxies = folder.path("fresh.csv"), out = folder.path("out.csv");
    std::ofstream csv(galaxies);
    csv << "object_id,a_pred,a_err\n";
    for (std::size_t i = 0; i < 30; ++i) {
        const double value = std::get<std::vector<double>>(prediction.values)[i];
        csv << i << "," << (std::isnan(value) ? std::string() : std::to_string(value)) << ",0.1\n";
    }
    csv.close();
    OptionSet options = optionsOf(predictCommand());
    options.setFromText("galaxies", galaxies);
    options.setFromText("out", out);
    const PredictOutcome outcome = predictGalaxies(options, context, 5);
    EXPECT_EQ(outcome.result.json.at("rows"), 30);
    ASSERT_EQ(outcome.first.rows.size(), 5U);
    EXPECT_EQ(outcome.first.columns,
              (std::vector<std::string>{"galaxy", "a, mag VanillaSplit", "a, mag MADSplit", "flags"}));
    const auto& rows = outcome.first.rows;
    EXPECT_EQ(rows[0][0].text, "0");
    EXPECT_LT(rows[0][1].low, rows[0][1].value);
    EXPECT_GT(rows[0][1].high, rows[0][1].value);
    EXPECT_EQ(rows[0].back().text, "");
    EXPECT_EQ(rows[1].back().text, "beyond the labels");
    EXPECT_EQ(rows[2].back().text, "input missing");
    EXPECT_EQ(rows[2][1].kind, report::Cell::Kind::Missing);
    EXPECT_FALSE(outcome.finding.empty());
    EXPECT_EQ(outcome.finding.find("penumbra-cli"), std::string::npos) << "the window shows it";
    EXPECT_TRUE(predictGalaxies(options, context, 0).first.rows.empty());
}

TEST_F(Shown, GalaxiesChosenByEyeAreJudgedOnTheHalfHeldBack) {
    const Study whole = study();
    const TargetStudy& target = whole.target("a");
    const auto& x1 = std::get<std::vector<double>>(catalogue.columns.find("x1")->values);
    const auto chosen = [&](double from, double to) {
        std::vector<std::int64_t> rows;
        for (const std::int64_t row : target.testRows())
            if (x1[static_cast<std::size_t>(row)] > from && x1[static_cast<std::size_t>(row)] <= to)
                rows.push_back(row);
        return RowMask::of(catalogue.rowCount, rows);
    };
    RegionOptions options;
    options.seed = whole.seed;
    const auto corner = confirmChosen(target, whole.methods, chosen(1.0, 99.0), "x1 > 1", options);
    ASSERT_EQ(corner.methods.size(), 2U);
    const Region& region = corner.methods.front().regions.front();
    EXPECT_TRUE(region.confirmed);
    EXPECT_GE(region.adjustedP, region.p) << "corrected for two methods";
    const std::string words = inWords(corner);
    EXPECT_NE(words.find("too little, confirmed"), std::string::npos) << words;
    EXPECT_NE(words.find("corrected for 2 methods"), std::string::npos) << words;
    const auto rest = confirmChosen(target, {"VanillaSplit"}, chosen(-99.0, 1.0), "x1 <= 1", options);
    EXPECT_FALSE(rest.methods.front().regions.front().confirmed);
    EXPECT_NE(inWords(rest).find("no evidence"), std::string::npos);
    EXPECT_THROW(confirmChosen(target, whole.methods, RowMask::none(catalogue.rowCount), "x", options),
                 Error);
    EXPECT_THROW(confirmChosen(target, {}, chosen(1.0, 99.0), "x", options), Error);
}

TEST_F(Shown, TheVerbJudgesGalaxiesChosenByAnExpression) {
    const Command command = regionsCommand();
    OptionSet options = optionsOf(command);
    options.setFromText("where", "x1 > 1");
    const CommandResult result = command.run(options, {}, context);
    const auto& methods = result.json.at("targets").at(0).at("methods");
    ASSERT_EQ(methods.size(), 2U);
    EXPECT_EQ(methods.at(0).at("confirmed"), true);
    EXPECT_LT(methods.at(0).at("high").get<double>(), 0.9);
    EXPECT_NE(result.text.find("held back"), std::string::npos) << result.text;
    for (const char* outcome : {"truth > 1", "missed(MADSplit)", "a > 1"}) {
        options.setFromText("where", outcome);
        EXPECT_THROW(command.run(options, {}, context), UsageError) << outcome;
    }
}
