// Studies of predictions made elsewhere: nothing is trained.
#include "tests/core/workflow/study_support.h"

#include "core/eval/evaluate.h"
#include "core/session/study_file.h"

#include <algorithm>
#include <gtest/gtest.h>

using namespace penumbra;
using namespace penumbra::workflow;

namespace {

OptionSet columnOptions(const std::string& methods) {
    OptionSet options = quickOptions(methods);
    options.setFromText("targets", "a");
    options.setFromText("prediction-column", "a_pred");
    options.setFromText("spread-column", "a_err");
    options.setFromText("quantile-columns", "a_lo,a_hi");
    return options;
}

/// k-th smallest calibration score, k = ceil((n+1)(1-alpha)), by counting.
double handQuantile(std::vector<double> scores, double alpha) {
    std::sort(scores.begin(), scores.end());
    const double exact = (static_cast<double>(scores.size()) + 1.0) * (1.0 - alpha);
    return scores.at(static_cast<std::size_t>(std::ceil(exact - 1e-9)) - 1);
}

std::vector<double> column(const Catalogue& catalogue, const char* name) {
    return catalogue.columns.at(name).asReals();
}

} // namespace

TEST(StudyOfColumns, MatchesTheHandFormula) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(400).stored(folder, false);
    RunContext context;
    const auto study = runStudy(catalogue, columnOptions("VanillaSplit,MADSplit,CQR"), "", context);
    const auto& truth = catalogue.target("a").values;
    const auto predicted = column(catalogue, "a_pred"), spread = column(catalogue, "a_err");
    const auto lower = column(catalogue, "a_lo"), upper = column(catalogue, "a_hi");
    std::vector<double> plain, scaled, quantile;
    for (std::size_t i = 0; i < 400; ++i) {
        if (catalogue.split[i] != 1)
            continue;
        plain.push_back(std::abs(truth[i] - predicted[i]));
        quantile.push_back(std::max(lower[i] - truth[i], truth[i] - upper[i]));
    }
    std::vector<double> sorted = plain;
    std::sort(sorted.begin(), sorted.end());
    const double floor = 1e-5 * sorted.at(sorted.size() / 2 - 1); // of the median calibration error
    for (std::size_t i = 0, at = 0; i < 400; ++i)
        if (catalogue.split[i] == 1)
            scaled.push_back(plain[at++] / (floor + spread[i]));
    const TargetStudy& target = study->target("a");
    EXPECT_NEAR(target.heldOut.residualFloor, floor, 1e-15);
    const auto rows = target.testRows();
    ASSERT_EQ(rows.size(), 100u);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto row = static_cast<std::size_t>(rows[i]);
        EXPECT_NEAR(target.prediction("VanillaSplit")->upper[i], predicted[row] + handQuantile(plain, 0.1),
                    1e-12);
        EXPECT_NEAR(target.prediction("MADSplit")->lower[i],
                    predicted[row] - handQuantile(scaled, 0.1) * (floor + spread[row]), 1e-12);
        EXPECT_NEAR(target.prediction("CQR")->lower[i], lower[row] - handQuantile(quantile, 0.1), 1e-12);
    }
    EXPECT_TRUE(study->training.empty());
}

namespace {

std::vector<double>& valuesOf(SyntheticCatalogue& synthetic, const std::string& name) {
    for (io::Column& column : synthetic.catalogue.columns.columns)
        if (column.name == name)
            return std::get<std::vector<double>>(column.values);
    throw std::runtime_error("no column " + name);
}

bool hasNote(const Study& study, const std::vector<std::string>& words) {
    return std::any_of(study.notes.begin(), study.notes.end(), [&](const std::string& note) {
        return std::all_of(words.begin(), words.end(),
                           [&](const std::string& word) { return note.find(word) != std::string::npos; });
    });
}

} // namespace

TEST(StudyOfColumns, EndsCountWherePredictionsAreExactOrErrorsAreTied) {
    for (const bool exact : {true, false}) {
        const StudyFolder folder;
        SyntheticCatalogue synthetic(400);
        auto& truth = synthetic.catalogue.targets.front().values;
        auto& predicted = valuesOf(synthetic, "a_pred");
        for (std::size_t i = 0; i < truth.size(); ++i) {
            predicted[i] = std::round(1e4 * predicted[i]) / 1e4; // four decimals, as a file has them
            truth[i] = exact ? predicted[i] : std::round(1e4 * (predicted[i] + (i % 3 ? 0.1 : -0.1))) / 1e4;
        }
        const Catalogue catalogue = synthetic.stored(folder, false);
        RunContext context;
        OptionSet options = columnOptions("VanillaSplit,MADSplit");
        const auto closed = runStudy(catalogue, options, folder.path("s.h5"), context);
        EXPECT_EQ(scoreOf(*closed, "a", "VanillaSplit", "coverage"), 1.0) << exact;
        if (exact) {
            EXPECT_EQ(scoreOf(*closed, "a", "MADSplit", "coverage"), 1.0);
        }
        const Study read = session::readStudy(folder.path("s.h5"));
        EXPECT_EQ(scoreOf(*recalibrate(read, 0.1, context), "a", "VanillaSplit", "coverage"), 1.0);
        options.setFromText("ends", "open");
        const auto open = runStudy(catalogue, options, "", context);
        EXPECT_LT(scoreOf(*open, "a", "VanillaSplit", "coverage"), exact ? 0.01 : 0.9);
    }
}

