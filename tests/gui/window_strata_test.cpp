// Clicks on bins, numbers and words select the galaxies behind them; named subsets are rows of the table.
#include "core/base/text.h"
#include "core/eval/evaluate.h"
#include "gui/jobs/job_bridge.h"
#include "gui/models/table_spec_model.h"
#include "gui/pages/added_pages.h"
#include "gui/pages/figure_page.h"
#include "gui/plots/figure_view.h"
#include "gui/plots/qcp.h"
#include "gui/state/commands.h"
#include "tests/gui/window_fixture.h"

#include <QFile>
#include <QTabWidget>

#include <algorithm>
#include <cmath>

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

namespace {

class StrataTest : public WindowTest {
protected:
    void SetUp() override {
        WindowTest::SetUp();
        ASSERT_NO_FATAL_FAILURE(runMade());
        ASSERT_TRUE(waitUntil([&] { return compareHas("MADSplit"); }));
    }
    const TargetStudy& target() { return window_->state().study->target("z"); }
    std::vector<std::int64_t> selected() { return window_->state().selection.rows.rows(); }
    void apply(const Command& command) {
        window_->appState().apply(command);
        EXPECT_TRUE(waitUntil([&] { return finished(); }));
    }
    void click(int row, int column, Qt::KeyboardModifiers modifiers = {}) {
        auto* view = part<QTableView>("compareTable");
        QTest::mouseClick(view->viewport(), Qt::LeftButton, modifiers,
                          view->visualRect(view->model()->index(row, column)).center());
    }
    int rowOf(const QString& title) {
        for (int r = 0; r < compareModel()->rowCount(); ++r)
            if (compareModel()->index(r, 0).data().toString() == title)
                return r;
        return -1;
    }
    int columnOf(const QString& word) {
        for (int c = 0; c < compareModel()->columnCount(); ++c)
            if (compareModel()->headerData(c, Qt::Horizontal).toString().simplified().startsWith(word))
                return c;
        return -1;
    }
    /// The tenth of the test galaxies with the largest |truth - prediction|, or both tenths by truth.
    std::vector<std::int64_t> tenths(bool worst) {
        const auto rows = target().testRows();
        const auto truth = target().testTruth(), base = target().basePrediction();
        std::vector<std::pair<double, std::int64_t>> keys;
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (!std::isnan(truth[i]))
                keys.emplace_back(worst ? std::abs(truth[i] - base[i]) : truth[i], rows[i]);
        std::sort(keys.begin(), keys.end());
        const std::size_t tenth = keys.size() / 10;
        std::vector<std::int64_t> out;
        for (std::size_t i = 0; i < keys.size(); ++i)
            if (i >= keys.size() - tenth || (!worst && i < tenth))
                out.push_back(keys[i].second);
        std::sort(out.begin(), out.end());
        return out;
    }
};

class ToyPage : public Page {
public:
    using Page::Page;
    void setTheme(const Theme&) override {}
    std::string shown;

protected:
    void update(const ViewState& state) override {
        shown = state.catalogue ? state.catalogue->targets.at(0).name : std::string();
    }
};

} // namespace

TEST_F(StrataTest, CellsOfTheTableSelectTheirGalaxies) {
    const int row = rowOf("MADSplit");
    ASSERT_GE(row, 0);
    click(row, columnOf("tail coverage"));
    EXPECT_EQ(selected(), tenths(false));
    EXPECT_TRUE(window_->state().selection.byOutcome) << "chosen by the truth: no range is known";
    EXPECT_EQ(window_->state().selection.where, "tail");
    click(row, columnOf("worst"));
    EXPECT_EQ(selected(), tenths(true));
    click(row, columnOf("tail coverage"), Qt::ShiftModifier);
    std::vector<std::int64_t> both;
    const auto tail = tenths(false), worst = tenths(true);
    std::set_union(tail.begin(), tail.end(), worst.begin(), worst.end(), std::back_inserter(both));
    EXPECT_EQ(selected(), both) << "Shift adds";
    click(row, columnOf("worst"), Qt::AltModifier);
    std::vector<std::int64_t> rest;
    std::set_difference(both.begin(), both.end(), worst.begin(), worst.end(), std::back_inserter(rest));
    EXPECT_EQ(selected(), rest) << "Alt removes";
    apply({"undo", {}});
    EXPECT_EQ(selected(), both);
    const auto& history = window_->appState().history();
    EXPECT_TRUE(std::any_of(history.begin(), history.end(), [](const AppState::Entry& entry) {
        return textOf(entry.command) == "select where tail";
    }));
    EXPECT_TRUE(compareModel()
                    ->index(row, columnOf("worst"))
                    .data(Qt::ToolTipRole)
                    .toString()
                    .contains("Click selects its galaxies: worst_tenth"));
}

