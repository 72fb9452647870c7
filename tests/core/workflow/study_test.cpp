#include "tests/core/workflow/study_support.h"

#include "core/report/figures.h"
#include "core/session/study_file.h"
#include "core/study/scores.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

using namespace penumbra;
using namespace penumbra::workflow;

namespace {

constexpr const char* everyMethod = "VanillaSplit,MADSplit,CQR,DeepEnsembles,MCDropout";

std::set<std::string> trainedNetworks(const Study& study) {
    std::set<std::string> names;
    for (const TrainingPoint& point : study.training)
        names.insert(point.network);
    return names;
}

double largestDifference(const std::vector<double>& a, const std::vector<double>& b) {
    double largest = a.size() == b.size() ? 0.0 : 1e300;
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i)
        largest = std::max(largest, std::abs(a[i] - b[i]));
    return largest;
}

} // namespace

TEST(Study, TrainsEachWantedNetworkOnce) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(400).stored(folder);
    OptionSet options = quickOptions(everyMethod);
    options.setFromText("ensemble-members", "3");
    RunContext context;
    const auto study = runStudy(catalogue, options, folder.path("s.h5"), context);
    std::set<std::string> wanted;
    for (const std::string target : {"a", "b"})
        for (const char* network : {"mean", "q0.05", "q0.95", "member1", "member2", "residual_net"})
            wanted.insert(target + ": " + network);
    EXPECT_EQ(trainedNetworks(*study), wanted);
    for (const TargetStudy& target : study->targets) {
        EXPECT_EQ(target.predictions.size(), 5u);
        for (const Prediction& prediction : target.predictions)
            EXPECT_EQ(prediction.mean.size(), 100u);
    }
    EXPECT_GT(scoreOf(*study, "a", "VanillaSplit", "r2"), 0.5);
    const auto networks = session::readNetworks(folder.path("s.h5"));
    EXPECT_FALSE(networks.empty());
}

TEST(Study, ScoresDoNotDependOnThreadsAndKeepTheirOrder) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(400).stored(folder);
    RunContext one, four;
    one.threads = 1;
    four.threads = 4;
    const auto study = runStudy(catalogue, quickOptions(everyMethod), "", one);
    const auto alone = recalibrate(*study, 0.2, one), together = recalibrate(*study, 0.2, four);
    ASSERT_FALSE(alone->scores.empty());
    ASSERT_EQ(alone->scores.size(), together->scores.size());
    const auto same = [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); };
    for (std::size_t i = 0; i < alone->scores.size(); ++i) {
        const Score &a = alone->scores[i], &b = together->scores[i];
        EXPECT_EQ(a.target, b.target);
        EXPECT_EQ(a.method + a.metric + a.conditionedOn, b.method + b.metric + b.conditionedOn);
        EXPECT_TRUE(same(a.value, b.value) && same(a.low, b.low) && same(a.high, b.high) &&
                    same(a.oracleLow, b.oracleLow) && same(a.oracleHigh, b.oracleHigh))
            << a.target << ' ' << a.method << ' ' << a.metric << ' ' << a.stratum;
        if (i > 0) { // targets in the order of the study
            EXPECT_FALSE(alone->scores[i - 1].target == "b" && a.target == "a") << i;
        }
    }
}

