// The page of points: maps of features, free scatter, colours, regions drawn by hand.
#include "core/base/error.h"
#include "core/catalogue/catalogue.h"
#include "gui/cloud/cloud_view.h"
#include "gui/pages/map_page.h"
#include "gui/state/commands.h"
#include "gui/state/where.h"
#include "gui/window/session_keeper.h"
#include "tests/gui/window_fixture.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFile>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QTabWidget>

#include <algorithm>

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

namespace {

class MapTest : public WindowTest {
protected:
    void SetUp() override {
        WindowTest::SetUp();
        ASSERT_NO_FATAL_FAILURE(runMade());
        page_ = part<MapPage>("page_map");
        part<QTabWidget>("pages")->setCurrentWidget(page_);
        view_ = part<CloudView>("cloud_map");
        rest();
    }
    void rest() {
        ASSERT_TRUE(waitUntil([&] { return page_->settled() && window_->appState().quiet(); }));
    }
    std::size_t points() { return view_->picture().points ? view_->picture().points->size() : 0; }
    void make(const QString& what) {
        const auto actions = part<QPushButton>("makeMap")->menu()->actions();
        const auto found = std::find_if(actions.begin(), actions.end(),
                                        [&](QAction* action) { return action->text().startsWith(what); });
        ASSERT_NE(found, actions.end());
        (*found)->trigger();
        ASSERT_TRUE(waitUntil([&] { return page_->settled() && points() > 0; }));
    }
    void scatter(const QString& x, const QString& y) {
        auto* positions = part<QComboBox>("mapPositions");
        positions->setCurrentIndex(positions->findText("Two columns"));
        Q_EMIT positions->activated(positions->currentIndex());
        rest();
        part<QLineEdit>("mapX")->setText(x);
        part<QLineEdit>("mapY")->setText(y);
        Q_EMIT part<QLineEdit>("mapY")->editingFinished();
        rest();
    }
    void colour(const QString& expression) {
        auto* box = part<QComboBox>("mapColour");
        box->setEditText(expression);
        Q_EMIT box->lineEdit()->editingFinished();
        rest();
    }
    MapPage* page_ = nullptr;
    CloudView* view_ = nullptr;
};

} // namespace

TEST_F(MapTest, SaysWhatToDoUntilThereIsAMap) {
    EXPECT_EQ(points(), 0u);
    make("Principal components");
    EXPECT_EQ(points(), window_->state().rowCount());
    EXPECT_TRUE(view_->picture().map);
    EXPECT_TRUE(view_->picture().corner.contains("trustworthiness")) << view_->picture().corner.toStdString();
}

TEST_F(MapTest, AUmapPlacesEveryGalaxy) {
    make("UMAP");
    EXPECT_EQ(points(), window_->state().rowCount());
    colour("|error|");
    EXPECT_EQ(part<QComboBox>("mapPositions")->currentText(), part<QComboBox>("mapPositions")->itemText(0));
}

TEST_F(MapTest, TwoColumnsOrFormulasStandAgainstEachOther) {
    scatter("colour", "truth - prediction");
    const auto& study = *window_->state().study;
    EXPECT_EQ(points(), study.target("z").testRows().size());
    EXPECT_TRUE(cloudShowsOutcome(window_->state()));
    scatter("colour", "colour * 2");
    EXPECT_EQ(points(), window_->state().rowCount());
    EXPECT_FALSE(cloudShowsOutcome(window_->state()));
    const RowMask left = rowsWhere("colour < 0", window_->state()).rows;
    const auto found = page_->rowsWithin({{-1e9, -1e9}, {0, -1e9}, {0, 1e9}, {-1e9, 1e9}}, window_->state());
    for (const std::int64_t row : left.rows())
        EXPECT_TRUE(std::binary_search(found.begin(), found.end(), row));
}

TEST_F(MapTest, AFaultInAFormulaIsToldAndChangesNothing) {
    scatter("colour", "colour * 2");
    scatter("colour", "nothing_such + 1");
    EXPECT_TRUE(message().contains("nothing_such")) << message().toStdString();
    EXPECT_EQ(window_->state().cloud.y, "colour * 2");
    const std::string before = window_->state().cloud.colour;
    colour("no_such_colour");
    EXPECT_TRUE(message().contains("no_such_colour")) << message().toStdString();
    EXPECT_EQ(window_->state().cloud.colour, before);
}

