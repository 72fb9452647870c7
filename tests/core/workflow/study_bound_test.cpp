// A target that cannot lie below a value: interval ends are cut there.
#include "tests/core/workflow/study_support.h"

#include "core/applying/model.h"
#include "core/base/text.h"
#include "core/catalogue/lower_bound.h"
#include "core/eval/local_scores.h"
#include "core/session/study_file.h"
#include "core/study/calibration_parts.h"
#include "core/study/subset.h"
#include "core/workflow/stability.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

using namespace penumbra;
using namespace penumbra::workflow;

namespace {

constexpr double bound = -0.5; // about a third of the labels of a would lie below
constexpr const char* methodsOfColumns = "VanillaSplit,MADSplit,CQR,DeliveredSpread,DeliveredQuantiles";

/// @param tied labels below the bound are set to it; else mirrored at it
SyntheticCatalogue boundedCatalogue(std::size_t rows, bool tied) {
    SyntheticCatalogue synthetic(rows);
    for (double& label : synthetic.catalogue.targets.front().values)
        if (label < bound)
            label = tied ? bound : 2.0 * bound - label;
    return synthetic;
}

OptionSet columnOptions(const std::string& lowerBound) {
    OptionSet options = quickOptions(methodsOfColumns);
    options.setFromText("targets", "a");
    options.setFromText("prediction-column", "a_pred");
    options.setFromText("spread-column", "a_err");
    options.setFromText("quantile-columns", "a_lo,a_hi");
    options.setFromText("lower-bound", lowerBound);
    return options;
}

std::shared_ptr<const Study> studyOf(const Catalogue& catalogue, const OptionSet& options,
                                     const std::string& out = "") {
    RunContext context;
    return runStudy(catalogue, options, out, context);
}

/// That `cut` is `whole` with its ends raised to the bound, and covers what it covers.
void expectCut(const TargetStudy& cut, const TargetStudy& whole) {
    ASSERT_EQ(cut.predictions.size(), whole.predictions.size());
    const auto truth = whole.testTruth();
    for (std::size_t m = 0; m < cut.predictions.size(); ++m) {
        const Prediction &ours = cut.predictions[m], &other = whole.predictions[m];
        std::size_t raised = 0;
        for (std::size_t i = 0; i < truth.size(); ++i) {
            EXPECT_EQ(ours.lower[i], std::max(bound, other.lower[i])) << ours.method;
            EXPECT_EQ(ours.upper[i], std::max(bound, other.upper[i])) << ours.method;
            EXPECT_EQ(ours.mean[i], other.mean[i]) << ours.method;
            if (truth[i] > bound)
                EXPECT_EQ(covers(ours, i, truth[i]), covers(other, i, truth[i])) << ours.method;
            else
                EXPECT_GE(covers(ours, i, truth[i]), covers(other, i, truth[i])) << ours.method;
            raised += other.lower[i] < bound;
        }
        EXPECT_GT(raised, truth.size() / 10) << ours.method;
    }
}

bool hasNote(const Study& study, const std::string& words) {
    return std::any_of(study.notes.begin(), study.notes.end(),
                       [&](const std::string& note) { return note.find(words) != std::string::npos; });
}

} // namespace

TEST(LowerBound, CutsEndsAndKeepsCoverageAtAnyAlphaAndFromTheFile) {
    const StudyFolder folder;
    const Catalogue catalogue = boundedCatalogue(800, true).stored(folder, false);
    const std::string file = folder.path("cut.h5");
    const auto whole = studyOf(catalogue, columnOptions("")),
               cut = studyOf(catalogue, columnOptions("-0.5"), file);
    expectCut(cut->target("a"), whole->target("a"));
    for (const char* metric : {"coverage", "tail_coverage", "worst_bin_coverage"})
        for (const std::string& method : cut->methods)
            EXPECT_GE(cut->score("a", method, metric)->value, whole->score("a", method, metric)->value)
                << metric;
    for (const std::string& method : cut->methods)
        EXPECT_LT(scoreOf(*cut, "a", method, "mean_width"), scoreOf(*whole, "a", method, "mean_width"));
    EXPECT_TRUE(hasNote(*cut, "interval ends below -0.5 are cut there. No label"));
    const RunContext context;
    const Study reread = session::readStudy(file, context);
    EXPECT_EQ(lowerBoundOf(reread.target("a").heldOut), bound);
    expectCut(recalibrateIntervals(reread, 0.3, context).target("a"),
              recalibrateIntervals(*whole, 0.3, context).target("a"));
}

