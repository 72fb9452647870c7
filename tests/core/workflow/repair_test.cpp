// The verb repair on small studies of columns.
#include "tests/core/workflow/study_support.h"

#include "core/eval/evaluate.h"
#include "core/session/study_file.h"
#include "core/workflow/evaluate.h"
#include "core/workflow/repair.h"
#include "core/workflow/table.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace penumbra;
using namespace penumbra::workflow;

namespace {

/// a_pred is off by noise three times as large where x1 > 1; "class" has three values, "tied" piles up at 0.
SyntheticCatalogue surveyWithACorner(std::size_t rows, std::uint64_t seed = 1) {
    SyntheticCatalogue made(rows, seed);
    Rng rng(seed + 100);
    std::vector<double> x1, kind, tied, predicted;
    for (std::size_t i = 0; i < rows; ++i) {
        x1.push_back(static_cast<double>(made.features(static_cast<Eigen::Index>(i), 1)));
        kind.push_back(static_cast<double>(rng.below(3)));
        tied.push_back(std::max(0.0, rng.normal()));
        predicted.push_back(rng.normal());
        made.catalogue.targets[0].values[i] = predicted.back() + (x1.back() > 1.0 ? 0.3 : 0.1) * rng.normal();
    }
    for (io::Column& column : made.catalogue.columns.columns)
        if (column.name == "a_pred")
            column.values = predicted;
    made.addColumn("x1", x1);
    made.addColumn("class", kind);
    made.addColumn("tied", tied);
    return made;
}

struct Repairs : testing::Test {
    StudyFolder folder;
    RunContext context;
    Catalogue catalogue = surveyWithACorner(4000).stored(folder);
    std::string file = folder.path("study.h5"), out = folder.path("repaired.h5");

