#include "core/base/error.h"
#include "gui/state/work_command.h"
#include "tests/gui/state/state_fixture.h"

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

TEST_F(StateTest, WorkIsHandedToTheWindowWithItsOptions) {
    apply("regions");
    apply("regions columns=colour level=0.01");
    apply("repair mondrian:colour:4 methods=CQR");
    apply("apply \"new galaxies.csv\" to out.h5 methods=CQR,MADSplit alpha=0.32");
    apply("generate target=z coverage=20");
    EXPECT_EQ(host_.asked,
              (std::vector<std::string>{
                  "regions", "regions columns=colour level=0.01", "repair methods=CQR by=mondrian:colour:4",
                  "apply methods=CQR,MADSplit alpha=0.32 galaxies=new galaxies.csv out=out.h5",
                  "generate target=z coverage=20"}));
    for (const char* wrong : {"regions faint", "regions select", "regions select 0", "regions subset x",
                              "repair", "repair methods=CQR", "apply a.csv out.h5", "apply a.csv to",
                              "confirm everything", "generate z", "report findings --json"})
        EXPECT_THROW(apply(wrong), UsageError) << wrong;
    apply("report regions --json");
    EXPECT_EQ(host_.reported.back(), "{\"of\":\"regions\"}");
    state_.takeRunning(true);
    EXPECT_THROW(apply("regions"), Error) << "the study is being made";
}

TEST_F(StateTest, ARegionFoundIsSelectedAndNamedInWordsThatNeedNoSearch) {
    host_.region.where = "colour > 4";
    apply("regions select 1");
    EXPECT_EQ(now().selection.where, "colour > 4");
    EXPECT_EQ(textOf(state_.history().back().command), "select where \"colour > 4\"");
    apply("regions subset 1 red");
    EXPECT_EQ(textOf(state_.history().back().command), "subset add red where \"colour > 4\"");
    EXPECT_EQ(now().subsets.front().rows, now().selection.rows);
    apply("undo");
    EXPECT_TRUE(now().subsets.empty());
    // One that no expression tells is rows.
    host_.region = {"", RowMask::of(now().rowCount(), std::vector<std::int64_t>{1003, 1010})};
    apply("regions subset 2");
    EXPECT_EQ(now().subsets.front().name, "region2");
    EXPECT_EQ(now().subsets.front().rows, host_.region.rows);
    apply("select none");
    EXPECT_FALSE(now().selection.rows.any());
}

TEST_F(StateTest, OnlyRegionsThatKnowNothingOfTheTruthAreConfirmed) {
    EXPECT_THROW(apply("confirm"), Error) << "nothing is selected";
    apply("select where \"colour > 4\"");
    apply("confirm");
    EXPECT_EQ(host_.asked.back(), "confirm");
    apply("subset add red");
    apply("repair subset:red methods=CQR");
    EXPECT_EQ(host_.asked.back(), "repair methods=CQR by=subset:red where=colour > 4");
    apply("confirm subset red");
    EXPECT_EQ(host_.asked.back(), "confirm subset=red");
    EXPECT_THROW(apply("confirm subset blue"), Error);
    const auto asked = host_.asked.size();
    apply("select where \"missed(CQR)\"");
    EXPECT_THROW(apply("confirm"), Error) << "chosen by the outcome";
    apply("select rows 1003,1005");
    EXPECT_THROW(apply("confirm"), Error) << "picked one by one";
    host_.inPolygon = {1001, 1002, 1003};
    apply("select lasso map 0,0 1,0 1,1");
    apply("confirm");
    EXPECT_GT(host_.asked.size(), asked);
    apply("select rows 1009 add");
    EXPECT_THROW(apply("confirm"), Error) << "a region and one that was picked is no region";
    apply("select lasso map 0,0 1,0 1,1");
    apply("select where \"colour > 2\" intersect");
    EXPECT_TRUE(now().selection.drawn) << "regions that meet are a region";
    apply("select lasso prediction-vs-truth 0,0 1,0 1,1");
    EXPECT_THROW(apply("confirm"), Error) << "that plot shows the truth";
}
