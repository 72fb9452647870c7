#include "core/base/error.h"
#include "core/base/text.h"
#include "core/eval/true_distribution.h"
#include "core/report/number_text.h"
#include "core/report/table_spec.h"
#include "tests/core/report/made_up_study.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace penumbra;
using namespace penumbra::report;

namespace {

Cell number(double value, double low, double high, bool percent = false) {
    Cell cell;
    cell.kind = Cell::Kind::Number;
    cell.value = value;
    cell.low = low;
    cell.high = high;
    cell.percent = percent;
    return cell;
}

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// What a reader counts: characters, not bytes.
std::size_t characters(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

} // namespace

TEST(CellText, keepsTheDigitsTheIntervalAllows) {
    EXPECT_EQ(cellText(number(0.9011, 0.8948, 0.9062, true)), "90.1 % [89.5, 90.6]");
    EXPECT_EQ(cellText(number(0.4123, 0.3541, 0.4702, true)), "41 % [35, 47]");
    EXPECT_EQ(cellText(number(0.8991, 0.8879, 0.9101)), "0.899 [0.888, 0.910]");
    EXPECT_EQ(cellText(number(1234.56, 1200.1, 1269.8)), "1235 [1200, 1270]");
    EXPECT_EQ(cellText(number(0.0, 0.0, 0.0127, true)), "0.0 % [0.0, 1.3]");
    EXPECT_EQ(cellText(number(-0.00004, -0.0011, 0.0010)), "0.0000 [-0.0011, 0.0010]");
}

TEST(CellText, setsAPowerOfTenApartFromVerySmallAndLargeNumbers) {
    EXPECT_EQ(cellText(number(1.308e-17, 1.21e-17, 1.41e-17)), "1.31e-17 [1.21e-17, 1.41e-17]");
    EXPECT_EQ(cellText(number(9.6e-18, 9.1e-18, 1.01e-17)), "0.96e-17 [0.91e-17, 1.01e-17]");
    EXPECT_EQ(cellText(number(1.308e-17, kNaN, kNaN)), "1.31e-17");
    EXPECT_EQ(cellText(number(1.3e10, 1.25e10, 1.35e10)), "1.30e10 [1.25e10, 1.35e10]");
    EXPECT_EQ(cellText(number(2459000.5, 2459000.4, 2459000.6)), "2459000.50 [2459000.40, 2459000.60]");
    EXPECT_EQ(cellText(number(-4e-320, kNaN, kNaN)).substr(0, 2), "-4");
    EXPECT_EQ(cellText(number(1e308, 9e307, 1.1e308)), "1.00e308 [0.90e308, 1.10e308]");
}

TEST(TableFormats, WriteWidthsInCgsUnitsWhole) {
    TableSpec table;
    table.columns = {"method", "mean width"};
    table.columnMethods = {"", ""};
    Cell name;
    name.kind = Cell::Kind::Text;
    name.text = "CQR";
    table.rows = {{name, number(1.308e-17, 1.21e-17, 1.41e-17)}};
    table.rows[0][1].bold = true;
    EXPECT_NE(toLatex(table).find("$\\mathbf{1.31_{-0.10}^{+0.10}\\times10^{-17}}$"), std::string::npos)
        << toLatex(table);
    EXPECT_NE(toMarkdown(table).find("**1.31e-17 [1.21e-17, 1.41e-17]**"), std::string::npos);
    EXPECT_NE(toCsv(table).find("1.308e-17,1.21e-17,1.41e-17"), std::string::npos);
    EXPECT_EQ(toJson(table)["rows"][0][1]["value"], 1.308e-17);
    EXPECT_NE(toPlainText(table).find("1.31e-17 [1.21e-17, 1.41e-17]"), std::string::npos);
}

TEST(TextBeside, ShowsWhatTheWidthTellsApart) {
    EXPECT_EQ(textBeside(59012.3456789, 3.7e-4, 3), "59012.345679");
    EXPECT_EQ(textBeside(0.123456, 0.02, 3), "0.1235");
    EXPECT_EQ(textBeside(1.234567e-17, 2e-18, 3), "1.235e-17");
    EXPECT_EQ(textBeside(2.0, std::numeric_limits<double>::infinity(), 3), "2");
    EXPECT_EQ(textBeside(0.1, 0.0, 3), "0.1");
}

TEST(CellText, saysWhatIsNotANumber) {
    EXPECT_EQ(cellText(number(0.123456, kNaN, kNaN)), "0.123");
    EXPECT_EQ(cellText(number(0.9, kNaN, kNaN, true)), "90.0 %");
    EXPECT_EQ(cellText(number(0.5, 0.5, 0.5)), "0.500"); // a width that never varies has no interval
    EXPECT_EQ(cellText(number(0.12, 0.12 - 1e-16, 0.12 + 1e-16)), "0.120"); // nor one of rounding errors
    EXPECT_EQ(cellText(number(1e-17, 0.0, 3e-17, true)), "0.0 %");
    EXPECT_EQ(cellText(number(std::numeric_limits<double>::infinity(), kNaN, kNaN)), "∞");
    EXPECT_EQ(cellText(Cell()), "–");
}

TEST(ComparisonTable, hasALineForEachMethodAndAColumnForEachMetric) {
    const Study study = samples::madeUpStudy({"VanillaSplit", "CQR"}, 400);
    const TableSpec down = comparisonTable(study);
    EXPECT_EQ(down.columns, (std::vector<std::string>{"target", "method", "coverage, %", "tail coverage, %",
                                                      "worst-bin coverage, %", "mean width, log Msun"}));
    EXPECT_EQ(down.rowMethods, (std::vector<std::string>{"VanillaSplit", "CQR"}));
    const TableSpec across = comparisonTable(study, {.layout = TableOptions::Layout::MethodsAcross});
    for (std::size_t metric = 0; metric < 4; ++metric)
        for (std::size_t method = 0; method < 2; ++method)
            EXPECT_EQ(down.rows[method][2 + metric].value, across.rows[metric][2 + method].value);
}

TEST(ComparisonTable, inThePapersLayoutHasAColumnForEachMethod) {
    const Study study = samples::madeUpStudy({"VanillaSplit", "CQR"}, 400);
    const TableSpec table = comparisonTable(study, {.layout = TableOptions::Layout::MethodsAcross});
    EXPECT_EQ(table.columns, (std::vector<std::string>{"target", "metric", "VanillaSplit", "CQR"}));
    EXPECT_EQ(table.columnMethods, (std::vector<std::string>{"", "", "VanillaSplit", "CQR"}));
    ASSERT_EQ(table.rows.size(), 4u);
    EXPECT_TRUE(table.rows[0][2].percent);
    const auto score = std::find_if(study.scores.begin(), study.scores.end(), [](const Score& s) {
        return s.method == "CQR" && s.metric == "coverage" && s.convention == "all";
    });
    ASSERT_NE(score, study.scores.end());
    EXPECT_EQ(table.rows[0][3].value, score->value);
    EXPECT_EQ(table.rows[0][3].low, score->low);
    EXPECT_FALSE(table.rows[3][3].percent);
    EXPECT_NE(table.rows[3][1].text.find("log Msun"), std::string::npos); // a width has the target's unit
    ASSERT_FALSE(table.footnotes.empty());
    EXPECT_NE(table.footnotes[0].find("90 %"), std::string::npos);
    EXPECT_TRUE(std::any_of(table.footnotes.begin(), table.footnotes.end(), [](const std::string& note) {
        return note.find("logmass 400") != std::string::npos;
    }));
}

TEST(ComparisonTable, countsInfiniteIntervalsByConvention) {
    Study study = samples::madeUpStudy({"CQR"}, 100);
    for (Score& score : study.scores)
        score.nInfinite = 7;
    const auto noteOf = [&](const std::string& convention) {
        for (const std::string& note : comparisonTable(study, {.convention = convention}).footnotes)
            if (note.find("nfinite") != std::string::npos)
                return note;
        return std::string();
    };
    EXPECT_EQ(noteOf("all"),
              "Infinite intervals (counted as covered; mean widths are of the finite ones): logmass CQR 7.");
    EXPECT_EQ(noteOf("finite"),
              "Infinite intervals (left out; mean widths are of the finite ones): logmass CQR 7.");
}

TEST(ComparisonTable, footnotesSpeakOfWhatIsShown) {
    Study study = samples::madeUpStudy({"CQR", "MADSplit", "DeepEnsembles"}, 100);
    for (Score& score : study.scores)
        score.nInfinite = score.method == "CQR" ? 7 : score.method == "MADSplit" ? 3 : 0;
    study.targets[0].predictions[2].note = "never calibrated";
    const auto notesOf = [&](const TableOptions& options) {
        return joinText(comparisonTable(study, options).footnotes, " ");
    };
    const std::string all = notesOf({}), one = notesOf({.methods = {"MADSplit"}}),
                      point = notesOf({.metrics = {"r2", "rmse"}});
    for (const char* word : {"CQR 7", "MADSplit 3", "DeepEnsembles: never calibrated", "Tail:"})
        EXPECT_NE(all.find(word), std::string::npos) << word << " in " << all;
    EXPECT_NE(one.find("MADSplit 3"), std::string::npos);
    for (const char* word : {"CQR", "DeepEnsembles"})
        EXPECT_EQ(one.find(word), std::string::npos) << word << " in " << one;
    for (const char* word : {"Tail:", "nfinite", "coverages", "erfect"})
        EXPECT_EQ(point.find(word), std::string::npos) << word << " in " << point;
}

TEST(ComparisonTable, galaxiesWithoutLabelAreTold) {
    Study study = samples::madeUpStudy({"CQR"}, 100);
    for (Score& score : study.scores)
        score.n -= 12;
    const auto notes = comparisonTable(study, {}).footnotes;
    EXPECT_NE(std::find(notes.begin(), notes.end(), "Test galaxies: logmass 88 (12 more have no label)."),
              notes.end())
        << joinText(notes, " ");
}

TEST(ComparisonTable, showsWhereAPerfectMethodWouldFall) {
    Study study = samples::madeUpStudy({"CQR", "MADSplit"}, 100);
    for (Score& score : study.scores)
        if (score.metric == "worst_bin_coverage") {
            score.oracleLow = score.method == "CQR" ? 0.30 : 0.35;
            score.oracleHigh = 0.505;
        }
    const TableSpec table = comparisonTable(study);
    ASSERT_EQ(table.rows.back().at(1).text, "perfect method");
    EXPECT_EQ(table.rows.back().at(4).text, "30.0–50.5");
    EXPECT_EQ(table.rows.back().at(5).kind, Cell::Kind::Missing) << "a width has no oracle band";
    const TableSpec across = comparisonTable(study, {.layout = TableOptions::Layout::MethodsAcross});
    EXPECT_EQ(across.columns.back(), "perfect method");
    EXPECT_EQ(across.rows.at(2).back().text, "30.0–50.5");
    EXPECT_NE(toPlainText(table).find("perfect method"), std::string::npos);
}

TEST(ComparisonTable, showsBothConventionsSideBySideWhereTheyDiffer) {
    Study study = samples::madeUpStudy({"CQR", "MADSplit"}, 100);
    EXPECT_EQ(comparisonTable(study, {.metrics = {"coverage"}, .convention = "both"}).columns.size(), 3u)
        << "nothing was infinite";
    Prediction& prediction = study.targets[0].predictions[0];
    for (std::size_t i = 0; i < 20; ++i) {
        prediction.lower[i] = -std::numeric_limits<double>::infinity();
        prediction.upper[i] = std::numeric_limits<double>::infinity();
    }
    study.scores.clear();
    for (const Prediction& p : study.targets[0].predictions)
        for (Score& score : evaluatePrediction(p, study.targets[0].testTruth(), {}, {}))
            study.scores.push_back(score);
    const TableSpec table = comparisonTable(study, {.metrics = {"coverage"}, .convention = "both"});
    EXPECT_EQ(table.columns, (std::vector<std::string>{"target", "method", "coverage, %",
                                                       "coverage, % (finite)", "infinite intervals"}));
    EXPECT_EQ(cellText(table.rows[0][4]), "20");
    EXPECT_EQ(cellText(table.rows[1][4]), "0");
    EXPECT_GT(table.rows[0][2].value, table.rows[0][3].value);
}

TEST(ComparisonTable, boldIsWhatNothingBetters) {
    // In the made-up study the truth scatters normally: method 3 of four has the noise's own shape, the
    // ensembles are about half as wide as needed.
    const Study study = samples::madeUpStudy({"VanillaSplit", "MADSplit", "CQR", "MCDropout"}, 3000);
    const TableSpec table = comparisonTable(study);
    const auto bold = [&](std::size_t method, std::size_t column) { return table.rows[method][column].bold; };
    EXPECT_FALSE(bold(3, 2)) << "coverage far below nominal";
    EXPECT_FALSE(bold(3, 5)) << "narrowest, but it does not cover";
    EXPECT_TRUE(bold(0, 5) || bold(1, 5) || bold(2, 5)) << "of those that cover, the narrowest";
    for (std::size_t method = 0; method < 4; ++method)
        EXPECT_FALSE(bold(method, 4)) << "no oracle band known: a worst bin has no nominal level";
    const TableSpec plain = comparisonTable(study, {.markBest = false});
    for (const auto& row : plain.rows)
        for (const Cell& cell : row)
            EXPECT_FALSE(cell.bold);
    EXPECT_TRUE(std::any_of(table.footnotes.begin(), table.footnotes.end(), [](const std::string& note) {
        return note.find("Bold width") != std::string::npos;
    }));
}

TEST(ComparisonTable, NothingIsBoldInStrataWhoseSizesOfErrorsNothingTells) {
    Study study = samples::madeUpStudy({"CQR"}, 1000);
    for (Score& score : study.scores)
        if (score.metric == "worst_bin_coverage")
            score.oracleLow = 0.0, score.oracleHigh = 0.2;
    const auto tableOf = [&] {
        return comparisonTable(study, {.metrics = {"coverage", "worst_bin_coverage"}});
    };
    const auto tellsSo = [](const TableSpec& table) {
        return std::any_of(table.footnotes.begin(), table.footnotes.end(), [](const std::string& note) {
            return note.find("Of logmass this study learned no sizes of errors") != std::string::npos;
        });
    };
    const TableSpec unknown = tableOf();
    EXPECT_FALSE(unknown.rows[0][3].bold);
    EXPECT_TRUE(tellsSo(unknown));
    HeldOut& heldOut = study.targets[0].heldOut;
    heldOut.signals["label_error"] = MatrixD::Constant(1000, 1, 0.1); // no more than a part of an error
    EXPECT_FALSE(tableOf().rows[0][3].bold);
    heldOut.signals["residual_net"] = MatrixD::Constant(1000, 1, 0.1);
    const TableSpec known = tableOf();
    EXPECT_TRUE(known.rows[0][3].bold);
    EXPECT_FALSE(tellsSo(known));
    EXPECT_EQ(known.rows[0][2].bold, unknown.rows[0][2].bold) << "all galaxies are judged by counting";
}

TEST(PairedTable, saysWhatFollows) {
    const Study study = samples::madeUpStudy({"VanillaSplit", "CQR", "MCDropout"}, 2000);
    const PairedOptions options{.metrics = {"coverage", "mean_width"}};
    const auto tests = pairedTests(study.targets[0], options, {});
    const TableSpec table = pairedTable(study, tests, options);
    ASSERT_EQ(table.rows.size(), 6u);
    EXPECT_EQ(table.rows[1].back().text, "VanillaSplit covers more"); // than MCDropout
    EXPECT_EQ(table.rows[5].back().text, "MCDropout is narrower");
    EXPECT_TRUE(table.rows[5].back().bold);
    EXPECT_NE(toPlainText(table).find("McNemar"), std::string::npos);
}

TEST(ComparisonTable, refusesUnknownWords) {
    const Study study = samples::madeUpStudy({"CQR"}, 50);
    EXPECT_THROW(comparisonTable(study, {.metrics = {"coverage", "covrage"}}), UsageError);
    EXPECT_THROW(comparisonTable(study, {.convention = "some"}), UsageError);
}

TEST(ComparisonTable, leavesPlacesWithoutAScoreEmpty) {
    Study study = samples::madeUpStudy({"CQR"}, 50);
    study.methods.push_back("LCNet"); // asked for, not finished yet
    const TableSpec table = comparisonTable(study);
    EXPECT_EQ(table.rows.at(1).at(2).kind, Cell::Kind::Missing);
    EXPECT_NE(toPlainText(table).find("–"), std::string::npos);
}

TEST(TableWriters, plainTextOfNineMethodsFitsATerminalAndLinesUp) {
    const std::string text = toPlainText(comparisonTable(samples::madeUpStudy(samples::nineMethods(), 600)));
    std::size_t wide = 0, methodLines = 0;
    for (const std::string& line : splitText(text, '\n')) {
        if (line.rfind("  ", 0) == 0) // footnotes wrap
            wide = std::max(wide, characters(line));
        methodLines += line.rfind("LC", 0) == 0 || line.rfind("MC", 0) == 0 ? 1 : 0;
    }
    EXPECT_LE(wide, 120u);
    EXPECT_EQ(methodLines, 5u);
}

TEST(TableWriters, latexEscapesAndUsesBooktabs) {
    TableSpec table;
    table.title = "100 % of_it & more";
    table.columns = {"a_b", "v"};
    Cell text;
    text.kind = Cell::Kind::Text;
    text.text = "log Msun, %";
    table.rows = {{text, number(-0.5, -0.6, -0.4)}};
    const std::string latex = toLatex(table);
    EXPECT_NE(latex.find("\\toprule"), std::string::npos);
    EXPECT_NE(latex.find("\\caption{100 \\% of\\_it \\& more."), std::string::npos);
    EXPECT_NE(latex.find("a\\_b & v \\\\"), std::string::npos);
    EXPECT_NE(latex.find("log M$_\\odot$, \\% & $-0.50_{-0.10}^{+0.10}$ \\\\"), std::string::npos) << latex;
}

TEST(TableWriters, csvAndJsonKeepFullPrecision) {
    TableSpec table;
    table.columns = {"metric", "CQR"};
    table.columnMethods = {"", "CQR"};
    Cell text;
    text.kind = Cell::Kind::Text;
    text.text = "mean width, dex";
    table.rows = {{text, number(1.0 / 3.0, 0.25, 0.5)}, {text, Cell()}};
    EXPECT_EQ(toCsv(table), "metric,CQR,CQR low,CQR high\n"
                            "\"mean width, dex\",0.3333333333333333,0.25,0.5\n"
                            "\"mean width, dex\",,,\n");
    const auto json = toJson(table);
    EXPECT_EQ(json.at("rows").at(0).at(1).at("value"), 1.0 / 3.0);
    EXPECT_TRUE(json.at("rows").at(1).at(1).is_null());
}

TEST(TableWriters, markdownHasARuleAndKeepsBarsOutOfCells) {
    TableSpec table;
    table.columns = {"|error|", "v"};
    table.rows = {{Cell(), number(1, kNaN, kNaN)}};
    EXPECT_EQ(toMarkdown(table), "| \\|error\\| | v |\n|---|---:|\n| – | 1.00 |\n");
}

TEST(TableWriters, emptyTableIsSaidSo) {
    EXPECT_EQ(toPlainText(TableSpec()), "The table is empty.\n");
}

TEST(ComparisonTable, exportsTheBoundsOfThePerfectRangeAndNoTextInItsPlace) {
    Study study = samples::madeUpStudy({"CQR"}, 100);
    for (Score& score : study.scores)
        if (score.metric == "worst_bin_coverage") {
            score.oracleLow = 0.25;
            score.oracleHigh = 0.5;
        }
    const std::string csv = toCsv(comparisonTable(study, {.metrics = {"worst_bin_coverage"}}));
    EXPECT_NE(csv.find("perfect method,,25,50"), std::string::npos) << csv;
}

TEST(ComparisonTable, theRangeShownIsTheOneThatMakesBold) {
    // An exactly calibrated method scatters with its calibration set as well: 90 +- 7.5 for 100 and 100
    // galaxies, not +- 6.
    Study study = samples::madeUpStudy({"CQR"}, 100);
    HeldOut& heldOut = study.targets[0].heldOut;
    for (std::int64_t i = 0; i < 100; ++i) {
        heldOut.rows.push_back(5000 + i);
        heldOut.isTest.push_back(0);
        heldOut.truth.push_back(0.0);
    }
    const Interval band = splitConformalBand(100, 100, 0.1);
    for (Score& score : study.scores)
        if (score.metric == "coverage") {
            score.value = band.low;
            score.oracleLow = band.low + 0.01;
            score.oracleHigh = band.high - 0.01;
        }
    const TableSpec table = comparisonTable(study, {.metrics = {"coverage"}});
    EXPECT_TRUE(table.rows.front().at(2).bold);
    EXPECT_EQ(table.rows.back().at(2).low, band.low);
    EXPECT_EQ(table.rows.back().at(2).high, band.high);
    for (Score& score : study.scores)
        score.nInfinite = score.n; // covers by saying nothing
    EXPECT_FALSE(comparisonTable(study, {.metrics = {"coverage"}}).rows.front().at(2).bold);
}

TEST(ComparisonTable, tellsASharedNoteOnceAndAnAlphaWithoutSupport) {
    Study study = samples::madeUpStudy({"CQR", "MADSplit"}, 100);
    for (Prediction& prediction : study.targets[0].predictions)
        prediction.note = "recalibrated";
    study.targets[0].heldOut.rows.resize(104);
    study.targets[0].heldOut.isTest.resize(104, 0); // four calibration galaxies: alpha 0.1 < 1/5
    study.targets[0].heldOut.truth.resize(104, 0.0);
    const TableSpec table = comparisonTable(study, {.markBest = false});
    const auto& notes = table.footnotes;
    EXPECT_EQ(std::count(notes.begin(), notes.end(), "All methods: recalibrated."), 1);
    EXPECT_EQ(std::count_if(notes.begin(), notes.end(),
                            [](const std::string& note) {
                                return note.find("4 calibration galaxies cannot support alpha 0.1") !=
                                       std::string::npos;
                            }),
              1);
    EXPECT_NE(toMarkdown(table).find("| logmass, log Msun | CQR |"), std::string::npos);
}

namespace {

std::string notesOf(const TableSpec& table) {
    return joinText(table.footnotes, "\n");
}

/// Scores anew after predictions were changed.
void rescore(Study& study) {
    study.scores.clear();
    const TargetStudy& target = study.targets[0];
    EvaluateOptions options;
    options.bootstrapReplicates = 100;
    for (const Prediction& p : target.predictions)
        for (Score& score : evaluatePrediction(p, target.testTruth(), target.basePrediction(), options))
            study.scores.push_back(score);
}

} // namespace

TEST(ComparisonTable, crossedIntervalsAreToldAndWinNothing) {
    Study study = samples::madeUpStudy({"VanillaSplit", "CQR"}, 400, 1, 0.9);
    EXPECT_EQ(notesOf(comparisonTable(study)).find("Crossed"), std::string::npos);
    for (std::size_t i = 0; i < 300; ++i) // more than half: the mean of signed widths would be negative
        std::swap(study.targets[0].predictions[1].lower[i], study.targets[0].predictions[1].upper[i]);
    rescore(study);
    const TableSpec table = comparisonTable(study);
    EXPECT_NE(notesOf(table).find("Crossed intervals (lower end above the upper one: empty, of width 0, the "
                                  "truth missed): logmass CQR 300."),
              std::string::npos)
        << notesOf(table);
    EXPECT_GT(table.rows[1][5].value, 0.0);
}

TEST(ComparisonTable, unevenMissesAreToldOnlyWhereChanceDoesNotExplainThem) {
    Study study = samples::madeUpStudy({"VanillaSplit", "MADSplit", "CQR"}, 2000);
    EXPECT_EQ(notesOf(comparisonTable(study)).find("on one side"), std::string::npos) << "symmetric errors";
    for (std::size_t i = 0; i < 2000; ++i) {
        study.targets[0].predictions[2].lower[i] += 0.1;
        study.targets[0].predictions[2].upper[i] += 0.1;
    }
    rescore(study);
    const TableSpec table = comparisonTable(study, {.metrics = {"coverage", "miss_below", "miss_above"}});
    const std::string notes = notesOf(table);
    const auto at = notes.find("lie on one side more often");
    ASSERT_NE(at, std::string::npos) << notes;
    const std::string line = notes.substr(at, notes.find('\n', at) - at);
    EXPECT_NE(line.find("logmass CQR "), std::string::npos) << line;
    EXPECT_EQ(line.find("MADSplit"), std::string::npos) << line;
    EXPECT_EQ(table.columns[3], "misses below, %");
    for (std::size_t method = 0; method < 3; ++method)
        EXPECT_NEAR(table.rows[method][2].value + table.rows[method][3].value + table.rows[method][4].value,
                    1.0, 1e-12);
    EXPECT_FALSE(table.rows[2][3].bold);
}

// The note's own rate of false alarms: of 200 tables of three methods with symmetric errors at most 5 % (10)
// and what chance adds (19 or more in one of 200 series).
TEST(ComparisonTable, unevenMissesAreToldByChanceAsRarelyAsStated) {
    int told = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        const Study study = samples::madeUpStudy({"VanillaSplit", "MADSplit", "CQR"}, 300, seed);
        told += notesOf(comparisonTable(study, {.markBest = false})).find("on one side") != std::string::npos;
    }
    EXPECT_LT(told, 19);
}

