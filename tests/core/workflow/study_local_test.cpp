#include "tests/core/workflow/study_support.h"

#include "core/base/text.h"
#include "core/session/study_file.h"
#include "core/study/local_draws.h"
#include "core/study/options.h"
#include "core/workflow/explain.h"
#include "core/workflow/study_command.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>

using namespace penumbra;
using namespace penumbra::workflow;

namespace {

constexpr const char* nineMethods =
    "LCNet,LCAion,LCMADNet,LCMADAion,VanillaSplit,MADSplit,CQR,DeepEnsembles,MCDropout";

OptionSet localOptions(const std::string& methods = nineMethods) {
    OptionSet options = quickOptions(methods);
    options.setFromText("metric-iterations", "60");
    options.setFromText("metric-dimensions", "2");
    return options;
}

const KernelFacts& kernelOf(const Study& study, const std::string& target, const std::string& space) {
    return *std::find_if(study.kernels.begin(), study.kernels.end(), [&](const KernelFacts& kernel) {
        return kernel.target == target && kernel.space == space;
    });
}

double infiniteShare(const Prediction& prediction) {
    double infinite = 0.0;
    for (const double upper : prediction.upper)
        infinite += std::isinf(upper) ? 1.0 : 0.0;
    return infinite / static_cast<double>(prediction.upper.size());
}

} // namespace

TEST(LocalStudy, NineMethodsInOneStudyAndOneFile) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(1200);
    for (std::size_t i = 0; i < 60; i += 2) // the targets' training rows differ
        synthetic.catalogue.targets[1].values[i] = missing;
    const Catalogue catalogue = synthetic.stored(folder);
    RunContext context;
    const auto study = runStudy(catalogue, localOptions(), folder.path("s.h5"), context);
    EXPECT_EQ(joinText(study->methods, ","), nineMethods);
    for (const TargetStudy& target : study->targets) {
        ASSERT_EQ(target.predictions.size(), 9u);
        for (const std::string id : {"LCNet", "LCAion", "LCMADNet", "LCMADAion"}) {
            const Prediction& p = *target.prediction(id);
            EXPECT_EQ(p.effective.size(), p.mean.size());
            EXPECT_EQ(p.mean, target.prediction("VanillaSplit")->mean);
            EXPECT_GT(scoreOf(*study, target.name, id, "coverage"), 0.8) << id;
            EXPECT_LT(infiniteShare(p), 0.05) << id;
        }
        EXPECT_EQ(target.local.size(), 4u);
        EXPECT_EQ(target.local.at("LCNet")->alphas.size(), 99u);
    }
    EXPECT_EQ(study->kernels.size(), 4u);
    EXPECT_GT(kernelOf(*study, "a", "net").r2, 0.3);
    EXPECT_GT(kernelOf(*study, "a", "aion").guardRows, 20);

    const Study read = session::readStudy(folder.path("s.h5"));
    EXPECT_EQ(read.kernels.size(), 4u);
    EXPECT_EQ(kernelOf(read, "b", "aion").scale, kernelOf(*study, "b", "aion").scale);
    for (std::size_t t = 0; t < 2; ++t)
        for (const auto& [id, grid] : study->targets[t].local) {
            const LocalGrid& other = *read.targets[t].local.at(id);
            EXPECT_EQ(other.alphas, grid->alphas);
            EXPECT_EQ(other.quantiles, grid->quantiles);
            EXPECT_EQ(other.effective, grid->effective);
        }
    bool stored = false;
    for (const auto& array : session::readNetworks(folder.path("s.h5")))
        stored |= array.name == "kernel_aion/a/A" && array.shape == std::vector<std::int64_t>{2, 3};
    EXPECT_TRUE(stored);
}