TEST(Study, TheTargetLookedAtIsScoredFirst) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(400).stored(folder);
    RunContext context;
    const auto study = runStudy(catalogue, quickOptions("VanillaSplit,CQR"), "", context);
    const auto whole = recalibrate(*study, 0.2, context);
    std::vector<std::string> told;
    int times = 0;
    const auto listener = [&](const std::shared_ptr<const Study>& partial) {
        EXPECT_EQ(partial->scores.empty(), times++ == 0) << "intervals first";
        for (const Score& score : partial->scores)
            told.push_back(score.target);
        EXPECT_EQ(partial->targets[0].predictions.size(), 2u) << "every interval is there at once";
    };
    const auto inParts = recalibrate(*study, 0.2, context, "b", listener);
    EXPECT_EQ(std::set<std::string>(told.begin(), told.end()), std::set<std::string>{"b"});
    ASSERT_EQ(inParts->scores.size(), whole->scores.size());
    for (std::size_t i = 0; i < whole->scores.size(); ++i)
        EXPECT_EQ(toJson(inParts->scores[i]).dump(), toJson(whole->scores[i]).dump()) << i;
    EXPECT_EQ(times, 2);
    told.clear();
    times = 0;
    recalibrate(*study, 0.2, context, "no such target", listener);
    EXPECT_TRUE(told.empty());
    EXPECT_EQ(times, 1);
}

TEST(Study, TheFigureByBinShowsTheStudysOwnOracleBands) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(4000).stored(folder);
    RunContext context;
    OptionSet options = quickOptions("VanillaSplit");
    options.setFromText("seed", "5");
    const auto study = runStudy(catalogue, options, "", context);
    using Band = std::vector<std::pair<double, double>>;
    Band own;
    for (const Score& score : study->scores)
        if (score.target == "a" && score.metric == "coverage_by_bin" && score.conditionedOn == "truth" &&
            score.convention == "all")
            own.emplace_back(score.oracleLow, score.oracleHigh);
    const auto drawn = [](const Study& of) {
        const report::FigureKind& kind = report::findFigure("coverage-by-bin");
        OptionSet figureOptions;
        kind.options(figureOptions);
        figureOptions.setFromText("target", "a");
        figureOptions.setFromText("bins", toText(recordedOptions(of).find("bins").value));
        figureOptions.setFromText("condition-on", "truth"); // its bands are drawn at random
        const report::FigureSpec figure = kind.make({of, nullptr}, figureOptions);
        const report::Series& band = figure.panels.at(0).series.at(0);
        EXPECT_TRUE(band.oracleBand);
        Band ends;
        for (std::size_t i = 0; i < band.x.size(); ++i)
            ends.emplace_back(band.yLow[i], band.yHigh[i]);
        return ends;
    };
    EXPECT_EQ(drawn(*study), own);
    Study other = *study;
    other.seed = 6;
    EXPECT_NE(drawn(other), own) << "the test could not fail";
}

TEST(Study, AddingMethodsDoesNotChangeTheBaseHead) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(400).stored(folder);
    RunContext context;
    const auto alone = runStudy(catalogue, quickOptions("VanillaSplit"), "", context);
    const auto many = runStudy(catalogue, quickOptions(everyMethod), "", context);
    for (const char* target : {"a", "b"})
        // Batched products may add in another order: float32 rounding, nothing more.
        EXPECT_LT(
            largestDifference(alone->target(target).basePrediction(), many->target(target).basePrediction()),
            2e-3);
    OptionSet otherSeed = quickOptions("VanillaSplit");
    otherSeed.setFromText("seed", "1");
    const auto other = runStudy(catalogue, otherSeed, "", context);
    EXPECT_GT(largestDifference(alone->target("a").basePrediction(), other->target("a").basePrediction()),
              1e-2);
}

TEST(Study, SameSeedSameResult) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(300).stored(folder);
    RunContext context;
    const auto first = runStudy(catalogue, quickOptions(everyMethod), "", context);
    const auto second = runStudy(catalogue, quickOptions(everyMethod), "", context);
    for (std::size_t m = 0; m < first->methods.size(); ++m)
        EXPECT_EQ(first->targets[0].predictions[m].lower, second->targets[0].predictions[m].lower)
            << first->methods[m];
}

