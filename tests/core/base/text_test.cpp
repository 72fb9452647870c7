#include "core/base/text.h"

#include <clocale>
#include <cmath>
#include <gtest/gtest.h>
#include <iterator>
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

TEST(Text, FirstBytesCutNoCharacterInTwo) {
    const std::string text = "a\xc3\xa9\xe2\x82\xac\xf0\x90\x80\x80z"; // 1, 2, 3, 4 and 1 bytes
    const std::size_t whole[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
    for (std::size_t most = 0; most < std::size(whole); ++most)
        EXPECT_EQ(firstBytes(text, most), text.substr(0, whole[most])) << most;
    EXPECT_EQ(firstBytes("\xb5\xb5\xb5\xb5\xb5\xb5\xb5\xb5", 6).size(), 6U) << "no UTF-8: cut where asked";
    EXPECT_EQ(firstBytes("", 5), "");
}

TEST(Text, Utf16BecomesUtf8) {
    const auto read = [](std::string_view bytes, bool bigEndian) {
        std::string text;
        appendUtf16(text, bytes, bigEndian);
        return text + "|" + std::string(bytes);
    };
    EXPECT_EQ(read({"\0a\x20\xac\xd8\0\xdc\0", 8}, true), "a\xe2\x82\xac\xf0\x90\x80\x80|");
    EXPECT_EQ(read({"a\0\xac\x20\0\xd8\0\xdc", 8}, false), "a\xe2\x82\xac\xf0\x90\x80\x80|");
    EXPECT_EQ(read({"\xd8\0\0a", 4}, true), "\xef\xbf\xbd"
                                            "a|")
        << "a first half alone";
    EXPECT_EQ(read({"\xdc\0\0a", 4}, true), "\xef\xbf\xbd"
                                            "a|")
        << "a second half alone";
    EXPECT_EQ(read({"\0a\xd8\0", 4}, true), std::string("a|\xd8\0", 4)) << "the rest may follow";
    EXPECT_EQ(read({"\0a\0", 3}, true), std::string("a|\0", 3));
}

TEST(Text, AsciiIsToldAtEveryPlace) {
    std::string text(70, 'x');
    EXPECT_TRUE(isAscii(text) && isAscii(""));
    for (char& c : text) {
        c = '\x80';
        EXPECT_FALSE(isAscii(text));
        EXPECT_FALSE(isUtf8(text));
        c = 'x';
    }
}

TEST(Text, BytesBecomeUtf8) {
    EXPECT_EQ(toUtf8("plain"), "plain");
    EXPECT_EQ(toUtf8("\xc3\xa9toile"), "\xc3\xa9toile") << "UTF-8 stays as it is";
    EXPECT_EQ(toUtf8("\xe9toile \xb5m"), "\xc3\xa9toile \xc2\xb5m") << "Latin-1";
    EXPECT_EQ(toUtf8("\x93q\x94 5 \x80"), "\xe2\x80\x9cq\xe2\x80\x9d 5 \xe2\x82\xac") << "Windows-1252";
    for (const char* good :
         {"", "a", "\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
        EXPECT_TRUE(isUtf8(good));
    // Lone, cut, overlong, surrogate, beyond U+10FFFF.
    for (const char* bad :
         {"\x80", "\xc3", "\xe2\x82", "\xc0\xaf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"})
        EXPECT_FALSE(isUtf8(bad));
    for (int byte = 1; byte < 256; ++byte)
        EXPECT_TRUE(isUtf8(toUtf8(std::string(1, static_cast<char>(byte)) + "x")));
}
