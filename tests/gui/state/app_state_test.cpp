#include "core/base/error.h"
#include "core/base/rng.h"
#include "gui/state/where.h"
#include "tests/gui/state/state_fixture.h"

#include <QCoreApplication>
#include <QTest>

#include <algorithm>
#include <cmath>

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;
using nlohmann::json;

namespace {

std::size_t missedIn(const TargetStudy& target, const std::string& method) {
    const Prediction& prediction = *target.prediction(method);
    const auto truth = target.testTruth();
    std::size_t missed = 0;
    for (std::size_t i = 0; i < truth.size(); ++i)
        missed += truth[i] < prediction.lower[i] || truth[i] > prediction.upper[i];
    return missed;
}

/// Wilson 1927, written out.
std::pair<double, double> wilsonOf(double covered, double n) {
    const double z = 1.959963984540054, p = covered / n;
    const double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
    const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    return {centre - half, centre + half};
}

} // namespace

TEST_F(StateTest, ChangesOfOneTurnAreToldOnce) {
    QCoreApplication::processEvents();
    int told = 0, toldOfTheme = 0;
    Parts parts = 0;
    state_.watch(allParts, &state_, [&](const ViewState& seen, Parts changed) {
        ++told;
        parts = changed;
        EXPECT_EQ(seen.alpha, 0.2);
    });
    state_.watch(static_cast<Parts>(Part::Theme), &state_, [&](const ViewState&, Parts) { ++toldOfTheme; });
    apply("alpha 0.3");
    apply("alpha 0.2");
    apply("condition width");
    EXPECT_EQ(now().alpha, 0.2) << "the state itself is changed at once";
    EXPECT_EQ(told, 0);
    EXPECT_FALSE(state_.quiet());
    QCoreApplication::processEvents();
    EXPECT_EQ(told, 1);
    EXPECT_EQ(toldOfTheme, 0);
    EXPECT_TRUE(has(parts, Part::Alpha) && has(parts, Part::Condition) && !has(parts, Part::Selection));
    EXPECT_TRUE(state_.quiet());
    apply("alpha 0.2");
    QCoreApplication::processEvents();
    EXPECT_EQ(told, 1) << "nothing has changed";
}

TEST_F(StateTest, AViewerThatIsGoneIsNotTold) {
    auto viewer = std::make_unique<QObject>();
    bool told = false;
    state_.watch(allParts, viewer.get(), [&](const ViewState&, Parts) { told = true; });
    apply("alpha 0.3");
    viewer.reset();
    QCoreApplication::processEvents();
    EXPECT_FALSE(told);
}

TEST_F(StateTest, EveryChoiceIsUndoneAndRedone) {
    const std::vector<std::string> lines = {
        "alpha 0.25",  "methods CQR,MADSplit",     "condition colour", "page coverage-by-bin",
        "theme dark",  "select where \"z > 0.4\"", "select invert",    "subset add others",
        "select none", "subset use others",        "current 501003",   "subset remove others"};
    std::vector<Choices> states = {choices()};
    for (const std::string& line : lines) {
        apply(line);
        EXPECT_FALSE(choices() == states.back()) << line;
        states.push_back(choices());
    }
    ASSERT_EQ(state_.history().size(), lines.size());
    for (std::size_t i = lines.size(); i > 0; --i) {
        apply("undo");
        EXPECT_TRUE(choices() == states[i - 1]) << lines[i - 1];
    }
    EXPECT_THROW(apply("undo"), Error);
    for (std::size_t i = 1; i < states.size(); ++i) {
        apply("redo");
        EXPECT_TRUE(choices() == states[i]) << lines[i - 1];
    }
    EXPECT_THROW(apply("redo"), Error);
    apply("undo");
    apply("alpha 0.4");
    EXPECT_THROW(apply("redo"), Error) << "another future";
}

TEST_F(StateTest, TheHistorysWordsMakeTheSameState) {
    for (const char* line :
         {"alpha 0.25", "methods CQR", "select where \"colour < 3\"", "select rows 1001,1004-1009 add",
          "current 501004", "subset add \"near ones\"", "theme dark"})
        apply(line);
    state_.apply(selectRows(now(), RowMask::of(now().rowCount(), std::vector<std::int64_t>{1011, 1012}),
                            Combine::Toggle, 1012));
    const Choices wanted = choices();
    std::vector<std::string> words;
    for (const AppState::Entry& entry : state_.history())
        words.push_back(textOf(entry.command));
    while (state_.done() > 0)
        apply("undo");
    for (const std::string& line : words)
        apply(line);
    EXPECT_TRUE(choices() == wanted);
}