TEST(LowerBound, BracketsAndResplitsKnowIt) {
    const StudyFolder folder;
    const Catalogue catalogue = boundedCatalogue(800, false).stored(folder, false);
    const auto whole = studyOf(catalogue, columnOptions("")),
               cut = studyOf(catalogue, columnOptions("a=-0.5"));
    const auto scoreFrom = [](const Study& study, const std::string& method, const char* metric) {
        return study.score("a", method, metric);
    };
    for (const char* method : {"VanillaSplit", "MADSplit", "CQR"}) {
        const Score *ours = scoreFrom(*cut, method, "coverage"),
                    *other = scoreFrom(*whole, method, "coverage");
        ASSERT_EQ(ours->calibration, "drawn");
        EXPECT_EQ(ours->low, other->low);
        EXPECT_EQ(ours->high, other->high);
        const Score* width = scoreFrom(*cut, method, "mean_width");
        EXPECT_LE(width->low, width->value);
        EXPECT_GE(width->high, width->value);
        // An end that is cut does not move with the calibration: the width is known better.
        EXPECT_LT(width->high - width->low, scoreFrom(*whole, method, "mean_width")->high -
                                                scoreFrom(*whole, method, "mean_width")->low)
            << method;
    }
    StabilityOptions options;
    options.repeats = 20;
    const Stability ofCut = repeatSplits(*cut, options, {}), ofWhole = repeatSplits(*whole, options, {});
    ASSERT_EQ(ofCut.lines.size(), ofWhole.lines.size());
    std::size_t coverages = 0, widths = 0;
    for (std::size_t i = 0; i < ofCut.lines.size(); ++i) {
        ASSERT_EQ(ofCut.lines[i].metric, ofWhole.lines[i].metric);
        if (ofCut.lines[i].metric == "coverage") {
            EXPECT_EQ(ofCut.lines[i].resplits, ofWhole.lines[i].resplits) << ofCut.lines[i].method;
            ++coverages;
        }
        if (ofCut.lines[i].metric == "mean_width") {
            for (std::size_t r = 0; r < ofCut.lines[i].resplits.size(); ++r)
                EXPECT_LT(ofCut.lines[i].resplits[r], ofWhole.lines[i].resplits[r]) << ofCut.lines[i].method;
            ++widths;
        }
    }
    EXPECT_GT(coverages, 0u);
    EXPECT_GT(widths, 0u);
}

TEST(LowerBound, ResplitsAndWorldsAgreeWithTheIntervalsWhereLabelsLieAtIt) {
    const StudyFolder folder;
    const Catalogue catalogue = boundedCatalogue(800, true).stored(folder, false);
    const auto cut = studyOf(catalogue, columnOptions("-0.5"));
    const TargetStudy& target = cut->target("a");
    const auto truth = target.testTruth();
    for (const char* method : {"VanillaSplit", "MADSplit", "CQR"}) {
        const Prediction& prediction = *target.prediction(method);
        const SplitScores& split = *target.calibrationPart(method)->split;
        std::vector<double> scores = split.calibration;
        std::sort(scores.begin(), scores.end());
        const auto k =
            static_cast<std::size_t>(std::ceil(0.9 * (static_cast<double>(scores.size()) + 1.0) - 1e-9));
        std::size_t atBound = 0;
        for (std::size_t i = 0; i < truth.size(); ++i) {
            EXPECT_EQ(covers(prediction, i, truth[i]),
                      cutScore(split, i, truth[i], bound) <= scores.at(k - 1))
                << method << " " << i;
            atBound += truth[i] == bound;
        }
        EXPECT_GT(atBound, 20u);
        const Score* coverage = cut->score("a", method, "coverage");
        EXPECT_LE(coverage->low, coverage->value);
        EXPECT_GE(coverage->high, coverage->value);
    }
    StabilityOptions options;
    options.repeats = 200;
    const Stability stability = repeatSplits(*cut, options, {});
    for (const std::string method : {"VanillaSplit", "MADSplit", "CQR"}) {
        const StabilityLine* line = stability.find("a", method, "coverage");
        const auto [low, high] = std::minmax_element(line->resplits.begin(), line->resplits.end());
        EXPECT_GE(line->value, *low)
            << method; // 200 splits of 400 galaxies: outside once in a hundred, seed 0
        EXPECT_LE(line->value, *high) << method;
    }
}