TEST(Study, MissingLabelsDropTheRowForThatTargetOnly) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(400);
    auto& labels = synthetic.catalogue.targets[1].values;
    for (std::size_t i = 0; i < labels.size(); i += 3)
        labels[i] = missing;
    std::size_t train = 0, calibration = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        train += synthetic.catalogue.split[i] == 0 && !std::isnan(labels[i]);
        calibration += synthetic.catalogue.split[i] == 1 && !std::isnan(labels[i]);
    }
    const Catalogue catalogue = synthetic.stored(folder);
    RunContext context;
    const auto study = runStudy(catalogue, quickOptions("VanillaSplit"), folder.path("s.h5"), context);
    EXPECT_EQ(study->target("a").trainCount, 200u);
    EXPECT_EQ(study->target("b").trainCount, train);
    EXPECT_EQ(study->target("b").heldOut.calibrationCount(), calibration);
    EXPECT_EQ(study->target("b").heldOut.testCount(), 100u); // unlabelled test rows are predicted, not scored
    for (const Score& score : study->scores)
        if (score.target == "b" && score.metric == "coverage" && score.conditionedOn.empty()) {
            EXPECT_LT(score.n, 100);
            EXPECT_GT(score.n, 50);
        }
    EXPECT_EQ(session::readStudy(folder.path("s.h5")).target("b").heldOut.testCount(), 100u);
}

TEST(Study, QuarantinedRowsAreLeftOutEverywhere) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(400);
    for (const Eigen::Index row : {0, 1, 2, 3}) // two training rows, a calibration row, a test row
        synthetic.features(row, 1) = std::numeric_limits<float>::quiet_NaN();
    const Catalogue catalogue = synthetic.stored(folder);
    RunContext context;
    const auto study = runStudy(catalogue, quickOptions("VanillaSplit"), "", context);
    const TargetStudy& target = study->target("a");
    EXPECT_EQ(target.trainCount, 198u);
    EXPECT_EQ(target.heldOut.calibrationCount(), 99u);
    EXPECT_EQ(target.heldOut.testCount(), 99u);
    for (const double value : target.prediction("VanillaSplit")->mean)
        EXPECT_TRUE(std::isfinite(value));
}

TEST(Study, CarvedCalibrationRowsKeepObjectsTogether) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(400);
    auto& ids = std::get<std::vector<std::int64_t>>(synthetic.catalogue.objectId.values);
    std::vector<std::size_t> others; // that are no test rows; every second is the object of the one before
    for (std::size_t row = 0; row < ids.size(); ++row)
        if (synthetic.catalogue.split[row] != 2)
            others.push_back(row);
    for (std::size_t i = 1; i < others.size(); i += 2)
        ids[others[i]] = ids[others[i - 1]];
    const Catalogue catalogue = synthetic.stored(folder);
    OptionSet options = quickOptions("VanillaSplit");
    options.setFromText("targets", "a");
    options.setFromText("split", "carve");
    RunContext context;
    const auto study = runStudy(catalogue, options, "", context);
    std::set<std::int64_t> calibration;
    const HeldOut& heldOut = study->targets[0].heldOut;
    for (std::size_t i = 0; i < heldOut.rows.size(); ++i)
        if (!heldOut.isTest[i])
            calibration.insert(heldOut.rows[i]);
    EXPECT_GT(calibration.size(), 20u);
    for (std::size_t i = 1; i < others.size(); i += 2)
        EXPECT_EQ(calibration.contains(static_cast<std::int64_t>(others[i - 1])),
                  calibration.contains(static_cast<std::int64_t>(others[i])))
            << others[i];
}

