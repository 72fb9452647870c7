// A study's error bars on galaxies that it has not seen: held against its own test rows, whose intervals the
// study worked out with the networks in memory.

#include "core/applying/model.h"
#include "core/base/error.h"
#include "core/study/subset.h"
#include "tests/core/workflow/study_support.h"

#include <gtest/gtest.h>

namespace penumbra::workflow {
namespace {

OptionSet chosen(const std::string& methods = "", const std::string& targets = "", double alpha = 0.0) {
    OptionSet options;
    options.textList("targets", {}, "");
    options.textList("methods", {}, "");
    addWantedAlpha(options);
    if (!methods.empty())
        options.setFromText("methods", methods);
    if (!targets.empty())
        options.setFromText("targets", targets);
    if (alpha > 0.0)
        options.set("alpha", alpha);
    return options;
}

PredictModel modelOf(const std::string& path, const OptionSet& options) {
    return {session::readStudy(path), session::readNetworks(path), options};
}

/// Rows of the synthetic catalogue in the order given.
NewRows rowsOf(const SyntheticCatalogue& synthetic, const std::vector<std::size_t>& rows) {
    NewRows part;
    part.ids = io::pickRows(synthetic.catalogue.objectId, rows);
    part.features.resize(static_cast<Eigen::Index>(rows.size()), synthetic.features.cols());
    for (std::size_t i = 0; i < rows.size(); ++i)
        part.features.row(static_cast<Eigen::Index>(i)) =
            synthetic.features.row(static_cast<Eigen::Index>(rows[i]));
    for (const io::Column& column : synthetic.catalogue.columns.columns)
        part.columns[column.name] = io::pickRows(column, rows).asReals();
    return part;
}

double scatterOf(const std::vector<double>& values) {
    double sum = 0.0, squares = 0.0;
    for (const double value : values) {
        sum += value;
        squares += value * value;
    }
    const auto n = static_cast<double>(values.size());
    return std::sqrt(squares / n - sum * sum / (n * n));
}

/// Equal where infinite, else within 1e-6 of the target's scatter.
void expectSame(double ours, double stored, double scatter, const std::string& where) {
    if (std::isinf(stored))
        EXPECT_EQ(ours, stored) << where;
    else
        EXPECT_NEAR(ours, stored, 1e-6 * scatter) << where;
}

/// Predicts the study's test rows, shuffled, in blocks of so many rows, and compares.
void expectReproduced(const PredictModel& model, const Study& study, const SyntheticCatalogue& synthetic,
                      std::size_t blockRows) {
    for (std::size_t t = 0; t < study.targets.size(); ++t) {
        const TargetStudy& target = study.targets[t];
        const auto testRows = target.testRows();
        const double scatter = scatterOf(target.testTruth());
        const auto order = Rng(5).permutation(testRows.size());
        for (std::size_t first = 0; first < order.size(); first += blockRows) {
            std::vector<std::size_t> rows;
            for (std::size_t i = first; i < std::min(order.size(), first + blockRows); ++i)
                rows.push_back(static_cast<std::size_t>(testRows[order[i]]));
            const NewPredictions ours = model.predict(rowsOf(synthetic, rows), {});
            ASSERT_EQ(ours.targets.at(t).predictions.size(), target.predictions.size());
            for (std::size_t m = 0; m < target.predictions.size(); ++m) {
                const Prediction& stored = target.predictions[m];
                const Prediction& again = ours.targets[t].predictions[m];
                ASSERT_EQ(again.method, stored.method);
                EXPECT_EQ(again.alpha, stored.alpha);
                for (std::size_t i = 0; i < rows.size(); ++i) {
                    const std::size_t at = order[first + i];
                    const std::string where = target.name + " " + stored.method + " row " +
                                              std::to_string(rows[i]) + " of blocks of " +
                                              std::to_string(blockRows);
                    expectSame(again.mean[i], stored.mean[at], scatter, where);
                    expectSame(again.lower[i], stored.lower[at], scatter, where);
                    expectSame(again.upper[i], stored.upper[at], scatter, where);
                    if (!stored.effective.empty()) {
                        EXPECT_NEAR(again.effective[i] / stored.effective[at], 1.0, 1e-5) << where;
                    }
                }
            }
        }
    }
}

TEST(PredictModel, TestRowsGetTheirStoredIntervalsOfEveryMethodAtAnyAlphaInAnyBlocks) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(3000);
    const Catalogue catalogue = synthetic.stored(folder);
    RunContext context;
    OptionSet options = quickOptions("LCNet,LCAion,LCMADNet,LCMADAion,VanillaSplit,MADSplit,CQR,"
                                     "DeepEnsembles,MCDropout");
    options.setFromText("metric-iterations", "20");
    options.setFromText("residuals", "cross-fitted");
    options.setFromText("seed", "3");
    const auto study = runStudy(catalogue, options, folder.path("s.h5"), context);
    const PredictModel model = modelOf(folder.path("s.h5"), chosen());
    for (const std::size_t blockRows : {std::size_t{750}, std::size_t{512}, std::size_t{67}})
        expectReproduced(model, *study, synthetic, blockRows);
    for (const double alpha : {0.32, 0.0123}) // on the grid of the local methods, and off it
        expectReproduced(modelOf(folder.path("s.h5"), chosen("", "", alpha)),
                         recalibrateIntervals(*study, alpha, {}), synthetic, 300);
    // Fewer methods and targets than the study has.
    Study part = *study;
    const OptionSet fewer = chosen("CQR,MCDropout", "b");
    keepChosen(part, fewer);
    expectReproduced(modelOf(folder.path("s.h5"), fewer), part, synthetic, 300);
    EXPECT_THROW(modelOf(folder.path("s.h5"), chosen("CRQ")), UsageError);
}

TEST(PredictModel, CrossValidatedNetworksPredictNewGalaxiesToo) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(400);
    for (std::size_t i = 2; i < 80; i += 4) // targets calibrate on different rows
        synthetic.catalogue.targets[1].values[i] = missing;
    const Catalogue catalogue = synthetic.stored(folder);
    RunContext context;
    OptionSet options = quickOptions("VanillaSplit,CVPlus");
    options.setFromText("cv-folds", "4");
    const auto study = runStudy(catalogue, options, folder.path("s.h5"), context);
    const PredictModel model = modelOf(folder.path("s.h5"), chosen());
    for (const std::size_t blockRows : {std::size_t{100}, std::size_t{33}})
        expectReproduced(model, *study, synthetic, blockRows);
    expectReproduced(modelOf(folder.path("s.h5"), chosen("", "", 0.3)), recalibrateIntervals(*study, 0.3, {}),
                     synthetic, 100);
}