TEST(StudyOfColumns, NumbersFarFromZeroAreTheSameInTheStudyItsFileAndItsReopening) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(400);
    for (double& y : synthetic.catalogue.targets.front().values)
        y = 59000.0 + 1e-4 * y; // modified Julian days, known to seconds
    for (const char* name : {"a_pred", "a_lo", "a_hi"})
        for (double& y : valuesOf(synthetic, name))
            y = 59000.0 + 1e-4 * y;
    for (double& y : valuesOf(synthetic, "a_err"))
        y *= 1e-4;
    const Catalogue catalogue = synthetic.stored(folder, false);
    RunContext context;
    const auto study =
        runStudy(catalogue, columnOptions("VanillaSplit,MADSplit,CQR"), folder.path("s.h5"), context);
    const Study read = session::readStudy(folder.path("s.h5"));
    const auto again = recalibrate(read, 0.1, context);
    for (const std::string method : {"VanillaSplit", "MADSplit", "CQR"}) {
        const Prediction &told = *study->target("a").prediction(method),
                         &kept = *read.target("a").prediction(method);
        EXPECT_EQ(told.lower, kept.lower);
        EXPECT_EQ(told.upper, kept.upper);
        EXPECT_EQ(told.mean, kept.mean);
        const double coverage = scoreOf(*study, "a", method, "coverage");
        EXPECT_GT(coverage, 0.8);
        EXPECT_EQ(scoreOf(*again, "a", method, "coverage"), coverage);
        const auto covered = coveredRows(kept, read.target("a").testTruth());
        EXPECT_EQ(static_cast<double>(std::count(covered.begin(), covered.end(), 1)) / 100.0, coverage);
    }
}

TEST(StudyOfColumns, SizesOfErrorsThatCannotBeAreToldAndLeftOut) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(400);
    auto& spread = valuesOf(synthetic, "a_err");
    spread[0] = -99.0; // a training row: not used
    spread[2] = -99.0; // calibration
    spread[3] = -0.1;  // test
    spread[7] = 0.0;
    const Catalogue catalogue = synthetic.stored(folder, false);
    RunContext context;
    const auto study = runStudy(catalogue, columnOptions("VanillaSplit,MADSplit"), "", context);
    EXPECT_TRUE(hasNote(*study, {"2 of 200 values of 'a_err' are negative"}));
    EXPECT_TRUE(hasNote(*study, {"1 of 200 values of 'a_err' is 0"}));
    EXPECT_EQ(study->target("a").heldOut.calibrationCount(), 99u);
    EXPECT_EQ(study->target("a").heldOut.testCount(), 99u);
    synthetic.addColumn("other", std::vector<double>(400, 1.0)); // the same without them
    for (const std::size_t row : {2u, 3u})
        valuesOf(synthetic, "a_err")[row] = missing;
    const auto without =
        runStudy(synthetic.stored(folder, false), columnOptions("VanillaSplit,MADSplit"), "", context);
    EXPECT_EQ(scoreOf(*study, "a", "MADSplit", "mean_width"),
              scoreOf(*without, "a", "MADSplit", "mean_width"));
    EXPECT_FALSE(hasNote(*without, {"negative, which"}));
}

TEST(StudyOfColumns, CrossedQuantilesAreTold) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(400);
    auto &lower = valuesOf(synthetic, "a_lo"), &upper = valuesOf(synthetic, "a_hi");
    for (const std::size_t row : {2u, 3u, 6u})
        std::swap(lower[row], upper[row]);
    RunContext context;
    const auto some = runStudy(synthetic.stored(folder, false), columnOptions("CQR"), "", context);
    EXPECT_TRUE(hasNote(*some, {"3 of 200 pairs of quantiles cross", "'a_lo'", "'a_hi'"}));
    EXPECT_FALSE(hasNote(*some, {"wrong way round"}));
    std::swap(lower, upper);
    const auto most = runStudy(synthetic.stored(folder, false), columnOptions("CQR"), "", context);
    EXPECT_TRUE(hasNote(*most, {"197 of 200 pairs of quantiles cross", "wrong way round"}));
}

TEST(StudyOfColumns, DefaultMethodsAreThoseTheColumnsAllow) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(200).stored(folder, false);
    OptionSet options = columnOptions("VanillaSplit");
    options.reset("methods");
    options.reset("quantile-columns");
    RunContext context;
    EXPECT_EQ(runStudy(catalogue, options, "", context)->methods,
              (std::vector<std::string>{"VanillaSplit", "MADSplit"}));
}

