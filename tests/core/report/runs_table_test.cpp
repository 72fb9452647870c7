#include "core/eval/true_distribution.h"
#include "core/report/runs_table.h"
#include "tests/core/report/made_up_study.h"

#include <gtest/gtest.h>

using namespace penumbra;

namespace {

report::NamedStudy run(const std::string& name, const std::vector<std::string>& methods, std::uint64_t seed,
                       const std::string& options = "{}") {
    auto study = std::make_shared<Study>(samples::madeUpStudy(methods, 400, seed));
    study->optionsJson = options;
    TargetStudy& target = study->targets.front();
    for (const Prediction& prediction : target.predictions)
        for (Score& score :
             evaluatePrediction(prediction, target.testTruth(), target.basePrediction(), {}, {}))
            study->scores.push_back(score);
    return {name, study};
}

std::string cellAt(const report::TableSpec& table, const std::string& method, const std::string& name,
                   const std::string& column) {
    const auto at = std::find_if(table.columns.begin(), table.columns.end(),
                                 [&](const std::string& title) { return title.starts_with(column); });
    for (const auto& row : table.rows)
        if (row[0].text == method && row[1].text == name)
            return report::cellText(row.at(static_cast<std::size_t>(at - table.columns.begin())));
    return "no such line";
}

} // namespace

TEST(RunsTable, HoldsEachRunsOwnNumbersBesideEachOther) {
    const std::vector<report::NamedStudy> runs = {run("first", {"VanillaSplit", "CQR"}, 1),
                                                  run("second", {"CQR", "MADSplit"}, 2)};
    const auto table = report::runsTable(runs, "logmass");
    for (const report::NamedStudy& one : runs) {
        report::TableOptions plain;
        plain.markBest = false;
        const auto own = report::comparisonTable(*one.study, plain);
        for (const auto& row : own.rows)
            EXPECT_EQ(cellAt(table, row[1].text, one.name, "coverage"), report::cellText(row[2]))
                << row[1].text;
    }
    EXPECT_EQ(cellAt(table, "VanillaSplit", "second", "coverage"), "no such line");
    EXPECT_NE(cellAt(table, "CQR", "first", "coverage"), cellAt(table, "CQR", "second", "coverage"));
    std::vector<std::string> methods; // a method's runs stand together
    for (const auto& row : table.rows)
        if (methods.empty() || methods.back() != row[0].text)
            methods.push_back(row[0].text);
    EXPECT_EQ(std::count(methods.begin(), methods.end(), "CQR"), 1);
}

TEST(RunsTable, TellsWhichRunsSawOtherGalaxiesOrLackTheTarget) {
    std::vector<report::NamedStudy> runs = {run("first", {"CQR"}, 1), run("second", {"CQR"}, 1)};
    EXPECT_NE(report::runsTable(runs, "logmass").footnotes.front().find("same galaxies"), std::string::npos);
    auto other = std::make_shared<Study>(*runs[1].study);
    other->targets.front().heldOut.rows.front() = 5; // another split of the catalogue
    runs[1].study = other;
    EXPECT_NE(
        report::runsTable(runs, "logmass").footnotes.front().find("second was tested on other galaxies"),
        std::string::npos);
    other = std::make_shared<Study>(*other);
    other->targets.front().name = "z";
    runs[1].study = other;
    EXPECT_NE(report::runsTable(runs, "logmass").footnotes.front().find("Without logmass: second"),
              std::string::npos);
    EXPECT_TRUE(report::runsTable(runs, "age").rows.empty());
}

TEST(RunsTable, NamesTheOptionsThatDiffer) {
    const std::vector<report::NamedStudy> runs = {
        run("a", {"CQR"}, 1, R"({"epochs": 30, "seed": 0, "threads": 1, "edges": []})"),
        run("b", {"CQR"}, 1, R"({"epochs": 500, "seed": 0, "threads": 8, "edges": [0.1, 0.2]})"),
        run("c", {"CQR"}, 1, "damaged")};
    EXPECT_EQ(report::optionDifferences(runs),
              (std::vector<std::string>{"epochs 30, seed 0", "edges 0.1,0.2, epochs 500, seed 0", ""}));
    EXPECT_EQ(report::optionDifferences(std::span(runs).subspan(0, 1)), std::vector<std::string>{""})
        << "one run differs from none";
}