TEST(PredictModel, OtherReadingsOfAMethodAreReproduced) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(1200);
    const Catalogue catalogue = synthetic.stored(folder);
    RunContext context;
    OptionSet options = quickOptions("LCMADNet,LCAion,MADSplit,CQR,VanillaSplit");
    for (const auto& [name, value] : {std::pair{"lvd-precision", "reference"},
                                      {"quantile-rule", "interpolated"},
                                      {"ends", "open"},
                                      {"floors", "absolute"},
                                      {"mad-space", "aion"},
                                      {"cqr-levels", "0.16"},
                                      {"depth", "1"},
                                      {"metric-iterations", "10"},
                                      {"targets", "a"}})
        options.setFromText(name, value);
    const auto study = runStudy(catalogue, options, folder.path("s.h5"), context);
    expectReproduced(modelOf(folder.path("s.h5"), chosen()), *study, synthetic, 100);
    expectReproduced(modelOf(folder.path("s.h5"), chosen("", "", 0.32)),
                     recalibrateIntervals(*study, 0.32, {}), synthetic, 1000);
}

TEST(PredictModel, PredictionColumnsAreTakenAsTheStudyTookThem) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(1000);
    auto columnNamed = [&](const std::string& name) -> std::vector<double>& {
        for (io::Column& column : synthetic.catalogue.columns.columns)
            if (column.name == name)
                return std::get<std::vector<double>>(column.values);
        throw Error(name);
    };
    for (std::size_t i = 0; i < 1000; i += 20) { // sizes that cannot be, quantiles that are missing
        columnNamed("a_err")[i + 2] = -1.0;
        columnNamed("a_err")[i + 3] = missing;
        columnNamed("a_lo")[i + 7] = missing;
        columnNamed("a_hi")[i + 10] = missing;
    }
    const Catalogue catalogue = synthetic.stored(folder, false);
    RunContext context;
    OptionSet options = quickOptions("");
    options.reset("methods");
    options.setFromText("targets", "a");
    options.setFromText("prediction-column", "a=a_pred");
    options.setFromText("spread-column", "a_err");
    options.setFromText("quantile-columns", "a_lo,a_hi");
    const auto study = runStudy(catalogue, options, folder.path("s.h5"), context);
    ASSERT_EQ(study->methods.size(), 5U); // split, MAD, CQR, both delivered
    const PredictModel model = modelOf(folder.path("s.h5"), chosen());
    EXPECT_FALSE(model.takesFeatures());
    EXPECT_EQ(model.columns(), (std::vector<std::string>{"a_pred", "a_err", "a_lo", "a_hi"}));
    EXPECT_EQ(modelOf(folder.path("s.h5"), chosen("VanillaSplit")).columns(),
              std::vector<std::string>{"a_pred"});
    expectReproduced(model, *study, synthetic, 99);
    // Without its networks such a study predicts all the same.
    options.set("networks", false);
    runStudy(catalogue, options, folder.path("bare.h5"), context);
    expectReproduced(modelOf(folder.path("bare.h5"), chosen()), *study, synthetic, 250);
}