TEST_F(StateTest, ASliderIsOneStepAScriptIsMany) {
    for (const char* alpha : {"0.11", "0.12", "0.13"})
        state_.apply({"alpha", {alpha}}, AppState::Merge::Allowed);
    EXPECT_EQ(state_.history().size(), 1U);
    state_.apply({"condition", {"width"}}, AppState::Merge::Allowed);
    EXPECT_EQ(state_.history().size(), 2U) << "another kind";
    apply("undo");
    apply("undo");
    EXPECT_EQ(now().alpha, 0.1) << "before the slider moved";
    for (const char* alpha : {"0.11", "0.12", "0.13"})
        apply(std::string("alpha ") + alpha);
    EXPECT_EQ(state_.history().size(), 3U);
    const auto row = [&](std::int64_t r) { return RowMask::of(now().rowCount(), std::vector{r}); };
    state_.apply(selectRows(now(), row(1003), Combine::Replace), AppState::Merge::Allowed);
    state_.apply(selectRows(now(), row(1004), Combine::Add), AppState::Merge::Allowed);
    EXPECT_EQ(state_.history().size(), 5U) << "what is added to stays";
}

TEST_F(StateTest, AnExpressionSelectsTestGalaxies) {
    apply("select where \"colour == 3\"");
    std::vector<std::int64_t> expected;
    for (std::int64_t row = 1000; row < 1060; ++row)
        if (row % 7 == 3)
            expected.push_back(row);
    EXPECT_EQ(selected(), expected);
    EXPECT_FALSE(now().selection.byOutcome);
    EXPECT_EQ(now().selection.where, "colour == 3");
    for (const char* outcome : {"truth > 0.5", "z > 0.5", "missed(CQR)", "abs(truth - prediction) > 0.02"}) {
        apply(std::string("select where \"") + outcome + "\"");
        EXPECT_TRUE(now().selection.byOutcome) << outcome;
    }
    const TargetStudy& target = study_->targets.front();
    const auto truth = target.testTruth(), prediction = target.basePrediction();
    expected.clear();
    for (std::size_t i = 0; i < truth.size(); ++i)
        if (std::abs(truth[i] - prediction[i]) > 0.02)
            expected.push_back(target.testRows()[i]);
    std::sort(expected.begin(), expected.end());
    EXPECT_FALSE(expected.empty());
    apply("subset add a");
    EXPECT_EQ(selected(), expected);
    apply("select where \"width(MADSplit) > 0.05 and subset(a)\""); // no truth in it, but in the subset
    EXPECT_TRUE(now().selection.byOutcome);
    apply("subset remove a");
    EXPECT_THROW(apply("select where \"subset(a)\""), Error);
    apply("select where \"missed(CQR) == 0 and width(CQR) > 0\"");
    EXPECT_EQ(now().selection.rows.count() + missedIn(target, "CQR"), testRows);
    apply("select where \"|error| > 0.02\"");
    EXPECT_EQ(selected(), expected);
    EXPECT_THROW(apply("select where \"colr == 3\""), Error);
    EXPECT_EQ(selected(), expected);
}

TEST_F(StateTest, SelectionsCombine) {
    apply("select rows 1000-1009");
    apply("select rows 1005-1014 intersect");
    EXPECT_EQ(rowsText(now().selection.rows), "1005-1009");
    apply("select rows 1001 add");
    apply("select rows 1006,1007 remove");
    EXPECT_EQ(rowsText(now().selection.rows), "1001,1005,1008-1009");
    apply("select invert");
    EXPECT_EQ(now().selection.rows.count(), testRows - 4);
    apply("select all");
    EXPECT_EQ(now().selection.rows.count(), testRows);
    apply("select none");
    EXPECT_EQ(now().selection.rows.count(), 0U);
    host_.inPolygon = {1002, 1003, 4};
    apply("select lasso prediction-vs-truth 0,0 1,0 1,1");
    EXPECT_EQ(selected(), (std::vector<std::int64_t>{1002, 1003})) << "row 4 is no test galaxy";
    EXPECT_TRUE(now().selection.byOutcome) << "that plot shows the truth";
    EXPECT_THROW(apply("select lasso prediction-vs-truth 0,0 1,0"), UsageError);
    apply("current 501003");
    EXPECT_EQ(now().selection.current, 1003);
    EXPECT_EQ(selected().size(), 2U) << "it is among them";
    apply("current 501020");
    EXPECT_EQ(selected(), std::vector<std::int64_t>{1020});
    EXPECT_THROW(apply("current 7"), Error);
}