TEST(ComparisonTable, oneMethodAloneIsNotTheNarrowest) {
    const Study study = samples::madeUpStudy({"VanillaSplit", "CQR"}, 1000);
    const TableSpec alone = comparisonTable(study, {.methods = {"CQR"}});
    EXPECT_FALSE(alone.rows[0][5].bold);
    EXPECT_EQ(notesOf(alone).find("Bold width"), std::string::npos) << notesOf(alone);
    EXPECT_EQ(notesOf(alone).find("best of"), std::string::npos);
    EXPECT_NE(notesOf(comparisonTable(study)).find("best of 2 methods, chosen on these same test galaxies"),
              std::string::npos);
}

TEST(ComparisonTable, scoresOfOneConventionAreShownInEvery) {
    Study study = samples::madeUpStudy({"MADSplit", "CQR"}, 300);
    study.targets[0].predictions[0].upper[0] = std::numeric_limits<double>::infinity();
    rescore(study);
    for (const char* convention : {"all", "finite", "both"}) {
        const TableSpec table =
            comparisonTable(study, {.metrics = {"error_width_correlation", "n_infinite", "error_width_auroc"},
                                    .convention = convention});
        for (std::size_t column = 2; column < 5; ++column)
            EXPECT_EQ(table.rows[0][column].kind, Cell::Kind::Number) << convention << " " << column;
        EXPECT_EQ(table.rows[0][3].value, 1.0);
    }
}