TEST(PredictModel, RowsThatCannotBeUsedHaveNoNumbersAndLeaveTheOthersAlone) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(800);
    const Catalogue catalogue = synthetic.stored(folder);
    RunContext context;
    OptionSet options = quickOptions("LCMADNet,LCMADAion,CQR,MCDropout");
    options.setFromText("metric-iterations", "5");
    options.setFromText("targets", "a");
    runStudy(catalogue, options, folder.path("s.h5"), context);
    const PredictModel model = modelOf(folder.path("s.h5"), chosen());
    const NewRows good = rowsOf(synthetic, {3, 7, 11, 15});
    NewRows bad = good;
    bad.features(0, 1) = std::nanf("");
    bad.features(2, 0) = std::numeric_limits<float>::infinity();
    bad.features(3, 2) = std::numeric_limits<float>::max(); // finite, but networks may overflow on it
    const NewPredictions wanted = model.predict(good, {}), found = model.predict(bad, {});
    EXPECT_EQ(wanted.unusable, (std::vector<std::uint8_t>{0, 0, 0, 0}));
    EXPECT_EQ(found.unusable, (std::vector<std::uint8_t>{1, 0, 1, found.unusable[3]}));
    for (std::size_t m = 0; m < 4; ++m) {
        const Prediction& a = wanted.targets[0].predictions[m];
        const Prediction& b = found.targets[0].predictions[m];
        EXPECT_EQ(a.lower[1], b.lower[1]) << a.method;
        EXPECT_EQ(a.upper[1], b.upper[1]) << a.method;
        for (std::size_t row = 0; row < 4; ++row) {
            EXPECT_EQ(std::isnan(b.mean[row]), found.unusable[row] != 0) << b.method << row;
            EXPECT_EQ(std::isnan(b.lower[row]), found.unusable[row] != 0) << b.method << row;
            EXPECT_EQ(std::isnan(b.upper[row]), found.unusable[row] != 0) << b.method << row;
        }
    }
}

TEST(PredictModel, WithoutNetworksItSaysWhatToDo) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(400).stored(folder);
    RunContext context;
    OptionSet options = quickOptions("VanillaSplit");
    options.set("networks", false);
    runStudy(catalogue, options, folder.path("s.h5"), context);
    EXPECT_TRUE(session::readNetworks(folder.path("s.h5")).empty());
    try {
        modelOf(folder.path("s.h5"), chosen());
        FAIL() << "a study without networks predicted";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("--no-networks"), std::string::npos) << error.what();
    }
}

