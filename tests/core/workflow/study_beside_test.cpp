// Predictions made elsewhere beside networks that are trained here, in one study.
#include "tests/core/workflow/study_support.h"

#include "core/applying/model.h"
#include "core/session/study_file.h"
#include "core/study/subset.h"
#include "core/uq/elsewhere.h"
#include "core/workflow/stability.h"

#include <algorithm>
#include <gtest/gtest.h>

using namespace penumbra;
using namespace penumbra::workflow;

namespace {

OptionSet trainedOptions(const std::string& methods) {
    OptionSet options = quickOptions(methods);
    options.setFromText("targets", "a");
    return options;
}

OptionSet columnOptions(const std::string& methods) {
    OptionSet options = trainedOptions(methods);
    options.setFromText("prediction-column", "a_pred");
    options.setFromText("spread-column", "a_err");
    options.setFromText("quantile-columns", "a_lo,a_hi");
    return options;
}

OptionSet bothOptions(const std::string& methods) {
    OptionSet options = columnOptions(methods);
    options.setFromText("train-too", "true");
    return options;
}

std::shared_ptr<const Study> studyOf(const Catalogue& catalogue, const OptionSet& options,
                                     const std::string& out = "",
                                     std::vector<session::StoredArray>* kept = nullptr) {
    RunContext context;
    return runStudy(catalogue, options, out, context, {}, kept);
}

/// The numbers of one method's intervals in one study and another's in another.
void expectSame(const Study& study, const std::string& method, const Study& other,
                const std::string& otherMethod) {
    const Prediction *ours = study.target("a").prediction(method),
                     *theirs = other.target("a").prediction(otherMethod);
    ASSERT_NE(ours, nullptr) << method;
    ASSERT_NE(theirs, nullptr) << otherMethod;
    EXPECT_EQ(ours->method, method);
    EXPECT_EQ(study.target("a").testRows(), other.target("a").testRows());
    EXPECT_EQ(ours->mean, theirs->mean) << method;
    EXPECT_EQ(ours->lower, theirs->lower) << method;
    EXPECT_EQ(ours->upper, theirs->upper) << method;
    EXPECT_EQ(ours->spread, theirs->spread) << method;
}

const char* const ordinary[] = {"VanillaSplit", "MADSplit", "CQR"};
const char* const delivered[] = {"DeliveredSpread", "DeliveredQuantiles"};
constexpr const char* trained = "VanillaSplit,MADSplit,CQR,MCDropout";
constexpr const char* onColumns = "VanillaSplit,MADSplit,CQR,DeliveredSpread,DeliveredQuantiles";
constexpr const char* all = "VanillaSplit,MADSplit,CQR,MCDropout,DeliveredSpread,DeliveredQuantiles";

} // namespace

TEST(StudyOfBoth, GivesWhatEachStudyGivesAloneAtAnyAlphaAndFromTheFile) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(400).stored(folder);
    const std::string file = folder.path("both.h5");
    const auto both = studyOf(catalogue, bothOptions(all), file);
    const auto networks = studyOf(catalogue, trainedOptions(trained)),
               columns = studyOf(catalogue, columnOptions(onColumns));
    EXPECT_EQ(both->methods,
              (std::vector<std::string>{"VanillaSplit", "MADSplit", "CQR", "MCDropout", "DeliveredSpread",
                                        "DeliveredQuantiles", "VanillaSplit@a_pred", "MADSplit@a_pred",
                                        "CQR@a_pred"}));
    const RunContext context;
    const Study reread = recalibrateIntervals(session::readStudy(file, context), 0.3, context);
    const Study networksAt = recalibrateIntervals(*networks, 0.3, context),
                columnsAt = recalibrateIntervals(*columns, 0.3, context);
    for (const char* method : ordinary) {
        const std::string elsewhere = std::string(method) + "@a_pred";
        expectSame(*both, method, *networks, method);
        expectSame(*both, elsewhere, *columns, method);
        expectSame(reread, elsewhere, columnsAt, method);
        EXPECT_NE(both->target("a").prediction(method)->upper,
                  both->target("a").prediction(elsewhere)->upper);
        EXPECT_EQ(scoreOf(*both, "a", elsewhere, "coverage"), scoreOf(*columns, "a", method, "coverage"));
        EXPECT_EQ(both->score("a", elsewhere, "coverage")->calibration, "drawn");
    }
    for (const char* method : delivered) {
        expectSame(*both, method, *columns, method);
        expectSame(reread, method, columnsAt, method);
    }
    EXPECT_EQ(both->target("a").basePrediction(), networks->target("a").basePrediction());
}