TEST(LocalStudy, CalibrationIsDrawnAnewFromAFileAsInTheRun) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(600).stored(folder);
    RunContext context;
    OptionSet options = localOptions("LCNet,LCMADAion,VanillaSplit");
    options.setFromText("targets", "a");
    const auto study = runStudy(catalogue, options, folder.path("s.h5"), context);
    EXPECT_FALSE(wantsLocalDraws(*study));
    Study read = session::readStudy(folder.path("s.h5"));
    ASSERT_TRUE(wantsLocalDraws(read));
    addLocalDraws(read, context);
    EXPECT_FALSE(wantsLocalDraws(read));
    for (const std::string id : {"LCNet", "LCMADAion"}) {
        const DrawnHalfWidths& drawn = *read.targets[0].calibrationPart(id)->drawn;
        EXPECT_EQ(drawn.half, study->targets[0].calibrationPart(id)->drawn->half) << id;
        const Prediction& own = *read.targets[0].prediction(id);
        ASSERT_EQ(drawn.half.size(), localDraws * own.mean.size());
        std::vector<double> draws; // of one galaxy; its own half width is one such draw's expectation, nearly
        for (std::size_t r = 0; r < drawn.draws; ++r)
            draws.push_back(drawn.at(r, 7));
        const auto [least, most] = std::minmax_element(draws.begin(), draws.end());
        EXPECT_LT(*least, *most);
        EXPECT_LE(*least, own.upper[7] - own.mean[7]);
        EXPECT_GE(*most, own.upper[7] - own.mean[7]);
        const auto found = std::find_if(study->scores.begin(), study->scores.end(), [&](const Score& score) {
            return score.method == id && score.metric == "mean_width";
        });
        EXPECT_EQ(found->calibration, "drawn") << id;
    }
}

TEST(LocalStudy, RecalibratedFromTheGridEqualsTheMethodItself) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(600).stored(folder);
    RunContext context;
    OptionSet options = localOptions("LCNet,LCMADNet,LCMADAion");
    options.setFromText("targets", "a");
    options.setFromText("alpha", "0.123");
    const auto study = runStudy(catalogue, options, folder.path("s.h5"), context);
    Study read = session::readStudy(folder.path("s.h5"));
    EXPECT_EQ(read.targets[0].local.at("LCNet")->alphas.size(), 100u);
    for (const double alpha : {0.123, 0.2, 0.05}) {
        const auto fromGrid = recalibrate(read, alpha, context);
        Study without = read;
        without.targets[0].local.clear();
        const auto direct = recalibrate(without, alpha, context);
        for (std::size_t m = 0; m < 3; ++m) {
            const Prediction& a = fromGrid->targets[0].predictions[m];
            const Prediction& b = direct->targets[0].predictions[m];
            for (std::size_t i = 0; i < a.mean.size(); ++i) {
                ASSERT_EQ(a.upper[i], b.upper[i]) << alpha;
            }
        }
    }
    EXPECT_EQ(recalibrate(read, 0.123, context)->targets[0].predictions[0].lower,
              study->targets[0].predictions[0].lower);
    EXPECT_NE(recalibrate(read, 0.2, context)->targets[0].predictions[0].note.find("recalibrated"),
              std::string::npos);
}

