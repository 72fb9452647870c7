// Studies of predictions made elsewhere: nothing is trained.
#include "tests/core/workflow/study_support.h"

#include "core/eval/evaluate.h"
#include "core/session/study_file.h"
#include "core/study/scores.h"
#include "core/workflow/evaluate.h"
#include "core/workflow/explain.h"

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

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
    const TargetStudy& target = study->target("a"); // no row is lost to the method that needs no spread
    EXPECT_EQ(target.heldOut.calibrationCount(), 100u);
    EXPECT_EQ(target.heldOut.testCount(), 100u);
    const auto rows = target.testRows();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_TRUE(std::isfinite(target.prediction("VanillaSplit")->upper[i]));
        EXPECT_EQ(std::isinf(target.prediction("MADSplit")->upper[i]), rows[i] == 3 || rows[i] == 7);
    }
    for (const std::size_t row : {2u, 3u, 7u}) // the same where nothing is known of them
        valuesOf(synthetic, "a_err")[row] = missing;
    const auto without =
        runStudy(synthetic.stored(folder, false), columnOptions("VanillaSplit,MADSplit"), "", context);
    EXPECT_EQ(without->target("a").prediction("MADSplit")->upper, target.prediction("MADSplit")->upper);
    EXPECT_FALSE(hasNote(*without, {"negative, which"}));
    EXPECT_TRUE(hasNote(*without, {"3 of 200 values of 'a_err' are missing or infinite"}));
    std::fill(valuesOf(synthetic, "a_err").begin(), valuesOf(synthetic, "a_err").end(), -99.0);
    EXPECT_THROW(runStudy(synthetic.stored(folder, false), columnOptions("MADSplit"), "", context), Error);
    EXPECT_NO_THROW(runStudy(synthetic.stored(folder, false), columnOptions("VanillaSplit"), "", context));
}

TEST(StudyOfColumns, ACodedSpreadNeitherWidensNorCoversTheOthers) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(4000);
    RunContext context;
    const auto plain =
        runStudy(synthetic.stored(folder, false), columnOptions("VanillaSplit,MADSplit"), "", context);
    auto& spread = valuesOf(synthetic, "a_err");
    for (std::size_t i = 0; i < spread.size(); i += 9)
        spread[i] = -99.0;
    const auto coded =
        runStudy(synthetic.stored(folder, false), columnOptions("VanillaSplit,MADSplit"), "", context);
    EXPECT_TRUE(hasNote(*coded, {"values of 'a_err' are negative"}));
    EXPECT_EQ(scoreOf(*coded, "a", "VanillaSplit", "coverage"),
              scoreOf(*plain, "a", "VanillaSplit", "coverage"));
    EXPECT_NEAR(scoreOf(*coded, "a", "MADSplit", "mean_width"),
                scoreOf(*plain, "a", "MADSplit", "mean_width"),
                0.1 * scoreOf(*plain, "a", "MADSplit", "mean_width")); // one calibration row in nine is lost
    for (const Score& score : coded->scores) // brackets are there in spite of infinite intervals
        if (score.method == "MADSplit" && score.metric == "mean_width") {
            EXPECT_TRUE(score.low < score.value && score.value < score.high);
            EXPECT_GT(score.nInfinite, 80);
        }
}

TEST(StudyOfColumns, ACodeAmongGoodSizesIsTold) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(400);
    auto& spread = valuesOf(synthetic, "a_err");
    for (std::size_t i = 0; i < spread.size(); i += 9)
        spread[i] = 99.0;
    RunContext context;
    const auto study = runStudy(synthetic.stored(folder, false), columnOptions("MADSplit"), "", context);
    EXPECT_TRUE(hasNote(*study, {"a: column 'a_err'", "99"}));
}

TEST(StudyOfColumns, QuantilesOfAnotherLevelAreTold) {
    const StudyFolder folder; // a_lo and a_hi are one sigma away: 32 % lie outside
    SyntheticCatalogue synthetic(2000);
    RunContext context;
    const Catalogue catalogue = synthetic.stored(folder, false);
    OptionSet options = columnOptions("VanillaSplit,CQR,DeliveredQuantiles");
    const auto wrong = runStudy(catalogue, options, "", context);
    EXPECT_TRUE(hasNote(*wrong, {"calibration labels lie outside 'a_lo' and 'a_hi'", "alpha is 0.1"}));
    options.setFromText("alpha", "0.32");
    const auto right = runStudy(catalogue, options, "", context);
    EXPECT_FALSE(hasNote(*right, {"calibration labels lie outside"}));
    EXPECT_NEAR(scoreOf(*right, "a", "DeliveredQuantiles", "coverage"), 0.6827,
                4.0 * std::sqrt(0.22 / 500.0));
    options.setFromText("alpha", "0.1");
    options.setFromText("methods", "VanillaSplit"); // nothing uses the columns
    EXPECT_FALSE(hasNote(*runStudy(catalogue, options, "", context), {"lie outside"}));
}

TEST(StudyOfColumns, DeliveredErrorBarsStandBesideTheirRecalibratedSelves) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(4000);
    for (double& size : valuesOf(synthetic, "a_err"))
        size *= 0.5; // half as long as they should be
    const Catalogue catalogue = synthetic.stored(folder, false);
    OptionSet options = columnOptions("VanillaSplit");
    options.reset("methods");
    RunContext context;
    const auto study = runStudy(catalogue, options, folder.path("s.h5"), context);
    EXPECT_EQ(study->methods, (std::vector<std::string>{"VanillaSplit", "MADSplit", "CQR", "DeliveredSpread",
                                                        "DeliveredQuantiles"}));
    const double error = 4.0 * std::sqrt(0.25 / 1000.0);
    const double z = 0.5 * 1.6448536269514722; // 90 % of a normal, told half its sigma
    EXPECT_NEAR(scoreOf(*study, "a", "DeliveredSpread", "coverage"), std::erf(z / std::sqrt(2.0)), error);
    EXPECT_NEAR(scoreOf(*study, "a", "MADSplit", "coverage"), 0.9, error);
    EXPECT_NEAR(scoreOf(*study, "a", "DeliveredQuantiles", "coverage"), 0.6827, error);
    const auto rows = study->target("a").testRows();
    const Prediction& delivered = *study->target("a").prediction("DeliveredSpread");
    EXPECT_NEAR(delivered.upper[0],
                column(catalogue, "a_pred")[static_cast<std::size_t>(rows[0])] +
                    1.6448536269514722 * column(catalogue, "a_err")[static_cast<std::size_t>(rows[0])],
                1e-12);
    const auto other = recalibrate(session::readStudy(folder.path("s.h5")), 0.32, context);
    EXPECT_EQ(other->target("a").prediction("DeliveredQuantiles")->upper,
              study->target("a").prediction("DeliveredQuantiles")->upper);
    EXPECT_NE(other->target("a").prediction("DeliveredQuantiles")->note.find("for alpha 0.1"),
              std::string::npos);
    for (const Prediction& prediction : other->target("a").predictions) // nothing was trained
        for (const char* word : {"trained", "networks"})
            EXPECT_EQ(prediction.note.find(word), std::string::npos) << prediction.note;
    for (const auto& [method, told] : {std::pair{"DeliveredSpread", "came with this galaxy"},
                                       {"DeliveredQuantiles", "came with the prediction"}}) {
        const auto why = explainInterval(*study, "a", method, rows[0], 5, context);
        EXPECT_NE(why.summary.find(told), std::string::npos) << why.summary;
    }
}

TEST(StudyOfColumns, ErrorsOfLabelsAreReadAndTold) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(2000);
    RunContext context;
    EXPECT_FALSE(
        hasNote(*runStudy(synthetic.stored(folder, false), columnOptions("VanillaSplit"), "", context),
                {"variance quoted for the labels"}));
    Target& target = synthetic.catalogue.targets.front();
    Rng rng(8);
    target.errors.assign(2000, 0.3);
    for (double& label : target.values)
        label += 0.3 * rng.normal();
    target.errors[2] = -1.0; // a calibration row
    target.errors[3] = 0.0;
    const auto study = runStudy(synthetic.stored(folder, false), columnOptions("VanillaSplit"),
                                folder.path("s.h5"), context);
    EXPECT_TRUE(hasNote(*study, {"a: the mean variance quoted for the labels is", "998 of 1,000",
                                 "Coverage is of the catalogue's labels"}));
    // Of labels about x0: 0.09 from the labels, E(0.1 + 0.3 |x|)^2 = 0.01 + 0.06 sqrt(2 / pi) + 0.09 from a.
    const double expected = 0.09 / (0.09 + 0.01 + 0.06 * std::sqrt(2.0 / std::acos(-1.0)) + 0.09);
    const auto read = labelErrorsJson(session::readStudy(folder.path("s.h5")));
    EXPECT_NEAR(read["a"]["share_of_squared_residual"].get<double>(), expected, 0.06);
    EXPECT_LT(read["a"]["low"].get<double>(), expected);
    EXPECT_GT(read["a"]["high"].get<double>(), expected);
}

