// The page of three dimensions in the window: its words, controls and selections.
#include "core/base/error.h"
#include "gui/pages/space_page.h"
#include "gui/state/commands.h"
#include "tests/gui/window_fixture.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QTabWidget>

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

namespace {

class SpaceTest : public WindowTest {
protected:
    void SetUp() override {
        WindowTest::SetUp();
        ASSERT_TRUE(openMade());
        page_ = part<SpacePage>("page_space");
        part<QTabWidget>("pages")->setCurrentWidget(page_);
        view_ = part<SpaceView>("space_view");
        rest();
    }
    void rest() {
        ASSERT_TRUE(waitUntil([&] { return page_->settled() && window_->appState().quiet(); }));
    }
    void apply(const std::string& line) {
        window_->appState().apply(parseCommand(line));
        rest();
    }
    std::size_t points() const { return view_->picture().points ? view_->picture().points->size() : 0; }
    const SpaceChoices& space() const { return window_->state().space; }
    SpacePage* page_ = nullptr;
    SpaceView* view_ = nullptr;
};

} // namespace

TEST_F(SpaceTest, AMapOfThreeDimensionsIsMadeAndShown) {
    EXPECT_EQ(points(), 0u);
    window_->appState().apply(parseCommand("space pca"));
    ASSERT_TRUE(waitUntil([&] { return points() > 0 && page_->settled() && window_->appState().quiet(); }));
    EXPECT_EQ(points(), window_->state().rowCount());
    ASSERT_EQ(window_->workbench().maps().names(3).size(), 1u);
    EXPECT_EQ(space().positions, window_->workbench().maps().names(3).front());
    EXPECT_TRUE(space().positions.ends_with("_pca_3d")) << space().positions;
    EXPECT_EQ(part<QComboBox>("spacePositions")->currentText().toStdString(), space().positions);
}

TEST_F(SpaceTest, ControlsAndWordsAreOne) {
    apply("space columns colour \"colour * 2\" mass");
    EXPECT_EQ(part<QLineEdit>("spaceY")->text(), "colour * 2");
    EXPECT_GT(points(), 100u);
    apply("camera top");
    EXPECT_EQ(part<QComboBox>("spaceViews")->currentData().toString(), "top");
    EXPECT_EQ(view_->camera().elevation, 90.0);
    const auto drawn = view_->picture().points;
    part<QDoubleSpinBox>("spaceOpacity")->setValue(0.5);
    part<QDoubleSpinBox>("spaceSize")->setValue(6.0);
    rest();
    EXPECT_EQ(space().opacity, 0.5);
    EXPECT_EQ(space().size, 6.0);
    part<QLineEdit>("spaceLow")->setText("-1");
    part<QLineEdit>("spaceHigh")->setText("2");
    Q_EMIT part<QLineEdit>("spaceHigh")->editingFinished();
    rest();
    EXPECT_EQ(space().range, std::pair(-1.0, 2.0));
    EXPECT_EQ(view_->picture().points, drawn) << "the same points: none are worked out anew";
    window_->appState().undo();
    rest();
    EXPECT_FALSE(space().range);
    QTest::keyClick(view_, Qt::Key_Left);
    rest();
    EXPECT_EQ(space().azimuth, -10.0);
    EXPECT_EQ(part<QComboBox>("spaceViews")->currentIndex(), -1);
}

TEST_F(SpaceTest, ALassoInWordsTakesWhatTheSameCameraSees) {
    apply("space columns colour mass z");
    apply("camera 20 30 1.5");
    apply("select lasso space -0.4,-0.4 0.4,-0.4 0.4,0.4 -0.4,0.4");
    const RowMask selected = window_->state().selection.rows;
    ASSERT_TRUE(selected.any());
    const double half = 0.5 * std::min(view_->width(), view_->height());
    const QRectF box(QPointF(0.5 * view_->width() - 0.4 * half, 0.5 * view_->height() - 0.4 * half),
                     QSizeF(0.8 * half, 0.8 * half));
    const auto rows = view_->picture().points->rowsWithin(QPolygonF(box), view_->projection());
    EXPECT_EQ(selected, RowMask::of(window_->state().rowCount(), rows) & window_->state().shownRows());
    EXPECT_LT(selected.count(), points());
}

TEST_F(SpaceTest, AFaultInAFormulaIsToldAndChangesNothing) {
    apply("space columns colour mass z");
    part<QLineEdit>("spaceZ")->setText("nothing_such");
    Q_EMIT part<QLineEdit>("spaceZ")->editingFinished();
    rest();
    EXPECT_TRUE(message().contains("nothing_such")) << message().toStdString();
    EXPECT_EQ(space().z, "z");
    EXPECT_THROW(apply("space redshift"), Error); // this catalogue has no sky
}
