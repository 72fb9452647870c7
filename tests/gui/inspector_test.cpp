#include "core/io/hdf5_file.h"
#include "gui/inspector/galaxy_facts.h"
#include "gui/inspector/galaxy_panel.h"
#include "gui/inspector/interval_figure.h"
#include "gui/plots/figure_view.h"
#include "tests/gui/gui_test_support.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
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
    EXPECT_TRUE(std::isinf(panel.series[0].xHigh[0])) << "the data say it, drawing makes an arrow of it";
}

TEST(IntervalFigure, EveryTargetHasAPanel) {
    auto study = madeStudy(3, {"CQR", "MADSplit"});
    study->targets.push_back(study->targets.front());
    study->targets.back().name = "mass";
    const auto figure = intervalFigure(*study, "mass", {"CQR", "MADSplit"}, 1002);
    ASSERT_EQ(figure.panels.size(), 2U);
    EXPECT_EQ(figure.panels[0].x.label, study->target("mass").axisLabel()) << "the one shown comes first";
    study->targets.front().heldOut.rows[0] = 5; // row 1002 is no test galaxy of z
    EXPECT_EQ(intervalFigure(*study, "mass", {"CQR"}, 1002).panels.size(), 1U);
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

namespace {

ViewState stateOf(std::shared_ptr<const Study> study, std::shared_ptr<const Catalogue> catalogue,
                  std::int64_t row) {
    ViewState state;
    state.study = std::move(study);
    state.catalogue = std::move(catalogue);
    state.target = "z";
    state.methods = {"CQR"};
    state.selection.current = row;
    return state;
}

} // namespace

TEST(GalaxyPanel, ReadsCutoutsInTheBackgroundAndOnlyTheLast) {
    const QTemporaryDir folder;
    const auto catalogue = withCutouts(folder.filePath("galaxies.h5").toStdString());
    auto study = madeStudy(3, {"CQR"});
    study->targets[0].heldOut.rows = {10, 11, 12};
    JobBridge bridge;
    GalaxyPanel panel(bridge);
    panel.show();
    auto* cutout = child<FigureView>(panel, "galaxyCutout");
    for (const std::int64_t row : {10, 11, 12})
        panel.setState(stateOf(study, catalogue, row));
    EXPECT_FALSE(cutout->isVisible()) << "nothing is read while the window waits";
    ASSERT_TRUE(waitUntil([&] { return cutout->isVisible(); }));
    EXPECT_EQ(cutout->figure().panels.size(), 1U);
    EXPECT_FALSE(child<FigureView>(panel, "galaxySpectrum")->isVisible());
    EXPECT_TRUE(child<QLabel>(panel, "galaxyNoImage")->text().contains("No spectrum"));
    panel.setState(stateOf(study, catalogue, 12));
    EXPECT_TRUE(cutout->isVisible()) << "what is there is not read again";
    ViewState linear = stateOf(study, catalogue, 12);
    linear.inspector.looks.cutout = {"DES-R", report::Stretch::Linear, report::Limits::MinMax};
    const auto before = cutout->figure().panels[0].series[0].rgb;
    panel.setState(linear);
    EXPECT_TRUE(cutout->isVisible()) << "another look needs no reading";
    EXPECT_NE(cutout->figure().panels[0].series[0].rgb, before);
    panel.setState(stateOf(study, catalogue, 11));
    EXPECT_FALSE(cutout->isVisible()) << "no galaxy stands under another's name";
    panel.setState({});
    QTest::qWait(200);
    EXPECT_FALSE(cutout->isVisible());
}

TEST(GalaxyPanel, TheCutoutGrowsWithThePanel) {
    const QTemporaryDir folder;
    const auto catalogue = withCutouts(folder.filePath("galaxies.h5").toStdString());
    auto study = madeStudy(3, {"CQR"});
    study->targets[0].heldOut.rows = {10, 11, 12};
    JobBridge bridge;
    GalaxyPanel panel(bridge);
    panel.resize(290, 600);
    panel.show();
    panel.setState(stateOf(study, catalogue, 10));
    auto* cutout = child<FigureView>(panel, "galaxyCutout");
    ASSERT_TRUE(waitUntil([&] { return cutout->isVisible(); }));
    const int before = cutout->height();
    EXPECT_GT(before, 200);
    panel.resize(450, 600);
    ASSERT_TRUE(waitUntil([&] { return cutout->height() > before + 100; }, 2000));
}

TEST(GalaxyPanel, SaysWhatToDoUntilAGalaxyIsSelected) {
    JobBridge bridge;
    GalaxyPanel panel(bridge);
    panel.show();
    auto* empty = child<QLabel>(panel, "galaxyEmpty");
    EXPECT_TRUE(empty->isVisible());
    EXPECT_FALSE(child<FigureView>(panel, "galaxyCutout")->isVisible());
    const auto study = madeStudy(3, {"CQR"});
    panel.setState(stateOf(study, nullptr, 1001));
    EXPECT_FALSE(empty->isVisible());
    EXPECT_EQ(child<QLabel>(panel, "galaxyTitle")->text(), "Row 1001");
    EXPECT_EQ(panel.figure().kind, "galaxy-intervals");
    EXPECT_FALSE(child<QWidget>(panel, "galaxyAddress")->isVisible()) << "its place is not known";
}

TEST(GalaxyPanel, ControlsAreCommands) {
    JobBridge bridge;
    GalaxyPanel panel(bridge);
    std::vector<std::string> said;
    QObject::connect(&panel, &GalaxyPanel::wanted, &panel,
                     [&](const Command& command) { said.push_back(textOf(command)); });
    const auto choose = [&](const char* name, const char* word) {
        auto* box = child<QComboBox>(panel, name);
        box->setCurrentIndex(box->findData(QString(word)));
        Q_EMIT box->activated(box->currentIndex());
    };
    choose("cutoutStretch", "log");
    choose("cutoutScale", "98%");
    choose("spectrumAverage", "5");
    choose("spectrumWavelength", "rest");
    choose("spectrumLines", "predicted");
    child<QCheckBox>(panel, "spectrumMasked")->click();
    child<QPushButton>(panel, "galaxySimilar")->click();
    child<QToolButton>(panel, "galaxyNext")->click();
    EXPECT_EQ(said, (std::vector<std::string>{"cutout stretch log", "cutout scale 98%", "spectrum average 5",
                                              "spectrum wavelength rest", "spectrum lines predicted main",
                                              "spectrum masked on", "similar 20", "next"}));
}

TEST(GalaxyFacts, NumbersOfEveryTargetAndMethodAndOfTheCatalogue) {
    auto study = madeStudy(3, {"CQR", "MADSplit"});
    study->targets[0].predictions[0].upper[0] = std::numeric_limits<double>::infinity();
    const QString numbers = intervalNumbers(*study, {"CQR", "MADSplit"}, 1002);
    EXPECT_TRUE(numbers.contains("CQR") && numbers.contains("MADSplit"));
    EXPECT_TRUE(numbers.contains(QStringLiteral("∞")));
    EXPECT_TRUE(intervalNumbers(*study, {"CQR"}, 7).isEmpty());
    Catalogue catalogue;
    catalogue.rowCount = 2;
    io::Column flux;
    flux.name = "FLUX_R";
    flux.unit = "nanomaggies";
    flux.values = std::vector<double>{1.5, std::nan("")};
    catalogue.columns.columns = {flux};
    const QString known = catalogueNumbers(catalogue, {{"g-r", 0.75}}, 0);
    EXPECT_TRUE(known.contains("FLUX_R") && known.contains("1.5 nanomaggies") && known.contains("0.75"));
    EXPECT_TRUE(catalogueNumbers(catalogue, {}, 1).contains("missing"));
    EXPECT_TRUE(catalogueNumbers(catalogue, {}, 2).isEmpty());
    EXPECT_EQ(legacyViewerAddress(150.1, -2.25),
              "https://www.legacysurvey.org/viewer?ra=150.100000&dec=-2.250000&layer=ls-dr10&zoom=16");
    EXPECT_TRUE(legacyViewerAddress(std::nan(""), 0).isEmpty());
}

TEST(GalaxyFacts, RedshiftsAreThoseOfTheCatalogueAndOfTheHead) {
    auto study = madeStudy(3, {"CQR"});
    const report::Redshifts found = redshiftsOf(study.get(), nullptr, 1002);
    EXPECT_DOUBLE_EQ(found.truth, study->targets[0].heldOut.truth[0]);
    EXPECT_DOUBLE_EQ(found.predicted, basePredictionFor(study->targets[0], 1002));
    study->targets[0].name = "mass";
    EXPECT_TRUE(std::isnan(redshiftsOf(study.get(), nullptr, 1002).predicted)) << "no redshift";
}