TEST_F(StateTest, SubsetsAreNamedColouredAndCombined) {
    EXPECT_THROW(apply("subset add empty"), Error) << "nothing is selected";
    apply("subset add low where \"colour < 3\"");
    apply("subset add odd where \"colour == 1 or colour == 3 or colour == 5\"");
    ASSERT_EQ(now().subsets.size(), 2U);
    EXPECT_NE(now().subsets[0].colour, now().subsets[1].colour);
    apply("subset use low");
    apply("subset use odd intersect");
    apply("subset add both");
    for (const std::int64_t row : now().subset("both")->rows.rows())
        EXPECT_EQ(row % 7, 1);
    EXPECT_EQ(now().subset("both")->rows, now().subset("low")->rows & now().subset("odd")->rows);
    const std::string colour = now().subset("low")->colour;
    apply("subset add low where \"colour == 6\"");
    EXPECT_EQ(now().subsets.size(), 3U) << "the name's former galaxies are replaced";
    EXPECT_EQ(now().subset("low")->colour, colour);
    apply("report subsets --json");
    const json list = json::parse(host_.reported.back());
    ASSERT_EQ(list.size(), 3U);
    EXPECT_EQ(list[0].at("name"), "low");
    EXPECT_EQ(list[0].at("n"), 9) << "1000, 1007 ... 1056";
    EXPECT_EQ(list[0].at("where"), "colour == 6");
    EXPECT_THROW(apply("subset use nowhere"), Error);
}

TEST_F(StateTest, TheReportIsWhatIsCounted) {
    apply("select where \"colour < 4\"");
    apply("methods CQR,VanillaSplit");
    apply("report selection --json");
    const json report = json::parse(host_.reported.back());
    const TargetStudy& target = study_->targets.front();
    const auto truth = target.testTruth();
    const auto rows = target.testRows();
    EXPECT_EQ(report.at("search"), "expression");
    for (const char* method : {"CQR", "VanillaSplit"}) {
        const Prediction& prediction = *target.prediction(method);
        double n = 0, covered = 0, rest = 0, restCovered = 0;
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (rows[i] % 7 < 4) {
                ++n;
                covered += prediction.lower[i] <= truth[i] && truth[i] <= prediction.upper[i];
            } else {
                ++rest;
                restCovered += prediction.lower[i] <= truth[i] && truth[i] <= prediction.upper[i];
            }
        const auto [low, high] = wilsonOf(covered, n);
        const json& found = report.at("methods").at(method);
        EXPECT_EQ(report.at("n"), n);
        EXPECT_EQ(report.at("rest_n"), rest);
        EXPECT_NEAR(found.at("rest_difference").get<double>(), covered / n - restCovered / rest, 1e-12);
        EXPECT_GE(found.at("rest_adjusted_p").get<double>(), found.at("rest_p").get<double>());
        EXPECT_DOUBLE_EQ(found.at("coverage").get<double>(), covered / n);
        EXPECT_NEAR(found.at("low").get<double>(), low, 1e-9);
        EXPECT_NEAR(found.at("high").get<double>(), high, 1e-9);
    }
    EXPECT_FALSE(report.at("methods").contains("MADSplit")) << "it is not ticked";
    EXPECT_EQ(report.at("target"), "z");
    EXPECT_EQ(report.at("alpha"), 0.1);
    apply("select where \"truth > 0.5\"");
    apply("report selection --json");
    const json byOutcome = json::parse(host_.reported.back()).at("methods").at("CQR");
    EXPECT_TRUE(byOutcome.at("oracle_low").is_null());
    EXPECT_EQ(byOutcome.at("by_outcome"), true);
    EXPECT_TRUE(byOutcome.at("rest_p").is_null());
    EXPECT_EQ(json::parse(host_.reported.back()).at("search"), "outcome");
    apply("select none");
    apply("report selection --json");
    EXPECT_TRUE(json::parse(host_.reported.back()).at("methods").at("CQR").at("coverage").is_null());
}

