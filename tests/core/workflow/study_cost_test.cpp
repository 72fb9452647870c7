#include "core/study/availability.h"
#include "core/study/cost.h"
#include "core/study/options.h"
#include "core/workflow/help_topics.h"
#include "tests/core/workflow/study_support.h"

#include <gtest/gtest.h>

namespace penumbra::workflow {
namespace {

OptionSet defaults() {
    OptionSet options;
    describeStudyOptions(options);
    return options;
}

double trainingOf(const OptionSet& options, const StudySize& size, const std::string& method) {
    const uq::UqMethod* methods[] = {&uq::findMethod(method)};
    return trainingCosts(size, options, signalsNeeded(methods, options, 0.1)).total();
}

const Lack& lackIn(const StudyOffer& offer, const std::string& id) {
    return offer.lackOf(id);
}

} // namespace

TEST(StudyCost, GrowsAsTheWorkDoes) {
    const StudySize size{5000, 5000, 1, 10};
    OptionSet options = defaults();
    const double one = trainingOf(options, size, "VanillaSplit");
    options.set("epochs", std::int64_t{1000});
    const double filling = 2.0 * size.heldOutRows * (10.0 * 256 + 256.0 * 256 + 256); // is not repeated
    EXPECT_NEAR(trainingOf(options, size, "VanillaSplit") - filling, 2.0 * (one - filling), 1e-6 * one);
    EXPECT_DOUBLE_EQ(trainingOf(options, {10000, 10000, 1, 10}, "VanillaSplit"),
                     2.0 * trainingOf(options, size, "VanillaSplit"));
    EXPECT_DOUBLE_EQ(trainingOf(options, {5000, 5000, 3, 10}, "CQR"), 3.0 * trainingOf(options, size, "CQR"));
    EXPECT_DOUBLE_EQ(trainingOf(options, size, "CQR"), 3.0 * trainingOf(options, size, "VanillaSplit"))
        << "the base network and two of quantiles";
    EXPECT_EQ(trainingOf(options, {0, 5000, 1, 10}, "VanillaSplit"), 0.0) << "columns instead of networks";
}

TEST(StudyCost, ASpeedForetellsTheRunItWasLearnedFrom) {
    const StudySize size{5000, 5000, 2, 10};
    const OptionSet options = defaults();
    const uq::UqMethod* methods[] = {&uq::findMethod("CQR"), &uq::findMethod("LCNet")};
    const TrainingCosts costs = trainingCosts(size, options, signalsNeeded(methods, options, 0.1));
    for (const double seconds : {20.0, 150.0, 4000.0}) {
        const double speed = speedOf(costs, size, 2, seconds);
        ASSERT_GT(speed, 0.0) << seconds;
        EXPECT_NEAR(studyTime(costs, size, 2, speed).total(), seconds, 1e-3 * seconds);
    }
    EXPECT_EQ(speedOf(costs, size, 2, 0.1), 0.0) << "too short to tell";
    EXPECT_EQ(speedOf({}, size, 2, 10.0), 0.0) << "nothing was trained";
}

TEST(StudyCost, AMeasuredSpeedIsThatOfTraining) {
    const StudySize size{2000, 2000, 1, 16};
    const double speed = measureSpeed(size, defaults(), RunContext{});
    EXPECT_GT(speed, 1e7);
    EXPECT_LT(speed, 1e14);
    OptionSet options = defaults();
    options.set("width", std::int64_t{8});
    EXPECT_GT(measureSpeed({30, 30, 1, 1}, options, RunContext{}), 0.0) << "tiny ones can be measured, too";
}

TEST(StudyCost, TimesAreSaidInFewDigits) {
    EXPECT_EQ(aboutSeconds(3.0), "less than 10 s");
    EXPECT_EQ(aboutSeconds(41.0), "about 40 s");
    EXPECT_EQ(aboutSeconds(59.0), "about 1 min");
    EXPECT_EQ(aboutSeconds(170.0), "about 3 min");
    EXPECT_EQ(aboutSeconds(47.0 * 60.0), "about 45 min");
    EXPECT_EQ(aboutSeconds(59.0 * 60.0), "about 1 h");
    EXPECT_EQ(aboutSeconds(3.2 * 3600.0), "about 3 h");
    EXPECT_EQ(aboutSeconds(4.0 * 86400.0), "about 4 days");
}

TEST(StudyOffer, SaysWhatCannotRunAndWhy) {
    Catalogue catalogue = SyntheticCatalogue(100).catalogue;
    OptionSet options = defaults();
    options.setFromText("targets", "a");
    StudyOffer offer = offerOf(catalogue, options);
    EXPECT_EQ(offer.possible().size(), 9U);
    EXPECT_EQ(lackIn(offer, "DeliveredSpread").kind, Lack::Kind::Columns);

    options.setFromText("prediction-column", "a_pred");
    offer = offerOf(catalogue, options);
    EXPECT_EQ(offer.possible(), std::vector<std::string>{"VanillaSplit"});
    EXPECT_EQ(lackIn(offer, "LCNet").kind, Lack::Kind::Metric);
    EXPECT_EQ(lackIn(offer, "MADSplit").kind, Lack::Kind::Spread);
    EXPECT_EQ(lackIn(offer, "CQR").kind, Lack::Kind::Quantiles);
    EXPECT_EQ(lackIn(offer, "DeepEnsembles").kind, Lack::Kind::Networks);
    options.setFromText("spread-column", "a_err");
    options.setFromText("quantile-columns", "a_lo,a_hi");
    offer = offerOf(catalogue, options);
    for (const char* id : {"VanillaSplit", "MADSplit", "CQR", "DeliveredSpread", "DeliveredQuantiles"})
        EXPECT_FALSE(lackIn(offer, id).any()) << id;
    for (const StudyOffer::Method& method : offer.methods) {
        EXPECT_EQ(inWords(method.lack).find("--"), std::string::npos) << "a window shows no flags";
        EXPECT_EQ(inWords(method.lack).empty(), !method.lack.any());
    }

    options.reset("targets");
    offer = offerOf(catalogue, options);
    EXPECT_NE(offer.problem.find("names no target"), std::string::npos) << offer.problem;
}

TEST(HelpTopics, EveryMethodMetricFigureAndOptionIsExplained) {
    const auto topics = helpTopics();
    const auto explained = [&](const std::string& id) {
        const auto found = std::find_if(topics.begin(), topics.end(),
                                        [&](const HelpTopic& topic) { return topic.id == id; });
        return found != topics.end() && !found->paragraphs.empty() && found->paragraphs.front().size() > 20;
    };
    for (const uq::UqMethod* method : uq::allMethods())
        EXPECT_TRUE(explained("method:" + method->info().id)) << method->info().id;
    for (const Metric& metric : allMetrics())
        EXPECT_TRUE(explained("metric:" + metric.id)) << metric.id;
    const OptionSet options = defaults();
    for (const Option& option : options.all())
        EXPECT_TRUE(explained("option:" + option.name)) << option.name;
}

TEST(HelpTopics, CitesEachPaperOnceWithItsTitle) {
    const std::vector<std::string> methods = {"CQR", "VanillaSplit", "MADSplit", "CQR+median",
                                              "DeliveredSpread"};
    const auto lines = citations(methods);
    const auto count = [&](const std::string& words) {
        return std::count_if(lines.begin(), lines.end(),
                             [&](const std::string& line) { return line.find(words) != std::string::npos; });
    };
    EXPECT_EQ(count("Penumbra developers"), 1);
    EXPECT_EQ(count("Conformalized Quantile Regression, NeurIPS"), 1) << "of CQR and of its repair";
    EXPECT_EQ(count("Distribution-Free Predictive Inference"), 1);
    EXPECT_EQ(count("Kivaranovic"), 1);
    EXPECT_EQ(count("the code that made"), 0);
    for (const uq::UqMethod* method : uq::allMethods()) {
        if (method->info().delivered)
            continue;
        for (const std::string& paper : papersOf(method->info().reference))
            EXPECT_GT(paper.size(), 60U) << "no title is known of " << paper;
    }
}

} // namespace penumbra::workflow
