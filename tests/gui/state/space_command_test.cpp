// The cloud in three dimensions in words.
#include "core/base/error.h"
#include "gui/state/space_command.h"
#include "gui/state/where.h"
#include "tests/gui/state/state_fixture.h"

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

TEST_F(StateTest, TheCameraHasNamesAndNumbersAndCanBeUndone) {
    apply("camera top");
    EXPECT_EQ(now().space.azimuth, 0.0);
    EXPECT_EQ(now().space.elevation, 90.0);
    apply("camera 12.5 -30 2 0.1 0 -0.5");
    EXPECT_EQ(now().space.zoom, 2.0);
    EXPECT_EQ(now().space.centre, (std::array<double, 3>{0.1, 0.0, -0.5}));
    state_.undo();
    EXPECT_EQ(now().space.elevation, 90.0);
    for (const char* wrong : {"camera", "camera behind", "camera 1", "camera 1 91", "camera 1 2 0",
                              "camera 1 2 3 4", "camera 1 2 nan"})
        EXPECT_THROW(apply(wrong), UsageError) << wrong;
}

TEST_F(StateTest, WhatTheHandDidIsTheSameInWords) {
    SpaceChoices space;
    space.azimuth = -170.3;
    space.elevation = 89.9;
    space.zoom = 1.2345;
    space.centre = {0.125, -1.5, 0.0};
    state_.apply(parseCommand(textOf(cameraCommand(space))));
    EXPECT_TRUE(now().space == space);
}

TEST_F(StateTest, PlacesInSpaceAreMapsPositionsOrColumns) {
    apply("space e_umap_3d");
    EXPECT_EQ(now().space.positions, "e_umap_3d");
    EXPECT_THROW(apply("space nowhere_3d"), Error);
    EXPECT_THROW(apply("space redshift"), Error); // no positions on the sky
    apply("space columns colour z \"colour * 2\"");
    EXPECT_EQ(now().space.z, "colour * 2");
    EXPECT_THROW(apply("space columns colour z nothing_such"), Error);
    EXPECT_THROW(apply("space columns colour z"), UsageError);
    EXPECT_EQ(now().space.z, "colour * 2");
    apply("space pca e");
    EXPECT_EQ(host_.asked.back(), "space pca e");
}

TEST_F(StateTest, RedshiftsAreFoundByTheirName) {
    auto catalogue = std::make_shared<Catalogue>(*catalogue_);
    catalogue->ra.assign(catalogue->rowCount, 10.0);
    catalogue->dec.assign(catalogue->rowCount, 20.0);
    state_.takeFile("/data/sky.h5", catalogue);
    state_.takeStudy(study_);
    apply("space redshift");
    EXPECT_EQ(now().space.z, "z");
    apply("space redshift \"colour / 10\"");
    EXPECT_EQ(now().space.z, "colour / 10");
    EXPECT_FALSE(spaceShowsOutcome(now()));
    apply("space redshift prediction");
    EXPECT_FALSE(spaceShowsOutcome(now()));
    apply("space redshift truth");
    EXPECT_TRUE(spaceShowsOutcome(now()));
}

TEST_F(StateTest, PlacesThatFollowFromTheTruthAreKnown) {
    apply("space columns colour prediction width");
    EXPECT_FALSE(spaceShowsOutcome(now()));
    apply("space columns colour prediction |error|");
    EXPECT_TRUE(spaceShowsOutcome(now()));
    host_.inPolygon = {1001};
    apply("select lasso space 0,0 1,0 1,1");
    EXPECT_TRUE(now().selection.byOutcome);
}

TEST_F(StateTest, PointsHaveASizeAnOpacityAndARangeOfColours) {
    apply("space size 3");
    apply("space opacity 0.5");
    apply("space range -1 2.5");
    EXPECT_EQ(now().space.size, 3.0);
    EXPECT_EQ(now().space.opacity, 0.5);
    EXPECT_EQ(now().space.range, std::pair(-1.0, 2.5));
    apply("space size auto");
    apply("space range auto");
    EXPECT_EQ(now().space.size, 0.0);
    EXPECT_FALSE(now().space.range);
    for (const char* wrong : {"space", "space size", "space size 0", "space opacity 2", "space range 2 1",
                              "space range 1", "space opacity auto"})
        EXPECT_THROW(apply(wrong), UsageError) << wrong;
}