TEST(PredictModel, TheStudyKeepsWhatNewGalaxiesAreHeldAgainst) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(2000);
    synthetic.catalogue.attributes["import_mapping"] = "[[targets]]\nname = \"a\"\n";
    const Catalogue catalogue = synthetic.stored(folder);
    RunContext context;
    runStudy(catalogue, quickOptions("VanillaSplit"), folder.path("s.h5"), context);
    const StudyInputs inputs = inputsFrom(session::readNetworks(folder.path("s.h5")));
    EXPECT_EQ(inputs.features, "x");
    EXPECT_EQ(inputs.width, 3U);
    EXPECT_TRUE(inputs.masksByObject);
    EXPECT_EQ(inputs.importMapping, synthetic.catalogue.attributes["import_mapping"]);
    ASSERT_EQ(inputs.reference.rows(), 500); // all calibration rows, in their order
    for (Eigen::Index i = 0; i < 500; ++i)
        EXPECT_TRUE(inputs.reference.row(i) == synthetic.features.row(4 * i + 2));
    // Of 1000 training labels, 10 or 11 lie below the 1st percentile and as many above the 99th.
    const LabelRange range = inputs.labelRange.at("b");
    std::size_t below = 0, above = 0;
    for (std::size_t row = 0; row < 2000; ++row)
        if (row % 4 < 2) {
            below += synthetic.catalogue.targets[1].values[row] < range.low;
            above += synthetic.catalogue.targets[1].values[row] > range.high;
        }
    EXPECT_NEAR(static_cast<double>(below), 10.0, 1.0);
    EXPECT_NEAR(static_cast<double>(above), 10.0, 1.0);
}

TEST(PredictModel, RepairsThatNeedNoGroupsReachNewGalaxies) {
    const StudyFolder folder;
    RunContext context;
    const auto study = runStudy(SyntheticCatalogue(400).stored(folder),
                                quickOptions("VanillaSplit,MCDropout"), folder.path("s.h5"), context);
    Study repaired = *study;
    repaired.methods = {"MCDropout", "MCDropout+split", "VanillaSplit+asymmetric"};
    const PredictModel model(repaired, session::readNetworks(folder.path("s.h5")), chosen());
    ASSERT_EQ(model.study().methods, repaired.methods);
    SyntheticCatalogue fresh(50, 9);
    NewRows rows;
    rows.ids = fresh.catalogue.objectId;
    rows.features = fresh.features;
    const auto targets = model.predict(rows, context).targets;
    const auto& predictions = targets.front().predictions;
    ASSERT_EQ(predictions.size(), 3u);
    const auto ratio = [&](std::size_t i) {
        return intervalWidth(predictions[1], i) / intervalWidth(predictions[0], i);
    };
    for (std::size_t i = 0; i < 50; ++i) {
        EXPECT_NEAR(ratio(i), ratio(0), 0.02 * ratio(0)) << "one factor scales the scatter of dropout";
        EXPECT_TRUE(std::isfinite(intervalWidth(predictions[2], i)));
    }
}

TEST(PredictModel, MethodsThatMakeNoIntervalsAreLeftOutAndTold) {
    const StudyFolder folder;
    RunContext context;
    const auto study = runStudy(SyntheticCatalogue(400).stored(folder), quickOptions("VanillaSplit"),
                                folder.path("s.h5"), context);
    Study repaired = *study;
    repaired.methods.push_back("VanillaSplit+mondrian(x)");
    const auto arrays = session::readNetworks(folder.path("s.h5"));
    const PredictModel model(repaired, arrays, chosen());
    EXPECT_EQ(model.study().methods, std::vector<std::string>{"VanillaSplit"});
    ASSERT_EQ(model.notes().size(), 1U);
    EXPECT_TRUE(model.notes().front().starts_with("VanillaSplit+mondrian(x) is left out"));
    EXPECT_THROW(PredictModel(repaired, arrays, chosen("VanillaSplit+mondrian(x)")), UsageError);
}

TEST(StudyInputs, ANewerVersionIsRefused) {
    StudyInputs inputs;
    inputs.width = 3;
    auto arrays = toArrays(inputs);
    arrays.front().attributes["version"] = "2";
    EXPECT_THROW(inputsFrom(arrays), Error);
}

TEST(ObjectKeys, GoWithTheIdAndNotWithItsTypeOrPlace) {
    io::Column numbers, texts;
    numbers.values = std::vector<std::int64_t>{12, 1237648702966988820, 12};
    texts.values = std::vector<std::string>{"1237648702966988820", "12", "x"};
    const std::int64_t rows[] = {0, 1, 2};
    const auto a = objectKeys(numbers, rows), b = objectKeys(texts, rows);
    EXPECT_EQ(a[0], a[2]);
    EXPECT_EQ(a[0], b[1]);
    EXPECT_EQ(a[1], b[0]);
    EXPECT_NE(a[0], a[1]);
    EXPECT_NE(b[2], b[1]);
}

} // namespace
} // namespace penumbra::workflow
