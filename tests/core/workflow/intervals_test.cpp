#include "core/workflow/intervals.h"

#include "core/io/table_reader.h"
#include "core/report/galaxy_columns.h"
#include "core/session/study_file.h"
#include "tests/core/workflow/study_support.h"

#include <fstream>
#include <gtest/gtest.h>
#include <set>

using namespace penumbra;
using namespace penumbra::workflow;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Four test galaxies, the second without a label; method A holds 1 of 3, B has one interval without end.
Study smallStudy(const std::string& cataloguePath = "") {
    Study study;
    study.cataloguePath = cataloguePath;
    study.methods = {"A", "B"};
    study.version = "test";
    study.optionsJson = "{}";
    TargetStudy target;
    target.name = "z";
    target.heldOut.rows = {3, 5, 7, 11};
    target.heldOut.isTest = {1, 1, 1, 1};
    target.heldOut.truth = {0.1, missing, 0.31, 0.5};
    Prediction a;
    a.method = "A";
    a.target = "z";
    a.mean = {0.1, 0.2, 0.2, 0.2};
    a.lower = {0.0, 0.1, 0.1, 0.1};
    a.upper = {0.2, 0.3, 0.3, 0.3};
    Prediction b = a;
    b.method = "B";
    b.upper[3] = infinity;
    b.effective = {10, 20, 30, 1.5};
    target.predictions = {a, b};
    study.targets = {target};
    return study;
}

std::vector<std::string> linesOf(const Study& study, const IntervalListing& listing,
                                 const io::Column* ids = nullptr) {
    std::vector<std::string> lines;
    eachIntervalLine(
        study, listing, ids,
        [&](const std::vector<IntervalCell>& cells) {
            EXPECT_EQ(cells.size(), intervalColumns(study, listing, ids).size());
            lines.emplace_back();
            for (const IntervalCell& cell : cells)
                lines.back() += textOf(cell, 0) + ",";
            return true;
        },
        RunContext{});
    EXPECT_EQ(lines.size(), countIntervalLines(study, listing));
    return lines;
}

CommandResult list(const std::string& study, const std::vector<std::pair<std::string, std::string>>& settings,
                   RunContext context = {}) {
    const Command command = intervalsCommand();
    OptionSet options;
    command.options(options);
    options.setFromText("study", study);
    for (const auto& [name, text] : settings)
        options.setFromText(name, text);
    return command.run(options, Services{}, context);
}

} // namespace

TEST(Intervals, LongLinesHoldOneMethodEach) {
    io::Column ids;
    ids.values = std::vector<std::int64_t>{0, 1, 2, 103, 4, 105, 6, 107, 8, 9, 10, 111};
    const auto lines = linesOf(smallStudy(), {}, &ids);
    ASSERT_EQ(lines.size(), 8U);
    EXPECT_EQ(lines[0], "103,3,z,A,0.1,0.1,0.1,0,0.2,0.2,1,,");
    EXPECT_EQ(lines[2].substr(0, 16), "105,5,z,A,0.1,,0") << "no label";
    EXPECT_EQ(lines[3].substr(lines[3].size() - 4), ",20,") << lines[3];
    EXPECT_EQ(lines[4].substr(lines[4].size() - 4), ",0,,") << lines[4];
    EXPECT_EQ(lines[7], "111,11,z,B,0.1,0.5,0.2,0.1,inf,inf,1,1.5,");
}

TEST(Intervals, TruthOnAnEndIsCoveredUnlessEndsAreOpen) {
    Study study = smallStudy();
    study.targets[0].heldOut.truth[2] = 0.3;
    EXPECT_EQ(linesOf(study, {})[4], ",7,z,A,0.1,0.3,0.2,0.1,0.3,0.19999999999999998,1,,");
    study.targets[0].predictions[0].ends = Ends::Open;
    EXPECT_EQ(linesOf(study, {})[4], ",7,z,A,0.1,0.3,0.2,0.1,0.3,0.19999999999999998,0,,");
}

TEST(Intervals, WideLinesHoldAllMethods) {
    const Study study = smallStudy();
    const IntervalListing wide{.wide = true};
    const auto columns = intervalColumns(study, wide, nullptr);
    ASSERT_EQ(columns.size(), 5U + 5U + 6U);
    EXPECT_EQ(columns[6].name, "A_lower");
    EXPECT_EQ(columns[6].ucd, "src.redshift;stat.min");
    EXPECT_EQ(columns.back().name, "B_effective_number");
    const auto lines = linesOf(study, wide);
    ASSERT_EQ(lines.size(), 4U);
    EXPECT_EQ(lines[3], ",11,z,0.1,0.5,0.2,0.1,0.3,0.19999999999999998,0,0.2,0.1,inf,inf,1,1.5,");
}

