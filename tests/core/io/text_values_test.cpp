// Values of text files: decimal commas, encodings, ids that must keep their spelling, numbers to the last
// bit.

#include "core/base/text.h"
#include "core/io/text_real.h"
#include "tests/core/io/text_reading.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>
#include <random>
#include <zlib.h>

namespace penumbra::io {
namespace {

using test::contains;
using test::messageOf;
using test::namesOf;
using test::notesOf;
using test::readError;
using test::readText;
using test::Scratch;

TEST(TextValues, decimalCommasAreReadWhereNothingElseIsMeant) {
    for (const char* text :
         {"id;ra;z\n1;100,82735;0,34371\n2;-0,5;1\n", "id\tra\tz\n1\t100,82735\t0,34371\n2\t-0,5\t1\n",
          "id ra z\n1 100,82735 0,34371\n2 -0,5 1\n", "id,ra,z\n1,\"100,82735\",\"0,34371\"\n2,\"-0,5\",1\n",
          "# id;ra;z\n1;100,82735;0,34371\n2;-0,5;1\n"}) {
        const Table table = readText(text);
        EXPECT_EQ(table.at("ra").asReal(0), 100.82735) << text;
        EXPECT_EQ(table.at("ra").asReal(1), -0.5) << text;
        EXPECT_EQ(table.at("z").asReal(0), 0.34371) << text;
        EXPECT_EQ(table.at("z").asReal(1), 1.0) << text;
        EXPECT_TRUE(contains(notesOf(table), "decimal commas")) << notesOf(table);
    }
    EXPECT_EQ(readText("a;b\n1,5E-3;x\n2,5e+2;y\n").at("a").asReal(1), 250.0);
}

TEST(TextValues, ambiguousCommasAreNeverNumbers) {
    const Table thousands = readText("id;n\n1;12,345\n2;1,500\n");
    EXPECT_EQ(thousands.at("n").typeName(), "text") << "12.345 or 12345?";
    EXPECT_EQ(thousands.at("n").asText(0), "12,345");
    EXPECT_TRUE(contains(notesOf(thousands), "decimal commas or separators of thousands"))
        << notesOf(thousands);
    const Table mixed = readText("id;n;z\n1;12,345;0.5\n2;1,500;0.25\n");
    EXPECT_EQ(mixed.at("n").typeName(), "text");
    EXPECT_EQ(mixed.at("z").asReal(1), 0.25);
    const Table settled = readText("id;n;z\n1;12,345;0,5\n2;1,500;0,25\n");
    EXPECT_EQ(settled.at("n").asReal(0), 12.345) << "z says what a comma means";
    const std::string refusal = readError("id,ra,z\n1,100,82735,0,34371\n2,101,82735,0,36174\n");
    EXPECT_TRUE(contains(refusal, "decimal commas")) << refusal;
    const std::string ragged =
        readError("id,ra,z\n1,100,5,0,34371\n2,101,5,0,36174\n3,102,0,4\n4,103,5,0,1\n");
    EXPECT_TRUE(contains(ragged, "decimal commas")) << ragged;
}

TEST(TextValues, namelessColumnsAreToldByTheNamesTheyGet) {
    const Table table = readText("id;;z\n1;12,345;0.5\n2;1,500;0.25\n");
    ASSERT_EQ(namesOf(table), (std::vector<std::string>{"id", "col2", "z"}));
    const auto told = std::find_if(table.workarounds.begin(), table.workarounds.end(),
                                   [](const Workaround& w) { return w.kind == "ambiguous-comma"; });
    ASSERT_NE(told, table.workarounds.end());
    EXPECT_EQ(told->column, "col2");
    EXPECT_TRUE(contains(told->text, "column col2:")) << told->text;
}

TEST(TextValues, quotedCellsAreNotCutInsideACharacter) {
    std::string text = "id,z\n";
    for (int i = 0; i < 30; ++i)
        text += std::to_string(i) + ",0.5\n";
    const std::string notes = notesOf(readText(text + "30," + std::string(39, 'x') + "\xc3\xa9toile\n"));
    EXPECT_TRUE(contains(notes, "'" + std::string(39, 'x') + "...'")) << notes;
    EXPECT_FALSE(contains(notes, "\xc3")) << notes;
}

TEST(TextValues, encodingsBecomeUtf8) {
    const std::string utf8 = "id,\xc3\xa9toile,z\n1,\xc3\x85,0.5\n2,\xe2\x82\xac,0.25\n";
    EXPECT_TRUE(readText(utf8).notes.empty());
    const Table latin = readText("id,\xe9toile,z\n1,\xc5,0.5\n2,\x80,0.25\n");
    std::string little = "\xff\xfe", big = "\xfe\xff", unmarked;
    for (const char16_t c : std::u16string(u"id,\u00e9toile,z\n1,\u00c5,0.5\n2,\u20ac,0.25\n")) {
        little += {static_cast<char>(c & 0xff), static_cast<char>(c >> 8)};
        big += {static_cast<char>(c >> 8), static_cast<char>(c & 0xff)};
    }
    for (const Table& table : {latin, readText(little), readText(big), readText("\xef\xbb\xbf" + utf8)}) {
        EXPECT_EQ(namesOf(table), (std::vector<std::string>{"id", "\xc3\xa9toile", "z"}));
        EXPECT_EQ(table.at("\xc3\xa9toile").asText(0), "\xc3\x85");
        EXPECT_EQ(table.at("\xc3\xa9toile").asText(1), "\xe2\x82\xac");
        EXPECT_EQ(table.at("z").asReal(1), 0.25);
    }
    EXPECT_TRUE(contains(notesOf(latin), "3 lines are not UTF-8")) << notesOf(latin);
    EXPECT_TRUE(contains(notesOf(readText(little)), "UTF-16"));
    std::string clef = "\xff\xfe"; // a pair of surrogates: U+1D11E
    for (const char16_t c : std::u16string(u"name,z\n\U0001D11E,1\nb,2\n")) {
        clef += {static_cast<char>(c & 0xff), static_cast<char>(c >> 8)};
    }
    EXPECT_EQ(readText(clef).at("name").asText(0), "\xf0\x9d\x84\x9e");
}

TEST(TextValues, gzipIsUnpackedOnTheWay) {
    const Scratch scratch;
    std::string text = "id,z\n";
    for (int i = 0; i < 30'000; ++i) {
        text += std::to_string(i) + "," + std::to_string(i) + ".5\n";
    }
    const auto path = scratch / "table.csv.gz";
    const gzFile file = gzopen(path.c_str(), "wb");
    ASSERT_NE(file, nullptr);
    ASSERT_EQ(gzwrite(file, text.data(), static_cast<unsigned>(text.size())), static_cast<int>(text.size()));
    ASSERT_EQ(gzclose(file), Z_OK);
    const Table table = readTable(path, {}, RunContext{});
    ASSERT_EQ(table.rows(), 30'000U);
    EXPECT_EQ(table.at("z").asReal(29'999), 29'999.5);
    const std::string bytes = test::bytesOf(path);
    const auto cut = scratch.write("cut.csv.gz", bytes.substr(0, bytes.size() / 2));
    const std::string message = messageOf<Error>([&] { readTable(cut, {}, RunContext{}); });
    EXPECT_TRUE(contains(message, "cut.csv.gz") && contains(message, "truncated")) << message;
    std::string broken = bytes;
    broken[bytes.size() / 2] = static_cast<char>(broken[bytes.size() / 2] ^ 0x55);
    EXPECT_THROW(readTable(scratch.write("broken.csv.gz", broken), {}, RunContext{}), Error);
}

TEST(TextValues, leadingZerosSurvive) {
    const Table same = readText("code,plate_id,z,n\n000,007,0.5,1\n012,12,0.25,02\n123,8,0.1,3\n");
    EXPECT_EQ(same.at("code").typeName(), "text") << "one width throughout";
    EXPECT_EQ(same.at("code").asText(1), "012");
    EXPECT_EQ(same.at("plate_id").asText(0), "007") << "ids of any width";
    EXPECT_EQ(same.at("plate_id").asText(1), "12");
    EXPECT_EQ(same.at("n").typeName(), "int64") << "a single stray zero";
    const std::string notes = notesOf(same);
    EXPECT_TRUE(contains(notes, "column code: the cells have leading zeros, as '000'")) << notes;
    EXPECT_TRUE(contains(notes, "column n: 1 cell has leading zeros, as '02', which numbers do not keep"))
        << notes;
    EXPECT_EQ(readText("a,z\n1,2\n0,3\n").at("a").typeName(), "int64");
    EXPECT_EQ(readText("a,z\n10,2\n00,3\n,4\n").at("a").asText(1), "00");
    EXPECT_TRUE(readText("a,z\n10,2\n00,3\nnull,4\n").at("a").isMissing(2));
    EXPECT_EQ(readText("RAh,RAm,z\n05,07,1\n12,09,2\n").at("RAh").typeName(), "int64")
        << "parts of a position";
    const Table asked = readText("serial,z\n007,0.5\n12,0.25\n", {.ids = {"serial"}});
    EXPECT_EQ(asked.at("serial").asText(0), "007") << "asked for as the name of objects";
    std::string late = "code,z\n";
    for (int i = 1000; i < 4000; ++i) {
        late += std::to_string(i) + ",1\n";
    }
    EXPECT_EQ(readText(late + "0007,1\n").at("code").asText(3000), "0007") << "far below the first look";
}

TEST(TextValues, idsKeepTheirSpelling) {
    const Table words = readText("id,z\n1000,0.1\nNGC7,0.2\n1002,0.3\nnull,0.4\n");
    EXPECT_EQ(words.at("id").typeName(), "text");
    EXPECT_EQ(words.at("id").asText(0), "1000");
    EXPECT_EQ(words.at("id").asText(1), "NGC7");
    EXPECT_TRUE(words.at("id").isMissing(3));
    EXPECT_TRUE(contains(notesOf(words), "1 cell is no number, first 'NGC7' in line 3")) << notesOf(words);
    const Table exponents = readText("objid,x,m\n13e22,10e00,1e12\n003d21,11e07,2e11\n77,12e99,1e10\n");
    EXPECT_EQ(exponents.at("objid").asText(0), "13e22");
    EXPECT_EQ(exponents.at("objid").asText(1), "003d21");
    EXPECT_EQ(exponents.at("x").asText(1), "11e07") << "one width, two digits before the e: no numbers";
    EXPECT_EQ(exponents.at("m").asReal(1), 2e11) << "masses";
    EXPECT_EQ(readText("x,z\n1e5,1\n2.5e6,2\n").at("x").asReal(0), 1e5);
    const Table wide = readText("source_id,z\n1237648720693755918,1\n12.5,2\n");
    EXPECT_EQ(wide.at("source_id").asText(0), "1237648720693755918") << "no real number keeps these digits";
    const Table told = readText("flux,z\n1237648720693755918,1\n12.5,2\n");
    EXPECT_EQ(told.at("flux").typeName(), "float64");
    EXPECT_TRUE(contains(notesOf(told), "more digits than a real number keeps")) << notesOf(told);
}

TEST(TextValues, integersBeyondInt64) {
    const Table table =
        readText("u,v,w\n18446744073709551615,-1,18446744073709551616\n7,18446744073709551615,1\n,3,2\n");
    EXPECT_EQ(table.at("u").typeName(), "uint64");
    EXPECT_EQ(table.at("u").asText(0), "18446744073709551615");
    EXPECT_TRUE(table.at("u").isMissing(2));
    EXPECT_EQ(table.at("v").asText(1), "18446744073709551615") << "text: no type holds both";
    EXPECT_EQ(table.at("v").asText(0), "-1");
    EXPECT_EQ(table.at("w").asText(0), "18446744073709551616");
}

TEST(TextValues, quotesMayHoldLineEndsInEveryRow) {
    std::string text = "id,comment,z\n";
    for (int i = 0; i < 300; ++i) {
        text += std::to_string(i) + ",\"one\ntwo, \"\"three\"\"\n4\"," + std::to_string(i) + ".5\n";
    }
    const Table table = readText(text);
    ASSERT_EQ(table.rows(), 300U);
    EXPECT_EQ(table.at("comment").asText(299), "one\ntwo, \"three\"\n4");
    EXPECT_EQ(table.at("z").asReal(299), 299.5);
}

/// What strtod, which rounds correctly, makes of it.
void expectExact(const std::string& text, std::size_t& quick) {
    const std::string line = text + ",99999999999";
    double value = 0.0;
    bool hasPoint = false;
    const char* end = parseQuickReal(line.data(), line.data() + line.size(), value, hasPoint);
    if (end != nullptr) {
        ++quick;
        ASSERT_EQ(end, line.data() + text.size()) << text;
        const double right = std::strtod(text.c_str(), nullptr);
        ASSERT_EQ(value, right) << text;
        ASSERT_EQ(std::signbit(value), std::signbit(right)) << text;
    }
}

TEST(TextValues, numbersAreRoundedCorrectly) {
    std::mt19937_64 random(7);
    std::normal_distribution<double> normal;
    char buffer[64];
    std::size_t quick = 0, tried = 0;
    for (int i = 0; i < 200'000; ++i) {
        for (const char* format : {"%.17g", "%.8g", "%.18e", "%.3f"}) {
            std::snprintf(buffer, sizeof buffer, format, normal(random) * std::pow(10.0, i % 9 - 4));
            expectExact(buffer, quick);
            ++tried;
        }
        // Half way between two doubles: 2^53 + 1 and its like.
        const std::uint64_t odd = ((random() >> 11U) | (std::uint64_t{1} << 52U)) * 2 + 1;
        expectExact(std::to_string(odd), quick);
        expectExact(std::to_string(odd) + ".0", quick);
        expectExact(std::to_string(odd) + ".01", quick);
    }
    EXPECT_GT(quick, tried / 2) << "the quick way is hardly taken";
    for (const char* hard :
         {"0", "-0", "0.0", "-0.0", ".5", "-.5", "5.", "9007199254740993", "9007199254740992.5", "1e23",
          "8.5e22", "9999999999999999999", "18446744073709551615", "4.9e-324", "0.000000000000000000001",
          "123456789012345678901", "1e22", "1e-22", "179769313486231570e291"}) {
        expectExact(hard, quick);
    }
    for (const char* wrong : {"", "-", ".", "e5", "1e", "1e+", "-e3"}) {
        double value = 0.0;
        bool hasPoint = false;
        const std::string text = wrong;
        EXPECT_EQ(parseQuickReal(text.data(), text.data() + text.size(), value, hasPoint), nullptr) << wrong;
    }
}

TEST(TextValues, columnsHoldTheNearestDouble) {
    std::mt19937_64 random(11);
    std::normal_distribution<double> normal;
    std::string text = "x y\n";
    std::vector<double> x, y;
    for (int i = 0; i < 3000; ++i) {
        x.push_back(normal(random) * std::pow(10.0, i % 40 - 20));
        y.push_back(std::ldexp(normal(random), i % 600 - 300));
        text += shortestReal(x.back()) + "  " + shortestReal(y.back()) + "\n";
    }
    const Table table = readText(text);
    for (std::size_t i = 0; i < x.size(); ++i) {
        ASSERT_EQ(table.at("x").asReal(i), x[i]);
        ASSERT_EQ(table.at("y").asReal(i), y[i]);
    }
}

} // namespace
} // namespace penumbra::io
