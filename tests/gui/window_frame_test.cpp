// What stands around the pages: the toolbar at every width, messages, the start screen, the table of
// galaxies, plots by keyboard.
#include "core/uq/uq_method.h"
#include "gui/panels/message_bar.h"
#include "gui/panels/study_toolbar.h"
#include "gui/plots/figure_view.h"
#include "gui/plots/qcp.h"
#include "gui/state/commands.h"
#include "tests/gui/window_fixture.h"

#include <QAction>
#include <QComboBox>
#include <QHeaderView>
#include <QMenu>
#include <QPushButton>
#include <QScrollBar>
#include <QSlider>
#include <QSpinBox>
#include <QStackedWidget>
#include <QTabWidget>
#include <QToolButton>

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

namespace {

/// A toolbar in a window of its own, over a study of all nine methods.
class ToolbarTest : public testing::Test {
protected:
    void SetUp() override {
        applyTheme(*qApp, lightTheme());
        std::vector<std::string> nine;
        for (const uq::UqMethod* method : uq::allMethods())
            if (!method->info().delivered && nine.size() < 9)
                nine.push_back(method->info().id);
        ASSERT_EQ(nine.size(), 9u);
        study_ = madeStudy(50, nine);
        state_.takeStudy(study_);
        run_ = new QAction("Run", &window_);
        bar_ = new StudyToolbar(state_, run_, &window_);
        window_.addToolBar(bar_);
        state_.watch(allParts, bar_, [this](const ViewState& now, Parts) { bar_->showState(now); });
        bar_->showState(state_.now());
    }
    void showAt(int width) {
        window_.resize(width, 400);
        window_.show();
        ASSERT_TRUE(QTest::qWaitForWindowExposed(&window_));
        QTest::qWait(20);
    }
    std::vector<QWidget*> obeyed() {
        return {bar_->widgetForAction(run_), child<QComboBox>(*bar_, "toolbarTarget"),
                child<QToolButton>(*bar_, "toolbarMethods"), child<QDoubleSpinBox>(*bar_, "toolbarAlpha"),
                child<QComboBox>(*bar_, "toolbarCondition")};
    }
    QRect placeOf(const QWidget* widget) const {
        return {widget->mapTo(&window_, QPoint(0, 0)), widget->size()};
    }
    QMainWindow window_;
    AppState state_;
    std::shared_ptr<Study> study_;
    QAction* run_ = nullptr;
    StudyToolbar* bar_ = nullptr;
};

class FrameTest : public WindowTest {
protected:
    void SetUp() override {
        WindowTest::SetUp();
        ASSERT_NO_FATAL_FAILURE(runMade());
    }
    void apply(const std::string& line) {
        window_->appState().apply(parseCommand(line));
        EXPECT_TRUE(waitUntil([&] { return window_->appState().quiet() && !window_->bridge().redraws(); }));
    }
};

} // namespace

TEST_F(ToolbarTest, EveryControlLiesWholeInsideANarrowWindow) {
    for (const int width : {1440, 1024, 960, 800}) {
        showAt(width);
        for (const QWidget* control : obeyed()) {
            EXPECT_TRUE(control->isVisible()) << width << ' ' << control->objectName().toStdString();
            EXPECT_TRUE(window_.rect().contains(placeOf(control)))
                << width << ' ' << control->objectName().toStdString();
            EXPECT_GE(control->width(), control->minimumSizeHint().width())
                << width << ' ' << control->objectName().toStdString();
        }
        for (const auto* more : bar_->findChildren<QToolButton*>("qt_toolbar_ext_button"))
            EXPECT_FALSE(more->isVisible()) << width;
    }
    showAt(1440);
    EXPECT_TRUE(child<QToolButton>(*bar_, "level_90")->isVisible());
    EXPECT_TRUE(child<QSlider>(*bar_, "toolbarAlphaSlider")->isVisible());
}