TEST(LowerBound, LocalMethodsKnowTheirScoresBehindIt) {
    const StudyFolder folder;
    const Catalogue catalogue = boundedCatalogue(400, false).stored(folder);
    OptionSet options = quickOptions("LCNet,LCMADNet");
    options.setFromText("targets", "a");
    options.setFromText("metric-iterations", "10");
    const auto whole = studyOf(catalogue, options);
    options.setFromText("lower-bound", "a=-0.5");
    const auto cut = studyOf(catalogue, options);
    for (const char* method : {"LCNet", "LCMADNet"}) {
        const TargetStudy &ours = cut->target("a"), &other = whole->target("a");
        const auto scores = localScores(ours, *ours.prediction(method)),
                   expected = localScores(other, *other.prediction(method));
        ASSERT_TRUE(expected.has_value()) << method;
        ASSERT_TRUE(scores.has_value()) << method;
        EXPECT_EQ(scores->score, expected->score) << method;
    }
}

TEST(LowerBound, NewGalaxiesAndSubsetsKeepIt) {
    const StudyFolder folder;
    const Catalogue catalogue = boundedCatalogue(400, true).stored(folder, false);
    RunContext context;
    std::vector<session::StoredArray> arrays;
    const auto cut = runStudy(catalogue, columnOptions("-0.5"), "", context, {}, &arrays);
    const TargetStudy& target = cut->target("a");
    OptionSet chosen;
    chosen.textList("targets", {}, "");
    chosen.textList("methods", {}, "");
    addWantedAlpha(chosen);
    const PredictModel model(*cut, arrays, chosen);
    NewRows rows;
    std::vector<std::int64_t> ids;
    for (const std::int64_t row : target.testRows())
        ids.push_back(row);
    rows.ids.values = ids;
    for (const std::string& name : model.columns())
        for (const std::int64_t row : target.testRows())
            rows.columns[name].push_back(
                catalogue.columns.at(name).asReals().at(static_cast<std::size_t>(row)));
    const NewPredictions made = model.predict(rows, context);
    for (const Prediction& prediction : made.targets.at(0).predictions) {
        const Prediction& own = *target.prediction(prediction.method);
        for (std::size_t i = 0; i < own.lower.size(); ++i) {
            EXPECT_DOUBLE_EQ(prediction.lower[i], own.lower[i]) << own.method;
            EXPECT_DOUBLE_EQ(prediction.upper[i], own.upper[i]) << own.method;
        }
    }
    TargetStudy part = target;
    const std::int64_t kept[] = {target.testRows().at(3)};
    keepRows(part, RowMask::of(400, kept));
    EXPECT_EQ(lowerBoundOf(part.heldOut), bound);
}

TEST(LowerBound, TellsOfLabelsBelowAndRefusesWhatItCannotPromise) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(400).stored(folder, false);
    auto sorted = studyOf(catalogue, columnOptions(""))->target("a").heldOut.truth;
    ASSERT_EQ(sorted.size(), 200U);
    std::sort(sorted.begin(), sorted.end());
    const auto study = studyOf(catalogue, columnOptions(shortestReal(sorted[20])));
    const auto& truth = study->target("a").heldOut.truth;
    const auto below = std::count_if(truth.begin(), truth.end(), [&](double y) { return y < sorted[20]; });
    ASSERT_EQ(below, 20) << "a tenth";
    EXPECT_THROW(studyOf(catalogue, columnOptions(shortestReal(sorted[21]))), UsageError) << "more than that";
    EXPECT_TRUE(hasNote(*study, "But " + std::to_string(below) + " of 200 labels"));
    for (const char* wrong : {"b=0", "a=nought", "a=inf"})
        EXPECT_THROW(studyOf(catalogue, columnOptions(wrong)), UsageError) << wrong;
    OptionSet open = columnOptions("0");
    open.setFromText("ends", "open");
    EXPECT_THROW(studyOf(catalogue, open), UsageError);
}
