#include "core/base/error.h"
#include "core/catalogue/lower_bound.h"
#include "core/report/verdict.h"
#include "tests/core/report/made_up_study.h"

#include <algorithm>
#include <gtest/gtest.h>

using namespace penumbra;
using namespace penumbra::report;

namespace {

/// A made-up study in which tail and worst tenth of every method have the same band.
Study withBands(const std::vector<std::string>& methods, double low, double high) {
    Study study = samples::madeUpStudy(methods, 3000);
    TargetStudy& target = study.targets.front();
    target.heldOut.signals["residual_net"] = MatrixD::Constant(target.heldOut.signals["mean"].rows(), 1, 0.1);
    study.scores.clear();
    for (Prediction& prediction : target.predictions) {
        if (prediction.method == "VanillaSplit") // as calibrated: 90 % of all
            for (std::size_t i = 0; i < prediction.mean.size(); ++i) {
                prediction.lower[i] = prediction.mean[i] - 0.27;
                prediction.upper[i] = prediction.mean[i] + 0.27;
            }
        EvaluateOptions options;
        options.bootstrapReplicates = 50;
        for (Score& score :
             evaluatePrediction(prediction, target.testTruth(), target.basePrediction(), options))
            study.scores.push_back(score);
    }
    for (Score& score : study.scores)
        if (score.metric == "tail_coverage" || score.metric == "worst_bin_coverage") {
            score.oracleLow = low;
            score.oracleHigh = high;
        }
    return study;
}

const VerdictSentence* about(const TargetVerdict& verdict, const std::string& words) {
    for (const VerdictSentence& sentence : verdict.sentences)
        if (sentence.text.find(words) != std::string::npos)
            return &sentence;
    return nullptr;
}

bool speaksOf(const VerdictSentence* sentence, const std::string& method) {
    return sentence != nullptr &&
           std::find(sentence->methods.begin(), sentence->methods.end(), method) != sentence->methods.end();
}

} // namespace

TEST(Verdict, SaysWhoHoldsWhoHoldsOnAverageAndWhoFails) {
    // Noise grows towards small predictions: a constant width covers too little there, a network ensemble
    // nowhere.
    const Study study =
        withBands({"LCNet", "LCAion", "LCMADNet", "LCMADAion", "VanillaSplit", "DeepEnsembles"}, 0.0, 1.0);
    const auto verdicts = verdict(study, {}, RunContext());
    ASSERT_EQ(verdicts.size(), 1U);
    EXPECT_EQ(verdicts[0].target, "logmass");
    const VerdictSentence* fails = about(verdicts[0], "too few of all galaxies");
    EXPECT_TRUE(speaksOf(fails, "DeepEnsembles"));
    EXPECT_FALSE(speaksOf(fails, "VanillaSplit"));
    const VerdictSentence* where = about(verdicts[0], "is predicted between");
    ASSERT_TRUE(speaksOf(where, "VanillaSplit"));
    EXPECT_LT(where->predictionLow, where->predictionHigh);
    EXPECT_LT(where->predictionLow, 9.6) << "the noisy end";
    const VerdictSentence* holds = about(verdicts[0], "promise of 90 %");
    EXPECT_TRUE(speaksOf(holds, "LCMADAion")) << "its widths are those of the noise";
    EXPECT_FALSE(speaksOf(holds, "VanillaSplit"));
    EXPECT_FALSE(speaksOf(holds, "DeepEnsembles"));
    EXPECT_NE(about(verdicts[0], "mean width"), nullptr);
}

TEST(Verdict, NamesTheStratumAndWhatAPerfectMethodWouldCover) {
    const Study study = withBands({"LCMADAion"}, 0.985, 0.99);
    const auto verdicts = verdict(study, {}, RunContext());
    EXPECT_NE(about(verdicts[0], "No method holds its promise everywhere"), nullptr);
    const VerdictSentence* average = about(verdicts[0], "holds on average only: in the tails it covers ");
    ASSERT_NE(average, nullptr);
    EXPECT_NE(average->text.find("(a perfect method 98.5–99.0 %)"), std::string::npos) << average->text;
    EXPECT_NE(average->text.find("in the worst tenth"), std::string::npos) << average->text;
}

TEST(Verdict, TellsCrossedIntervalsBesideTheirWidths) {
    Study study = withBands({"LCNet", "LCAion", "LCMADNet", "LCMADAion"}, 0.0, 1.0);
    for (Score& score : study.scores)
        score.nCrossed = score.method == "LCMADAion" ? 7 : 0;
    const auto verdicts = verdict(study, {}, RunContext());
    EXPECT_NE(about(verdicts[0], "Crossed intervals, empty and of width 0: LCMADAion 7."), nullptr);
}