TEST_F(ToolbarTest, NothingMovesWithTheNumberOfMethods) {
    showAt(1440);
    const QRect before = placeOf(child<QComboBox>(*bar_, "toolbarCondition"));
    for (const char* ticked : {"CQR", "CQR,LCNet,MADSplit", "", "all"}) {
        state_.apply({"methods", {ticked}});
        ASSERT_TRUE(waitUntil([&] { return state_.quiet(); }));
        QTest::qWait(20);
        EXPECT_EQ(placeOf(child<QComboBox>(*bar_, "toolbarCondition")), before) << ticked;
    }
}

TEST_F(ToolbarTest, TheMenuTicksAllNoneOrThoseWithAGuarantee) {
    showAt(1440);
    child<QAction>(*bar_, "showMethodsNone")->trigger();
    EXPECT_TRUE(state_.now().methods.empty());
    ASSERT_TRUE(waitUntil([&] { return state_.quiet(); }));
    child<QAction>(*bar_, "showMethodsGuaranteed")->trigger();
    for (const std::string& method : state_.now().methods)
        EXPECT_TRUE(uq::findMethod(method).info().conformal) << method;
    std::size_t promised = 0;
    for (const std::string& method : study_->methods)
        promised += uq::findMethod(method).info().conformal;
    EXPECT_EQ(state_.now().methods.size(), promised);
    EXPECT_GT(promised, 0u);
    EXPECT_LT(promised, study_->methods.size());
    child<QAction>(*bar_, "showMethodsAll")->trigger();
    EXPECT_EQ(state_.now().methods, study_->methods);
}

TEST_F(FrameTest, AMessageMovesNothing) {
    auto* tabs = part<QTabWidget>("pages");
    auto* table = part<QTableView>("galaxiesTable");
    const QRect before = tabs->geometry(), tableBefore = table->geometry();
    auto* bar = window_->parts().message;
    bar->say(MessageBar::Kind::Error, QString("What was found, and what to do. ").repeated(40));
    QTest::qWait(50);
    EXPECT_EQ(tabs->geometry(), before);
    EXPECT_EQ(table->geometry(), tableBefore);
    EXPECT_TRUE(bar->isVisible());
    EXPECT_TRUE(window_->centralWidget()->rect().contains(bar->geometry()));
    EXPECT_LE(bar->height(), window_->centralWidget()->height() / 2 + 40);
    window_->resize(1024, 700);
    QTest::qWait(50);
    EXPECT_TRUE(window_->centralWidget()->rect().contains(bar->geometry())) << "it follows the window";
    QTest::keyClick(window_.get(), Qt::Key_Escape);
    EXPECT_TRUE(bar->isHidden());
}

TEST_F(FrameTest, TheStartScreenIsReachedAndLeftAgain) {
    auto* start = window_->parts().start;
    auto* spaces = window_->parts().spaces;
    const auto study = window_->workbench().study();
    part<QAction>("actionStart")->trigger();
    EXPECT_EQ(spaces->currentWidget(), reinterpret_cast<QWidget*>(start));
    auto* back = part<QPushButton>("startBack");
    EXPECT_TRUE(back->isVisible());
    back->click();
    EXPECT_EQ(spaces->currentWidget(), window_->parts().workspace);
    EXPECT_EQ(window_->workbench().study(), study) << "what is open stays open";
}