TEST(ComparisonTable, footnoteNamesTheIntervalOfWhatIsShown) {
    const Study study = samples::madeUpStudy({"MADSplit", "CQR"}, 300);
    TableOptions options{.metrics = {"coverage", "mean_width", "median_width", "sigma_nmad",
                                     "outlier_fraction", "error_width_auroc"}};
    EXPECT_NE(
        notesOf(comparisonTable(study, options))
            .find("Wilson (coverage, outlier fraction), bootstrap (mean width), order statistics (median "
                  "width, sigma NMAD), DeLong (AUROC of width for large errors)"),
        std::string::npos)
        << notesOf(comparisonTable(study, options));
    options.proportions = BinomialInterval::ClopperPearson;
    EXPECT_NE(notesOf(comparisonTable(study, options)).find("Clopper-Pearson (coverage, "),
              std::string::npos);
    const std::string points = notesOf(comparisonTable(study, {.metrics = {"r2"}}));
    EXPECT_NE(points.find("bootstrap (R2)"), std::string::npos) << points;
    EXPECT_EQ(points.find("Wilson"), std::string::npos) << points;
    Study recorded = study;
    recorded.optionsJson = R"({"interval": "clopper-pearson"})";
    EXPECT_NE(notesOf(comparisonTable(recorded)).find("Clopper-Pearson"), std::string::npos);
}

