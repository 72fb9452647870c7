// The window as a view of one state: undo, history, subsets, expressions, sessions, and a monkey.
#include "core/base/rng.h"
#include "gui/plots/figure_view.h"
#include "gui/window/session_keeper.h"
#include "gui/window/window_host.h"
#include "tests/gui/window_fixture.h"

#include <QAction>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QListWidget>
#include <QTabWidget>
#include <QTableWidget>

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

namespace {

class WindowStateTest : public WindowTest {
protected:
    void SetUp() override {
        WindowTest::SetUp();
        ASSERT_TRUE(openMade());
        configure(3, {"VanillaSplit", "MADSplit"});
        setOption("targets", std::vector<std::string>{"z", "mass"});
        window_->files().run();
        ASSERT_TRUE(waitUntil([&] { return finished(); }, studyLimitMs));
        settle();
    }
    void settle() {
        EXPECT_TRUE(waitUntil([&] { return window_->appState().quiet() && !window_->bridge().redraws(); }));
    }
    void apply(const std::string& line) {
        window_->appState().apply(parseCommand(line));
        settle();
    }
    const ViewState& now() { return window_->state(); }
};

} // namespace

TEST_F(WindowStateTest, EveryPartShowsWhatIsUndone) {
    auto* target = part<QComboBox>("toolbarTarget");
    auto* alpha = part<QDoubleSpinBox>("toolbarAlpha");
    auto* condition = part<QComboBox>("toolbarCondition");
    auto* pages = part<QTabWidget>("pages");
    auto* history = part<QListWidget>("history");
    target->setCurrentText("mass");
    alpha->setValue(0.2);
    condition->setCurrentIndex(condition->findData("colour"));
    pages->setCurrentIndex(2);
    window_->appState().apply({"theme", {"dark"}});
    settle();
    EXPECT_EQ(now().target, "mass");
    EXPECT_EQ(now().conditionOn, "colour");
    EXPECT_EQ(history->count(), 1 + 5);
    EXPECT_EQ(history->item(1)->text(), "target mass");
    for (int i = 0; i < 5; ++i)
        part<QAction>("actionUndo")->trigger();
    settle();
    EXPECT_EQ(target->currentText(), "z");
    EXPECT_DOUBLE_EQ(alpha->value(), 0.1);
    EXPECT_EQ(condition->currentData().toString(), "prediction");
    EXPECT_EQ(pages->currentIndex(), 0);
    EXPECT_FALSE(part<QAction>("actionDark")->isChecked());
    EXPECT_FALSE(part<QAction>("actionUndo")->isEnabled());
    EXPECT_DOUBLE_EQ(window_->workbench().study()->alpha, 0.1);
    Q_EMIT history->itemActivated(history->item(2));
    settle();
    EXPECT_EQ(target->currentText(), "mass");
    EXPECT_TRUE(waitUntil([&] { return std::abs(window_->workbench().study()->alpha - 0.2) < 1e-9; }));
    window_->appState().apply({"theme", {"light"}});
}

TEST_F(WindowStateTest, AnExpressionCountsWhileItIsWrittenAndSelectsOnReturn) {
    auto* line = part<QLineEdit>("whereLine");
    auto* count = part<QLabel>("whereCount");
    line->setFocus();
    QTest::keyClicks(line, "colour > 0");
    const RowMask shown = now().shownRows();
    std::size_t expected = 0;
    const auto colours = now().catalogue->columns.at("colour").asReals();
    for (const std::int64_t row : shown.rows())
        expected += colours[static_cast<std::size_t>(row)] > 0;
    EXPECT_TRUE(waitUntil([&] { return count->text() == QString("%1 of 300").arg(expected); }))
        << count->text().toStdString();
    EXPECT_FALSE(now().selection.rows.any());
    QTest::keyClick(line, Qt::Key_Return);
    settle();
    EXPECT_EQ(now().selection.rows.count(), expected);
    line->clear();
    QTest::keyClicks(line, "colour >");
    EXPECT_TRUE(waitUntil([&] { return count->text() == "not yet an expression"; }));
}

TEST_F(WindowStateTest, SubsetsAreCountedAndColoured) {
    apply("page prediction-vs-truth");
    auto* view = part<FigureView>("figure_prediction-vs-truth");
    ASSERT_TRUE(waitUntil([&] { return !view->figure().panels.empty(); }));
    const QImage plain = view->toImage();
    apply("subset add blue where \"colour > 0\"");
    const auto* table = part<QTableWidget>("subsetsTable");
    ASSERT_EQ(table->rowCount(), 1);
    EXPECT_EQ(table->item(0, 0)->text(), "blue");
    const auto& target = now().study->target("z");
    const Prediction& prediction = *target.prediction("VanillaSplit");
    const auto truth = target.testTruth();
    double n = 0, covered = 0;
    for (std::size_t i = 0; i < truth.size(); ++i)
        if (now().subset("blue")->rows.contains(target.testRows()[i])) {
            ++n;
            covered += prediction.lower[i] <= truth[i] && truth[i] <= prediction.upper[i];
        }
    const QString share = QString::number(std::lround(100.0 * covered / n));
    EXPECT_TRUE(waitUntil([&] { return table->item(0, 3)->text().startsWith(share + " ["); }))
        << table->item(0, 3)->text().toStdString() << " for " << share.toStdString();
    EXPECT_TRUE(waitUntil([&] {
        const QImage image = view->toImage();
        const QColor colour(QString::fromStdString(now().subset("blue")->colour));
        int near = 0;
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x) {
                const QColor pixel = image.pixelColor(x, y);
                near += std::abs(pixel.red() - colour.red()) + std::abs(pixel.green() - colour.green()) +
                            std::abs(pixel.blue() - colour.blue()) <
                        60;
            }
        return near > 50;
    })) << "points take the subset's colour";
    apply("subset remove blue");
    EXPECT_EQ(view->toImage(), plain);
}