TEST(Study, DataThatCannotBeUsedLeaveNoFile) {
    RunContext context;
    const auto fails = [&](SyntheticCatalogue synthetic, const OptionSet& options) {
        const StudyFolder folder;
        const Catalogue catalogue = synthetic.stored(folder);
        EXPECT_THROW(runStudy(catalogue, options, folder.path("s.h5"), context), Error);
        EXPECT_EQ(folder.fileCount(), 1u);
    };
    SyntheticCatalogue noTrain(200), noTest(200), noLabels(200), allMissing(200);
    std::fill(noTrain.catalogue.split.begin(), noTrain.catalogue.split.begin() + 100, std::uint8_t{1});
    std::replace(noTrain.catalogue.split.begin(), noTrain.catalogue.split.end(), std::uint8_t{0},
                 std::uint8_t{2});
    std::replace(noTest.catalogue.split.begin(), noTest.catalogue.split.end(), std::uint8_t{2},
                 std::uint8_t{0});
    noLabels.catalogue.targets[0].values.assign(200, missing);
    allMissing.features.setConstant(std::numeric_limits<float>::quiet_NaN());
    fails(noTrain, quickOptions("VanillaSplit"));
    fails(noTest, quickOptions("VanillaSplit"));
    fails(noLabels, quickOptions("VanillaSplit"));
    fails(allMissing, quickOptions("VanillaSplit"));
    OptionSet unknownTarget = quickOptions("VanillaSplit");
    unknownTarget.setFromText("targets", "aa");
    fails(SyntheticCatalogue(200), unknownTarget);
    OptionSet badEdges = quickOptions("VanillaSplit");
    badEdges.setFromText("edges", "1,0");
    fails(SyntheticCatalogue(200), badEdges);
    EXPECT_THROW(runStudy(Catalogue(), quickOptions("NoSuchMethod"), "", context), Error);
}

TEST(Study, AnUnwritablePlaceIsToldBeforeTraining) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(400).stored(folder);
    OptionSet options = quickOptions(everyMethod);
    options.setFromText("epochs", "100000");
    RunContext context;
    EXPECT_THROW(runStudy(catalogue, options, folder.path("nowhere/s.h5"), context), Error);
}

TEST(Study, CancelIsQuickAndLeavesNothing) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(400).stored(folder);
    OptionSet options = quickOptions(everyMethod);
    options.setFromText("epochs", "100000");
    std::stop_source stop;
    Progress progress;
    RunContext context;
    context.stop = stop.get_token();
    context.progress = &progress;
    std::chrono::steady_clock::time_point asked;
    std::jthread user([&] {
        while (progress.state().doing.find("epoch") == std::string::npos)
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        asked = std::chrono::steady_clock::now();
        stop.request_stop();
    });
    EXPECT_THROW(runStudy(catalogue, options, folder.path("s.h5"), context), Cancelled);
    const auto ended = std::chrono::steady_clock::now();
    user.join();
    EXPECT_LT(ended - asked, std::chrono::seconds(1));
    EXPECT_EQ(folder.fileCount(), 1u);
}

TEST(Study, TheListenerSeesCurvesThenMethodsOneByOne) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(300).stored(folder);
    RunContext context;
    std::vector<std::size_t> methodCounts;
    std::size_t curvePoints = 0;
    const auto study = runStudy(catalogue, quickOptions("VanillaSplit,CQR"), "", context, [&](auto partial) {
        methodCounts.push_back(partial->targets.at(0).predictions.size());
        curvePoints = std::max(curvePoints, partial->training.size());
    });
    ASSERT_GE(methodCounts.size(), 3u);
    EXPECT_EQ(methodCounts.front(), 0u);
    EXPECT_EQ(methodCounts.back(), 2u);
    EXPECT_TRUE(std::is_sorted(methodCounts.begin(), methodCounts.end()));
    EXPECT_EQ(curvePoints, 8u * 6u); // epochs x (head, two quantiles) x two targets
}

