#include "core/study/options.h"

#include "core/base/error.h"
#include "core/study/run.h"

#include <gtest/gtest.h>
#include <set>

using namespace penumbra;
using namespace penumbra::workflow;

namespace {

OptionSet studyOptions() {
    OptionSet options;
    describeStudyOptions(options);
    return options;
}

std::map<std::string, SourceColumns> sourcesOf(const std::map<std::string, std::string>& given,
                                               std::vector<std::string> targets) {
    OptionSet options = studyOptions();
    for (const auto& [name, text] : given)
        options.setFromText(name, text);
    return sourceColumns(options, targets);
}

} // namespace

TEST(StudyOptions, DefaultsAreThoseOfThePaper) {
    const auto training = headTraining(studyOptions());
    EXPECT_EQ(training.epochs, 500);
    EXPECT_EQ(training.batch, 512);
    EXPECT_EQ(training.learningRate, 1e-3);
    EXPECT_EQ(training.weightDecay, 1e-4);
    EXPECT_EQ(training.cycles, 1);
    EXPECT_EQ(training.optimiser, heads::Optimiser::AdamW);
    const auto shape = headShape(studyOptions(), 7);
    EXPECT_EQ(shape.inputs, 7);
    EXPECT_EQ(shape.hidden, (std::vector<int>{256, 256}));
    EXPECT_EQ(studyOptions().getReal("alpha"), 0.1);
}

TEST(StudyOptions, StandardKeepsTheBestEpochAndChoosesResiduals) {
    const OptionSet standard = resolvePreset(studyOptions()); // the default
    EXPECT_EQ(standard.getText("preset"), "standard");
    EXPECT_EQ(standard.getReal("validation-fraction"), 0.1);
    EXPECT_EQ(standard.getText("keep-epoch"), "best");
    EXPECT_EQ(standard.getText("residuals"), "auto");
    EXPECT_EQ(residualTraining(standard, 1000).validationFraction, 0.1);
    for (const char* preset : {"paper", "quick", "reference"}) {
        OptionSet other = studyOptions();
        other.setFromText("preset", preset);
        other = resolvePreset(other);
        EXPECT_EQ(other.getReal("validation-fraction"), 0.0) << preset;
        EXPECT_EQ(other.getText("keep-epoch"), "last") << preset;
        EXPECT_EQ(other.getText("residuals"), "in-sample") << preset;
        EXPECT_EQ(residualTraining(other, 1000).validationFraction, 0.0) << preset;
    }
    OptionSet own = studyOptions(); // what was given wins, and what cannot be then is not chosen
    own.setFromText("validation-fraction", "0");
    own = resolvePreset(own);
    EXPECT_EQ(own.getText("keep-epoch"), "last");
    EXPECT_EQ(own.getText("residuals"), "in-sample");
}

TEST(StudyOptions, QuickShortensWhatWasNotSet) {
    OptionSet options = studyOptions();
    options.setFromText("preset", "quick");
    EXPECT_EQ(resolvePreset(options).getInteger("epochs"), 30);
    options.setFromText("epochs", "77");
    EXPECT_EQ(resolvePreset(options).getInteger("epochs"), 77);
    EXPECT_LT(resolvePreset(options).getInteger("residual-epochs"), 500);
}

TEST(StudyOptions, EveryOptionHasHelpAndAGroup) {
    const OptionSet options = studyOptions();
    std::set<std::string> names;
    for (const Option& option : options.all()) {
        EXPECT_GT(option.help.size(), 10u) << option.name;
        EXPECT_FALSE(option.group.empty()) << option.name;
        EXPECT_TRUE(names.insert(option.name).second) << option.name << " is described twice";
    }
}

TEST(StudyOptions, SeedsDependOnStudyAndNameOnly) {
    EXPECT_EQ(derivedSeed(1, "z: mean"), derivedSeed(1, "z: mean"));
    EXPECT_NE(derivedSeed(1, "z: mean"), derivedSeed(2, "z: mean"));
    EXPECT_NE(derivedSeed(1, "z: mean"), derivedSeed(1, "z: member1"));
}

TEST(StudyOptions, RedshiftsAreKnownWhateverTheSpelling) {
    const Scoring scoring = scoringFrom(studyOptions(), 1);
    for (const char* name :
         {"z", "Z", "Z_SPEC", "ZSPEC", "z-spec", "zSpec", "z_true", "Redshift", "REDSHIFT"})
        EXPECT_TRUE(scoring.forTarget(name).normaliseByOnePlusTruth) << name;
    for (const char* name : {"mag_z", "z_mw", "zmet", "logmass", "sfr", ""})
        EXPECT_FALSE(scoring.forTarget(name).normaliseByOnePlusTruth) << name;
    OptionSet own = studyOptions();
    own.setFromText("redshift-targets", "Photo_Z");
    EXPECT_TRUE(scoringFrom(own, 1).forTarget("photoz").normaliseByOnePlusTruth);
    EXPECT_FALSE(scoringFrom(own, 1).forTarget("z").normaliseByOnePlusTruth);
}

TEST(StudyOptions, RedshiftsAloneAreNormalised) {
    const Scoring scoring = scoringFrom(studyOptions(), 0);
    EXPECT_TRUE(scoring.forTarget("z").normaliseByOnePlusTruth);
    EXPECT_FALSE(scoring.forTarget("log_mstar").normaliseByOnePlusTruth);
}

TEST(SourceColumns, PlainNamesAndPairs) {
    EXPECT_TRUE(sourcesOf({}, {"t"}).empty());
    const auto one = sourcesOf({{"prediction-column", "p"}, {"quantile-columns", "lo, hi"}}, {"t"});
    EXPECT_EQ(one.at("t").prediction, "p");
    EXPECT_EQ(one.at("t").lower, "lo");
    EXPECT_EQ(one.at("t").upper, "hi");
    const auto two =
        sourcesOf({{"prediction-column", "t=p,u=q"}, {"spread-column", "u=s"}, {"quantile-columns", "t=l:h"}},
                  {"t", "u"});
    EXPECT_EQ(two.at("u").prediction, "q");
    EXPECT_EQ(two.at("u").spread, "s");
    EXPECT_EQ(two.at("t").spread, "");
    EXPECT_EQ(two.at("t").upper, "h");
}

TEST(SourceColumns, WrongFormsAreUsageErrors) {
    EXPECT_THROW(sourcesOf({{"prediction-column", "p"}}, {"t", "u"}), UsageError);
    EXPECT_THROW(sourcesOf({{"prediction-column", "t=p"}}, {"t", "u"}), UsageError);
    EXPECT_THROW(sourcesOf({{"prediction-column", "v=p"}}, {"t"}), UsageError);
    EXPECT_THROW(sourcesOf({{"prediction-column", "t="}}, {"t"}), UsageError);
    EXPECT_THROW(sourcesOf({{"spread-column", "s"}}, {"t"}), UsageError);
    EXPECT_THROW(sourcesOf({{"prediction-column", "p"}, {"quantile-columns", "lo"}}, {"t"}), UsageError);
}
