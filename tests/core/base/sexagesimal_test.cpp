#include "core/base/sexagesimal.h"

#include <gtest/gtest.h>

using namespace penumbra;

TEST(Sexagesimal, PartsOfSixty) {
    EXPECT_DOUBLE_EQ(parseSexagesimal("10:21:33.5").value().value, 10.0 + 21.0 / 60.0 + 33.5 / 3600.0);
    EXPECT_DOUBLE_EQ(parseSexagesimal("+02:03:04").value().value, 2.0 + 3.0 / 60.0 + 4.0 / 3600.0);
    EXPECT_DOUBLE_EQ(parseSexagesimal("-00 30 00").value().value, -0.5) << "the sign of -00 counts";
    EXPECT_DOUBLE_EQ(parseSexagesimal(" 12 30.5 ").value().value, 12.0 + 30.5 / 60.0);
    EXPECT_DOUBLE_EQ(parseSexagesimal("\xe2\x88\x92"
                                      "01\xc2\xb0"
                                      "30\xe2\x80\xb2")
                         .value()
                         .value,
                     -1.5);
    for (const char* text : {"10h21m36s", "10h 21m 36s", "10H21m36"}) {
        EXPECT_DOUBLE_EQ(parseSexagesimal(text).value().value, 10.36) << text;
        EXPECT_TRUE(parseSexagesimal(text).value().saysHours) << text;
    }
    EXPECT_TRUE(parseSexagesimal("-10d21'36\"").value().saysDegrees);
    EXPECT_FALSE(parseSexagesimal("10:21:33.5").value().saysHours);
}

TEST(Sexagesimal, NothingElse) {
    for (const char* text :
         {"", "10", "10.5", "-", "10:", "10:60:00", "10:21:60", "10.5:21:33", "10:21:33:44", "10:21 33",
          "10m21s", "10h21h", "2024-03-03", "10:21:33x", "a:b", ":10:20", "10::20", "10:21:33s"})
        EXPECT_FALSE(parseSexagesimal(text)) << text;
}