TEST(Study, RecalibratedEqualsAFreshStudyAtThatAlpha) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(400).stored(folder);
    RunContext context;
    runStudy(catalogue, quickOptions("VanillaSplit,MADSplit,CQR"), folder.path("s.h5"), context);
    OptionSet fresh = quickOptions("VanillaSplit,MADSplit,CQR");
    fresh.setFromText("alpha", "0.25");
    const auto direct = runStudy(catalogue, fresh, "", context);
    const auto other = recalibrate(session::readStudy(folder.path("s.h5")), 0.25, context);
    EXPECT_EQ(other->alpha, 0.25);
    const Prediction& a = *direct->target("a").prediction("VanillaSplit");
    const Prediction& b = *other->target("a").prediction("VanillaSplit");
    // The head is trained beside other quantile networks: float32 rounding, nothing more.
    EXPECT_LT(largestDifference(a.lower, b.lower), 2e-3);
    EXPECT_LT(largestDifference(a.upper, b.upper), 2e-3);
    EXPECT_NEAR(scoreOf(*direct, "a", "VanillaSplit", "mean_width"),
                scoreOf(*other, "a", "VanillaSplit", "mean_width"), 2e-3);
    EXPECT_FALSE(b.note.empty());
    EXPECT_FALSE(other->target("a").prediction("CQR")->note.empty());
    EXPECT_THROW(recalibrate(*direct, 1.5, context), UsageError);
}

TEST(Study, RecalibratedAtItsOwnAlphaIsItself) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(400).stored(folder);
    RunContext context;
    const auto study = runStudy(catalogue, quickOptions(everyMethod), folder.path("s.h5"), context);
    const auto again = recalibrate(session::readStudy(folder.path("s.h5")), 0.1, context);
    for (std::size_t m = 0; m < study->methods.size(); ++m) {
        EXPECT_EQ(again->targets[1].predictions[m].lower, study->targets[1].predictions[m].lower);
        EXPECT_TRUE(again->targets[1].predictions[m].note == study->targets[1].predictions[m].note);
    }
    ASSERT_EQ(again->scores.size(), study->scores.size());
    for (std::size_t i = 0; i < again->scores.size(); ++i) {
        EXPECT_EQ(again->scores[i].metric, study->scores[i].metric);
        if (!std::isnan(study->scores[i].value)) {
            EXPECT_EQ(again->scores[i].value, study->scores[i].value) << study->scores[i].metric;
        }
    }
}

namespace {

/// Labels of the target b are standard normal noise: there is nothing to learn.
Catalogue withNoiseForB(std::size_t rows, const StudyFolder& folder) {
    SyntheticCatalogue synthetic(rows);
    Rng rng(5);
    for (double& label : synthetic.catalogue.targets[1].values)
        label = rng.normal();
    return synthetic.stored(folder);
}

/// A study of heads that overfit labels that are nothing but noise.
std::shared_ptr<const Study> overfittedStudy(const std::string& residuals) {
    const StudyFolder folder;
    const Catalogue catalogue = withNoiseForB(300, folder);
    OptionSet options = quickOptions("MADSplit");
    options.setFromText("targets", "b");
    options.setFromText("epochs", "300");
    options.setFromText("width", "48");
    options.setFromText("weight-decay", "0");
    options.setFromText("residuals", residuals);
    RunContext context;
    return runStudy(catalogue, options, "", context);
}

/// Mean over the held-out rows of what the residual net expects.
double expectedError(const Study& study) {
    return study.targets[0].heldOut.signals.at("residual_net").mean();
}

bool says(const Study& study, const std::string& words) {
    return std::any_of(study.notes.begin(), study.notes.end(),
                       [&](const std::string& note) { return note.find(words) != std::string::npos; });
}

} // namespace

TEST(CrossFitting, SeesTheErrorsOfHeadsThatOverfit) {
    // Labels are standard normal noise; a prediction that knows nothing errs by sqrt(2/pi) = 0.80, one that
    // overfits errs by more on new rows and by next to nothing on its own.
    const auto inSample = overfittedStudy("in-sample");
    const auto crossFitted = overfittedStudy("cross-fitted");
    EXPECT_LT(expectedError(*inSample), 0.5);
    EXPECT_GT(expectedError(*crossFitted), 0.75);
    EXPECT_TRUE(says(*inSample, "it overfits, so the residual nets learn from errors that are too small"));
    EXPECT_FALSE(says(*crossFitted, "it overfits"));
}