TEST(StudyOfColumns, RowsWithoutPredictionAreLeftOutAndTold) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(400);
    auto& predicted = std::get<std::vector<double>>(synthetic.catalogue.columns.columns.front().values);
    predicted[2] = missing; // a calibration row
    predicted[3] = missing; // a test row
    const Catalogue catalogue = synthetic.stored(folder, false);
    RunContext context;
    const auto study = runStudy(catalogue, columnOptions("VanillaSplit"), "", context);
    EXPECT_EQ(study->target("a").heldOut.calibrationCount(), 99u);
    EXPECT_EQ(study->target("a").heldOut.testCount(), 99u);
    EXPECT_TRUE(std::any_of(study->notes.begin(), study->notes.end(), [](const std::string& note) {
        return note.find("2 rows") != std::string::npos;
    }));
}

TEST(StudyOfColumns, DrawsCalibrationAndTestWithoutASplit) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(400);
    synthetic.catalogue.split.clear();
    const Catalogue catalogue = synthetic.stored(folder, false);
    RunContext context;
    const auto study = runStudy(catalogue, columnOptions("VanillaSplit"), "", context);
    const auto& heldOut = study->target("a").heldOut;
    EXPECT_EQ(heldOut.rows.size(), 400u);
    EXPECT_NEAR(static_cast<double>(heldOut.calibrationCount()), 160.0, 1.0);
}

TEST(StudyOfColumns, WhatCannotBeDoneIsSaid) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(200).stored(folder, false);
    RunContext context;
    EXPECT_THROW(runStudy(catalogue, columnOptions("DeepEnsembles"), folder.path("s.h5"), context),
                 UsageError);
    OptionSet noSpread = columnOptions("MADSplit");
    noSpread.reset("spread-column");
    EXPECT_THROW(runStudy(catalogue, noSpread, folder.path("s.h5"), context), UsageError);
    OptionSet misspelt = columnOptions("VanillaSplit");
    misspelt.setFromText("prediction-column", "a_prd");
    try {
        runStudy(catalogue, misspelt, folder.path("s.h5"), context);
        FAIL();
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("a_pred"), std::string::npos) << error.what();
    }
    EXPECT_EQ(folder.fileCount(), 1u); // the catalogue alone
}

TEST(StudyOfColumns, TooFewCalibrationRowsLeaveNoFile) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(36).stored(folder, false); // 9 calibration rows
    RunContext context;
    EXPECT_THROW(runStudy(catalogue, columnOptions("VanillaSplit"), folder.path("s.h5"), context), Error);
    EXPECT_EQ(folder.fileCount(), 1u);
}

TEST(StudyOfColumns, CrossedIntervalsAreEmptyAndTold) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(400).stored(folder, false);
    OptionSet options = columnOptions("CQR"); // quantiles for alpha 0.1
    options.setFromText("alpha", "0.9");      // a correction that takes the narrow ones beyond each other
    RunContext context;
    std::string said;
    context.say = [&](const std::string& line) { said += line + "\n"; };
    const auto study = runStudy(catalogue, options, folder.path("s.h5"), context);
    const Prediction& prediction = *study->target("a").prediction("CQR");
    std::int64_t crossed = 0;
    double sum = 0.0;
    for (std::size_t i = 0; i < prediction.lower.size(); ++i) {
        crossed += prediction.lower[i] > prediction.upper[i];
        sum += std::max(0.0, prediction.upper[i] - prediction.lower[i]);
    }
    ASSERT_GT(crossed, 10) << "the test is empty";
    EXPECT_NE(said.find("a, CQR: " + std::to_string(crossed) + " of "), std::string::npos) << said;
    EXPECT_NEAR(scoreOf(*study, "a", "CQR", "mean_width"), sum / static_cast<double>(prediction.lower.size()),
                1e-12);
    for (const Score& score : session::readStudy(folder.path("s.h5")).scores)
        if (score.target == "a" && score.metric == "coverage" && score.convention == "all") {
            EXPECT_EQ(score.nCrossed, crossed) << "kept in the file";
        }
}

TEST(StudyOfColumns, InfiniteIntervalsComeWithAWarning) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(80).stored(folder, false); // 20 calibration rows
    OptionSet options = columnOptions("VanillaSplit");
    options.setFromText("alpha", "0.01"); // k = 21 > 20
    RunContext context;
    std::string said;
    context.say = [&](const std::string& line) { said += line + "\n"; };
    const auto study = runStudy(catalogue, options, folder.path("s.h5"), context);
    EXPECT_TRUE(std::isinf(study->target("a").prediction("VanillaSplit")->upper.front()));
    EXPECT_NE(said.find("infinite"), std::string::npos);
    EXPECT_EQ(scoreOf(*study, "a", "VanillaSplit", "coverage"), 1.0);
    const Study read = session::readStudy(folder.path("s.h5"));
    EXPECT_TRUE(std::isinf(read.target("a").prediction("VanillaSplit")->upper.front()));
}
