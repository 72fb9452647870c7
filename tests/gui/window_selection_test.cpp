// One selection for table, plots and status bar.
#include "core/base/rng.h"
#include "core/eval/evaluate.h"
#include "core/eval/selection_coverage.h"
#include "gui/cloud/cloud_view.h"
#include "gui/models/galaxy_model.h"
#include "gui/panels/galaxies_panel.h"
#include "gui/plots/figure_view.h"
#include "gui/state/command.h"
#include "gui/state/commands.h"
#include "tests/gui/window_fixture.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QMenu>
#include <QTabWidget>

#include <algorithm>
#include <cmath>
#include <set>

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

namespace {

class SelectionTest : public WindowTest {
protected:
    void SetUp() override {
        WindowTest::SetUp();
        ASSERT_NO_FATAL_FAILURE(runMade());
        table_ = part<QTableView>("galaxiesTable");
        ASSERT_TRUE(waitUntil([&] { return table_->model()->rowCount() > 0; }));
    }
    void told() { // viewers follow in the next turn
        EXPECT_TRUE(waitUntil([&] { return window_->appState().quiet(); }));
    }
    const TargetStudy& target() { return window_->state().study->target("z"); }
    std::vector<std::int64_t> selected() { return window_->state().selection.rows.rows(); }
    std::vector<std::int64_t> rowsInTheTable() {
        told();
        const auto& model = *static_cast<GalaxyModel*>(table_->model());
        std::vector<std::int64_t> rows;
        for (const QModelIndex& index : table_->selectionModel()->selectedRows())
            rows.push_back(model.catalogueRow(index.row()));
        std::sort(rows.begin(), rows.end());
        return rows;
    }
    QString status() { return part<QLabel>("selectionText")->text(); }
    QString heading() { return part<QLabel>("galaxiesHeading")->text(); }

    QTableView* table_ = nullptr;
};

} // namespace

TEST_F(SelectionTest, RowsOfTheTableAreTheWindowsSelection) {
    table_->selectRow(3);
    const auto& model = *static_cast<GalaxyModel*>(table_->model());
    EXPECT_EQ(selected(), std::vector<std::int64_t>{model.catalogueRow(3)});
    EXPECT_EQ(window_->state().selection.current, model.catalogueRow(3));
    told();
    EXPECT_TRUE(status().contains("inside every interval") || status().contains("missed by"))
        << status().toStdString();
    for (const int row : {4, 7, 9})
        table_->selectionModel()->select(model.index(row, 0),
                                         QItemSelectionModel::Select | QItemSelectionModel::Rows);
    told();
    EXPECT_EQ(selected().size(), 4U);
    EXPECT_EQ(selected(), rowsInTheTable());
    EXPECT_EQ(window_->state().selection.current, model.catalogueRow(3)) << "the galaxy looked at stays";
    EXPECT_TRUE(heading().contains("4 selected")) << heading().toStdString();
    ASSERT_TRUE(waitUntil([&] { return status().startsWith("selection 4: VanillaSplit "); }))
        << status().toStdString();
    table_->sortByColumn(1, Qt::DescendingOrder);
    EXPECT_EQ(selected(), rowsInTheTable()) << "sorting moves it along";
    table_->clearSelection();
    EXPECT_TRUE(selected().empty());
    told();
    EXPECT_EQ(status(), "");
}

TEST_F(SelectionTest, WhatIsPickedInAPlotIsSelectedInTheTableAndCounted) {
    const std::vector<std::int64_t> test = target().testRows();
    const std::vector<std::int64_t> some(test.begin() + 20, test.begin() + 60);
    auto* view = part<FigureView>("figure_prediction-vs-truth");
    Q_EMIT view->rowsPicked(some, Combine::Replace);
    std::vector<std::int64_t> sorted = some;
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(selected(), sorted);
    EXPECT_EQ(rowsInTheTable(), sorted);
    const std::vector<double> truth = target().testTruth();
    const Prediction& prediction = *target().prediction("MADSplit");
    std::size_t covered = 0;
    for (std::size_t i = 20; i < 60; ++i)
        covered += covers(prediction, i, truth[i]);
    const auto percent = [](double share) { return QString::number(std::lround(100.0 * share)); };
    const Interval bracket = wilson(covered, 40);
    const QString expected =
        QString("MADSplit %1 % [%2, %3]")
            .arg(percent(static_cast<double>(covered) / 40.0), percent(bracket.low), percent(bracket.high));
    ASSERT_TRUE(waitUntil([&] { return status().contains(expected); }))
        << status().toStdString() << " for " << expected.toStdString();
    EXPECT_TRUE(status().contains("with a look at the truth")) << status().toStdString();
    EXPECT_FALSE(status().contains("perfect")) << "the plot shows the truth";
    window_->appState().apply(selectRows(window_->state(), RowMask::of(900, some), Combine::Replace));
    ASSERT_TRUE(waitUntil([&] { return status().contains("perfect"); })) << status().toStdString();
    const Interval perfect = splitConformalBand(target().heldOut.calibrationCount(), 40, 0.1);
    EXPECT_TRUE(
        status().contains(QString("perfect %1–%2 %").arg(percent(perfect.low), percent(perfect.high))))
        << status().toStdString();
    EXPECT_TRUE(status().contains("the rest") && status().contains("chosen by eye"))
        << status().toStdString();
    Q_EMIT view->rowsPicked({test[0]}, Combine::Toggle);
    EXPECT_EQ(selected().size(), 41U);
    EXPECT_EQ(window_->state().selection.current, test[0]) << "a galaxy that was clicked is looked at";
    Q_EMIT view->rowsPicked({test[0]}, Combine::Toggle);
    EXPECT_EQ(selected(), sorted);
    Q_EMIT view->rowsPicked({}, Combine::Replace);
    EXPECT_TRUE(rowsInTheTable().empty()) << "a shape about nothing selects nothing";
}