TEST(StudyOfBoth, ResplitsKnowWhosePredictionItIs) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(400).stored(folder);
    const auto both = studyOf(catalogue, bothOptions(onColumns)),
               columns = studyOf(catalogue, columnOptions(onColumns));
    StabilityOptions options;
    options.repeats = 20;
    const Stability ofBoth = repeatSplits(*both, options, {}),
                    ofColumns = repeatSplits(*columns, options, {});
    const auto expectLine = [&](const std::string& method, const std::string& other) {
        for (const char* metric : {"coverage", "mean_width"}) {
            const StabilityLine *ours = ofBoth.find("a", method, metric),
                                *theirs = ofColumns.find("a", other, metric);
            ASSERT_NE(ours, nullptr) << method;
            ASSERT_NE(theirs, nullptr) << other;
            EXPECT_EQ(ours->resplits, theirs->resplits) << method << " " << metric;
        }
    };
    for (const char* method : ordinary)
        expectLine(std::string(method) + "@a_pred", method);
    for (const char* method : delivered)
        expectLine(method, method);
}

TEST(StudyOfBoth, MethodsMayBeNamedForOneOfTheTwo) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(400).stored(folder);
    const auto study = studyOf(catalogue, bothOptions("CQR,MADSplit@a_pred,DeliveredSpread"));
    EXPECT_EQ(study->methods, (std::vector<std::string>{"CQR", "MADSplit@a_pred", "DeliveredSpread"}));
    OptionSet without = bothOptions("VanillaSplit,CQR,MADSplit");
    without.setFromText("quantile-columns", "");
    EXPECT_EQ(studyOf(catalogue, without)->methods,
              (std::vector<std::string>{"VanillaSplit", "CQR", "MADSplit", "VanillaSplit@a_pred",
                                        "MADSplit@a_pred"}));
}

TEST(StudyOfBoth, RefusesNamesThatStandForNothing) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(400).stored(folder);
    EXPECT_THROW(studyOf(catalogue, columnOptions("MADSplit@a_pred")), UsageError);
    EXPECT_THROW(studyOf(catalogue, bothOptions("MADSplit@b_pred")), UsageError);
    EXPECT_THROW(studyOf(catalogue, bothOptions("LCNet@a_pred")), UsageError);
    EXPECT_THROW(studyOf(catalogue, bothOptions("DeliveredSpread@a_pred")), UsageError);
    OptionSet alone = trainedOptions("CQR");
    alone.setFromText("train-too", "true");
    EXPECT_THROW(studyOf(catalogue, alone), UsageError);
    EXPECT_FALSE(uq::parseElsewhereId("CQR"));
    EXPECT_FALSE(uq::parseElsewhereId("CQR@"));
    EXPECT_EQ(uq::methodKind("CQR@a_pred"), "CQR");
}

TEST(StudyOfBoth, JudgesAllOnGalaxiesThatHaveBoth) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(400);
    for (io::Column& column : synthetic.catalogue.columns.columns)
        if (column.name == "a_pred")
            for (std::size_t row = 2; row < 40; row += 4) // calibration rows
                std::get<std::vector<double>>(column.values)[row] = std::numeric_limits<double>::quiet_NaN();
    const auto study = studyOf(synthetic.stored(folder), bothOptions("VanillaSplit"));
    EXPECT_EQ(study->target("a").heldOut.calibrationCount(), 90u);
    EXPECT_TRUE(std::any_of(study->notes.begin(), study->notes.end(), [](const std::string& note) {
        return note.find("10 rows have no prediction in the named column") != std::string::npos;
    }));
}

TEST(StudyOfBoth, NewGalaxiesGetTheNetworksIntervals) {
    const StudyFolder folder;
    const Catalogue catalogue = SyntheticCatalogue(400).stored(folder);
    std::vector<session::StoredArray> arrays;
    const auto both = studyOf(catalogue, bothOptions("VanillaSplit,DeliveredSpread"), "", &arrays);
    OptionSet chosen;
    chosen.textList("targets", {}, "");
    chosen.textList("methods", {}, "");
    addWantedAlpha(chosen);
    const PredictModel model(*both, arrays, chosen);
    EXPECT_EQ(model.study().methods, std::vector<std::string>{"VanillaSplit"});
    EXPECT_TRUE(model.takesFeatures());
    EXPECT_EQ(model.notes().size(), 2u);
    chosen.setFromText("methods", "VanillaSplit@a_pred");
    EXPECT_THROW(PredictModel(*both, arrays, chosen), UsageError);
}
