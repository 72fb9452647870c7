// What every entry of the table of figures keeps, whatever it draws.
#include "core/base/error.h"
#include "core/report/figures.h"
#include "tests/core/report/made_up_study.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>

using namespace penumbra;
using namespace penumbra::report;

namespace {

class FigureContract : public ::testing::TestWithParam<FigureKind> {
protected:
    FigureSpec make(const Study& study) const {
        OptionSet options;
        GetParam().options(options);
        return GetParam().make({study, nullptr}, options);
    }
};

bool isEmpty(const FigureSpec& figure) {
    return figure.panels.size() == 1 && !figure.panels[0].emptyMessage.empty() &&
           figure.panels[0].series.empty();
}

void expectFinite(const std::vector<double>& values, const std::string& where) {
    for (const double value : values)
        EXPECT_TRUE(std::isfinite(value)) << where;
}

/// No NaN reaches the renderer, and parallel lists have one length.
void expectDrawable(const FigureSpec& figure) {
    ASSERT_FALSE(figure.panels.empty());
    for (const Panel& panel : figure.panels)
        for (const Series& series : panel.series) {
            const std::string where = figure.kind + ", series " + series.name;
            for (const auto* values :
                 {&series.x, &series.y, &series.yLow, &series.yHigh, &series.xLow, &series.xHigh})
                expectFinite(*values, where);
            if (series.kind == Series::Kind::Band) {
                EXPECT_EQ(series.yLow.size(), series.x.size()) << where;
            } else if (series.kind != Series::Kind::HeatMap) { // its x and y are edges
                EXPECT_EQ(series.y.size(), series.x.size()) << where;
            }
            for (const auto* values : {&series.yLow, &series.yHigh, &series.xLow, &series.xHigh, &series.n})
                EXPECT_TRUE(values->empty() || values->size() == series.x.size()) << where;
        }
}

} // namespace

TEST_P(FigureContract, namesEveryAxisAndItsUnit) {
    const FigureSpec figure =
        make(penumbra::samples::madeUpStudy({"VanillaSplit", "CQR", "DeepEnsembles"}, 300));
    ASSERT_FALSE(isEmpty(figure));
    expectDrawable(figure);
    for (const Panel& panel : figure.panels)
        for (const Axis* axis : {&panel.x, &panel.y}) {
            if (!axis->tickPositions.empty())
                continue; // its ticks are words
            EXPECT_FALSE(axis->label.empty());
            EXPECT_EQ(axis->percent, axis->label.find('%') != std::string::npos) << axis->label;
            const bool ofTarget = axis->label.find("stellar mass") != std::string::npos ||
                                  axis->label.find("width") != std::string::npos;
            EXPECT_TRUE(!ofTarget || axis->label.find("log Msun") != std::string::npos) << axis->label;
        }
    EXPECT_FALSE(figure.caption.empty());
    EXPECT_EQ(figure.kind, GetParam().id);
}

TEST_P(FigureContract, saysWhyThereIsNothing) {
    const FigureSpec figure = make(Study());
    EXPECT_TRUE(isEmpty(figure));
    EXPECT_EQ(figure.panels.at(0).emptyMessage.back(), '.') << "a sentence";
}

TEST_P(FigureContract, takesAStudyWithoutTestRows) {
    const FigureSpec figure = make(penumbra::samples::madeUpStudy({"CQR"}, 0));
    expectDrawable(figure);
    EXPECT_TRUE(isEmpty(figure));
}

TEST_P(FigureContract, takesAStudyWhoseMethodsAreNotFinished) {
    Study study = penumbra::samples::madeUpStudy({"CQR"}, 50);
    study.targets[0].predictions.clear();
    study.scores.clear();
    study.training.clear();
    expectDrawable(make(study));
}

TEST_P(FigureContract, takesOneRow) {
    const FigureSpec figure = make(penumbra::samples::madeUpStudy({"CQR", "LCNet", "DeepEnsembles"}, 1));
    expectDrawable(figure);
    EXPECT_FALSE(isEmpty(figure));
}

TEST_P(FigureContract, takesTruthsThatAreAllMissing) {
    Study study = penumbra::samples::madeUpStudy({"CQR"}, 20);
    study.targets[0].heldOut.truth.assign(20, std::numeric_limits<double>::quiet_NaN());
    study.scores.clear();
    expectDrawable(make(study));
}

TEST_P(FigureContract, takesInfiniteIntervals) {
    Study study = penumbra::samples::madeUpStudy({"CQR", "MADSplit"}, 60);
    for (Prediction& prediction : study.targets[0].predictions) {
        prediction.lower.assign(60, -std::numeric_limits<double>::infinity());
        prediction.upper.assign(60, std::numeric_limits<double>::infinity());
    }
    expectDrawable(make(study));
}

TEST_P(FigureContract, goesThroughJsonAndBack) {
    const FigureSpec figure = make(penumbra::samples::madeUpStudy({"VanillaSplit", "CQR"}, 120));
    const auto text = toJson(figure).dump();
    EXPECT_EQ(toJson(figureFromJson(nlohmann::json::parse(text))).dump(), text);
}

TEST_P(FigureContract, carriesTheRecipe) {
    const auto recipe = nlohmann::json::parse(make(penumbra::samples::madeUpStudy({"CQR"}, 40)).recipeJson);
    EXPECT_EQ(recipe.at("figure"), GetParam().id);
    EXPECT_EQ(recipe.at("study_options").at("alpha"), 0.1);
    EXPECT_TRUE(recipe.at("figure_options").contains("size"));
}

TEST_P(FigureContract, hasAnIdOfItsOwnAndAHelp) {
    std::set<std::string> ids;
    for (const FigureKind& kind : allFigures())
        EXPECT_TRUE(ids.insert(kind.id).second) << kind.id;
    EXPECT_GT(GetParam().help.size(), 20u);
    EXPECT_EQ(&findFigure(GetParam().id),
              &*std::find_if(allFigures().begin(), allFigures().end(),
                             [](const auto& kind) { return kind.id == FigureContract::GetParam().id; }));
}

INSTANTIATE_TEST_SUITE_P(all, FigureContract, ::testing::ValuesIn(allFigures().begin(), allFigures().end()),
                         [](const auto& entry) {
                             std::string name = entry.param.id;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });
