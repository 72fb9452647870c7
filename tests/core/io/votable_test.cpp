// VOTables as the IVOA's recommendation (1.0 to 1.5) writes them.

#include "core/base/error.h"
#include "core/io/table_reader.h"
#include "tests/core/io/fits_writer.h"
#include "tests/core/io/scratch.h"
#include "tests/core/io/table_reading.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

namespace penumbra::io {
namespace {

using test::contains;
using test::messageOf;
using test::notesOf;
using test::Scratch;

std::string document(const std::string& fields, const std::string& data) {
    return "<?xml version=\"1.0\"?>\n<VOTABLE version=\"1.4\" "
           "xmlns=\"http://www.ivoa.net/xml/VOTable/v1.3\">\n"
           "<RESOURCE><TABLE name=\"t\">" +
           fields + "<DATA>" + data + "</DATA></TABLE></RESOURCE></VOTABLE>\n";
}

Table read(const std::string& contents, const ReadOptions& options = {}) {
    const Scratch scratch;
    return readTable(scratch.write("t.vot", contents), options, RunContext{});
}

std::string readError(const std::string& contents, const ReadOptions& options = {}) {
    return messageOf<Error>([&] { read(contents, options); });
}

std::string base64(std::string_view bytes) {
    const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    unsigned bits = 0;
    int held = 0;
    for (const char c : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(c);
        for (held += 8; held >= 6; held -= 6)
            out += letters[bits >> (held - 6) & 63];
    }
    if (held > 0)
        out += letters[bits << (6 - held) & 63];
    while (out.size() % 4 != 0)
        out += '=';
    for (std::size_t at = 60; at < out.size(); at += 61)
        out.insert(at, "\n");
    return out;
}

template <typename Number>
std::string big(Number value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return {bytes.rbegin(), bytes.rend()};
}

const std::string fieldsOfAllKinds =
    "<FIELD name='ok' datatype='boolean'/><FIELD name='bits' datatype='bit' arraysize='10'/>"
    "<FIELD name='byte' datatype='unsignedByte'/><FIELD name='short' datatype='short'><VALUES "
    "null='-99'/></FIELD>"
    "<FIELD name='int' datatype='int'/><FIELD name='id' datatype='long' ucd='meta.id;meta.main'/>"
    "<FIELD name='letter' datatype='char'/><FIELD name='name' datatype='char' arraysize='*'/>"
    "<FIELD name='wide' datatype='unicodeChar' arraysize='*'/>"
    "<FIELD name='f' datatype='float' unit='mag'><DESCRIPTION>a\n  magnitude</DESCRIPTION></FIELD>"
    "<FIELD name='d' datatype='double'/><FIELD name='pair' datatype='int' arraysize='2'/>"
    "<FIELD name='grid' datatype='float' arraysize='2x2'/><FIELD name='words' datatype='char' "
    "arraysize='3x2'/>"
    "<FIELD name='c' datatype='doubleComplex'/>";

void expectAllKinds(const Table& table) {
    ASSERT_EQ(table.rows(), 2U);
    EXPECT_EQ(table.at("ok").typeName(), "bool");
    EXPECT_EQ(table.at("ok").asText(0), "true");
    EXPECT_TRUE(table.at("ok").isMissing(1));
    EXPECT_EQ(table.at("bits").typeName(), "bool[10]");
    EXPECT_EQ(table.at("bits").asText(0, 0), "true");
    EXPECT_EQ(table.at("bits").asText(0, 9), "true");
    EXPECT_EQ(table.at("bits").asText(0, 8), "false");
    EXPECT_EQ(table.at("byte").asText(0), "255");
    EXPECT_EQ(table.at("short").asText(0), "-7");
    EXPECT_TRUE(table.at("short").isMissing(1));
    EXPECT_EQ(table.at("int").asText(0), "-2147483648");
    EXPECT_EQ(table.at("id").typeName(), "int64");
    EXPECT_EQ(table.at("id").asText(0), "9223372036854775807");
    EXPECT_EQ(table.at("id").ucd, "meta.id;meta.main");
    EXPECT_EQ(table.at("letter").asText(0), "x");
    EXPECT_EQ(table.at("name").asText(0), "a <b>");
    EXPECT_EQ(table.at("name").asText(1), "");
    EXPECT_EQ(table.at("wide").asText(0), "\xc3\x85\xf0\x9f\x8c\x8c");
    EXPECT_EQ(table.at("f").typeName(), "float32");
    EXPECT_EQ(table.at("f").asText(0), "0.1");
    EXPECT_EQ(table.at("f").unit, "mag");
    EXPECT_EQ(table.at("f").description, "a magnitude");
    EXPECT_TRUE(table.at("f").isMissing(1));
    EXPECT_EQ(table.at("d").asReal(0), 1e-17);
    EXPECT_EQ(table.at("d").asReal(1), -std::numeric_limits<double>::infinity());
    EXPECT_EQ(table.at("pair").typeName(), "int64[2]");
    EXPECT_EQ(table.at("pair").asText(1, 1), "4");
    EXPECT_EQ(table.at("grid").typeName(), "float32[4]");
    EXPECT_EQ(table.at("grid").asReal(1, 3), 8.0);
    EXPECT_EQ(table.at("words").typeName(), "text[2]");
    EXPECT_EQ(table.at("words").asText(0, 0), "ab");
    EXPECT_EQ(table.at("words").asText(0, 1), "cde");
    EXPECT_EQ(table.find("c"), nullptr);
    EXPECT_TRUE(contains(notesOf(table), "complex")) << notesOf(table);
}

TEST(Votable, cellsOfAllKinds) {
    expectAllKinds(read(document(
        fieldsOfAllKinds,
        "<TABLEDATA><TR><TD>T</TD><TD>1000000001</TD><TD>0xFF</TD><TD>-7</TD><TD> -2147483648 </TD>"
        "<TD>9223372036854775807</TD><TD>x</TD><TD>a &lt;b&gt;</TD><TD>\xc3\x85\xf0\x9f\x8c\x8c</TD>"
        "<TD>0.1</TD><TD>1e-17</TD><TD>1 2</TD><TD>1 2 3 4</TD><TD>ab cde</TD><TD>1 0</TD></TR>\n"
        "<TR><TD>?</TD><TD>0 1 0 0 0 0 0 0 0 0</TD><TD>0</TD><TD>-99</TD><TD>1</TD><TD>2</TD><TD>y</TD>"
        "<TD/><TD/><TD></TD><TD>-Inf</TD><TD>3 4</TD><TD>5 6 7 8</TD><TD>fghijk</TD><TD>1 "
        "0</TD></TR></TABLEDATA>")));
}

/// Row 0 and 1 of the same table, as binary cells.
std::string binaryRows(bool masked) {
    const std::string wide = std::string("\x00\xc5\xd8\x3c\xdf\x0c", 6); // U+C5, U+1F30C
    std::string out = masked ? std::string(2, '\0') : "";
    out += "T" + std::string("\x80\x40", 2) + "\xff" + big<std::int16_t>(-7) +
           big<std::int32_t>(-2147483647 - 1) + big<std::int64_t>(9223372036854775807) + "x" +
           big<std::int32_t>(5) + "a <b>" + big<std::int32_t>(3) + wide + big(0.1F) + big(1e-17) +
           big<std::int32_t>(1) + big<std::int32_t>(2) + big(1.0F) + big(2.0F) + big(3.0F) + big(4.0F) +
           std::string("ab\0cde", 6) + big(1.0) + big(0.0);
    // Bits from the first field on: ok, short and f are missing; what lies under them does not count.
    out += masked ? std::string("\x90\x40", 2) : "";
    out += (masked ? "T" : " ") + std::string("\x40\x00", 2) + std::string(1, '\0') +
           big<std::int16_t>(masked ? 12 : -99) + big<std::int32_t>(1) + big<std::int64_t>(2) + "y" +
           big<std::int32_t>(0) + big<std::int32_t>(0) + big(masked ? 3.0F : std::nanf("")) +
           big(-std::numeric_limits<double>::infinity()) + big<std::int32_t>(3) + big<std::int32_t>(4) +
           big(5.0F) + big(6.0F) + big(7.0F) + big(8.0F) + "fghijk" + big(1.0) + big(0.0);
    return out;
}

TEST(Votable, binaryOfAllKinds) {
    expectAllKinds(read(document(fieldsOfAllKinds, "<BINARY><STREAM encoding='base64'>" +
                                                       base64(binaryRows(false)) + "</STREAM></BINARY>")));
}

TEST(Votable, binary2OfAllKinds) {
    expectAllKinds(read(document(fieldsOfAllKinds, "<BINARY2><STREAM encoding='base64'>\n" +
                                                       base64(binaryRows(true)) + "\n</STREAM></BINARY2>")));
}

TEST(Votable, fitsInside) {
    const Scratch scratch;
    {
        test::FitsWriter fits(scratch / "in.fits");
        fits.table(BINARY_TBL, "T", {{"id", "K", ""}, {"z", "D", ""}});
        fits.column<LONGLONG>(TLONGLONG, 1, {5, 9007199254740993});
        fits.column<double>(TDOUBLE, 2, {0.5, 0.25});
    }
    const std::string bytes = test::bytesOf(scratch / "in.fits");
    const std::string stream = base64(bytes);
    const std::string fields =
        "<FIELD name='id' datatype='long' ucd='meta.id'/><FIELD name='z' datatype='double' unit='x'/>";
    const Table table =
        read(document(fields, "<FITS extnum='1'><STREAM encoding='base64'>" + stream + "</STREAM></FITS>"));
    EXPECT_EQ(table.at("id").asText(1), "9007199254740993");
    EXPECT_EQ(table.at("id").ucd, "meta.id");
    EXPECT_EQ(table.at("z").unit, "x");
    EXPECT_TRUE(contains(table.source, "t.vot[t]"));
    const std::string message = readError(document(
        fields, "<FITS><STREAM encoding='base64'>" + base64(bytes.substr(0, 3000)) + "</STREAM></FITS>"));
    EXPECT_TRUE(contains(message, "t.vot, line") && contains(message, "FITS")) << message;
    EXPECT_FALSE(contains(message, "penumbra_votable_") || contains(message, ".part"))
        << "the temporary's name means nothing: " << message;
}

TEST(Votable, prefixesEncodingsAndEntities) {
    const std::string body =
        "<v:RESOURCE><v:TABLE><v:FIELD name='n' datatype='char' arraysize='*'/><v:DATA>"
        "<v:TABLEDATA><v:TR><v:TD>\xe9&#233;</v:TD></v:TR></v:TABLEDATA></v:DATA></v:TABLE>"
        "</v:RESOURCE></v:VOTABLE>";
    const Table latin = read("<?xml version='1.0' encoding='ISO-8859-1'?><v:VOTABLE xmlns:v='x'>" + body);
    EXPECT_EQ(latin.at("n").asText(0), "\xc3\xa9\xc3\xa9");
    std::string wide = "\xff\xfe";
    for (const char c :
         "<VOTABLE><RESOURCE><TABLE><FIELD name='n' datatype='int'/><DATA><TABLEDATA><TR><TD>5</TD>"
         "</TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>")
        if (c != '\0')
            wide += std::string{c, '\0'};
    EXPECT_EQ(read(wide).at("n").asText(0), "5");
}

TEST(Votable, nothingOutsideTheFileIsOpenedAndBombsAreRefused) {
    const Scratch scratch;
    scratch.write("secret", "42");
    const std::string fields = "<FIELD name='n' datatype='char' arraysize='*'/>";
    const std::string head = "<?xml version='1.0'?><!DOCTYPE VOTABLE [";
    const std::string rest = "]><VOTABLE><RESOURCE><TABLE>" + fields + "<DATA><TABLEDATA><TR><TD>";
    const std::string tail = "</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>";
    const Table outside = read(head + "<!ENTITY x SYSTEM 'file://" + (scratch / "secret").string() + "'>" +
                               rest + "a&x;b" + tail);
    EXPECT_EQ(outside.at("n").asText(0), "ab");
    std::string bomb = head + "<!ENTITY a0 'laughs'>";
    for (int i = 1; i < 30; ++i) {
        const std::string last = "&a" + std::to_string(i - 1) + ";";
        bomb += "<!ENTITY a" + std::to_string(i) + " '";
        for (int k = 0; k < 10; ++k)
            bomb += last;
        bomb += "'>";
    }
    EXPECT_TRUE(contains(readError(bomb + rest + "&a29;" + tail), "line 1")) << "billion laughs";
    const std::string elsewhere =
        readError(document(fields, "<BINARY2><STREAM href='http://x/y.bin' encoding='base64'/></BINARY2>"));
    EXPECT_TRUE(contains(elsewhere, "another file") && contains(elsewhere, "http://x/y.bin")) << elsewhere;
}

const std::string oneInteger = "<FIELD name='n' datatype='int'/>";

std::string rowsOf(int count) {
    std::string rows = "<TABLEDATA>";
    for (int i = 0; i < count; ++i)
        rows += "<TR><TD>" + std::to_string(i) + "</TD></TR>";
    return rows + "</TABLEDATA>";
}

TEST(Votable, severalTables) {
    const std::string tables = "<VOTABLE><RESOURCE><TABLE name='small' ID='s1'>" + oneInteger + "<DATA>" +
                               rowsOf(2) + "</DATA></TABLE></RESOURCE><RESOURCE><TABLE name='large'>" +
                               oneInteger + "<DATA>" + rowsOf(5) +
                               "</DATA></TABLE><TABLE ref='s1' name='same fields'><DATA>" + rowsOf(3) +
                               "</DATA></TABLE></RESOURCE></VOTABLE>";
    const Table largest = read(tables);
    EXPECT_EQ(largest.rows(), 5U);
    EXPECT_TRUE(contains(notesOf(largest), "1 small (2 rows)")) << notesOf(largest);
    EXPECT_EQ(read(tables, {.part = "s1"}).rows(), 2U);
    EXPECT_EQ(read(tables, {.part = "SMALL"}).rows(), 2U);
    EXPECT_EQ(read(tables, {.part = "3"}).rows(), 3U);
    EXPECT_EQ(read(tables, {.maxRows = 4}).rows(), 4U);
    const std::string message = readError(tables, {.part = "none"});
    EXPECT_TRUE(contains(message, "none") && contains(message, "2 large (5 rows)")) << message;
    EXPECT_TRUE(contains(readError(tables, {.columns = {"m"}}), "near names: n"));
    ASSERT_EQ(largest.otherParts.size(), 2U);
    EXPECT_EQ(largest.otherParts[0].name, "small");
    EXPECT_EQ(largest.otherParts[0].rows, 2U);
    EXPECT_EQ(largest.otherParts[0].columns, std::vector<std::string>{"n"});
    const std::string redrock = "<VOTABLE><RESOURCE><TABLE name='map'>" + oneInteger + "<DATA>" + rowsOf(5) +
                                "</DATA></TABLE><TABLE><FIELD name='z' datatype='int'/><DATA>" + rowsOf(2) +
                                "</DATA></TABLE></RESOURCE></VOTABLE>";
    const std::string elsewhere = readError(redrock, {.columns = {"z"}});
    EXPECT_TRUE(contains(elsewhere, "'z'") && contains(elsewhere, "2")) << elsewhere;
}

TEST(Votable, servicesThatFailedOrCut) {
    const std::string overflow =
        "<VOTABLE><RESOURCE type='results'><INFO name='QUERY_STATUS' value='OK'/><TABLE>" + oneInteger +
        "<DATA>" + rowsOf(2) +
        "</DATA></TABLE><INFO name='QUERY_STATUS' value='OVERFLOW'/></RESOURCE></VOTABLE>";
    EXPECT_TRUE(contains(notesOf(read(overflow)), "OVERFLOW"));
    const std::string error =
        "<VOTABLE><RESOURCE type='results'><INFO name='QUERY_STATUS' value='ERROR'>no such\n "
        "table: gaia</INFO></RESOURCE></VOTABLE>";
    EXPECT_TRUE(contains(readError(error), "no such table: gaia")) << readError(error);
}

TEST(Votable, whatIsPassedOverIsTold) {
    const std::string fields = oneInteger +
                               "<FIELD name='v' datatype='float' arraysize='*'/>"
                               "<FIELD name='n' datatype='int'/><PARAM name='p' datatype='int' value='1'/>";
    const Table table = read(document(
        fields,
        "<TABLEDATA><TR><TD>1</TD><TD>1 2</TD><TD>3</TD></TR><TR><TD>five</TD><TD>1</TD></TR></TABLEDATA>"));
    const std::string notes = notesOf(table);
    EXPECT_TRUE(contains(notes, "differ in length")) << notes;
    EXPECT_TRUE(contains(notes, "'five'") && contains(notes, "1 values are no int")) << notes;
    EXPECT_TRUE(contains(notes, "1 rows have fewer cells")) << notes;
    EXPECT_TRUE(contains(notes, "n_2")) << notes;
    EXPECT_TRUE(table.at("n").isMissing(1));
    EXPECT_TRUE(table.at("n_2").isMissing(1));
    EXPECT_EQ(table.at("n_2").asText(0), "3");
    ASSERT_EQ(table.workarounds.size(), 4U);
}

TEST(Votable, emptyCellsArraysAndNulls) {
    const std::string fields = "<FIELD name='v' datatype='long' arraysize='2'><VALUES null='-1'/></FIELD>"
                               "<FIELD name='e' datatype='double'/><FIELD name='x' datatype='double'>"
                               "<VALUES null='-99.9'/></FIELD>";
    const Table table = read(document(fields, "<TABLEDATA><TR><TD/><TD/><TD>-99.90</TD></TR>"
                                              "<TR><TD>3 -1</TD><TD/><TD>2</TD></TR></TABLEDATA>"));
    EXPECT_EQ(table.at("v").width, 2U);
    EXPECT_TRUE(table.at("v").isMissing(0));
    EXPECT_EQ(table.at("v").asReal(1, 0), 3.0);
    EXPECT_TRUE(std::isnan(table.at("v").asReal(1, 1)));
    EXPECT_TRUE(table.at("e").isMissing(0) && table.at("e").isMissing(1));
    EXPECT_TRUE(table.at("x").isMissing(0));
    EXPECT_EQ(table.at("x").asReal(1), 2.0);
}

TEST(Votable, damageIsNamedWithItsLine) {
    const auto wrong = [&](const std::string& contents, const std::string& words) {
        const std::string message = readError(contents);
        EXPECT_TRUE(contains(message, words)) << message;
        EXPECT_TRUE(contains(message, "t.vot")) << message;
    };
    wrong("<?xml version='1.0'?>\n<html><!-- VOTABLE --></html>", "line 2: is XML, but no VOTable");
    wrong("<VOTABLE>\n<RESOURCE>\n", "line 3");
    wrong("<VOTABLE>\n<RESOURCE>\n</TABLE>", "line 3: mismatched tag");
    wrong("<VOTABLE/>", "no table");
    wrong(document("<FIELD name='n' datatype='int' arraysize='2y'/>", rowsOf(1)), "arraysize '2y'");
    wrong(document("<FIELD name='n' datatype='int' arraysize='9999999999x9999999999'/>", rowsOf(1)),
          "arraysize");
    const auto stream = [](const std::string& field, const std::string& text) {
        return document(field, "<BINARY2><STREAM encoding='base64'>" + text + "</STREAM></BINARY2>");
    };
    const std::string texts = "<FIELD name='n' datatype='char' arraysize='*'/>";
    wrong(stream(oneInteger, "AAAA*AAA"), "no base64");
    wrong(stream(oneInteger, "AAAAA"), "cut");
    wrong(stream(oneInteger, base64(std::string(7, '\0'))), "ends within row 1");
    wrong(stream(texts, base64(std::string("\0\x7f\xff\xff\xff"
                                           "abc",
                                           8))),
          "claims 2147483647 bytes");
    wrong(stream("<FIELD name='n' datatype='string'/>", "AAAA"), "datatype 'string'");
    // A megabyte of empty cells beside one long array may not become terabytes.
    std::string wide = "<TABLEDATA><TR><TD>" + std::string(200000, '1');
    for (std::size_t at = wide.size() - 1; at > wide.size() - 199999; at -= 2)
        wide[at] = ' ';
    wide += "</TD></TR>";
    for (int i = 0; i < 50000; ++i)
        wide += "<TR><TD/></TR>";
    wrong(document("<FIELD name='n' datatype='double' arraysize='*'/>", wide + "</TABLEDATA>"),
          "more values than");
}

} // namespace
} // namespace penumbra::io