// The state against a set of rows; table and map against the state whenever the window has followed.
TEST_F(SelectionTest, TenThousandRandomSelectionsKeepAllViewsEqual) {
    const std::vector<std::int64_t> test = target().testRows();
    Rng rng(31);
    std::set<std::int64_t> wanted;
    for (int step = 0; step < 10000; ++step) {
        std::set<std::int64_t> picked;
        for (std::uint64_t left = rng.below(40); left > 0; --left)
            picked.insert(test[rng.below(test.size())]);
        const auto how = static_cast<Combine>(rng.below(5));
        std::set<std::int64_t> next;
        for (const std::int64_t row : test) {
            const bool was = wanted.contains(row), is = picked.contains(row);
            const bool stays = how == Combine::Replace  ? is
                               : how == Combine::Add    ? was || is
                               : how == Combine::Remove ? was && !is
                               : how == Combine::Toggle ? was != is
                                                        : was && is;
            if (stays)
                next.insert(row);
        }
        wanted = std::move(next);
        const std::vector<std::int64_t> rows(picked.begin(), picked.end());
        window_->appState().apply(selectRows(window_->state(), RowMask::of(900, rows), how));
        ASSERT_EQ(selected(), std::vector<std::int64_t>(wanted.begin(), wanted.end())) << step;
        if (step % 100 != 99)
            continue;
        ASSERT_EQ(rowsInTheTable(), selected()) << step;
        window_->appState().apply(parseCommand("page map"));
        told();
        ASSERT_EQ(part<CloudView>("cloud_map")->marked().rows(), selected()) << step;
    }
}

TEST_F(SelectionTest, TheMenuSelectsAllOthersAndMisses) {
    part<QAction>("selectAll")->trigger();
    EXPECT_EQ(selected().size(), 300U);
    EXPECT_EQ(rowsInTheTable().size(), 300U);
    part<QAction>("selectOthers")->trigger();
    EXPECT_TRUE(selected().empty());
    table_->selectRow(0);
    part<QAction>("selectOthers")->trigger();
    EXPECT_EQ(selected().size(), 299U);
    part<QAction>("selectNone")->trigger();
    EXPECT_TRUE(selected().empty());
    auto* missed = part<QMenu>("missedMenu");
    Q_EMIT missed->aboutToShow();
    ASSERT_EQ(missed->actions().size(), 2);
    missed->actions()[1]->trigger();
    const Prediction& prediction = *target().prediction("MADSplit");
    const auto truth = target().testTruth();
    const auto rows = target().testRows();
    std::vector<std::int64_t> expected;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (!covers(prediction, i, truth[i]))
            expected.push_back(rows[i]);
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(selected(), expected);
    EXPECT_EQ(rowsInTheTable(), expected);
    ASSERT_TRUE(waitUntil([&] { return status().contains("MADSplit 0 %"); })) << status().toStdString();
}

// Every second of 100,000 galaxies: more pieces than a view's selection can hold in reasonable time.
TEST(GalaxiesPanel, AScatteredSelectionIsTinted) {
    JobBridge bridge;
    GalaxiesPanel panel(bridge);
    panel.resize(800, 300);
    panel.show();
    ViewState state;
    state.study = madeStudy(100000, {"CQR"});
    state.target = "z";
    state.methods = {"CQR"};
    panel.setState(state);
    std::vector<std::int64_t> rows;
    for (std::int64_t row = 1000; row < 101000; row += 2)
        rows.push_back(row);
    state.selection = state.picked(RowMask::of(state.rowCount(), rows), Combine::Replace);
    std::size_t published = 0;
    QObject::connect(&panel, &GalaxiesPanel::rowsPicked, &panel,
                     [&](const std::vector<std::int64_t>&, qint64) { ++published; });
    panel.setState(state);
    EXPECT_EQ(published, 0U) << "what is shown is not what the user did";
    auto* table = child<QTableView>(panel, "galaxiesTable");
    const auto& model = *static_cast<GalaxyModel*>(table->model());
    for (int row = 0; row < 10; ++row)
        EXPECT_EQ(model.index(row, 0).data(Qt::BackgroundRole).isValid(), model.catalogueRow(row) % 2 == 0);
    EXPECT_TRUE(child<QLabel>(panel, "galaxiesHeading")->text().contains("50,000 selected"));
    QApplication::clipboard()->clear();
    panel.copySelection();
    ASSERT_TRUE(waitUntil([] { return QApplication::clipboard()->text().count('\n') == 50001; }))
        << "all of them are copied, under a header";
    table->selectRow(5);
    EXPECT_GE(published, 1U);
}
