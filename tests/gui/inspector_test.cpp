#include "core/io/hdf5_file.h"
#include "gui/inspector/galaxy_panel.h"
#include "gui/inspector/interval_figure.h"
#include "gui/plots/figure_view.h"
#include "tests/gui/gui_test_support.h"

#include <QLabel>
#include <QTemporaryDir>
#include <QTest>
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

namespace {

/// 600 galaxies with a cutout each.
std::shared_ptr<const Catalogue> withCutouts(const std::string& path) {
    Catalogue bare;
    bare.rowCount = 600;
    bare.objectId.values = std::vector<std::int64_t>(600, 7);
    writeCatalogue(bare, std::vector<MatrixF>(), path);
    auto file = io::Hdf5File::openForUpdate(path);
    std::vector<float> flux(bare.rowCount * 3 * 4 * 5, 1.0F);
    file.writeFloats("/images/flux", flux, {bare.rowCount, 3, 4, 5});
    file.setAttribute("/images", "bands", std::vector<std::string>{"DES-G", "DES-R", "DES-Z"});
    file.close();
    return std::make_shared<const Catalogue>(readCatalogue(path));
}

} // namespace

TEST(GalaxyPanel, ReadsCutoutsInTheBackgroundAndOnlyTheLast) {
    const QTemporaryDir folder;
    const auto catalogue = withCutouts(folder.filePath("galaxies.h5").toStdString());
    auto study = madeStudy(3, {"CQR"});
    study->targets[0].heldOut.rows = {10, 11, 12};
    JobBridge bridge;
    GalaxyPanel panel(bridge);
    panel.QWidget::show();
    auto* data = child<FigureView>(panel, "galaxyData");
    for (const std::int64_t row : {10, 11, 12})
        panel.show(study, "z", {"CQR"}, catalogue, row);
    EXPECT_FALSE(data->isVisible()) << "nothing is read while the window waits";
    ASSERT_TRUE(waitUntil([&] { return data->isVisible(); }));
    EXPECT_EQ(data->figure().panels.size(), 1U);
    panel.show(study, "z", {"CQR"}, catalogue, 12);
    EXPECT_TRUE(data->isVisible()) << "what is there is not read again";
    panel.show(study, "z", {"CQR"}, catalogue, 11);
    EXPECT_FALSE(data->isVisible()) << "no galaxy stands under another's name";
    panel.show(nullptr, "", {}, nullptr, -1);
    QTest::qWait(200);
    EXPECT_FALSE(data->isVisible());
}

TEST(GalaxyPanel, SaysWhatToDoUntilAGalaxyIsSelected) {
    JobBridge bridge;
    GalaxyPanel panel(bridge);
    panel.QWidget::show();
    auto* empty = child<QLabel>(panel, "galaxyEmpty");
    EXPECT_TRUE(empty->isVisible());
    EXPECT_FALSE(child<FigureView>(panel, "galaxyData")->isVisible());
    const auto study = madeStudy(3, {"CQR"});
    panel.show(study, "z", {"CQR"}, nullptr, 1001);
    EXPECT_FALSE(empty->isVisible());
    EXPECT_EQ(child<QLabel>(panel, "galaxyTitle")->text(), "Row 1001");
    EXPECT_EQ(panel.figure().kind, "galaxy-intervals");
}