namespace {

/// The same with rows set aside, and residuals = auto. @param epochs few: the head learns nothing by heart
std::shared_ptr<const Study> choosingStudy(const std::string& epochs, const std::string& keep) {
    const StudyFolder folder;
    const Catalogue catalogue = withNoiseForB(1200, folder);
    OptionSet options = quickOptions("MADSplit");
    options.setFromText("targets", "b");
    options.setFromText("epochs", epochs);
    options.setFromText("width", "48");
    options.setFromText("weight-decay", "0");
    options.setFromText("validation-fraction", "0.2");
    options.setFromText("keep-epoch", keep);
    options.setFromText("residuals", "auto");
    RunContext context;
    return runStudy(catalogue, options, "", context);
}

} // namespace

TEST(CrossFitting, IsChosenWhereTheHeadOverfits) {
    const auto late = choosingStudy("200", "last");
    EXPECT_TRUE(says(*late, "b: residual nets learn from cross-fitted errors, because"));
    EXPECT_TRUE(trainedNetworks(*late).contains("b: mean without fold 5"));
    EXPECT_GT(expectedError(*late), 0.75) << "as large as errors of a head that has not seen the row";
    const auto early = choosingStudy("1", "last");
    EXPECT_TRUE(says(*early, "b: residual nets learn from in-sample errors, because"));
    EXPECT_FALSE(trainedNetworks(*early).contains("b: mean without fold 1"));
}

TEST(KeepEpoch, BestKeepsWhatDidBestOnRowsSetAside) {
    // Labels are noise: the best prediction is none, and later epochs only learn rows by heart.
    const auto last = choosingStudy("200", "last"), best = choosingStudy("200", "best");
    const auto error = [](const Study& study) {
        const TargetStudy& target = study.targets[0];
        const auto base = target.basePrediction(), truth = target.testTruth();
        double sum = 0.0;
        for (std::size_t i = 0; i < truth.size(); ++i)
            sum += std::abs(base[i] - truth[i]);
        return sum / static_cast<double>(truth.size());
    };
    EXPECT_LT(error(*best), 0.9); // E |N(0,1)| = 0.80, of 300 rows +- 0.035
    EXPECT_GT(error(*last), error(*best) + 0.1);
    EXPECT_TRUE(says(*best, "the weights after the epoch of lowest validation loss are kept"));
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(400).stored(folder);
    RunContext context;
    OptionSet options = quickOptions("MADSplit");
    options.setFromText("keep-epoch", "best");
    EXPECT_THROW(runStudy(catalogue, options, "", context), UsageError);
    options.setFromText("keep-epoch", "last");
    options.setFromText("residuals", "auto");
    EXPECT_THROW(runStudy(catalogue, options, "", context), UsageError);
}