TEST(Intervals, OnlyMissedOrInfinite) {
    using Only = IntervalListing::Only;
    const Study study = smallStudy();
    EXPECT_EQ(linesOf(study, {.only = Only::Missed}).size(), 3U) << "7 by A and B, 11 by A";
    EXPECT_EQ(linesOf(study, {.only = Only::Missed, .wide = true}).size(), 2U) << "7 and 11";
    EXPECT_EQ(linesOf(study, {.only = Only::Infinite}).size(), 1U);
    EXPECT_EQ(linesOf(study, {.only = Only::Infinite, .wide = true}).size(), 1U);
}

TEST(Intervals, TheFileHoldsTheStudysNumbersExactly) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(400).stored(folder);
    RunContext context;
    runStudy(catalogue, quickOptions("VanillaSplit,CQR"), folder.path("s.h5"), context);
    const Study study = session::readStudy(folder.path("s.h5"));
    const auto result = list(folder.path("s.h5"), {{"targets", "b"}, {"out", folder.path("i.csv")}});
    EXPECT_EQ(result.written, std::vector<std::string>{folder.path("i.csv")});
    EXPECT_EQ(result.json.at("rows"), 200);
    EXPECT_EQ(result.json.at("galaxies"), 100);
    const io::Table table = io::readTable(folder.path("i.csv"), {}, context);
    ASSERT_EQ(table.rows(), 200U);
    const TargetStudy& target = study.target("b");
    std::size_t line = 0;
    for (std::size_t i = 0; i < 100; ++i)
        for (const Prediction& prediction : target.predictions) {
            EXPECT_EQ(table.at("object_id").asReal(line), static_cast<double>(target.testRows()[i]));
            EXPECT_EQ(table.at("method").asText(line), prediction.method);
            EXPECT_EQ(table.at("truth").asReal(line), target.testTruth()[i]);
            EXPECT_EQ(table.at("lower").asReal(line), prediction.lower[i]);
            EXPECT_EQ(table.at("upper").asReal(line), prediction.upper[i]);
            ++line;
        }
    const auto missed = list(folder.path("s.h5"), {{"targets", "b"}, {"only", "missed"}});
    std::size_t expected = 0;
    for (const auto& method : result.json.at("methods"))
        expected += method.at("missed").get<std::size_t>();
    EXPECT_GT(expected, 0U);
    EXPECT_EQ(missed.json.at("rows"), expected);
}

TEST(Intervals, TheCsvIsTheListingLineByLine) {
    const StudyFolder folder;
    session::writeStudy(smallStudy(), {}, folder.path("s.h5"));
    for (const std::string layout : {"long", "wide"}) {
        list(folder.path("s.h5"), {{"out", folder.path("i.csv")}, {"layout", layout}});
        const IntervalListing listing{.wide = layout == "wide"};
        const Study study = session::readStudy(folder.path("s.h5"));
        std::string expected;
        for (const io::Column& column : intervalColumns(study, listing, nullptr))
            expected += column.name + ",";
        expected.back() = '\n';
        for (std::string line : linesOf(study, listing)) {
            line.back() = '\n';
            expected += line;
        }
        std::ifstream file(folder.path("i.csv"));
        EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), expected);
    }
}

TEST(Intervals, EveryFormatHoldsTheSameTable) {
    const StudyFolder folder;
    Study study = smallStudy();
    study.catalogueHash = "0123456789abcdef";
    study.targets[0].unit = "Gyr";
    io::Column ids{"object_id", "", "", std::vector<std::int64_t>(12, 9007199254740993), {}, 1};
    const IntervalListing listing;
    const io::TableMeta meta = report::provenanceOf(study, "s.h5", "intervals");
    for (const io::TableWriter& writer : io::allTableWriters()) {
        const std::string out = folder.path("i" + writer.patterns.front().substr(1));
        writeIntervals(study, listing, &ids, writer, out, meta, RunContext{});
        const io::Table table = io::readTable(out, {}, RunContext{});
        ASSERT_EQ(table.rows(), 8U) << writer.id;
        std::size_t row = 0;
        eachIntervalLine(
            study, listing, &ids,
            [&](const std::vector<IntervalCell>& cells) {
                const auto columns = intervalColumns(study, listing, &ids);
                for (std::size_t i = 0; i < cells.size(); ++i) {
                    EXPECT_EQ(table.at(columns[i].name).asText(row), textOf(cells[i], 0))
                        << writer.id << " " << columns[i].name << " row " << row;
                }
                ++row;
                return true;
            },
            RunContext{});
        if (writer.id == "csv")
            continue;
        EXPECT_EQ(table.at("lower").unit, "Gyr") << writer.id;
        EXPECT_EQ(table.at("lower").ucd, "src.redshift;stat.min") << writer.id;
        std::ifstream file(out, std::ios::binary);
        const std::string bytes(std::istreambuf_iterator<char>(file), {});
        for (const char* fact : {"0123456789abcdef", "A,B", "s.h5"})
            EXPECT_NE(bytes.find(fact), std::string::npos) << writer.id << ": " << fact;
    }
}