TEST_F(FrameTest, IdsStayInSightAndColumnsAreChosen) {
    auto* table = part<QTableView>("galaxiesTable");
    auto* frozen = part<QTableView>("frozenColumn");
    EXPECT_FALSE(frozen->isVisible());
    apply("columns |error| low high width error/width covers colour");
    std::vector<QString> titles;
    for (int column = 0; column < table->model()->columnCount(); ++column)
        titles.push_back(table->model()->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
    ASSERT_EQ(titles.size(), 5u + 2u * 5u);
    EXPECT_EQ(titles[3], "|error|");
    EXPECT_EQ(titles[4], "colour");
    EXPECT_EQ(titles[5], "VanillaSplit low");
    EXPECT_EQ(titles[8], "error / width");
    table->horizontalScrollBar()->setValue(table->horizontalScrollBar()->maximum());
    ASSERT_TRUE(frozen->isVisible());
    EXPECT_EQ(frozen->columnAt(5), 0);
    EXPECT_EQ(frozen->width(), table->columnWidth(0));
    EXPECT_EQ(frozen->selectionModel(), table->selectionModel());
    table->verticalScrollBar()->setValue(7);
    EXPECT_EQ(frozen->rowAt(3), table->rowAt(3)) << "rows stand beside each other";
    table->horizontalScrollBar()->setValue(0);
    EXPECT_FALSE(frozen->isVisible());
    // The worst misses first, by a click on a heading.
    table->sortByColumn(8, Qt::DescendingOrder);
    double before = std::numeric_limits<double>::infinity();
    for (int row = 0; row < 20; ++row) {
        const double here = table->model()->index(row, 8).data().toString().toDouble();
        EXPECT_LE(here, before);
        before = here;
    }
    apply("columns usual");
    EXPECT_EQ(table->model()->columnCount(), 4 + 2 * 3);
    EXPECT_EQ(table->horizontalHeader()->sortIndicatorSection(), -1) << "that column is gone";
    apply("undo");
    EXPECT_EQ(table->model()->columnCount(), 15);
}

TEST_F(FrameTest, TheMenuOfColumnsOffersPartsAndTheCataloguesColumns) {
    auto* menu = part<QMenu>("columnsMenu");
    Q_EMIT menu->aboutToShow();
    auto* colour = menu->findChild<QAction*>("column_colour");
    ASSERT_NE(colour, nullptr);
    EXPECT_FALSE(colour->isChecked());
    colour->trigger();
    EXPECT_EQ(window_->state().inspector.columns,
              (std::vector<std::string>{"|error|", "low", "high", "covers", "colour"}));
}

TEST_F(FrameTest, TabLeavesTheTableOfGalaxies) {
    auto* table = part<QTableView>("galaxiesTable");
    table->setFocus();
    ASSERT_TRUE(table->hasFocus());
    QTest::keyClick(table, Qt::Key_Tab);
    EXPECT_FALSE(table->hasFocus());
}

TEST_F(FrameTest, APlotIsMovedByKeysAndShowsAllAgain) {
    apply("page prediction-vs-truth");
    auto* view = part<FigureView>("figure_prediction-vs-truth");
    auto* plot = view->findChild<QCustomPlot*>();
    auto* home = view->findChild<QToolButton*>("figureHome");
    ASSERT_NE(plot, nullptr);
    ASSERT_NE(home, nullptr);
    EXPECT_TRUE(home->isHidden());
    const QCPRange whole = plot->axisRect(0)->axis(QCPAxis::atBottom)->range();
    const auto now = [&] { return plot->axisRect(0)->axis(QCPAxis::atBottom)->range(); };
    QTest::keyClick(plot, Qt::Key_Right);
    EXPECT_NEAR(now().lower, whole.lower + 0.1 * whole.size(), 1e-9);
    EXPECT_NEAR(now().size(), whole.size(), 1e-9);
    EXPECT_FALSE(home->isHidden());
    QTest::keyClick(plot, Qt::Key_Plus);
    EXPECT_LT(now().size(), 0.9 * whole.size());
    home->click();
    EXPECT_NEAR(now().lower, whole.lower, 1e-9);
    EXPECT_NEAR(now().upper, whole.upper, 1e-9);
    EXPECT_TRUE(home->isHidden());
    QTest::keyClick(plot, Qt::Key_Up);
    QTest::keyClick(plot, Qt::Key_Home);
    EXPECT_TRUE(home->isHidden());
}