TEST_F(MapTest, EverythingHasWordsAndCanBeUndone) {
    window_->appState().apply(parseCommand("map pca"));
    ASSERT_TRUE(waitUntil([&] { return page_->settled() && points() > 0; }));
    rest();
    const std::string name = window_->state().cloud.positions;
    EXPECT_EQ(name, window_->workbench().maps().names(2).front());
    window_->appState().apply(parseCommand("colour \"missed(MADSplit)\""));
    window_->appState().apply(parseCommand("density on"));
    rest();
    EXPECT_EQ(part<QComboBox>("mapColour")->currentText(), "missed(MADSplit)");
    EXPECT_TRUE(view_->picture().density);
    window_->appState().undo();
    window_->appState().undo();
    rest();
    EXPECT_EQ(part<QComboBox>("mapColour")->currentText(), "");
    EXPECT_FALSE(view_->picture().density);
    EXPECT_EQ(window_->state().cloud.positions, name);
    EXPECT_THROW(window_->appState().apply(parseCommand("positions nowhere")), Error);
    window_->appState().apply(parseCommand("select lasso map -1e9,-1e9 1e9,-1e9 1e9,1e9 -1e9,1e9"));
    EXPECT_EQ(window_->state().selection.rows, window_->state().shownRows());
    EXPECT_FALSE(window_->state().selection.byOutcome);
}

TEST_F(MapTest, AMapMadeHereComesBackWithTheSession) {
    make("Principal components");
    colour("missed(MADSplit)");
    const std::string name = window_->state().cloud.positions;
    const auto before = window_->workbench().maps().find(name, 2);
    ASSERT_NE(before, nullptr);
    const auto lasso = parseCommand("select lasso map 0,-1e9 1e9,-1e9 1e9,1e9 0,1e9");
    window_->appState().apply(lasso);
    const RowMask selected = window_->state().selection.rows;
    const QString session = folder_.filePath("walk.penumbra");
    const auto saveAndOpen = [&] {
        window_->sessions().saveTo(session);
        ASSERT_TRUE(waitUntil([&] { return !window_->sessions().saving(); }));
        window_->workbench().open(QString::fromStdString(catalogue_)); // without it
        ASSERT_TRUE(waitUntil([&] { return window_->workbench().maps().find(name, 2) == nullptr; }));
        rest();
        window_->workbench().open(session);
        ASSERT_TRUE(waitUntil([&] { return window_->workbench().maps().find(name, 2) != nullptr; }));
        rest();
    };
    for (int round = 0; round < 2; ++round) { // the second time in the place of the first
        saveAndOpen();
        const auto after = window_->workbench().maps().find(name, 2);
        ASSERT_NE(after, nullptr);
        ASSERT_EQ(after->x.size(), before->x.size());
        for (std::size_t row = 0; row < before->x.size(); ++row) {
            EXPECT_EQ(static_cast<float>(after->x[row]), static_cast<float>(before->x[row]));
            EXPECT_EQ(static_cast<float>(after->y[row]), static_cast<float>(before->y[row]));
        }
        EXPECT_EQ(after->quality, before->quality);
        EXPECT_EQ(window_->state().cloud.positions, name);
        EXPECT_EQ(points(), window_->state().rowCount());
        window_->appState().apply(parseCommand("select none"));
        window_->appState().apply(lasso);
        EXPECT_EQ(window_->state().selection.rows, selected) << "the same places, the same galaxies";
    }
    EXPECT_TRUE(QFile::exists(folder_.filePath("walk_maps.h5")));
    EXPECT_FALSE(QFile::exists(folder_.filePath("walk_maps_2.h5"))) << "a session's own file is written anew";
}

TEST_F(MapTest, MapsMadeHereCanBeWrittenIntoACopyOfTheCatalogue) {
    make("Principal components");
    const std::string name = window_->state().cloud.positions;
    const std::string copy = folder_.filePath("mapped.h5").toStdString();
    EXPECT_THROW(window_->appState().apply({"export", {"maps", catalogue_}}), Error) << "not the open file";
    window_->appState().apply({"export", {"maps", copy}});
    ASSERT_TRUE(waitUntil([&] { return !window_->workbench().maps().exporting(); }));
    const auto stored = storedMaps(readCatalogue(copy));
    ASSERT_EQ(stored.size(), 1U);
    EXPECT_EQ(stored.front().name, name);
    EXPECT_EQ(stored.front().quality, window_->workbench().maps().find(name, 2)->quality);
}

