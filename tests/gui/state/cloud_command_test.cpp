// The map's views in words.
#include "tests/gui/state/state_fixture.h"

#include "core/base/error.h"
#include "gui/state/where.h"

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

TEST_F(StateTest, ASecondViewBeginsAsTheFirstAndGoesItsOwnWay) {
    apply("positions e_umap_2d");
    apply("colour colour");
    EXPECT_FALSE(now().cloudBeside.has_value());
    apply("beside on");
    ASSERT_TRUE(now().cloudBeside.has_value());
    EXPECT_EQ(*now().cloudBeside, now().cloud);
    apply("beside positions columns colour \"truth - prediction\"");
    apply("beside colour \"missed(CQR)\"");
    apply("beside density on");
    EXPECT_EQ(now().cloudBeside->positions, "columns");
    EXPECT_EQ(now().cloudBeside->y, "truth - prediction");
    EXPECT_EQ(now().cloudBeside->colour, "missed(CQR)");
    EXPECT_TRUE(now().cloudBeside->density);
    EXPECT_EQ(now().cloud.positions, "e_umap_2d") << "the first view stays";
    EXPECT_EQ(now().cloud.colour, "colour");
    EXPECT_FALSE(cloudShowsOutcome(now()));
    EXPECT_TRUE(cloudShowsOutcome(now().viewBeside()));
    apply("undo");
    EXPECT_FALSE(now().cloudBeside->density);
    apply("beside off");
    EXPECT_FALSE(now().cloudBeside.has_value());
    apply("undo");
    EXPECT_EQ(now().cloudBeside->colour, "missed(CQR)");
    EXPECT_THROW(apply("beside positions nowhere"), Error);
    EXPECT_THROW(apply("beside"), UsageError);
    EXPECT_THROW(apply("beside on now"), UsageError);
    EXPECT_THROW(apply("beside colour"), UsageError);
}

TEST_F(StateTest, ALassoIsOfTheViewItIsDrawnIn) {
    apply("positions e_umap_2d");
    apply("beside positions columns colour \"truth - prediction\"");
    host_.inPolygon = {1000, 1001};
    apply("select lasso map 0,0 1,0 1,1");
    EXPECT_FALSE(now().selection.byOutcome);
    apply("select lasso map-beside 0,0 1,0 1,1");
    EXPECT_TRUE(now().selection.byOutcome);
    EXPECT_EQ(host_.asked.back(), "lasso map-beside 3");
}

TEST_F(StateTest, FormulasAreJudgedBeforeAnythingIsWorkedOut) {
    EXPECT_THROW(apply("positions columns colour nothing_such"), Error);
    EXPECT_THROW(apply("positions columns colour \"width(NoMethod)\""), Error);
    for (const char* wrong : {"colour nothing_such", "colour \"missed(NoMethod)\"",
                              "colour \"local_coverage(NoMethod)\"", "beside colour nothing_such"})
        EXPECT_THROW(apply(wrong), Error) << wrong;
    apply("colour \"local_coverage(CQR)\"");
    EXPECT_EQ(now().cloud.colour, "local_coverage(CQR)");
    EXPECT_THROW(apply("condition \"nothing_such * 2\""), Error);
    EXPECT_TRUE(now().cloud.positions.empty()) << "nothing has changed";
    apply("positions columns \"log10(colour + 1)\" \"width(CQR)\"");
    EXPECT_EQ(now().cloud.x, "log10(colour + 1)");
}

TEST_F(StateTest, MapsAreWrittenByTheWindow) {
    apply("export maps mapped.h5");
    EXPECT_EQ(host_.asked.back(), "maps mapped.h5");
}