TEST_F(WindowStateTest, ASessionComesBack) {
    for (const char* line :
         {"target mass", "alpha 0.2", "methods MADSplit", "condition colour", "page width-by-bin",
          "select where \"colour > 0\"", "subset add blue", "select rows 2,5,8"})
        apply(line);
    const Choices kept = now().choices();
    const QString path = folder_.filePath("s.penumbra");
    window_->sessions().saveTo(path);
    ASSERT_TRUE(waitUntil([&] { return !window_->sessions().saving(); }));
    EXPECT_FALSE(window_->workbench().unsaved()) << "the study lies beside it";
    window_->workbench().open(QString::fromStdString(catalogue_));
    ASSERT_TRUE(waitUntil([&] { return now().study == nullptr; }));
    EXPECT_TRUE(now().subsets.empty());
    window_->workbench().open(path);
    ASSERT_TRUE(waitUntil([&] { return now().study != nullptr; }));
    EXPECT_TRUE(now().choices() == kept);
    EXPECT_EQ(now().catalogue->rowCount, 900U);
    EXPECT_TRUE(waitUntil([&] { return std::abs(window_->workbench().study()->alpha - 0.2) < 1e-9; }));
    settle();
    EXPECT_EQ(part<QComboBox>("toolbarTarget")->currentText(), "mass");
}

TEST_F(WindowStateTest, LassosAreInTheDataOfTheFigure) {
    apply("select lasso prediction-vs-truth 0.25,-9 0.35,-9 0.35,9 0.25,9");
    const auto& target = now().study->target("z");
    const auto truth = target.testTruth();
    std::vector<std::int64_t> expected;
    for (std::size_t i = 0; i < truth.size(); ++i)
        if (truth[i] > 0.25 && truth[i] < 0.35)
            expected.push_back(target.testRows()[i]);
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(now().selection.rows.rows(), expected);
}

// Commands and events in random order: nothing throws but an Error, and the window shows the state it holds.
TEST_F(WindowStateTest, AMonkeyLeavesAWindowThatShowsItsState) {
    const std::vector<std::string> lines = {"alpha 0.2",
                                            "alpha 0.1",
                                            "target mass",
                                            "target z",
                                            "methods all",
                                            "methods MADSplit",
                                            "condition width",
                                            "condition colour",
                                            "page compare",
                                            "page coverage-by-bin",
                                            "page prediction-vs-truth",
                                            "page training",
                                            "theme dark",
                                            "theme light",
                                            "select all",
                                            "select none",
                                            "select invert",
                                            "select where \"colour > 0\"",
                                            "select rows 2,5-100 toggle",
                                            "current 7",
                                            "subset add a",
                                            "subset add b where \"colour < 0\"",
                                            "subset use a",
                                            "subset remove b",
                                            "undo",
                                            "undo",
                                            "redo",
                                            "select where \"truth > 0.3\" intersect"};
    auto* table = part<QTableView>("galaxiesTable");
    for (const std::uint64_t seed : {11U, 12U}) {
        Rng rng(seed);
        const auto upTo = [&](int n) { return static_cast<int>(rng.uniform() * n); };
        for (int step = 0; step < 150; ++step) {
            try {
                switch (upTo(6)) {
                case 0:
                    table->selectRow(upTo(200));
                    break;
                case 1:
                    part<QDoubleSpinBox>("toolbarAlpha")->setValue(0.05 + 0.01 * upTo(20));
                    break;
                case 2:
                    QTest::keyClick(table, upTo(2) == 0 ? Qt::Key_Down : Qt::Key_Up,
                                    upTo(2) == 0 ? Qt::ShiftModifier : Qt::NoModifier);
                    break;
                default:
                    window_->appState().apply(
                        parseCommand(lines[static_cast<std::size_t>(upTo(static_cast<int>(lines.size())))]));
                }
            } catch (const Error&) { // there is nothing to undo, no subset of that name ...
            }
            if (upTo(4) == 0)
                QTest::qWait(upTo(30));
        }
        settle();
        EXPECT_EQ(part<QComboBox>("toolbarTarget")->currentText().toStdString(), now().target) << seed;
        EXPECT_NEAR(part<QDoubleSpinBox>("toolbarAlpha")->value(), now().alpha, 1e-9) << seed;
        EXPECT_TRUE(waitUntil([&] { return std::abs(now().study->alpha - now().alpha) < 1e-9; })) << seed;
        EXPECT_EQ(part<QAction>("actionDark")->isChecked(), now().dark);
        EXPECT_EQ(part<QTableWidget>("subsetsTable")->rowCount(), static_cast<int>(now().subsets.size()));
        while (window_->appState().done() > 0)
            apply("undo");
        EXPECT_EQ(now().alpha, 0.1);
        EXPECT_EQ(now().target, "z");
        EXPECT_TRUE(now().subsets.empty());
    }
}