TEST(Verdict, WithoutSizesOfErrorsTailsAndWorstTenthAreNotJudged) {
    Study study = withBands({"LCNet", "LCAion", "LCMADNet", "LCMADAion"}, 0.0, 1.0);
    const auto ofOne = [&] { return verdict(study, {{}, {"LCMADAion"}, false}, RunContext()); };
    const auto known = ofOne();
    EXPECT_EQ(about(known[0], "cannot be judged"), nullptr);
    EXPECT_NE(about(known[0], "overall, in the tails, in the worst tenth and by the prediction."), nullptr);
    study.targets.front().heldOut.signals.erase("residual_net");
    const auto unknown = ofOne();
    EXPECT_NE(about(unknown[0], "than a perfect method could, overall and by the prediction."), nullptr);
    EXPECT_NE(about(unknown[0],
                    "What the tails and the worst tenth of it should cover cannot be judged: this "
                    "study learned no sizes of errors. Run MADSplit or CQR beside it."),
              nullptr);
    for (Score& score : study.scores)
        if (score.metric == "worst_bin_coverage")
            score.oracleLow = 0.985, score.oracleHigh = 0.99;
    EXPECT_NE(about(ofOne()[0], "holds on average only: in the worst tenth"), nullptr)
        << "a fault that even such a band finds is told";
}

TEST(Verdict, NamesWhatCrossValidationGuarantees) {
    Study study = withBands({"CVPlus", "LCAion", "LCMADNet", "LCMADAion"}, 0.0, 1.0);
    TargetStudy& target = study.targets.front();
    const auto of = [&](const char* method) { return verdict(study, {{}, {method}, false}, RunContext()); };
    EXPECT_NE(about(of("LCMADAion")[0], "LCMADAion holds its promise of 90 %"), nullptr);
    target.predictions.front() = target.predictions.back();
    target.predictions.front().method = "CVPlus";
    std::vector<Score> copies;
    std::erase_if(study.scores, [](const Score& score) { return score.method == "CVPlus"; });
    for (Score score : study.scores)
        if (score.method == "LCMADAion") {
            score.method = "CVPlus";
            copies.push_back(score);
        }
    study.scores.insert(study.scores.end(), copies.begin(), copies.end());
    for (std::size_t i = 0; i < 800; ++i) { // 1 - 0.2 - sqrt(2/800) = 0.75
        target.heldOut.rows.push_back(static_cast<std::int64_t>(5000 + i));
        target.heldOut.isTest.push_back(0);
        target.heldOut.truth.push_back(10.0);
    }
    for (const char* name : {"mean", "residual_net"}) {
        const MatrixD& values = target.heldOut.signals.at(name);
        MatrixD more = MatrixD::Constant(values.rows() + 800, 1, 10.0);
        more.topRows(values.rows()) = values;
        target.heldOut.signals[name] = more;
    }
    const auto verdicts = of("CVPlus");
    EXPECT_EQ(about(verdicts[0], "promise"), nullptr);
    EXPECT_NE(about(verdicts[0], "CVPlus covers the 90 % asked for"), nullptr);
    EXPECT_NE(about(verdicts[0], "guaranteed are 75.0 % with 800 calibration galaxies"), nullptr);
}

TEST(Verdict, NamesALowerBoundThatLabelsLieBelow) {
    Study study = withBands({"LCMADAion"}, 0.0, 1.0);
    HeldOut& heldOut = study.targets.front().heldOut;
    const auto below =
        std::count_if(heldOut.truth.begin(), heldOut.truth.end(), [](double truth) { return truth < 9.25; });
    ASSERT_GT(below, 0);
    ASSERT_LT(below, 1000);
    EXPECT_EQ(about(verdict(study, {}, RunContext())[0], "lower bound"), nullptr);
    setLowerBound(heldOut, 9.25);
    EXPECT_NE(about(verdict(study, {}, RunContext())[0],
                    "lower bound 9.25 of logmass, but " + std::to_string(below) + " of 3,000 test labels ("),
              nullptr);
    setLowerBound(heldOut, 0.0);
    EXPECT_EQ(about(verdict(study, {}, RunContext())[0], "lower bound"), nullptr);
}

TEST(Verdict, OfSomeTargetsAndMethodsOnly) {
    const Study study = withBands({"LCMADAion", "VanillaSplit"}, 0.0, 1.0);
    const auto verdicts = verdict(study, {{"logmass"}, {"LCMADAion"}, false}, RunContext());
    ASSERT_EQ(verdicts.size(), 1U);
    for (const VerdictSentence& sentence : verdicts[0].sentences)
        EXPECT_EQ(sentence.text.find("VanillaSplit"), std::string::npos) << sentence.text;
    EXPECT_THROW(verdict(study, {{}, {"CQR"}, false}, RunContext()), UsageError);
    EXPECT_THROW(verdict(study, {{"mass"}, {}, false}, RunContext()), Error);
}
