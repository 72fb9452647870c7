#include "core/base/error.h"
#include "core/io/table_reader.h"
#include "core/io/text_column.h"
#include "core/io/text_lines.h"
#include "tests/core/io/text_reading.h"

#include <cmath>
#include <gtest/gtest.h>

namespace penumbra::io {
namespace {

using test::contains;
using test::namesOf;
using test::notesOf;
using test::readError;
using test::readText;
using test::Scratch;

TEST(ParseCell, kinds) {
    EXPECT_EQ(parseCell("12").kind, CellKind::Integer);
    EXPECT_EQ(parseCell(" +12 ").integer, 12);
    EXPECT_EQ(parseCell("9007199254740993").integer, 9007199254740993);
    EXPECT_EQ(parseCell("-1.5e-3").real, -1.5e-3);
    EXPECT_EQ(parseCell("1.5D+03").real, 1500.0);
    EXPECT_EQ(parseCell(".5").real, 0.5);
    EXPECT_EQ(parseCell("1e400").kind, CellKind::Real);
    EXPECT_TRUE(std::isinf(parseCell("1e400").real));
    EXPECT_TRUE(std::isinf(parseCell("inf").real));
    for (const char* word : {"", "NaN", "nan", "NA", "N/A", "null", "None", "--", "masked"}) {
        EXPECT_EQ(parseCell(word).kind, CellKind::Missing) << word;
    }
    EXPECT_EQ(parseCell("True").kind, CellKind::Boolean);
    EXPECT_EQ(parseCell("3  3.100E-03").kind, CellKind::Glued);
    EXPECT_EQ(parseCell("3 galaxies").kind, CellKind::Other);
    EXPECT_EQ(parseCell("1.2.3").kind, CellKind::Other);
    EXPECT_EQ(parseCell("0x10").kind, CellKind::Other);
    EXPECT_EQ(parseCell("+-1").kind, CellKind::Other);
    EXPECT_TRUE(parseCell("18446744073709551615").tooWide);
    EXPECT_FALSE(parseCell("1e30").tooWide);
}

TEST(SplitCells, quotesAndBlanks) {
    std::vector<std::string_view> cells;
    std::deque<std::string> scratch;
    using Texts = std::vector<std::string_view>;
    splitCells(R"(1, "a,b" ,"say ""hi""",,x)", ',', cells, scratch);
    EXPECT_EQ(cells, (Texts{"1", "a,b", "say \"hi\"", "", "x"}));
    splitCells("a,b,", ',', cells, scratch);
    EXPECT_EQ(cells, (Texts{"a", "b", ""}));
    splitCells("  1   2\t3  ", ' ', cells, scratch);
    EXPECT_EQ(cells, (Texts{"1", "2", "3"}));
    splitCells("NGC \"two words\" 3", ' ', cells, scratch);
    EXPECT_EQ(cells, (Texts{"NGC", "two words", "3"}));
    splitCells("1\t\t3", '\t', cells, scratch);
    EXPECT_EQ(cells, (Texts{"1", "", "3"}));
    splitCells("5\" x,2", ',', cells, scratch);
    EXPECT_EQ(cells, (Texts{"5\" x", "2"})) << "a quote inside a cell is a character";
}

TEST(TextTable, columnsGetTheirTypes) {
    const Table table = readText("id,z,name,ok,note\n1,0.5,M31,true,\n2,,\"a, b\",False,x\n3,NaN,,TRUE,\n");
    EXPECT_EQ(namesOf(table), (std::vector<std::string>{"id", "z", "name", "ok", "note"}));
    ASSERT_EQ(table.rows(), 3U);
    EXPECT_EQ(table.at("id").typeName(), "int64");
    EXPECT_EQ(table.at("z").typeName(), "float64");
    EXPECT_TRUE(table.at("z").isMissing(1));
    EXPECT_TRUE(table.at("z").isMissing(2));
    EXPECT_EQ(table.at("name").typeName(), "text");
    EXPECT_EQ(table.at("name").asText(1), "a, b");
    EXPECT_TRUE(table.at("name").isMissing(2));
    EXPECT_EQ(table.at("ok").typeName(), "bool");
    EXPECT_EQ(table.at("ok").asReal(1), 0.0);
    EXPECT_TRUE(table.notes.empty()) << notesOf(table);
}

TEST(TextTable, idsBeyondDoubleStayExact) {
    const Table table = readText("id,wide\n9007199254740993,18446744073709551615\n,18446744073709551614\n");
    EXPECT_EQ(table.at("id").typeName(), "int64");
    EXPECT_EQ(table.at("id").asText(0), "9007199254740993");
    EXPECT_TRUE(table.at("id").isMissing(1));
    EXPECT_EQ(table.at("wide").asText(0), "18446744073709551615") << "beyond int64: exact";
    EXPECT_EQ(table.at("wide").typeName(), "uint64");
}

TEST(TextTable, aWideIdFarBelowTheSampleStaysExactToo) {
    std::string text = "id,x\n";
    for (int i = 0; i < 1500; ++i) {
        text += std::to_string(i) + ",1\n";
    }
    text += "18446744073709551615,1\n";
    const Table table = readText(text);
    EXPECT_EQ(table.at("id").asText(1500), "18446744073709551615");
    EXPECT_EQ(table.at("id").asText(7), "7");
}

TEST(TextTable, lineEndsAndByteOrderMark) {
    for (const char* end : {"\n", "\r\n", "\r"}) {
        const std::string e = end;
        const Table table = readText("\xef\xbb\xbfid,z" + e + "1,0.25" + e + e + "2,0.5" + e);
        EXPECT_EQ(namesOf(table), (std::vector<std::string>{"id", "z"}));
        ASSERT_EQ(table.rows(), 2U);
        EXPECT_EQ(table.at("z").asReal(1), 0.5);
    }
    EXPECT_EQ(readText("id,z\n1,2\n3,4").at("z").asReal(1), 4.0) << "no line end after the last line";
}

TEST(TextTable, separators) {
    for (const char* separator : {",", "\t", ";", "|", " ", "   "}) {
        const std::string s = separator;
        const Table table =
            readText("a" + s + "b" + s + "c\n1" + s + "2.5" + s + "x\n3" + s + "-4" + s + "y\n");
        EXPECT_EQ(namesOf(table), (std::vector<std::string>{"a", "b", "c"})) << "'" << s << "'";
        EXPECT_EQ(table.at("b").asReal(1), -4.0);
    }
    const Table one = readText("z\n0.5\n0.25\n");
    EXPECT_EQ(namesOf(one), (std::vector<std::string>{"z"}));
    EXPECT_EQ(one.at("z").asReal(1), 0.25);
}

TEST(TextTable, commentsAndCommentedHeader) {
    const Table table = readText("# made by hand\n#zs u g\n0.1 19.5 18\n# in between\n0.2 20.5 19\n");
    EXPECT_EQ(namesOf(table), (std::vector<std::string>{"zs", "u", "g"}));
    EXPECT_EQ(table.rows(), 2U);
    EXPECT_EQ(table.at("u").asReal(1), 20.5);
    const Table words = readText("# name type\nM31 spiral\nM87 elliptical\n");
    EXPECT_EQ(words.rows(), 2U) << "a fitting comment names the columns, the first row is data";
    EXPECT_EQ(words.at("type").asText(0), "spiral");
}

TEST(TextTable, headerSeparatedOtherwiseThanTheRows) {
    EXPECT_EQ(namesOf(readText("# id, ra, dec\n1 10.5 -3\n2 11.5 -4\n")),
              (std::vector<std::string>{"id", "ra", "dec"}));
    EXPECT_EQ(namesOf(readText("id ra dec\n1,10.5,-3\n2,11.5,-4\n")),
              (std::vector<std::string>{"id", "ra", "dec"}));
}

TEST(TextTable, headerOneNameShort) {
    const Table table = readText("#zs u g eg er\n0.1 19 18 0.1 0.2 0.3\n0.2 20 19 0.1 0.2 0.3\n");
    EXPECT_EQ(namesOf(table), (std::vector<std::string>{"zs", "u", "g", "eg", "er", "col6"}));
    const std::string notes = notesOf(table);
    EXPECT_TRUE(contains(notes, "names 5 columns, the rows have 6")) << notes;
    EXPECT_TRUE(contains(notes, "cannot be known")) << notes;
    const Table trailing = readText("a,b\n1,2,\n3,4,\n");
    EXPECT_EQ(namesOf(trailing), (std::vector<std::string>{"a", "b"})) << "a separator at each line's end";
    EXPECT_FALSE(contains(notesOf(trailing), "cannot be known"));
}

TEST(TextTable, headerOfAnotherLengthIsNoted) {
    EXPECT_TRUE(contains(notesOf(readText("a,b,c,d\n1,2\n3,4\n")), "names 4 columns, the rows have 2"));
    EXPECT_TRUE(contains(notesOf(readText("a,b\n1,2,3,4\n3,4,5,6\n")), "names 2 columns, the rows have 4"));
}

TEST(TextTable, noHeader) {
    const Table table = readText("1,2.5\n3,4.5\n");
    EXPECT_EQ(table.rows(), 2U);
    EXPECT_EQ(namesOf(table), (std::vector<std::string>{"col1", "col2"}));
    EXPECT_FALSE(table.notes.empty());
    EXPECT_EQ(readText("cal,1.5\ntest,2.5\n").rows(), 2U) << "a word in the first line alone makes no header";
}

TEST(TextTable, namesAreMadeUnique) {
    const Table table = readText("z,z,,\" mass \"\n1,2,3,4\n");
    EXPECT_EQ(namesOf(table), (std::vector<std::string>{"z", "z_2", "col3", "mass"}));
    EXPECT_TRUE(contains(notesOf(table), "twice"));
}

TEST(TextTable, gluedCellsAreMissingAndCounted) {
    std::string text = "id,e\n";
    for (int i = 0; i < 30; ++i) {
        text += std::to_string(i) + (i == 4 || i == 20 ? ",3  3.100E-03\n" : ",0.5\n");
    }
    const Table table = readText(text);
    EXPECT_TRUE(table.at("e").isMissing(4));
    EXPECT_FALSE(table.at("e").isMissing(5));
    const std::string notes = notesOf(table);
    EXPECT_TRUE(contains(notes, "column e: 2 cells")) << notes;
    EXPECT_TRUE(contains(notes, "glued")) << notes;
    EXPECT_TRUE(contains(notes, "line 6")) << notes;
}

TEST(TextTable, rareWordsInNumbersBecomeMissingAndManyMakeText) {
    std::string rare = "x,i\n";
    std::string many = "x,i\n";
    for (int i = 0; i < 3000; ++i) {
        const std::string number = std::to_string(i);
        rare += (i == 2500 ? "bad" : number + ".5") + "," + (i == 2500 ? "bad" : number) + "\n";
        many += (i >= 1500 ? "name" : "00" + number) + ",1\n";
    }
    const Table table = readText(rare);
    EXPECT_EQ(table.at("x").typeName(), "float64");
    EXPECT_EQ(table.at("i").typeName(), "int64");
    EXPECT_TRUE(table.at("x").isMissing(2500));
    EXPECT_TRUE(table.at("i").isMissing(2500));
    EXPECT_EQ(table.at("i").asReal(2501), 2501.0);
    EXPECT_TRUE(contains(notesOf(table), "line 2502: 'bad'")) << notesOf(table);
    const Table text = readText(many);
    EXPECT_EQ(text.at("x").typeName(), "text");
    EXPECT_EQ(text.at("x").asText(7), "007") << "read again, as it was written";
    EXPECT_TRUE(text.notes.empty());
}

TEST(TextTable, integersThatTurnIntoReals) {
    std::string text = "x\n";
    for (int i = 0; i < 2000; ++i) {
        text += i == 3 ? "\"\"\n" : i == 1999 ? "0.5\n" : std::to_string(i) + "\n";
    }
    const Table table = readText(text);
    EXPECT_EQ(table.at("x").typeName(), "float64");
    EXPECT_TRUE(table.at("x").isMissing(3));
    EXPECT_EQ(table.at("x").asReal(10), 10.0);
    EXPECT_EQ(table.at("x").asReal(1999), 0.5);
}

TEST(TextTable, allMissingColumn) {
    const Table table = readText("id,z\n1,nan\n2,\n3,NaN\n");
    EXPECT_EQ(table.at("z").typeName(), "float64");
    for (std::size_t row = 0; row < 3; ++row) {
        EXPECT_TRUE(table.at("z").isMissing(row));
    }
}

TEST(TextTable, quotedCellsMayHoldLineEnds) {
    const Table table = readText("id,comment\n1,\"two\nlines, and \"\"more\"\"\"\n2,short\n");
    ASSERT_EQ(table.rows(), 2U);
    EXPECT_EQ(table.at("comment").asText(0), "two\nlines, and \"more\"");
    EXPECT_TRUE(contains(readError("id,comment\n1,a\n2,\"open\n3,b\n"), "line 3"));
}

TEST(TextTable, optionsChooseRowsAndColumns) {
    const Table table = readText("a,b,c\n1,2,3\n4,5,6\n7,8,9\n", {.maxRows = 2, .columns = {"C", "a"}});
    EXPECT_EQ(namesOf(table), (std::vector<std::string>{"a", "c"}));
    EXPECT_EQ(table.rows(), 2U);
    EXPECT_TRUE(contains(readError("mass,b\n1,2\n", {.columns = {"mas"}}), "mass"));
    EXPECT_TRUE(contains(readError("a,b\n1,2\n", {.part = "x"}), "no parts"));
}

TEST(TextTable, raggedRowsNameTheLine) {
    const std::string message = readError("a,b,c\n1,2,3\n4,5\n6,7,8\n9,1,2\n");
    EXPECT_TRUE(contains(message, "table.csv")) << message;
    EXPECT_TRUE(contains(message, "line 3 has 2 cells")) << message;
    EXPECT_TRUE(contains(readError("a b c\n1 2 3\n4 5 6\n6 7 8 9\n1 2 3\n"), "line 4 has 4 cells"));
    EXPECT_TRUE(contains(readError("a,b,c\n1,2,3\n4,5,6\n7,8"), "truncated"));
}

TEST(TextTable, filesWithoutRows) {
    EXPECT_TRUE(contains(readError("\n\n# nothing\n"), "no rows"));
    EXPECT_TRUE(contains(readError("a,b,c\n"), "no rows"));
    EXPECT_TRUE(
        contains(readError("a,b\n1,2\n" + std::string(5000, '\n') + std::string(1, '\0')), "zero byte"));
}

TEST(TextTable, aLineLongerThanTheBlockIsReadWhole) {
    std::string text = "id,long\n";
    const std::string cell(6'000'000, 'x');
    text += "1," + cell + "\n2,b\n";
    const Table table = readText(text);
    EXPECT_EQ(table.at("long").asText(0).size(), cell.size());
    EXPECT_EQ(table.at("long").asText(1), "b");
}

TEST(TextTable, manyBlocksAgreeWithTheValuesWritten) {
    std::string text = "i,x,y\n";
    constexpr int n = 400'000; // more than one 4 MiB block
    for (int i = 0; i < n; ++i) {
        text += std::to_string(i) + "," + std::to_string(i) + ".25,-" + std::to_string(i % 97) + "e-2\n";
    }
    ASSERT_GT(text.size(), std::size_t{8} << 20);
    const Table table = readText(text);
    ASSERT_EQ(table.rows(), static_cast<std::size_t>(n));
    const auto x = table.at("x").asReals();
    const auto y = table.at("y").asReals();
    for (int i = 0; i < n; ++i) {
        ASSERT_EQ(x[static_cast<std::size_t>(i)], i + 0.25);
        ASSERT_NEAR(y[static_cast<std::size_t>(i)], -(i % 97) * 0.01, 1e-12);
    }
}

TEST(TextTable, stopsWhenAsked) {
    const Scratch scratch;
    std::stop_source source;
    source.request_stop();
    RunContext context;
    context.stop = source.get_token();
    EXPECT_THROW(readTable(scratch.write("a.csv", "a,b\n1,2\n"), {}, context), Cancelled);
}

} // namespace
} // namespace penumbra::io