TEST(Intervals, AnUnknownEndingListsWhatCanBeWritten) {
    const StudyFolder folder;
    session::writeStudy(smallStudy(), {}, folder.path("s.h5"));
    try {
        list(folder.path("s.h5"), {{"out", folder.path("i.xlsx")}});
        FAIL();
    } catch (const UsageError& error) {
        EXPECT_NE(std::string(error.what()).find(".ecsv"), std::string::npos) << error.what();
    }
    list(folder.path("s.h5"), {{"out", folder.path("i.xlsx")}, {"format", "fits"}});
    EXPECT_EQ(io::readTable(folder.path("i.xlsx"), {}, RunContext{}).rows(), 8U);
}

TEST(Intervals, WhereCutsByTheCatalogueAndAlphaRecalibrates) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(400);
    const auto labels = synthetic.catalogue.targets[0].values;
    const Catalogue catalogue = synthetic.stored(folder);
    RunContext context;
    runStudy(catalogue, quickOptions("VanillaSplit"), folder.path("s.h5"), context);
    std::size_t above = 0;
    for (std::size_t row = 0; row < labels.size(); ++row)
        above += row % 4 == 3 && labels[row] > 0.5;
    const auto cut = list(folder.path("s.h5"), {{"targets", "a"}, {"where", "a > 0.5"}});
    EXPECT_EQ(cut.json.at("rows"), above);
    EXPECT_EQ(cut.json.at("galaxies"), above);
    const auto misses = [&](const std::string& alpha) {
        return list(folder.path("s.h5"), {{"targets", "a"}, {"alpha", alpha}})
            .json.at("methods")[0]
            .at("missed");
    };
    EXPECT_GT(misses("0.5").get<int>(), misses("0.1").get<int>() + 10);
    EXPECT_THROW(list(folder.path("s.h5"), {{"where", "a > 1e9"}}), Error);
    EXPECT_THROW(list(folder.path("s.h5"), {{"methods", "CQR"}}), UsageError);
    EXPECT_THROW(list(folder.path("s.h5"), {{"targets", "c"}}), Error);
}

TEST(Intervals, WithoutTheCatalogueIdsAreEmptyAndThatIsTold) {
    const StudyFolder folder;
    Study study = smallStudy("/nowhere/catalogue.h5");
    study.targets[0].predictions[1].lower[1] = -infinity;
    session::writeStudy(study, {}, folder.path("s.h5"));
    std::string told;
    RunContext context;
    context.say = [&](const std::string& line) { told += line + "\n"; };
    const auto result = list(folder.path("s.h5"), {{"out", folder.path("i.csv")}}, context);
    EXPECT_NE(told.find("--catalogue"), std::string::npos) << told;
    EXPECT_NE(result.text.find("--row 7 "), std::string::npos) << "the first missed: " << result.text;
    EXPECT_NE(list(folder.path("s.h5"), {{"methods", "B"}, {"only", "infinite"}}).text.find("--row 5 "),
              std::string::npos);
    std::ifstream file(folder.path("i.csv"));
    std::string header, first;
    std::getline(file, header);
    std::getline(file, first);
    EXPECT_EQ(first.substr(0, 6), ",3,z,A") << first;
    EXPECT_THROW(list(folder.path("s.h5"), {{"where", "z > 0"}}), Error);
}

TEST(Intervals, AStopLeavesWhatWasThere) {
    const StudyFolder folder;
    session::writeStudy(smallStudy(), {}, folder.path("s.h5"));
    std::ofstream(folder.path("i.csv")) << "old\n";
    std::stop_source stop;
    Progress progress;
    RunContext context;
    context.stop = stop.get_token();
    context.progress = &progress;
    context.say = [&](const std::string&) { stop.request_stop(); }; // at the note about the catalogue
    EXPECT_THROW(list(folder.path("s.h5"), {{"out", folder.path("i.csv")}}, context), Cancelled);
    EXPECT_EQ(folder.fileCount(), 2U);
    std::ifstream file(folder.path("i.csv"));
    std::string line;
    std::getline(file, line);
    EXPECT_EQ(line, "old");
}
