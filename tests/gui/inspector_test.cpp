#include "gui/inspector/galaxy_panel.h"
#include "gui/inspector/interval_figure.h"
#include "tests/gui/gui_test_support.h"

#include <QLabel>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

TEST(IntervalFigure, OneLineAMethodAndTheTruth) {
    const auto study = madeStudy(20, {"CQR", "MADSplit"});
    const auto figure = intervalFigure(*study, "z", {"CQR", "MADSplit"}, 1019 - 5);
    const report::Panel& panel = figure.panels.at(0);
    ASSERT_EQ(panel.lines.size(), 1U);
    EXPECT_DOUBLE_EQ(panel.lines[0].value, study->targets[0].heldOut.truth[5]);
    EXPECT_EQ(panel.y.tickLabels, (std::vector<std::string>{"CQR", "MADSplit"}));
    ASSERT_EQ(panel.series.size(), 2U);
    EXPECT_DOUBLE_EQ(panel.series[0].xLow[0], study->targets[0].predictions[0].lower[5]);
    EXPECT_DOUBLE_EQ(panel.series[0].xHigh[0], study->targets[0].predictions[0].upper[5]);
    EXPECT_GT(panel.series[0].y[0], panel.series[1].y[0]) << "the first method stands on top";
}

TEST(IntervalFigure, InfiniteEndsStayInTheFigure) {
    auto study = madeStudy(3, {"CQR", "MADSplit"});
    study->targets[0].predictions[0].upper[0] = std::numeric_limits<double>::infinity();
    const auto figure = intervalFigure(*study, "z", {"CQR", "MADSplit"}, 1002);
    const report::Panel& panel = figure.panels.at(0);
    EXPECT_TRUE(std::isfinite(panel.x.high));
    EXPECT_DOUBLE_EQ(panel.series[0].xHigh[0], panel.x.high);
}

TEST(IntervalFigure, NoTickReadsMinusZero) {
    auto study = madeStudy(3, {"CQR"});
    Prediction& prediction = study->targets[0].predictions[0];
    prediction.lower[0] = -1.0;
    prediction.upper[0] = 16.0;
    const auto figure = intervalFigure(*study, "z", {"CQR"}, 1002);
    const auto& labels = figure.panels.at(0).x.tickLabels;
    EXPECT_EQ(std::count(labels.begin(), labels.end(), "-0"), 0);
    EXPECT_EQ(std::count(labels.begin(), labels.end(), "0"), 1);
}

TEST(IntervalFigure, SaysWhyItIsEmpty) {
    const auto study = madeStudy(3, {"CQR"});
    EXPECT_FALSE(intervalFigure(*study, "z", {"CQR"}, 5).panels.at(0).emptyMessage.empty());
    EXPECT_FALSE(intervalFigure(*study, "z", {}, 1000).panels.at(0).emptyMessage.empty());
}

TEST(GalaxyPanel, SaysWhatToDoUntilAGalaxyIsSelected) {
    GalaxyPanel panel;
    panel.QWidget::show();
    auto* empty = child<QLabel>(panel, "galaxyEmpty");
    EXPECT_TRUE(empty->isVisible());
    const auto study = madeStudy(3, {"CQR"});
    panel.show(study, "z", {"CQR"}, nullptr, 1001);
    EXPECT_FALSE(empty->isVisible());
    EXPECT_EQ(child<QLabel>(panel, "galaxyTitle")->text(), "Row 1001");
    EXPECT_EQ(panel.figure().kind, "galaxy-intervals");
}