TEST_F(StrataTest, ABinOfAFigureSelectsItsGalaxies) {
    apply({"page", {"coverage-by-bin"}});
    ASSERT_TRUE(waitUntil([&] { return finished(); }));
    auto* view = part<FigureView>("figure_coverage-by-bin");
    auto* plot = view->findChild<QCustomPlot*>();
    ASSERT_NE(plot, nullptr);
    view->toImage();
    const QCPAxisRect& axes = *plot->axisRects().at(0);
    const QPoint at(axes.rect().center().x(), axes.rect().bottom() - 3); // no point is near
    const double x = axes.axis(QCPAxis::atBottom)->pixelToCoord(at.x());
    QTest::mouseClick(plot, Qt::LeftButton, {}, at);
    const report::Series& series = view->figure().panels.at(0).series.back();
    std::vector<std::int64_t> inside;
    for (std::size_t b = 0; b < series.xLow.size(); ++b)
        if (series.xLow[b] <= x && x < series.xHigh[b]) {
            const auto rows = target().testRows();
            const auto base = target().basePrediction();
            for (std::size_t i = 0; i < rows.size(); ++i)
                if (series.xLow[b] <= base[i] &&
                    (b + 1 == series.xLow.size() ? base[i] <= series.xHigh[b] : base[i] < series.xHigh[b]))
                    inside.push_back(rows[i]);
            EXPECT_EQ(static_cast<double>(inside.size()), series.n[b]);
        }
    ASSERT_FALSE(inside.empty());
    std::sort(inside.begin(), inside.end());
    EXPECT_EQ(selected(), inside);
    EXPECT_FALSE(window_->state().selection.byOutcome) << "a prediction is no outcome";
}

TEST_F(StrataTest, NamedSubsetsAreRowsOfTheTableAndSelectThemselves) {
    std::vector<double> predictions = target().basePrediction();
    std::nth_element(predictions.begin(), predictions.begin() + 100, predictions.end());
    const double cut = predictions[100];
    apply({"subset", {"add", "red", "where", "prediction > " + shortestReal(cut)}});
    ASSERT_TRUE(waitUntil([&] {
        for (int r = 0; r < compareModel()->rowCount(); ++r)
            if (compareModel()->index(r, 0).data().toString().contains("red (n = "))
                return true;
        return false;
    }));
    std::size_t n = 0, covered = 0;
    std::vector<std::int64_t> rows;
    const Prediction& prediction = *target().prediction("MADSplit");
    const auto all = target().testRows();
    const auto truth = target().testTruth(), base = target().basePrediction();
    for (std::size_t i = 0; i < all.size(); ++i)
        if (base[i] > cut) {
            rows.push_back(all[i]);
            ++n;
            covered += covers(prediction, i, truth[i]) ? 1 : 0;
        }
    int group = -1;
    for (int r = 0; r < compareModel()->rowCount(); ++r)
        if (compareModel()->index(r, 0).data().toString().contains(QString("red (n = %1)").arg(n)))
            group = r;
    ASSERT_GE(group, 0);
    const auto& table = static_cast<TableSpecModel*>(compareModel())->table();
    const auto column = static_cast<std::size_t>(columnOf("coverage"));
    const report::Cell& cell = table.rows[static_cast<std::size_t>(group) + 2][column];
    EXPECT_EQ(cell.value, static_cast<double>(covered) / static_cast<double>(n));
    click(group, 0);
    std::sort(rows.begin(), rows.end());
    EXPECT_EQ(selected(), rows);
    EXPECT_EQ(window_->state().selection.where, "subset(red)");
}

TEST_F(StrataTest, TheSelectionIsWrittenByACommand) {
    apply({"select", {"where", "missed(MADSplit)"}});
    const QString path = folder_.filePath("missed.csv");
    apply({"export", {"selection", path.toStdString()}});
    ASSERT_TRUE(waitUntil([&] { return QFile::exists(path); }));
    QFile file(path);
    ASSERT_TRUE(file.open(QIODevice::ReadOnly));
    std::size_t lines = 0;
    for (const QByteArray& line : file.readAll().split('\n'))
        lines += line.isEmpty() || line.startsWith('#') ? 0 : 1;
    EXPECT_EQ(lines, selected().size() + 1) << "a header and a line a galaxy";
    EXPECT_THROW(window_->appState().apply({"export", {"selection", "galaxies.doc"}}), Error);
    apply({"select", {"none"}});
    EXPECT_THROW(window_->appState().apply({"export", {"selection", path.toStdString()}}), Error);
    const QString table = folder_.filePath("table.md");
    apply({"export", {"table", table.toStdString()}});
    QFile written(table);
    ASSERT_TRUE(written.open(QIODevice::ReadOnly));
    EXPECT_TRUE(written.readAll().contains("MADSplit"));
}

/// A page that the window knows nothing of: one class, one line.
TEST_F(WindowTest, APageIsAClassAndALine) {
    ToyPage* page = nullptr;
    const Added added = addPage(
        {"toy", "Toy", "A toy.", [&](JobBridge&, QWidget* parent) { return page = new ToyPage(parent); }});
    MainWindow window({});
    window.files().open(QString::fromStdString(catalogue_));
    ASSERT_TRUE(waitUntil([&] { return window.workbench().catalogue() != nullptr; }));
    window.show();
    ASSERT_TRUE(QTest::qWaitForWindowExposed(&window));
    ASSERT_NE(page, nullptr);
    window.appState().apply({"page", {"toy"}});
    ASSERT_TRUE(waitUntil([&] { return page->isVisible() && page->shown == "mass"; }));
    EXPECT_EQ(child<QTabWidget>(window, "pages")->tabText(child<QTabWidget>(window, "pages")->currentIndex()),
              "Toy");
}
