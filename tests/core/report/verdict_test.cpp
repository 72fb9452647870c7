#include "core/base/error.h"
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

TEST(Verdict, OfSomeTargetsAndMethodsOnly) {
    const Study study = withBands({"LCMADAion", "VanillaSplit"}, 0.0, 1.0);
    const auto verdicts = verdict(study, {{"logmass"}, {"LCMADAion"}, false}, RunContext());
    ASSERT_EQ(verdicts.size(), 1U);
    for (const VerdictSentence& sentence : verdicts[0].sentences)
        EXPECT_EQ(sentence.text.find("VanillaSplit"), std::string::npos) << sentence.text;
    EXPECT_THROW(verdict(study, {{}, {"CQR"}, false}, RunContext()), UsageError);
    EXPECT_THROW(verdict(study, {{"mass"}, {}, false}, RunContext()), Error);
}
