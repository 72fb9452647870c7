#include "core/jobs/remaining_time.h"

#include <gtest/gtest.h>

using namespace penumbra::jobs;

TEST(RemainingTime, IsUnknownAtFirst) {
    EXPECT_LT(secondsLeft(0.1, 0.5), 0.0);
    EXPECT_LT(secondsLeft(100.0, 0.0), 0.0);
}

TEST(RemainingTime, FollowsTheAveragePace) {
    EXPECT_DOUBLE_EQ(secondsLeft(10.0, 0.25), 30.0);
    EXPECT_DOUBLE_EQ(secondsLeft(10.0, 1.0), 0.0);
}

TEST(RemainingTime, ReadsAsPeopleSayIt) {
    EXPECT_EQ(durationText(-1.0), "0 s");
    EXPECT_EQ(durationText(8.4), "8 s");
    EXPECT_EQ(durationText(59.6), "1 min 00 s");
    EXPECT_EQ(durationText(125), "2 min 05 s");
    EXPECT_EQ(durationText(4320), "1 h 12 min");
}