TEST(StudyOfColumns, DeliveredErrorBarsNeedColumns) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(200).stored(folder);
    RunContext context;
    OptionSet trained = quickOptions("DeliveredSpread");
    EXPECT_THROW(runStudy(catalogue, trained, "", context), UsageError);
    OptionSet options = columnOptions("DeliveredQuantiles");
    options.reset("quantile-columns");
    EXPECT_THROW(runStudy(catalogue, options, "", context), UsageError);
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
    try {
        runStudy(synthetic.stored(folder, false), columnOptions("CQR"), "", context);
        FAIL() << "columns the wrong way round were taken";
    } catch (const UsageError& error) {
        const std::string words = error.what();
        EXPECT_NE(words.find("197 of 200"), std::string::npos) << words;
        EXPECT_NE(words.find("a_hi,a_lo"), std::string::npos) << words; // what to write instead
    }
    EXPECT_NO_THROW(runStudy(synthetic.stored(folder, false), columnOptions("VanillaSplit"), "", context));
}

TEST(StudyOfColumns, DefaultMethodsAreThoseTheColumnsAllow) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(200).stored(folder, false);
    OptionSet options = columnOptions("VanillaSplit");
    options.reset("methods");
    options.reset("quantile-columns");
    RunContext context;
    EXPECT_EQ(runStudy(catalogue, options, "", context)->methods,
              (std::vector<std::string>{"VanillaSplit", "MADSplit", "DeliveredSpread"}));
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

// Labels and predictions of two decimals tie scores with ends; the guarantee is for closed intervals.
TEST(StudyOfColumns, TwoDecimalsKeepTheGuarantee) {
    double closed = 0.0, open = 0.0;
    constexpr int studies = 30;
    for (std::uint64_t seed = 0; seed < studies; ++seed) {
        const StudyFolder folder;
        SyntheticCatalogue synthetic(400, seed);
        const auto round = [](std::vector<double>& values) {
            for (double& value : values)
                value = std::round(100.0 * 0.05 * value) / 100.0; // errors of about a hundredth
        };
        round(synthetic.catalogue.targets.front().values);
        for (const char* name : {"a_pred", "a_lo", "a_hi"})
            round(valuesOf(synthetic, name));
        const Catalogue catalogue = synthetic.stored(folder, false);
        OptionSet options = columnOptions("VanillaSplit,CQR");
        options.setFromText("bootstrap", "0");
        options.setFromText("split", "draw"); // 160 calibration, 240 test rows
        RunContext context;
        const auto study = runStudy(catalogue, options, "", context);
        options.setFromText("ends", "open");
        const auto strict = runStudy(catalogue, options, "", context);
        for (const char* method : {"VanillaSplit", "CQR"}) {
            closed += scoreOf(*study, "a", method, "coverage") / (2 * studies);
            open += scoreOf(*strict, "a", method, "coverage") / (2 * studies);
        }
    }
    const double error = std::sqrt((0.09 / 160.0 + 0.09 / 240.0) / studies);
    EXPECT_GE(closed, 0.9 - 4.0 * error);
    EXPECT_LT(open, 0.9 - 4.0 * error);
}

TEST(StudyOfColumns, ATargetOfTinyUnitIsJudgedLikeAnyOther) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(400);
    RunContext context;
    const std::string methods = "VanillaSplit,MADSplit,CQR,DeliveredSpread,DeliveredQuantiles";
    const auto plain = runStudy(synthetic.stored(folder, false), columnOptions(methods), "", context);
    for (double& y : synthetic.catalogue.targets.front().values)
        y *= 1e-12;
    for (const char* name : {"a_pred", "a_err", "a_lo", "a_hi"})
        for (double& y : valuesOf(synthetic, name))
            y *= 1e-12;
    const auto tiny = runStudy(synthetic.stored(folder, false), columnOptions(methods), "", context);
    for (const std::string& method : plain->methods) {
        EXPECT_NEAR(scoreOf(*tiny, "a", method, "coverage"), scoreOf(*plain, "a", method, "coverage"), 0.011)
            << method;
        const double width = scoreOf(*plain, "a", method, "mean_width");
        EXPECT_NEAR(1e12 * scoreOf(*tiny, "a", method, "mean_width"), width, 1e-9 * width) << method;
    }
    EXPECT_EQ(tiny->notes.size(), plain->notes.size());
}

TEST(EvaluateTable, LookingIntoACatalogueThatIsNotThereSaysWhatToDo) {
    const StudyFolder folder;
    std::ofstream(folder.path("intervals.csv")) << "lower,upper,truth,mag\n0,1,0.5,20\n1,2,0.5,21\n";
    OptionSet options;
    describeEvaluateOptions(options);
    options.setFromText("study", folder.path("intervals.csv"));
    options.setFromText("where", "mag < 20.5");
    RunContext context;
    try {
        runEvaluate(options, {}, context);
        FAIL() << "a table of intervals has no catalogue";
    } catch (const UsageError& error) {
        const std::string words = error.what();
        EXPECT_NE(words.find("--where"), std::string::npos) << words;
        EXPECT_NE(words.find("table of intervals"), std::string::npos) << words;
        EXPECT_NE(words.find("import"), std::string::npos) << words;
    }
}