TEST(LocalStudy, TheGuardWidensAKernelThatWouldLeaveIntervalsInfinite) {
    // Pure noise on many features, a large step: the kernel learns its training rows by heart.
    const StudyFolder folder;
    SyntheticCatalogue synthetic(800);
    Rng rng(3);
    synthetic.features.resize(800, 40);
    for (Eigen::Index i = 0; i < synthetic.features.size(); ++i)
        synthetic.features.data()[i] = static_cast<float>(rng.normal());
    synthetic.catalogue.features.clear();
    synthetic.catalogue.features.push_back({"x", 40, {}});
    const std::string file = folder.path("c.h5");
    writeCatalogue(synthetic.catalogue, {synthetic.features}, file);
    const Catalogue catalogue = readCatalogue(file);
    OptionSet options = localOptions("LCAion");
    options.setFromText("targets", "a");
    options.setFromText("metric-dimensions", "5");
    options.setFromText("metric-iterations", "300");
    options.setFromText("metric-learning-rate", "0.03");
    RunContext context;
    const auto guarded = runStudy(catalogue, options, "", context);
    options.setFromText("metric-guard", "off");
    const auto free = runStudy(catalogue, options, "", context);
    EXPECT_GT(infiniteShare(free->targets[0].predictions[0]), 0.1);
    EXPECT_LT(infiniteShare(guarded->targets[0].predictions[0]), 0.05);
    EXPECT_LT(guarded->kernels.at(0).scale, 1.0);
    EXPECT_GT(guarded->kernels[0].infiniteBefore, 0.01);
    EXPECT_LE(guarded->kernels[0].infiniteAfter, 0.01);
    EXPECT_EQ(free->kernels.at(0).scale, 1.0);
    const auto says = [](const Study& study, const std::string& words) {
        return std::any_of(study.notes.begin(), study.notes.end(),
                           [&](const std::string& note) { return note.find(words) != std::string::npos; });
    };
    EXPECT_TRUE(says(*guarded, "guard widened it"));
    EXPECT_TRUE(says(*free, "are infinite at alpha 0.1: too few calibration galaxies resemble these"));
    EXPECT_TRUE(says(*free, "the guard (metric-guard on)"));
}

TEST(LocalStudy, CheckComparesWithDoublePrecision) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(600).stored(folder);
    OptionSet options = localOptions("LCAion,LCMADAion");
    options.setFromText("check", "true");
    RunContext context;
    const auto study = runStudy(catalogue, options, "", context);
    ASSERT_EQ(study->checks.size(), 2u);
    for (const PrecisionCheck& check : study->checks) {
        EXPECT_LT(check.loss, 1e-3);
        EXPECT_GT(check.loss, 0.0); // two paths indeed
        EXPECT_LT(check.mass, 1e-4);
        EXPECT_EQ(check.sameMetric.compared, 2 * 99 * 150); // two kinds of score
        EXPECT_LT(check.sameMetric.different, check.sameMetric.compared / 100);
    }
    EXPECT_EQ(summaryJson(*study)["check"].size(), 2u);
    EXPECT_TRUE(std::any_of(study->notes.begin(), study->notes.end(), [](const std::string& note) {
        return note.find("double") != std::string::npos;
    }));
}

TEST(LocalStudy, ReferencePresetIsTheReferencesOwn) {
    OptionSet options;
    describeStudyOptions(options);
    options.setFromText("preset", "reference");
    const OptionSet resolved = resolvePreset(options);
    const auto metric = metricOptions(resolved, false); // spec/lvd.md a.7, "REF experiments"
    EXPECT_EQ(metric.outputs, 10);
    EXPECT_EQ(metric.iterations, 1000);
    EXPECT_EQ(metric.learningRate, 1e-2);
    EXPECT_EQ(metric.batch, 100);
    EXPECT_EQ(metric.maxNeighbours, 3000);
    EXPECT_EQ(metric.patience, 50);
    EXPECT_TRUE(metric.ownMean);
    EXPECT_EQ(metric.normalisation, lvd::Normalisation::Standardise);
    EXPECT_EQ(metric.threshold, 1e-3);
    EXPECT_FALSE(metric.relativeThreshold);
    EXPECT_EQ(resolved.getText("ends"), "open");
    EXPECT_EQ(resolved.getText("floors"), "absolute");
    EXPECT_EQ(metric.precision, lvd::Precision::Double);
    EXPECT_EQ(resolved.getText("metric-guard"), "off");
    options.setFromText("metric-guard", "on");
    EXPECT_EQ(resolvePreset(options).getText("metric-guard"), "on");
}

TEST(LocalStudy, PredictionColumnsCannotFeedLocalMethods) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(200).stored(folder, false);
    OptionSet options = quickOptions("LCAion");
    options.setFromText("targets", "a");
    options.setFromText("prediction-column", "a_pred");
    RunContext context;
    try {
        runStudy(catalogue, options, "", context);
        FAIL() << "ran without a metric";
    } catch (const UsageError& error) {
        EXPECT_NE(std::string(error.what()).find("metric"), std::string::npos) << error.what();
    }
}