TEST(ComparisonTable, saysWhichIntervalsHoldForThisCalibrationSetAlone) {
    Study study = samples::madeUpStudy({"MADSplit", "LCNet"}, 300);
    for (Score& score : study.scores)
        score.calibration = score.method == "MADSplit" && score.metric == "coverage" ? "drawn" : "given";
    const std::string notes =
        notesOf(comparisonTable(study, {.metrics = {"coverage", "error_width_auroc", "n_infinite"}}));
    EXPECT_NE(notes.find("(LCNet, AUROC of width for large errors: for this calibration set"),
              std::string::npos)
        << notes;
}

TEST(ComparisonTable, claimsNoBandThatIsNotThere) {
    Study study = samples::madeUpStudy({"CQR"}, 300);
    const auto setBand = [&](const char* metric) {
        for (Score& score : study.scores)
            if (score.metric == metric) {
                score.oracleLow = score.exactLow = 0.86;
                score.oracleHigh = score.exactHigh = 0.94;
            }
    };
    EXPECT_EQ(notesOf(comparisonTable(study)).find("Perfect method"), std::string::npos);
    setBand("coverage"); // as tables of intervals have it: nothing is known of tails
    const std::string marginal = notesOf(comparisonTable(study));
    EXPECT_NE(marginal.find("Perfect method"), std::string::npos);
    EXPECT_EQ(marginal.find("scale"), std::string::npos) << marginal;
    EXPECT_EQ(notesOf(comparisonTable(study, {.metrics = {"tail_coverage"}})).find("Perfect method"),
              std::string::npos);
    setBand("tail_coverage");
    EXPECT_NE(notesOf(comparisonTable(study)).find("The scale is what"), std::string::npos);
}

