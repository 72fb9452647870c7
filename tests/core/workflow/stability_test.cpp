#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/eval/evaluate.h"
#include "core/eval/exchangeability.h"
#include "core/io/table_reader.h"
#include "core/report/figures.h"
#include "core/study/run.h"
#include "core/study/split_tests.h"
#include "core/uq/uq_method.h"
#include "core/workflow/exchangeability.h"
#include "core/workflow/stability.h"
#include "tests/core/workflow/study_support.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>

namespace penumbra::workflow {
namespace {

/// A study made of signals alone: y = mean + scale e; nothing was trained.
Study studyOf(std::size_t calibration, std::size_t test, const std::vector<std::string>& methods,
              std::uint64_t seed, double wanted = 0.1) {
    OptionSet options;
    describeStudyOptions(options);
    Study study;
    study.alpha = wanted;
    study.methods = methods;
    study.optionsJson = options.toJson().dump();
    TargetStudy target;
    target.name = "z";
    Rng rng(seed);
    const auto n = static_cast<Eigen::Index>(calibration + test);
    MatrixD mean(n, 1), residual(n, 1), low(n, 1), high(n, 1), spread(n, 1);
    for (Eigen::Index i = 0; i < n; ++i) {
        mean(i, 0) = rng.normal();
        const double scale = 0.1 + 0.3 * rng.uniform();
        residual(i, 0) = 0.8 * scale * (1.0 + 0.1 * rng.normal());
        low(i, 0) = mean(i, 0) - 1.3 * scale;
        high(i, 0) = mean(i, 0) + 1.5 * scale + 0.02 * rng.normal();
        spread(i, 0) = 0.5 * scale;
        target.heldOut.rows.push_back(i);
        target.heldOut.isTest.push_back(static_cast<std::size_t>(i) < calibration ? 0 : 1);
        target.heldOut.truth.push_back(mean(i, 0) + scale * rng.normal());
    }
    target.heldOut.signals["mean"] = mean;
    target.heldOut.signals["residual_net"] = residual;
    target.heldOut.signals["q0.05"] = low;
    target.heldOut.signals["q0.95"] = high;
    for (const uq::Signal& signal : uq::findMethod("MCDropout").needs(options, 0.1))
        target.heldOut.signals[signal.name()] = signal.kind == uq::Signal::Kind::DropoutMean ? mean : spread;
    const auto evidence = uq::makeEvidence("z", "", target.heldOut);
    const double alpha[] = {wanted};
    for (const std::string& method : methods)
        target.predictions.push_back(
            uq::findMethod(method).intervals(evidence, alpha, 0.1, options, {}).front());
    study.targets.push_back(std::move(target));
    return study;
}

/// The method itself on a split, measured by the table of metrics.
std::map<std::string, double> measured(const Study& study, const std::string& method,
                                       const HeldOut& heldOut) {
    const OptionSet options = recordedOptions(study);
    const auto evidence = uq::makeEvidence("z", "", heldOut);
    const double alpha[] = {study.alpha};
    const Prediction prediction = uq::findMethod(method).intervals(evidence, alpha, 0.1, options, {}).front();
    TargetStudy target;
    target.heldOut = heldOut;
    EvaluateOptions evaluate;
    evaluate.bootstrapReplicates = 0;
    std::map<std::string, double> out;
    for (const Score& score :
         evaluatePrediction(prediction, target.testTruth(), target.basePrediction(), evaluate))
        if (score.convention == "all")
            out[score.metric] = score.value;
    return out;
}

/// At alpha 0.9 CQR's narrow intervals cross.
class RepeatSplitsAt : public ::testing::TestWithParam<double> {};

TEST_P(RepeatSplitsAt, AgreeWithTheMethodsThemselvesOnEverySplit) {
    const std::vector<std::string> methods{"VanillaSplit", "MADSplit", "CQR", "MCDropout"};
    const Study study = studyOf(300, 200, methods, 1, GetParam());
    const Prediction& last = study.targets[0].predictions[2];
    bool crossed = false;
    for (std::size_t i = 0; i < last.lower.size(); ++i)
        crossed = crossed || last.lower[i] > last.upper[i];
    ASSERT_EQ(crossed, GetParam() > 0.5);
    StabilityOptions options;
    options.repeats = 12;
    options.seed = 5;
    const Stability stability = repeatSplits(study, options, {});
    for (std::size_t r = 0; r < 12; ++r) {
        HeldOut heldOut =
            study.targets[0].heldOut; // the documented draw: Rng(seed, repeat), calibration first
        const auto order = Rng(5, r).permutation(500);
        for (std::size_t i = 0; i < 500; ++i)
            heldOut.isTest[order[i]] = i < 300 ? 0 : 1;
        for (const std::string& method : methods) {
            const auto expected = measured(study, method, heldOut);
            for (const char* metric : {"coverage", "tail_coverage", "worst_bin_coverage"})
                EXPECT_NEAR(stability.find("z", method, metric)->resplits[r], expected.at(metric), 1e-12)
                    << method << " " << metric << " " << r;
            EXPECT_NEAR(stability.find("z", method, "mean_width")->resplits[r], expected.at("mean_width"),
                        1e-9)
                << method;
        }
    }
    const auto own = measured(study, "CQR", study.targets[0].heldOut);
    EXPECT_NEAR(stability.find("z", "CQR", "coverage")->value, own.at("coverage"), 1e-12);
}

INSTANTIATE_TEST_SUITE_P(Alphas, RepeatSplitsAt, ::testing::Values(0.1, 0.9));

TEST(RepeatSplits, TheInterpolatedRuleHasNoGuaranteeToState) {
    Study study = studyOf(200, 150, {"VanillaSplit"}, 2);
    StabilityOptions few;
    few.repeats = 2;
    EXPECT_TRUE(
        std::isfinite(repeatSplits(study, few, {}).find("z", "VanillaSplit", "coverage")->guarantee.low));
    OptionSet options = recordedOptions(study);
    options.setFromText("quantile-rule", "interpolated");
    study.optionsJson = options.toJson().dump();
    EXPECT_TRUE(
        std::isnan(repeatSplits(study, few, {}).find("z", "VanillaSplit", "coverage")->guarantee.low));
}

// Columns that say nothing of some galaxies: every split calibrates without them, their intervals are
// infinite.
TEST(RepeatSplits, UnknownSizesOfErrorsAreSplitToo) {
    Study study = studyOf(200, 150, {"MADSplit", "CQR"}, 3);
    auto& signals = study.targets[0].heldOut.signals;
    const double infinity = std::numeric_limits<double>::infinity();
    for (Eigen::Index i = 0; i < 350; i += 7) {
        signals["residual_net"](i, 0) = infinity;
        signals["q0.05"](i, 0) = -infinity;
        signals["q0.95"](i, 0) = infinity;
    }
    StabilityOptions few;
    few.repeats = 20;
    const Stability stability = repeatSplits(study, few, {});
    for (const char* method : {"MADSplit", "CQR"}) {
        const auto& infinite = stability.find("z", method, "infinite_share")->resplits;
        EXPECT_NEAR(std::accumulate(infinite.begin(), infinite.end(), 0.0) / 20.0, 1.0 / 7.0, 0.03);
        for (const double width : stability.find("z", method, "mean_width")->resplits)
            EXPECT_TRUE(std::isfinite(width) && width > 0.0) << method;
    }
}

TEST(RepeatSplits, CoverageFollowsTheBetaBinomialLaw) {
    // Over random splits of one pool the coverage of a split-conformal method is exactly Beta-Binomial (Vovk
    // 2012): 95 % of 2,000 splits in its band (discrete: a little more), each tail at most 2.5 %.
    // Binomial(2000, 0.025) is 50, standard deviation 7.
    const Study study = studyOf(200, 150, {"VanillaSplit", "MADSplit"}, 2);
    StabilityOptions options;
    options.repeats = 2000;
    const Stability stability = repeatSplits(study, options, {});
    for (const char* method : {"VanillaSplit", "MADSplit"}) {
        const StabilityLine& line = *stability.find("z", method, "coverage");
        int below = 0, above = 0;
        double mean = 0.0;
        for (const double coverage : line.resplits) {
            below += coverage < line.guarantee.low ? 1 : 0;
            above += coverage > line.guarantee.high ? 1 : 0;
            mean += coverage / 2000.0;
        }
        EXPECT_LE(below, 78) << method;
        EXPECT_LE(above, 78) << method;
        EXPECT_GE(below + above, 15) << "a band that holds everything says nothing";
        // k / (n + 1) = 181 / 201; standard deviation of one coverage 0.033
        EXPECT_NEAR(mean, 181.0 / 201.0, 4.0 * 0.033 / std::sqrt(2000.0)) << method;
    }
}

TEST(RepeatSplits, BootstrapSpreadsAsTheBinomialDoes) {
    const Study study = studyOf(400, 900, {"CQR"}, 3);
    StabilityOptions options;
    options.repeats = 2000;
    const Stability stability = repeatSplits(study, options, {});
    const StabilityLine& line = *stability.find("z", "CQR", "coverage");
    double mean = 0.0, square = 0.0;
    for (const double v : line.resamples) {
        mean += v / 2000.0;
        square += v * v / 2000.0;
    }
    const double expected = std::sqrt(line.value * (1.0 - line.value) / 900.0);
    EXPECT_NEAR(mean, line.value, 4.0 * expected / std::sqrt(2000.0));
    EXPECT_NEAR(std::sqrt(square - mean * mean), expected, 4.0 * expected / std::sqrt(4000.0));
}

TEST(RepeatSplits, ResamplesAsTheFigureDoes) {
    Study study = studyOf(200, 150, {"CQR"}, 3);
    study.seed = 11;
    StabilityOptions options;
    options.repeats = 60;
    options.seed = study.seed;
    std::vector<double> expected = repeatSplits(study, options, {}).find("z", "CQR", "coverage")->resamples;
    const report::FigureKind& kind = report::findFigure("stability");
    OptionSet figureOptions;
    kind.options(figureOptions);
    figureOptions.set("vary", std::string("galaxies"));
    figureOptions.set("repeats", std::int64_t{60});
    const report::FigureSpec figure = kind.make({study, nullptr}, figureOptions);
    const auto& series = figure.panels.at(0).series;
    const auto violin = std::find_if(series.begin(), series.end(), [](const report::Series& candidate) {
        return candidate.kind == report::Series::Kind::Violin;
    });
    ASSERT_NE(violin, series.end());
    std::vector<double> drawn = violin->x;
    std::sort(drawn.begin(), drawn.end());
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(drawn, expected);
}

TEST(RepeatSplits, NetworksThatHaveSeenTheCalibrationGalaxiesAreLeftOut) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(240).stored(folder);
    OptionSet options = quickOptions("VanillaSplit,CVPlus");
    options.setFromText("targets", "a");
    options.setFromText("cv-folds", "3");
    RunContext context;
    const auto study = runStudy(catalogue, options, "", context);
    StabilityOptions repeats;
    repeats.repeats = 10;
    const Stability found = repeatSplits(*study, repeats, {});
    EXPECT_TRUE(std::none_of(found.lines.begin(), found.lines.end(),
                             [](const StabilityLine& line) { return line.method == "CVPlus"; }));
    ASSERT_EQ(found.notes.size(), 1U);
    EXPECT_NE(found.notes[0].find("CVPlus is left out"), std::string::npos);
}

TEST(RepeatSplits, NamesWhatIsNotThere) {
    const Study study = studyOf(100, 50, {"CQR"}, 4);
    EXPECT_THROW(repeatSplits(study, {.methods = {"LCNet"}}, {}), UsageError);
    EXPECT_THROW(repeatSplits(study, {.targets = {"mass"}}, {}), Error);
    Study bare = study;
    bare.targets[0].heldOut.signals.clear();
    EXPECT_THROW(repeatSplits(bare, {}, {}), Error);
    Study unlabelled = study;
    for (std::size_t i = 100; i < 145; ++i)
        unlabelled.targets[0].heldOut.truth[i] = std::nan("");
    EXPECT_EQ(repeatSplits(unlabelled, {}, {}).notes.size(), 1u);
}

TEST(TestSplits, FindTheShiftedSdssSplit) {
    const char* data = std::getenv("PENUMBRA_DATA");
    if (data == nullptr)
        GTEST_SKIP() << "PENUMBRA_DATA is not set: the SDSS split of MLZ is not tested";
    const std::string folder = std::string(data) + "/mlz_sdss_mgs/SDSS_MGS.";
    const io::Table first = io::readTable(folder + "train", {}, {}),
                    second = io::readTable(folder + "test", {}, {});
    std::vector<NamedColumn> columns;
    std::vector<std::uint8_t> given(first.rows(), 0);
    given.resize(first.rows() + second.rows(), 1);
    for (const io::Column& column : second.columns) {
        const io::Column* same = first.find(column.name);
        if (same == nullptr || !column.isNumeric())
            continue;
        NamedColumn named{column.name, {}};
        for (std::size_t row = 0; row < first.rows(); ++row)
            named.values.push_back(same->asReal(row));
        for (std::size_t row = 0; row < second.rows(); ++row)
            named.values.push_back(column.asReal(row));
        columns.push_back(std::move(named));
    }
    ASSERT_GE(columns.size(), 10u);
    const auto found = testExchangeability(columns, MatrixF(), given, "calibration", "test", {}, {});
    EXPECT_TRUE(found.differ());
    EXPECT_NE(inWords(found).find("do not carry over"), std::string::npos);
    std::vector<std::uint8_t> random(given.size(), 0);
    const auto order = Rng(3).permutation(random.size());
    for (std::size_t i = 0; i < order.size() / 2; ++i)
        random[order[i]] = 1;
    EXPECT_FALSE(testExchangeability(columns, MatrixF(), random, "calibration", "test", {}, {}).differ())
        << "the same galaxies, split at random";
}

} // namespace
} // namespace penumbra::workflow