TEST(Explain, SumsUpToTheIntervalItExplains) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(600).stored(folder);
    RunContext context;
    OptionSet options = localOptions("LCAion,LCMADNet,VanillaSplit,MADSplit,CQR,DeepEnsembles");
    options.setFromText("targets", "a");
    runStudy(catalogue, options, folder.path("s.h5"), context);
    const Study study = session::readStudy(folder.path("s.h5"));
    const std::int64_t row = study.targets[0].testRows().at(17);
    for (const std::string id : {"LCAion", "LCMADNet"}) {
        const Explanation e = explainInterval(study, "a", id, row, 10, context);
        ASSERT_TRUE(e.local);
        ASSERT_EQ(e.neighbours.size(), 10u);
        for (std::size_t i = 1; i < e.neighbours.size(); ++i)
            EXPECT_GE(e.neighbours[i - 1].weight, e.neighbours[i].weight);
        EXPECT_EQ(e.scores.size(), 150u);
        EXPECT_NEAR(e.cumulativeWeights.back() + e.ownWeight, 1.0, 1e-9);
        EXPECT_NEAR(e.mean + e.quantile * e.scale, e.upper, 1e-12);
        if (e.scaled) { // which number is a residual, and which a width, is said
            EXPECT_NE(e.summary.find("predicted residual of " + formatReal(e.scale, 4) + " mag"),
                      std::string::npos)
                << e.summary;
            EXPECT_NE(e.summary.find("half width of " + formatReal(e.upper - e.mean, 4) + " mag"),
                      std::string::npos)
                << e.summary;
        }
        // The quantile is where the weights first reach 90 %.
        const auto at = static_cast<std::size_t>(
            std::lower_bound(e.cumulativeWeights.begin(), e.cumulativeWeights.end(), 0.9) -
            e.cumulativeWeights.begin());
        EXPECT_EQ(e.scores.at(at), e.quantile);
        for (const auto& neighbour : e.neighbours)
            EXPECT_EQ(study.targets[0].heldOut.isTest[static_cast<std::size_t>(
                          std::find(study.targets[0].heldOut.rows.begin(),
                                    study.targets[0].heldOut.rows.end(), neighbour.row) -
                          study.targets[0].heldOut.rows.begin())],
                      0);
    }
    EXPECT_NE(
        explainInterval(study, "a", "VanillaSplit", row, 10, context).summary.find("One global quantile"),
        std::string::npos);
    EXPECT_NE(explainInterval(study, "a", "DeepEnsembles", row, 10, context).summary.find("scatter"),
              std::string::npos);
    EXPECT_THROW(explainInterval(study, "a", "LCNet", row, 10, context), UsageError);
    EXPECT_THROW(explainInterval(study, "a", "LCAion", study.targets[0].heldOut.rows.front(), 10, context),
                 Error);                                                        // a calibration galaxy
    EXPECT_THROW(explainInterval(study, "a", "LCAion", 0, 10, context), Error); // a training galaxy
    EXPECT_EQ(methodToExplain(study.methods), "LCMADNet");
    EXPECT_EQ(methodToExplain({"CQR", "LCAion"}), "LCAion");

    OptionSet explain;
    describeExplainOptions(explain);
    explain.setFromText("study", folder.path("s.h5"));
    explain.setFromText("object", std::to_string(row)); // ids are row numbers here
    explain.setFromText("top", "4");
    const CommandResult result = runExplain(explain, Services{}, context);
    EXPECT_EQ(result.json["neighbours"].size(), 4u);
    EXPECT_EQ(result.json["method"], "LCMADNet");
    EXPECT_NE(result.text.find("largest weights"), std::string::npos);
    explain.setFromText("object", "no such galaxy");
    EXPECT_THROW(runExplain(explain, Services{}, context), Error);
}
