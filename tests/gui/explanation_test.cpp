#include "gui/panels/explanation_panel.h"
#include "tests/gui/gui_test_support.h"

#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableWidget>
#include <gtest/gtest.h>

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

namespace {

/// Test rows 1000..1004 and 30 calibration rows 0..29; the kernel of test row 1002 sees calibration row 7
/// best.
ViewState localState() {
    auto study = std::make_shared<Study>(*madeStudy(5, {"LCAion", "VanillaSplit"}));
    TargetStudy& target = study->targets[0];
    HeldOut heldOut;
    MatrixD mean = MatrixD::Zero(35, 1), kernel(35, 1);
    for (int i = 0; i < 35; ++i) {
        const bool test = i >= 30;
        heldOut.rows.push_back(test ? 1000 + i - 30 : i);
        heldOut.isTest.push_back(test);
        heldOut.truth.push_back(test ? 0.5 : 0.01 * (i + 1));
        kernel(i, 0) = test ? 0.7 : 0.1 * i;
    }
    heldOut.signals = {{"mean", mean}, {"kernel_aion", kernel}};
    target.heldOut = std::move(heldOut);
    ViewState state;
    state.study = study;
    state.target = target.name;
    state.methods = {"LCAion", "VanillaSplit"};
    state.selection.current = 1002;
    return state;
}

} // namespace

TEST(ExplanationPanel, ListsNeighboursAndGoesThere) {
    JobBridge bridge;
    ExplanationPanel panel(bridge, nullptr);
    panel.show();
    auto* table = child<QTableWidget>(panel, "explanationTable");
    EXPECT_FALSE(table->isVisible());
    ViewState state = localState();
    panel.setState(state);
    ASSERT_TRUE(waitUntil([&] { return table->rowCount() == 30; }));
    EXPECT_TRUE(table->isVisible());
    EXPECT_EQ(panel.method(), "LCAion");
    EXPECT_EQ(table->item(0, 0)->text(), "Row 7");
    QSignalSpy went(&panel, &ExplanationPanel::rowSelected);
    Q_EMIT table->cellClicked(0, 2);
    ASSERT_EQ(went.size(), 1);
    EXPECT_EQ(went[0][0].toLongLong(), 7);

    state.selection.current = 7;
    panel.setState(state);
    auto* back = child<QPushButton>(panel, "explanationBack");
    EXPECT_TRUE(back->isVisible());
    EXPECT_FALSE(table->isVisible());
    EXPECT_TRUE(child<QLabel>(panel, "explanationSummary")->text().contains("calibration galaxy"));
    back->click();
    EXPECT_EQ(went[1][0].toLongLong(), 1002);
}

TEST(ExplanationPanel, SaysPlainlyThatSplitMethodsHaveOneGlobalQuantile) {
    JobBridge bridge;
    ExplanationPanel panel(bridge, nullptr);
    panel.show();
    panel.setState(localState());
    auto* methods = child<QComboBox>(panel, "explanationMethod");
    methods->setCurrentText("VanillaSplit");
    Q_EMIT methods->activated(methods->currentIndex());
    auto* summary = child<QLabel>(panel, "explanationSummary");
    ASSERT_TRUE(waitUntil([&] { return summary->text().contains("One global quantile"); }));
    EXPECT_FALSE(child<QTableWidget>(panel, "explanationTable")->isVisible());
}