// Each calibration row's error is that of the network which has not seen it: labels that are noise, learned
// by heart by all the others, show it.
TEST(CrossValidation, ErrorsAreThoseOfNetworksThatHaveNotSeenTheRow) {
    const StudyFolder folder;
    const Catalogue catalogue = withNoiseForB(240, folder);
    OptionSet options = quickOptions("CVPlus");
    options.setFromText("targets", "b");
    options.setFromText("cv-folds", "5");
    options.setFromText("epochs", "400");
    options.setFromText("width", "64");
    options.setFromText("weight-decay", "0");
    RunContext context;
    const auto study = runStudy(catalogue, options, "", context);
    const HeldOut& heldOut = study->targets[0].heldOut;
    const MatrixD& mean = heldOut.signals.at("mean");
    const MatrixD& folds = heldOut.signals.at("fold_means_5");
    ASSERT_EQ(folds.cols(), 6);
    double seen = 0.0, unseen = 0.0, rows = 0.0;
    std::vector<int> sizes(5, 0);
    for (std::size_t i = 0; i < heldOut.rows.size(); ++i) {
        const auto row = static_cast<Eigen::Index>(i);
        if (heldOut.isTest[i]) {
            EXPECT_EQ(folds(row, 5), -1.0);
            continue;
        }
        ++sizes.at(static_cast<std::size_t>(folds(row, 5)));
        for (int k = 0; k < 5; ++k)
            (k == static_cast<int>(folds(row, 5)) ? unseen : seen) +=
                std::abs(heldOut.truth[i] - mean(row, 0) - folds(row, k)) /
                (k == static_cast<int>(folds(row, 5)) ? 1.0 : 4.0);
        rows += 1.0;
    }
    EXPECT_EQ(*std::max_element(sizes.begin(), sizes.end()), 12) << "60 rows in five folds";
    EXPECT_EQ(*std::min_element(sizes.begin(), sizes.end()), 12);
    EXPECT_GT(unseen / rows, 0.7); // E |N(0,1)| = 0.80 and more by what was learned by heart
    EXPECT_LT(seen, 0.6 * unseen);
    EXPECT_NE(study->targets[0].prediction("CVPlus"), nullptr);
}

TEST(CrossValidation, IsRunOnlyWhereFoldsAreAskedFor) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(200).stored(folder);
    RunContext context;
    OptionSet options = quickOptions("CVPlus");
    EXPECT_THROW(runStudy(catalogue, options, "", context), UsageError);
    options.setFromText("cv-folds", "3");
    options.setFromText("prediction-column", "a=a_pred,b=a_pred");
    EXPECT_THROW(runStudy(catalogue, options, "", context), UsageError) << "nothing is trained then";
}

TEST(Residuals, NetsThatPredictNextToNothingAreTold) {
    // Training rows are easy to the last; a fifth of the calibration rows are not.
    const StudyFolder folder;
    SyntheticCatalogue synthetic(1200);
    auto& labels = synthetic.catalogue.targets[1].values;
    Rng rng(5);
    for (std::size_t i = 0; i < labels.size(); ++i)
        labels[i] = synthetic.catalogue.split[i] == 1 && i % 10 == 2 ? 1000.0 : 1e-3 * rng.normal();
    const Catalogue catalogue = synthetic.stored(folder);
    RunContext context;
    OptionSet options = quickOptions("MADSplit");
    const auto study = runStudy(catalogue, options, "", context);
    EXPECT_TRUE(says(*study, "b, residual net on the head's hidden layer: "));
    EXPECT_FALSE(says(*study, "a, residual net on"));
}

TEST(CrossFitting, TrainsAHeadAFoldAndLeavesTheOthersAlone) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(400);
    synthetic.catalogue.targets[1].values[0] = missing; // a training row
    const Catalogue catalogue = synthetic.stored(folder);
    RunContext context;
    OptionSet options = quickOptions("VanillaSplit,MADSplit");
    const auto plain = runStudy(catalogue, options, "", context);
    options.setFromText("residuals", "cross-fitted");
    options.setFromText("residual-folds", "3");
    const auto folded = runStudy(catalogue, options, "", context);
    std::set<std::string> wanted;
    for (const std::string target : {"a", "b"})
        for (const char* network :
             {"mean", "residual_net", "mean without fold 1", "mean without fold 2", "mean without fold 3"})
            wanted.insert(target + ": " + network);
    EXPECT_EQ(trainedNetworks(*folded), wanted);
    EXPECT_LT(largestDifference(plain->target("a").basePrediction(), folded->target("a").basePrediction()),
              2e-3);                                // float32 rounding of batched products
    options.setFromText("methods", "VanillaSplit"); // no residual net, so no folds
    EXPECT_EQ(trainedNetworks(*runStudy(catalogue, options, "", context)).size(), 2U);
}
