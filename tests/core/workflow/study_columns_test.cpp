// Studies of predictions made elsewhere: nothing is trained.
#include "tests/core/workflow/study_support.h"

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
        scaled.push_back(plain.back() / (1e-5 + spread[i]));
        quantile.push_back(std::max(lower[i] - truth[i], truth[i] - upper[i]));
    }
    const TargetStudy& target = study->target("a");
    const auto rows = target.testRows();
    ASSERT_EQ(rows.size(), 100u);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto row = static_cast<std::size_t>(rows[i]);
        EXPECT_NEAR(target.prediction("VanillaSplit")->upper[i], predicted[row] + handQuantile(plain, 0.1),
                    1e-12);
        EXPECT_NEAR(target.prediction("MADSplit")->lower[i],
                    predicted[row] - handQuantile(scaled, 0.1) * (1e-5 + spread[row]), 1e-12);
        EXPECT_NEAR(target.prediction("CQR")->lower[i], lower[row] - handQuantile(quantile, 0.1), 1e-12);
    }
    EXPECT_TRUE(study->training.empty());
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
