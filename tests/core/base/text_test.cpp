#include "core/base/text.h"

#include <clocale>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

using namespace penumbra;

TEST(Text, NumbersAreWholeOrNothing) {
    EXPECT_DOUBLE_EQ(parseReal(" +1.5e3 ").value(), 1500.0);
    EXPECT_FALSE(parseReal("3  3.100E-03"));
    EXPECT_FALSE(parseReal(""));
    EXPECT_FALSE(parseReal("1.5x"));
    EXPECT_TRUE(std::isnan(parseReal("nan").value()));
    EXPECT_EQ(parseReal("-1e999").value(), -std::numeric_limits<double>::infinity());
    EXPECT_EQ(parseReal("1e-999").value(), 0.0);
    EXPECT_EQ(parseInteger("39627999999999999").value(), 39627999999999999LL);
    EXPECT_FALSE(parseInteger("99999999999999999999"));
    EXPECT_FALSE(parseInteger("1.0"));
}

TEST(Text, ShortestRealReadsBack) {
    for (const double value : {0.1, 1.0 / 3.0, 6.02e23, -5e-324})
        EXPECT_EQ(parseReal(shortestReal(value)).value(), value);
}

TEST(Text, SplitsAndTrims) {
    EXPECT_EQ(splitText("a, b ,c", ','), (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_TRUE(splitText("", ',').empty());
    EXPECT_EQ(splitText("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
}

TEST(Text, ThousandsAndDecimals) {
    EXPECT_EQ(withThousands(61140), "61,140");
    EXPECT_EQ(withThousands(-1000), "-1,000");
    EXPECT_EQ(withThousands(999), "999");
    EXPECT_EQ(aboutCount(4543.7), "4,540");
    EXPECT_EQ(aboutCount(1234567.0), "1,230,000");
    EXPECT_EQ(aboutCount(999.6), "1,000");
    EXPECT_EQ(aboutCount(12.34), "12.3");
    EXPECT_EQ(aboutCount(0.0), "0");
    EXPECT_EQ(formatFixed(0.8999, 3), "0.900");
    EXPECT_EQ(formatFixed(std::numeric_limits<double>::infinity(), 2), "inf");
}

TEST(Text, NumbersIgnoreTheLocale) {
    EXPECT_EQ(formatReal(1234.5678, 6), "1234.57");
    EXPECT_EQ(formatReal(1e-7, 3), "1e-07");
    EXPECT_EQ(formatFixed(-0.5, 1), "-0.5");
    EXPECT_EQ(formatFixed(1e308, 0).size(), 309U);
    const std::string before = std::setlocale(LC_NUMERIC, nullptr);
    for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8"})
        if (std::setlocale(LC_NUMERIC, name) != nullptr) { // where that locale is installed
            EXPECT_EQ(formatFixed(0.5, 1), "0.5") << name;
        }
    std::setlocale(LC_NUMERIC, before.c_str());
}

TEST(Text, NearNamesFindsTyposAndParts) {
    const std::vector<std::string> names{"z_spec", "log_mstar", "extinction_u"};
    EXPECT_EQ(nearNames("z_spce", names), std::vector<std::string>{"z_spec"});
    EXPECT_EQ(nearNames("mstar", names), std::vector<std::string>{"log_mstar"});
    EXPECT_TRUE(nearNames("qqqqqqqq", names).empty());
}