TEST_F(MapTest, TwoViewsShowOneSelectionInColoursOfTheirOwn) {
    make("Principal components");
    auto* split = part<QCheckBox>("mapSplit");
    auto* second = part<CloudView>("cloud_map_beside");
    EXPECT_FALSE(second->isVisible());
    split->click();
    rest();
    ASSERT_TRUE(second->isVisible());
    ASSERT_TRUE(second->picture().points);
    EXPECT_EQ(second->picture().points->size(), points());
    auto* colours = part<QComboBox>("mapColourBeside");
    colours->setEditText("missed(MADSplit)");
    Q_EMIT colours->lineEdit()->editingFinished();
    window_->appState().apply(parseCommand("beside positions columns colour \"truth - prediction\""));
    rest();
    EXPECT_EQ(window_->state().cloudBeside->colour, "missed(MADSplit)");
    EXPECT_EQ(window_->state().cloud.colour, "") << "the first keeps its own";
    EXPECT_TRUE(view_->picture().map);
    EXPECT_FALSE(second->picture().map);
    window_->appState().apply(parseCommand("select where \"colour > 0\""));
    rest();
    EXPECT_EQ(view_->marked(), window_->state().selection.rows);
    EXPECT_EQ(second->marked(), window_->state().selection.rows);
    const auto inBoth =
        page_->rowsWithin({{-1e9, 0}, {1e9, 0}, {1e9, 1e9}, {-1e9, 1e9}}, window_->state(), true);
    for (const std::int64_t row : inBoth) {
        const RowMask there = rowsWhere("truth - prediction >= 0", window_->state()).rows;
        EXPECT_TRUE(there.contains(row));
        if (!there.contains(row))
            break;
    }
    window_->appState().undo();
    window_->appState().undo();
    window_->appState().undo();
    window_->appState().undo();
    rest();
    EXPECT_FALSE(second->isVisible());
    EXPECT_FALSE(split->isChecked());
}

TEST_F(MapTest, ALogarithmHasAnAxisOfItsNumbers) {
    scatter("log10(colour + 10)", "colour");
    EXPECT_TRUE(view_->picture().xLog);
    EXPECT_EQ(view_->picture().xLabel, "colour + 10");
    EXPECT_FALSE(view_->picture().yLog);
    scatter("log10(colour + 10) - log10(2)", "colour");
    EXPECT_FALSE(view_->picture().xLog) << "not as a whole";
}

TEST_F(MapTest, ARegionDrawnIsTheWindowsSelection) {
    scatter("colour", "prediction");
    ASSERT_TRUE(waitUntil([&] {
        view_->grab();
        return view_->isComplete();
    }));
    const QPoint middle = view_->rect().center();
    QTest::mousePress(view_, Qt::LeftButton, Qt::ShiftModifier, middle - QPoint(150, 120));
    QTest::mouseMove(view_, middle);
    QTest::mouseRelease(view_, Qt::LeftButton, Qt::ShiftModifier, middle);
    QTest::keyRelease(view_, Qt::Key_Shift); // the application remembers it for the tests that follow
    rest();
    const RowMask selected = window_->state().selection.rows;
    ASSERT_TRUE(selected.any());
    for (const std::int64_t row : selected.rows())
        EXPECT_TRUE(QRectF(middle - QPointF(150, 120), QPointF(middle)).contains(*view_->placeOf(row)));
    EXPECT_FALSE(window_->state().selection.byOutcome);
}

TEST_F(MapTest, LocalCoverageColoursTestGalaxiesAndItsWorstRegionIsOneClickAway) {
    make("Principal components");
    colour("local_coverage(MADSplit)");
    auto* worst = part<QPushButton>("worstRegion");
    ASSERT_TRUE(worst->isVisible());
    worst->click();
    rest();
    const ViewState& now = window_->state();
    const TargetStudy& target = *now.shownTarget();
    const std::vector<std::int64_t> rows = target.testRows();
    const std::size_t k = std::min<std::size_t>(50, rows.size() / 4);
    EXPECT_EQ(now.selection.rows.count(), k);
    EXPECT_TRUE(now.selection.byOutcome);
    const LocalWindows local = localWindowsOf(now, {}); // no window covers less
    const std::vector<double> truth = target.testTruth();
    const Prediction& prediction = *target.prediction("MADSplit");
    double selected = 0.0;
    for (std::size_t i = 0; i < rows.size(); ++i)
        selected += now.selection.rows.contains(rows[i]) && covers(prediction, i, truth[i]) ? 1.0 : 0.0;
    for (std::size_t j = 0; j < local.testIndex.size(); ++j) {
        double covered = 0.0;
        for (const std::uint32_t member : local.windows.window(j))
            covered +=
                covers(prediction, local.testIndex[member], truth[local.testIndex[member]]) ? 1.0 : 0.0;
        EXPECT_GE(covered, selected);
    }
    EXPECT_TRUE(local.isOf(now));
    ViewState other = now; // of a study that splits otherwise
    auto resplit = std::make_shared<Study>(*now.study);
    resplit->targets.front().heldOut.isTest.assign(resplit->targets.front().heldOut.rows.size(), 1);
    other.study = resplit;
    EXPECT_FALSE(local.isOf(other));
    colour("colour");
    EXPECT_FALSE(worst->isVisible());
}
