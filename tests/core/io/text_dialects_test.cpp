// Headers of text files that archives and programs write: understood or refused, never guessed wrong.

#include "core/base/error.h"
#include "core/io/table_reader.h"
#include "tests/core/io/text_reading.h"

#include <gtest/gtest.h>

namespace penumbra::io {
namespace {

using test::contains;
using test::namesOf;
using test::notesOf;
using test::readError;
using test::readText;
using Names = std::vector<std::string>;

TEST(TextDialects, sextractorNumbersItsColumnsInComments) {
    const Table table = readText("#   1 NUMBER      Running object number\n"
                                 "#   2 RA          Right ascension (J2000)   [deg]\n"
                                 "#   3 FLUX_APER   Fluxes within circles     [count]\n"
                                 "#   5 FLAGS       Extraction flags\n"
                                 "  1 10.5  100.5 200 0\n  2 11.5  101.5 201 3\n");
    EXPECT_EQ(namesOf(table), (Names{"NUMBER", "RA", "FLUX_APER", "FLAGS"}));
    EXPECT_EQ(table.at("RA").unit, "deg");
    EXPECT_EQ(table.at("RA").description, "Right ascension (J2000)");
    EXPECT_EQ(table.at("FLUX_APER").width, 2U) << "3, then 5: a vector of two";
    EXPECT_EQ(table.at("FLUX_APER").asReal(1, 1), 201.0);
    EXPECT_EQ(table.at("FLAGS").asReal(1), 3.0);
    const std::string wrong = readError("# 1 NUMBER\n# 2 RA\n# 4 DEC\n1 2 3\n4 5 6\n");
    EXPECT_TRUE(contains(wrong, "DEC") && contains(wrong, "3 cells")) << wrong;
}

TEST(TextDialects, elementsOfSExtractorsVectorsKeepTheirDigits) {
    const std::string head = "# 1 A An id\n# 2 V Ids of neighbours\n# 4 F Flags\n";
    const Table wide =
        readText(head + "1 18446744073709551615 5 0\n2 9007199254740993 18446744073709551614 0\n");
    EXPECT_EQ(wide.at("V").typeName(), "uint64[2]");
    EXPECT_EQ(wide.at("V").asText(0, 0), "18446744073709551615");
    EXPECT_EQ(wide.at("V").asText(0, 1), "5");
    EXPECT_EQ(wide.at("V").asText(1, 0), "9007199254740993");
    EXPECT_EQ(wide.at("V").asText(1, 1), "18446744073709551614");
    const Table holed = readText(head + "1 nan nan 0\n2 9007199254740993 7 0\n");
    EXPECT_EQ(holed.at("V").typeName(), "int64[2]");
    EXPECT_TRUE(holed.at("V").isMissing(0));
    EXPECT_EQ(holed.at("V").asText(1, 0), "9007199254740993");
    const Table single = readText(head + "1 nan 7 0\n2 8 9 0\n");
    EXPECT_EQ(single.at("V").asText(0, 0), "") << "one element alone";
    EXPECT_EQ(single.at("V").asReal(0, 1), 7.0);
    EXPECT_EQ(single.at("V").asReal(1, 0), 8.0);
}

TEST(TextDialects, namesInAnyOfTheComments) {
    EXPECT_EQ(namesOf(readText("# id z_spec z_phot chi_2\n# made by hand today\n1 0.1 0.2 3\n2 0.2 0.3 4\n")),
              (Names{"id", "z_spec", "z_phot", "chi_2"}));
    EXPECT_EQ(
        namesOf(readText(
            "#ID DescID Mvir\n#a = 0.5377\n#Om = 0.3; h = 0.7\n#Version: 0.99\n1 -1 1e10\n2 -1 2e10\n")),
        (Names{"ID", "DescID", "Mvir"}));
    EXPECT_EQ(namesOf(readText("# A catalogue\n# of galaxies\n# ra dec\n1 2\n3 4\n")), (Names{"ra", "dec"}));
    const Table doubt = readText("# ra dec z\n# mag1 mag2 mag3\n1 2 3\n4 5 6\n");
    EXPECT_EQ(namesOf(doubt), (Names{"ra", "dec", "z"})) << "the first of two that fit";
    EXPECT_TRUE(contains(notesOf(doubt), "mag1 mag2 mag3")) << notesOf(doubt);
    const Table units = readText("# ra dec z\n# deg deg -\n1 2 3\n4 5 6\n");
    EXPECT_EQ(units.at("dec").unit, "deg");
    EXPECT_EQ(units.at("z").unit, "");
}

TEST(TextDialects, aRowOfUnitsBelowTheNames) {
    for (const char* units : {",deg,mag,", "[],[deg],[mag],[]", "---,(deg),(mag),none"}) {
        const Table table = readText("id,ra,r,z\n" + std::string(units) + "\n7,1.5,20,0.1\n8,2.5,21,0.2\n");
        EXPECT_EQ(table.rows(), 2U) << units;
        EXPECT_EQ(table.at("ra").unit, "deg");
        EXPECT_EQ(table.at("r").unit, "mag");
        EXPECT_EQ(table.at("z").unit, "");
        EXPECT_EQ(table.at("id").typeName(), "int64");
    }
    EXPECT_EQ(readText("id,flux\n,1e-17 erg/s/cm2/AA\n1,2\n2,3\n").at("flux").unit, "1e-17 erg/s/cm2/AA");
    const Table types = readText("id,ra,z\nint,double,double\n1,2.5,0.1\n2,3.5,0.2\n");
    EXPECT_EQ(types.rows(), 2U);
    EXPECT_TRUE(contains(notesOf(types), "line 2")) << notesOf(types);
    const Table row = readText("name,z\nm,bad\nk,0.5\nm,0.25\n");
    EXPECT_EQ(row.rows(), 3U) << "a single word is a bad cell, no unit";
}

TEST(TextDialects, vizierTsv) {
    const Table table = readText("#\n#   VizieR Astronomical Server\n"
                                 "#Column\tzsp\t(F8.5)\tSpectroscopic redshift\t[ucd=src.redshift]\n\n"
                                 "_RAJ2000\tName\trmag\tzsp\ndeg\t \tmag\t \n"
                                 "----------\t--------\t-------\t--------\n"
                                 "10.5\tGAL 1\t19.5\t0.25\n11.5\tGAL 2\t\t0.5\n");
    EXPECT_EQ(namesOf(table), (Names{"_RAJ2000", "Name", "rmag", "zsp"}));
    EXPECT_EQ(table.rows(), 2U);
    EXPECT_EQ(table.at("_RAJ2000").unit, "deg");
    EXPECT_EQ(table.at("zsp").description, "Spectroscopic redshift");
    EXPECT_TRUE(table.at("rmag").isMissing(1));
    EXPECT_EQ(table.at("Name").asText(1), "GAL 2");
}

TEST(TextDialects, headersThatComeAgainAreCounted) {
    const Table table = readText("id,z\n,mag\n1,0.1\n2,0.2\nid,z\n,mag\n3,0.3\nid,z\n4,0.4\n");
    EXPECT_EQ(table.rows(), 4U);
    EXPECT_EQ(table.at("id").typeName(), "int64");
    EXPECT_TRUE(contains(notesOf(table), "3 lines that repeat the header")) << notesOf(table);
    EXPECT_TRUE(contains(notesOf(table), "first line 5")) << notesOf(table);
}

TEST(TextDialects, ipacTables) {
    const Table table = readText("\\fixlen = T\n\\ a comment\n"
                                 "|    id|     ra|   rmag|  name  |\n"
                                 "|  long| double|      r|  char  |\n"
                                 "|      |    deg|    mag|        |\n"
                                 "|  null|   null| -99   |    none|\n"
                                 "      1  10.500  19.50   M 31    \n"
                                 "   null  11.500 -99      00012   \n"
                                 "      3    null  20.25      none \n");
    ASSERT_EQ(table.rows(), 3U);
    EXPECT_EQ(table.at("id").typeName(), "int64");
    EXPECT_TRUE(table.at("id").isMissing(1));
    EXPECT_EQ(table.at("ra").unit, "deg");
    EXPECT_TRUE(table.at("ra").isMissing(2));
    EXPECT_TRUE(table.at("rmag").isMissing(1)) << "the table's own word for missing";
    EXPECT_EQ(table.at("rmag").asReal(2), 20.25);
    EXPECT_EQ(table.at("name").asText(0), "M 31");
    EXPECT_EQ(table.at("name").asText(1), "00012") << "char";
    EXPECT_TRUE(table.at("name").isMissing(2));
    EXPECT_TRUE(contains(readError("|a |b |\n|int|int|\n 1  2 \n"), "line 2")) << "bars that do not fit";
    EXPECT_TRUE(contains(readError("|a     |b  |\n|quark |int|\n 1      2  \n"), "quark"));
}

constexpr const char* mrtHead =
    "Title: A made-up table\nTable: Members\n"
    "================================================================================\n"
    "Byte-by-byte Description of file: t.txt\n"
    "--------------------------------------------------------------------------------\n"
    "   Bytes Format Units  Label  Explanations\n"
    "--------------------------------------------------------------------------------\n"
    "   1-  4 I4     ---    Seq    Number\n"
    "       6 A1     ---    Flag   [AB] Kind of object,\n"
    "                              12 of them\n"
    "   8- 16 F9.5   deg    RAdeg  [0/360] Right ascension\n"
    "  18- 24 F7.4   mag    rmag   ?=-9 Magnitude\n"
    "--------------------------------------------------------------------------------\n"
    "Note (1): nothing.\n"
    "--------------------------------------------------------------------------------\n";

TEST(TextDialects, machineReadableTables) {
    const Table table = readText(std::string(mrtHead) + "   1 A 100.82735 19.7928\n"
                                                        "   2   166.01282 -9.0000\n"
                                                        "0003 B          \n");
    EXPECT_EQ(namesOf(table), (Names{"Seq", "Flag", "RAdeg", "rmag"}));
    ASSERT_EQ(table.rows(), 3U);
    EXPECT_EQ(table.at("Seq").typeName(), "int64") << "I4 is declared, zeros or not";
    EXPECT_EQ(table.at("RAdeg").unit, "deg");
    EXPECT_EQ(table.at("RAdeg").asReal(1), 166.01282);
    EXPECT_TRUE(table.at("RAdeg").isMissing(2)) << "blank";
    EXPECT_TRUE(table.at("rmag").isMissing(1)) << "?=-9";
    EXPECT_TRUE(table.at("rmag").isMissing(2)) << "the line ends before";
    EXPECT_TRUE(table.at("Flag").isMissing(1));
    EXPECT_TRUE(contains(table.at("Flag").description, "Kind of object, 12 of them"));
    EXPECT_TRUE(contains(readError(mrtHead), "rows are not in it"));
}

TEST(TextDialects, boxesAndRulers) {
    const char* stilts =
        "+----+-------+\n| id | z     |\n+----+-------+\n|  1 | 0.5   |\n|  2 |       |\n+----+-------+\n";
    const char* psql = " id |   z   \n----+-------\n  1 |   0.5 \n  2 |       \n(2 rows)\n\n";
    const char* markdown = "| id | z |\n|---:|:----:|\n| 1 | 0.5 |\n| 2 | |\n";
    const char* rst = "==== =====\n  id     z\n==== =====\n   1   0.5\n   2      \n==== =====\n";
    const char* grid =
        "+----+-----+\n| id | z   |\n+====+=====+\n| 1  | 0.5 |\n+----+-----+\n| 2  |     |\n+----+-----+\n";
    const char* column = "id  z    \n--- -----\n1   0.5  \n2        \n";
    for (const char* text : {stilts, psql, markdown, rst, grid, column}) {
        const Table table = readText(text);
        EXPECT_EQ(namesOf(table), (Names{"id", "z"})) << text;
        ASSERT_EQ(table.rows(), 2U) << text;
        EXPECT_EQ(table.at("id").asReal(1), 2.0) << text;
        EXPECT_EQ(table.at("z").asReal(0), 0.5) << text;
        EXPECT_TRUE(table.at("z").isMissing(1)) << text;
    }
    const Table titled = readText("Table 1: members\n\n" + std::string(stilts));
    EXPECT_EQ(titled.rows(), 2U);
    EXPECT_TRUE(contains(notesOf(titled), "Table 1: members")) << notesOf(titled);
}

TEST(TextDialects, linesThatCountTheRows) {
    for (const char* tail :
         {"2 rows selected.", "(2 rows)", "2 rows in set (0.05 sec)", "(2 rows affected)", "(1 row)"}) {
        const Table table = readText("id z q\n1 0.5 1\n2 0.25 1\n" + std::string(tail) + "\n");
        EXPECT_EQ(table.rows(), 2U) << tail;
        EXPECT_TRUE(contains(notesOf(table), tail)) << notesOf(table);
    }
}

TEST(TextDialects, excelsSeparatorLine) {
    const Table table = readText("sep=;\nid;ra;z\n1;100.5;0.25\n2;166,5;0.5\n");
    EXPECT_EQ(namesOf(table), (Names{"id", "ra", "z"}));
    EXPECT_EQ(table.rows(), 2U);
}

TEST(TextDialects, hashInTheFirstCell) {
    const Table table = readText(
        "mag,z,id\n19.5,0.1,0\n#N/A,0.2,1\n20.5,0.3,2\n#DIV/0!,0.4,3\n#5,0.5,4\n# a remark\n21,0.5,5\n");
    ASSERT_EQ(table.rows(), 5U);
    EXPECT_TRUE(table.at("mag").isMissing(1));
    EXPECT_TRUE(table.at("mag").isMissing(3));
    EXPECT_EQ(table.at("z").asReal(1), 0.2);
    EXPECT_TRUE(contains(notesOf(table), "1 row that begins with '#'")) << notesOf(table);
    EXPECT_TRUE(contains(notesOf(table), "1 comment between the rows")) << notesOf(table);
    EXPECT_EQ(readText("mag,z\n#N/A,0.2\n19,0.1\n").rows(), 2U) << "in the first row too";
    EXPECT_EQ(readText("mag\n#N/A\n19\n").rows(), 2U);
}

} // namespace
} // namespace penumbra::io
