// Are calibration and test galaxies alike? With the network that sees interactions, and with a study's
// scores.
#include "tests/core/workflow/study_support.h"

#include "core/session/study_file.h"
#include "core/study/group_learner.h"
#include "core/workflow/exchangeability.h"

#include <algorithm>
#include <gtest/gtest.h>

using namespace penumbra;
using namespace penumbra::workflow;

namespace {

struct Groups {
    std::vector<NamedColumn> columns{{"g", {}}, {"r", {}}, {"z", {}}};
    std::vector<std::uint8_t> group;
};

/// Standard normal columns, g and r correlated as told in the second group and not at all in the first.
Groups groupsOf(std::size_t each, double correlation, std::uint64_t seed) {
    Rng rng(seed);
    Groups groups;
    for (std::size_t i = 0; i < 2 * each; ++i) {
        const double a = rng.normal(), b = rng.normal(), rho = i % 2 == 1 ? correlation : 0.0;
        groups.group.push_back(static_cast<std::uint8_t>(i % 2));
        groups.columns[0].values.push_back(a);
        groups.columns[1].values.push_back(rho * a + std::sqrt(1.0 - rho * rho) * b);
        groups.columns[2].values.push_back(rng.normal());
    }
    return groups;
}

ExchangeabilityTest run(const Groups& groups, std::size_t permutations, double level, std::uint64_t seed) {
    ExchangeabilityOptions options;
    options.permutations = permutations;
    options.level = level;
    options.seed = seed;
    options.network = networkGroupLearner(seed);
    RunContext context;
    context.threads = 1;
    return testExchangeability(groups.columns, MatrixF(), groups.group, "calibration", "test", options,
                               context);
}

bool hasNote(const Study& study, const std::string& words) {
    return std::any_of(study.notes.begin(), study.notes.end(),
                       [&](const std::string& note) { return note.find(words) != std::string::npos; });
}

OptionSet columnOptions() {
    OptionSet options = quickOptions("VanillaSplit,MADSplit");
    options.setFromText("targets", "a");
    options.setFromText("prediction-column", "a_pred");
    options.setFromText("spread-column", "a_err");
    options.setFromText("bootstrap", "0");
    return options;
}

} // namespace

TEST(NetworkGroupLearner, SeesAnInteractionThatNoMarginAndNoLinearClassifierShows) {
    int found = 0, byNetwork = 0, byOthers = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const auto test = run(groupsOf(400, 0.8, seed), 999, 0.01, seed);
        found += test.differ() ? 1 : 0;
        byNetwork += test.networkP * 3.0 <= 0.01 ? 1 : 0;
        byOthers += test.p * 3.0 <= 0.01 || test.columns.front().adjustedP <= 0.01 ? 1 : 0;
    }
    EXPECT_GE(byNetwork, 18); // a power of 0.7 would reach this in 4 % of cases
    EXPECT_GE(found, 18);
    EXPECT_LE(byOthers, 4); // so it is the network that is needed
    const auto test = run(groupsOf(400, 0.8, 1), 99, 0.05, 1);
    EXPECT_NE(inWords(test).find("no single column shows it"), std::string::npos) << inWords(test);
    EXPECT_NE(inWords(test).find("a small network"), std::string::npos) << inWords(test);
}

TEST(NetworkGroupLearner, GroupsThatAreAlikeAreCalledDifferentAtMostAtTheStatedRate) {
    // Binomial(300, 0.05): 15, standard deviation 3.8; 2.5 of these above.
    int different = 0, network = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        const auto test = run(groupsOf(80, 0.0, 1000 + seed), 99, 0.05, seed);
        different += test.differ() ? 1 : 0;
        network += test.networkP <= 0.05 ? 1 : 0;
    }
    EXPECT_LE(different, 24);
    EXPECT_LE(network, 24);
}

TEST(StudyExchangeability, LabelsThatScatterMoreGivenTheSameInputsAreTold) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(2000);
    Catalogue& catalogue = synthetic.catalogue;
    RunContext context;
    EXPECT_FALSE(hasNote(*runStudy(synthetic.stored(folder, false), columnOptions(), "", context),
                         "not exchangeable"));
    Rng rng(5);
    for (std::size_t i = 0; i < catalogue.rowCount;
         ++i) // margins keep their shape: 0.4 beside a scatter of 1
        if (catalogue.split[i] == 2)
            catalogue.targets[0].values[i] += 0.4 * rng.normal();
    const auto study =
        runStudy(synthetic.stored(folder, false), columnOptions(), folder.path("study.h5"), context);
    EXPECT_TRUE(
        hasNote(*study, "calibration and test are not exchangeable for the guarantee: a, VanillaSplit"));
    EXPECT_TRUE(hasNote(*study, "at the least"));
    OptionSet options;
    describeExchangeabilityOptions(options);
    options.setFromText("catalogue", folder.path("study.h5"));
    options.setFromText("permutations", "99");
    const CommandResult told = runExchangeability(options, {}, context);
    EXPECT_TRUE(told.json["scores"]["differ"].get<bool>());
    EXPECT_EQ(told.json["scores"]["methods"].size(), 2u);
    EXPECT_NE(told.text.find("not exchangeable"), std::string::npos) << told.text;
    OptionSet drawn = columnOptions(); // a random split of the same rows is exchangeable
    drawn.setFromText("split", "draw");
    EXPECT_FALSE(hasNote(*runStudy(synthetic.stored(folder, false), drawn, "", context), "not exchangeable"));
}

TEST(StudyExchangeability, FeaturesAreLookedAtWhereNothingIsTrained) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(2000);
    for (std::size_t i = 0; i < 2000; ++i)
        if (synthetic.catalogue.split[i] == 2)
            synthetic.features(static_cast<Eigen::Index>(i), 2) += 1.0f;
    RunContext context;
    const auto study = runStudy(synthetic.stored(folder), columnOptions(), "", context);
    EXPECT_TRUE(hasNote(*study, "calibration and test differ"));
    EXPECT_TRUE(hasNote(*study, "was not trained on the calibration or test galaxies"));
}