TEST_F(StateTest, GalaxiesWithoutALabelAreNotCounted) {
    auto some = std::make_shared<Study>(*study_);
    for (std::size_t i = 0; i < 7; ++i)
        some->targets.front().heldOut.truth[i] = std::nan("");
    state_.takeStudy(some);
    apply("select all");
    apply("subset add everything");
    apply("report selection --json");
    apply("report subsets --json");
    const json selection = json::parse(host_.reported.front());
    EXPECT_EQ(selection.at("n"), testRows - 7);
    EXPECT_EQ(selection.at("selected"), testRows);
    EXPECT_EQ(json::parse(host_.reported.back())[0].at("n"), testRows - 7);
}

TEST_F(StateTest, AnotherFileForgetsTheChoicesOfTheFormer) {
    apply("methods CQR");
    apply("select all");
    apply("subset add everything");
    apply("theme dark");
    apply("page galaxies");
    auto other = std::make_shared<Catalogue>(*catalogue_);
    other->rowCount = 17;
    state_.takeFile("/data/other.h5", other);
    state_.takeStudy(nullptr);
    EXPECT_TRUE(now().hidden.empty() && now().subsets.empty());
    EXPECT_EQ(now().selection.rows.size(), 17U);
    EXPECT_TRUE(state_.history().empty());
    EXPECT_TRUE(now().dark) << "the window's own choices stay";
    EXPECT_EQ(now().page, "galaxies");
}

TEST_F(StateTest, MethodsOfALaterRunAreTicked) {
    apply("methods CQR,MADSplit");
    auto later = madeStudy(testRows, {"VanillaSplit", "CQR", "LCNet"});
    state_.takeStudy(later);
    EXPECT_EQ(now().methods, (std::vector<std::string>{"CQR", "LCNet"}));
}

// Random commands, right and wrong: what fails changes nothing, undo leads back to the beginning, redo to the
// end.
TEST_F(StateTest, AMonkeyLosesNothing) {
    const std::vector<std::string> lines = {"alpha 0.05",
                                            "alpha 0.2",
                                            "alpha 2",
                                            "methods all",
                                            "methods CQR",
                                            "methods CQR,MADSplit",
                                            "methods X",
                                            "condition width",
                                            "condition colour",
                                            "condition nothing",
                                            "page compare",
                                            "page galaxies",
                                            "page none",
                                            "theme dark",
                                            "theme light",
                                            "select all",
                                            "select none",
                                            "select invert",
                                            "select invert add",
                                            "select where \"colour > 2\"",
                                            "select where \"colour > 2\" remove",
                                            "select where \"colour >\"",
                                            "select rows 1001-1020 intersect",
                                            "select rows 1030 toggle",
                                            "select rows 99999",
                                            "current 501030",
                                            "current 1",
                                            "subset add a",
                                            "subset add b where \"z > 0.3\"",
                                            "subset add c",
                                            "subset use a",
                                            "subset use b add",
                                            "subset use c intersect",
                                            "subset remove a",
                                            "subset remove b",
                                            "undo",
                                            "undo",
                                            "redo",
                                            "target z",
                                            "target q",
                                            "nonsense",
                                            "select",
                                            "\"",
                                            "# only a comment"};
    for (const std::uint64_t seed : {1U, 2U, 3U, 4U, 5U}) {
        SetUp();
        const Choices first = choices();
        Rng rng(seed);
        for (int step = 0; step < 2000; ++step) {
            const auto at = static_cast<std::size_t>(rng.uniform() * static_cast<double>(lines.size()));
            const std::string& line = lines[std::min(at, lines.size() - 1)];
            const Choices before = choices();
            try {
                const Command command = parseCommand(line);
                if (!command.verb.empty())
                    state_.apply(command,
                                 rng.uniform() < 0.5 ? AppState::Merge::Allowed : AppState::Merge::Never);
            } catch (const Error&) {
                ASSERT_TRUE(choices() == before) << line << " of seed " << seed;
            }
            ASSERT_TRUE(now().selection.current < 0 ||
                        now().selection.rows.contains(now().selection.current));
            ASSERT_EQ(now().selection.rows.size(), now().rowCount());
            if (rng.uniform() < 0.1)
                QCoreApplication::processEvents();
        }
        while (state_.done() < state_.history().size())
            apply("redo");
        const Choices last = choices();
        while (state_.done() > 0)
            apply("undo");
        EXPECT_TRUE(choices() == first) << "seed " << seed;
        while (state_.done() < state_.history().size())
            apply("redo");
        EXPECT_TRUE(choices() == last) << "seed " << seed;
    }
}