TEST(ComparisonTable, showsTheExactBandOfSimulatedCatalogues) {
    Study study = samples::madeUpStudy({"CQR", "MADSplit"}, 300);
    for (Score& score : study.scores)
        if (score.metric == "worst_bin_coverage") {
            score.oracleLow = 0.30;
            score.oracleHigh = 0.60;
            score.exactLow = 0.40;
            score.exactHigh = 0.50;
        }
    for (const Score& score : std::vector<Score>(study.scores))
        if (score.method == "CQR") {
            study.scores.push_back(score);
            study.scores.back().method = trueOracleId;
        }
    const TableSpec table = comparisonTable(study);
    ASSERT_EQ(table.rows.size(), 5u);
    EXPECT_EQ(table.rows[2][1].text, "perfect method");
    EXPECT_EQ(table.rows[2][4].text, "30.0–60.0");
    EXPECT_EQ(table.rows[3][1].text, "exact intervals");
    EXPECT_EQ(table.rows[3][4].text, "40.0–50.0");
    EXPECT_EQ(table.rows[4][1].text, "true oracle");
    const TableSpec across = comparisonTable(study, {.layout = TableOptions::Layout::MethodsAcross});
    EXPECT_EQ(across.columns.size(), 7u);
    EXPECT_EQ(across.rows[2].size(), 7u);
    EXPECT_EQ(across.rows[2][5].text, "40.0–50.0");
}

TEST(PairedTable, missesAreTestedAsProportions) {
    Study study = samples::madeUpStudy({"VanillaSplit", "CQR"}, 2000);
    for (std::size_t i = 0; i < 2000; ++i) {
        study.targets[0].predictions[1].lower[i] += 0.15;
        study.targets[0].predictions[1].upper[i] += 0.15;
    }
    const PairedOptions options{.metrics = {"miss_below", "miss_above"}};
    const TableSpec table = pairedTable(study, pairedTests(study.targets[0], options, {}), options);
    EXPECT_EQ(table.rows[0][1].text, "misses below, points of %");
    EXPECT_EQ(table.rows[0].back().text, "CQR misses more below");
    EXPECT_EQ(table.rows[1].back().text, "VanillaSplit misses more above");
    EXPECT_TRUE(table.rows[0][5].count);
}