    void makeStudy(const std::string& methods = "VanillaSplit,MADSplit,CQR,DeliveredSpread") {
        OptionSet options = quickOptions(methods);
        options.setFromText("targets", "a");
        options.setFromText("prediction-column", "a_pred");
        options.setFromText("spread-column", "a_err");
        options.setFromText("quantile-columns", "a_lo,a_hi");
        runStudy(catalogue, options, file, context);
    }
    CommandResult repair(const std::string& by,
                         const std::vector<std::pair<std::string, std::string>>& given = {}) {
        const Command command = repairCommand();
        OptionSet options;
        command.options(options);
        options.setFromText("study", file);
        options.setFromText("by", by);
        options.setFromText("out", out);
        for (const auto& [name, value] : given)
            options.setFromText(name, value);
        return command.run(options, {}, context);
    }
    std::string refusal(const std::string& by,
                        const std::vector<std::pair<std::string, std::string>>& given = {}) {
        try {
            repair(by, given);
        } catch (const Error& error) {
            return error.what();
        }
        return "nothing was refused";
    }
};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_F(Repairs, OldAndRepairedMethodsStandSideBySideInAStudyLikeAnyOther) {
    makeStudy();
    const Study before = session::readStudy(file);
    const CommandResult result = repair("mondrian:x1:4");
    const Study after = session::readStudy(out);
    EXPECT_EQ(after.methods, (std::vector<std::string>{"VanillaSplit", "MADSplit", "CQR", "DeliveredSpread",
                                                       "VanillaSplit+mondrian(x1)", "MADSplit+mondrian(x1)",
                                                       "CQR+mondrian(x1)"}));
    const TargetStudy &was = before.target("a"), &is = after.target("a");
    for (const std::string& method : before.methods) {
        EXPECT_EQ(is.prediction(method)->upper, was.prediction(method)->upper);
        EXPECT_EQ(scoreOf(after, "a", method, "coverage"), scoreOf(before, "a", method, "coverage"));
    }
    const Prediction& repaired = *is.prediction("VanillaSplit+mondrian(x1)");
    const auto covered = coveredRows(repaired, is.testTruth());
    EXPECT_NEAR(scoreOf(after, "a", repaired.method, "coverage"),
                static_cast<double>(std::count(covered.begin(), covered.end(), 1)) /
                    static_cast<double>(covered.size()),
                1e-12);
    // Any alpha is recomputed from the stored groups.
    const Study again = recalibrateIntervals(after, after.alpha, context);
    EXPECT_EQ(again.target("a").prediction(repaired.method)->upper, repaired.upper);
    const Study wider = recalibrateIntervals(after, 0.02, context);
    for (std::size_t i = 0; i < repaired.upper.size(); ++i)
        EXPECT_GE(wider.target("a").prediction(repaired.method)->upper[i], repaired.upper[i]);
    OptionSet table;
    describeTableOptions(table);
    table.setFromText("study", out);
    EXPECT_TRUE(has(runTable(table, {}, context).text, "CQR+mondrian(x1)"));
    OptionSet evaluate;
    describeEvaluateOptions(evaluate);
    evaluate.setFromText("study", out);
    evaluate.setFromText("alpha", "0.2");
    evaluate.setFromText("methods", "CQR+mondrian(x1)");
    evaluate.setFromText("where", "x1 > 0");
    EXPECT_TRUE(has(runEvaluate(evaluate, {}, context).text, "CQR+mondrian(x1)"));
    EXPECT_TRUE(has(refusal("mondrian:x1", {{"study", out}}), "already"));
    const auto& group = result.json["repairs"][0]["groups"].back(); // the largest x1
    EXPECT_LT(group["before"]["coverage"].get<double>(), group["perfect_low"].get<double>());
    EXPECT_GE(group["after"]["coverage"].get<double>(), group["perfect_low"].get<double>());
    EXPECT_GT(group["after"]["mean_width"].get<double>(), group["before"]["mean_width"].get<double>());
    EXPECT_TRUE(has(result.text, "Promised: In every bin")) << result.text;
}

TEST_F(Repairs, RegionsAreShownOnGalaxiesThatTheSearchDidNotSee) {
    makeStudy("VanillaSplit,DeliveredSpread");
    const CommandResult result = repair("region");
    EXPECT_EQ(result.json["methods"].back(), "VanillaSplit+region");
    const auto& one = result.json["repairs"][0];
    EXPECT_TRUE(one["held_back_only"].get<bool>());
    EXPECT_EQ(one["groups"][0]["n"], 500); // half of 1,000 test galaxies
    const auto& region = one["groups"][1];
    EXPECT_TRUE(has(region["name"], "x1 >")) << region;
    EXPECT_LT(region["before"]["coverage"].get<double>(), 0.8);
    EXPECT_GT(region["after"]["coverage"].get<double>(), region["before"]["high"].get<double>());
    EXPECT_TRUE(has(result.text, "did not see"));
}

TEST_F(Repairs, SubsetsOverlappingGroupsAndNeverCalibratedMethods) {
    makeStudy();
    EXPECT_EQ(repair("subset:corner", {{"where", "x1 > 1"}, {"methods", "CQR"}}).json["methods"].back(),
              "CQR+subset(corner)");
    const auto both = repair("conditional:x1,class", {{"methods", "VanillaSplit"}}).json;
    EXPECT_EQ(both["methods"].back(), "VanillaSplit+conditional(x1&class)");
    EXPECT_EQ(both["repairs"][0]["groups"].size(), 1u + 5u + 3u) << "class has a group a value";
    for (const auto& group : both["repairs"][0]["groups"])
        EXPECT_GE(group["after"]["coverage"].get<double>(), group["perfect_low"].get<double>()) << group;
    const auto split = repair("split").json;
    EXPECT_EQ(split["methods"].back(), "DeliveredSpread+split");
    const auto& delivered = split["repairs"].back()["groups"][0];
    EXPECT_GE(delivered["after"]["coverage"].get<double>(), delivered["perfect_low"].get<double>());
}

TEST_F(Repairs, WidthsAndPredictionsNeedNoCatalogue) {
    makeStudy();
    std::filesystem::remove(folder.path("catalogue.h5"));
    EXPECT_EQ(
        repair("mondrian:prediction:3", {{"methods", "VanillaSplit"}}).json["repairs"][0]["groups"].size(),
        4u);
    const auto widths = repair("mondrian:width:3").json;
    EXPECT_TRUE(has(widths["methods"].dump(), "MADSplit+mondrian(width)"));
    EXPECT_TRUE(has(refusal("mondrian:x1"), "--catalogue"));
    EXPECT_TRUE(has(refusal("shift"), "--catalogue"));
}

TEST_F(Repairs, GroupsPartNoTiesAndKeepRowsWithoutAValue) {
    HeldOutVariable variable{"tied", "", {}, {}};
    for (int i = 0; i < 60; ++i)
        variable.values.push_back(i < 30 ? 0.0 : static_cast<double>(i));
    variable.values.push_back(std::nan(""));
    const VariableGroups tied = groupsOf(variable, 5);
    for (int i = 1; i < 30; ++i)
        EXPECT_EQ(tied.group[static_cast<std::size_t>(i)], tied.group[0]);
    EXPECT_EQ(tied.group.back(), static_cast<int>(tied.names.size()) - 1);
    EXPECT_TRUE(has(tied.names.back(), "without a value"));
    const VariableGroups few = groupsOf({"class", "", {2.0, 7.0, 2.0, 3.0}, {}}, 5);
    EXPECT_EQ(few.group, (std::vector<int>{0, 2, 0, 1}));
    EXPECT_EQ(few.names, (std::vector<std::string>{"class = 2", "class = 3", "class = 7"}));
    const VariableGroups texts = groupsOf({"survey", "", {1.0, 0.0, 1.0}, {"DESI", "SDSS"}}, 2);
    EXPECT_EQ(texts.names, (std::vector<std::string>{"survey = DESI", "survey = SDSS"}));
}

TEST_F(Repairs, WeightsTowardsGalaxiesThatAreTooUnlikeAreRefused) {
    makeStudy("VanillaSplit");
    // The same galaxies weigh alike.
    const auto alike = repair("shift", {{"columns", "x1,tied"}}).json;
    EXPECT_EQ(alike["methods"].back(), "VanillaSplit+shift");
    const auto& all = alike["repairs"][0]["groups"][0];
    EXPECT_NEAR(all["after"]["coverage"].get<double>(), all["before"]["coverage"].get<double>(), 0.02);
    SyntheticCatalogue far = surveyWithACorner(1000, 7);
    for (io::Column& column : far.catalogue.columns.columns)
        if (column.name == "x1")
            for (double& value : std::get<std::vector<double>>(column.values))
                value += 4.0;
    writeCatalogue(far.catalogue, std::vector<MatrixF>(), folder.path("far.h5"));
    const std::string why = refusal("shift:" + folder.path("far.h5"), {{"columns", "x1"}});
    EXPECT_TRUE(has(why, "in effect") && has(why, "mondrian")) << why;
    SyntheticCatalogue near = surveyWithACorner(1000, 8);
    for (io::Column& column : near.catalogue.columns.columns)
        if (column.name == "x1")
            for (double& value : std::get<std::vector<double>>(column.values))
                value += 0.5;
    writeCatalogue(near.catalogue, std::vector<MatrixF>(), folder.path("near.h5"));
    const auto shifted = repair("shift:" + folder.path("near.h5"), {{"columns", "x1"}}).json;
    EXPECT_EQ(shifted["methods"].back(), "VanillaSplit+shift(near)");
    EXPECT_GT(shifted["repairs"][0]["aimed_after"].get<double>(),
              shifted["repairs"][0]["aimed_before"].get<double>());
}

TEST_F(Repairs, RefuseInWords) {
    makeStudy("VanillaSplit,DeliveredSpread");
    EXPECT_TRUE(has(refusal("mondriaan:x1"), "Did you mean mondrian"));
    EXPECT_TRUE(has(refusal("mondrian"), "mondrian:COLUMN"));
    EXPECT_TRUE(has(refusal("split:x1"), "write it as split"));
    EXPECT_TRUE(has(refusal("mondrian:x1:1"), "2 to 1000 bins"));
    EXPECT_TRUE(has(refusal("mondrian:a"), "column"));
    EXPECT_TRUE(has(refusal("subset:corner"), "--where"));
    EXPECT_TRUE(has(refusal("subset:corner", {{"where", "a > 1"}}), "label"));
    EXPECT_TRUE(has(refusal("mondrian:x1", {{"where", "x1 > 1"}}), "--where"));
    EXPECT_TRUE(has(refusal("ratio"), "CQR"));
    EXPECT_TRUE(has(refusal("mondrian:x1", {{"methods", "DeliveredSpread"}}), "never calibrated"));
    EXPECT_TRUE(has(refusal("mondrian:x1", {{"methods", "CQR"}}), "no method 'CQR'"));
    EXPECT_TRUE(has(refusal("split", {{"methods", "VanillaSplit"}}), "calibrated already"));
    EXPECT_FALSE(std::filesystem::exists(out));
    OptionSet options = quickOptions("VanillaSplit+mondrian(x1)");
    options.setFromText("targets", "a");
    options.setFromText("prediction-column", "a_pred");
    EXPECT_THROW(runStudy(catalogue, options, "", context), UsageError);
}
