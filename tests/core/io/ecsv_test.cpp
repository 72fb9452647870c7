// ECSV: what the header declares is what is read.

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

std::string ecsv(const std::string& columns, const std::string& rows, const std::string& more = "") {
    return "# %ECSV 1.0\n# ---\n" + more + "# datatype:\n" + columns + "# schema: astropy-2.0\n" + rows;
}

TEST(Ecsv, typesUnitsAndDescriptions) {
    const Table table = readText(
        ecsv("# - {name: name, datatype: string, description: \"what it is: a name\"}\n"
             "# - {name: ra, unit: deg, datatype: float64}\n"
             "# - name: flux\n#   unit: !astropy.units.Unit {unit: erg / (s cm2)}\n"
             "#   datatype: float32\n#   meta: !!omap\n#   - {a: 1}\n#   - {ucd: phot.flux}\n"
             "# - {name: n, datatype: int16, meta: {ucd: meta.number}}\n# - {name: big, datatype: uint64}\n"
             "# - {name: good, datatype: bool}\n",
             "name ra flux n big good\n"
             "00012 10.5 0.1 0007 18446744073709551615 True\n"
             "\"\" 11 \"\" \"\" 5 \"\"\n"
             "\"a \"\"b\"\"\" nan 2 -3 \"\" False\n"));
    ASSERT_EQ(table.rows(), 3U);
    EXPECT_EQ(table.at("name").asText(0), "00012");
    EXPECT_TRUE(table.at("name").isMissing(1));
    EXPECT_EQ(table.at("name").asText(2), "a \"b\"");
    EXPECT_EQ(table.at("name").description, "what it is: a name");
    EXPECT_EQ(table.at("ra").unit, "deg");
    EXPECT_EQ(table.at("ra").typeName(), "float64") << "though a cell is 11";
    EXPECT_TRUE(table.at("ra").isMissing(2));
    EXPECT_EQ(table.at("flux").unit, "erg / (s cm2)");
    EXPECT_EQ(table.at("flux").ucd, "phot.flux") << "in astropy's ordered meta";
    EXPECT_EQ(table.at("n").ucd, "meta.number");
    EXPECT_EQ(table.at("flux").typeName(), "float32");
    EXPECT_EQ(table.at("flux").asReal(0), static_cast<double>(0.1F));
    EXPECT_TRUE(table.at("flux").isMissing(1));
    EXPECT_EQ(table.at("n").typeName(), "int64");
    EXPECT_EQ(table.at("n").asReal(0), 7.0);
    EXPECT_TRUE(table.at("n").isMissing(1));
    EXPECT_EQ(table.at("big").asText(0), "18446744073709551615");
    EXPECT_TRUE(table.at("big").isMissing(2));
    EXPECT_EQ(table.at("good").typeName(), "bool");
    EXPECT_EQ(table.at("good").asText(0), "true");
    EXPECT_TRUE(table.at("good").isMissing(1));
    EXPECT_EQ(table.at("good").asText(2), "false");
}

TEST(Ecsv, commasAndGaiasNull) {
    const Table table =
        readText(ecsv("# - {name: source_id, datatype: int64}\n# - {name: parallax, datatype: float64}\n"
                      "# - {name: has_rvs, datatype: bool}\n",
                      "source_id,parallax,has_rvs\n5820931075628056192,null,\"False\"\n"
                      "5820931075628056193,0.5,null\nnull,0.25,\"True\"\n",
                      "# delimiter: ','\n"));
    EXPECT_EQ(table.at("source_id").asText(1), "5820931075628056193");
    EXPECT_TRUE(table.at("source_id").isMissing(2));
    EXPECT_TRUE(table.at("parallax").isMissing(0));
    EXPECT_TRUE(table.at("has_rvs").isMissing(1));
    EXPECT_EQ(table.at("has_rvs").asText(0), "false");
}

TEST(Ecsv, arraysOfOneShapeBecomeVectorColumns) {
    const Table table =
        readText(ecsv("# - {name: id, datatype: int64}\n"
                      "# - {name: flux, unit: nmgy, datatype: string, subtype: 'float64[3]'}\n"
                      "# - {name: m, datatype: string, subtype: 'int32[2,2]'}\n"
                      "# - {name: list, datatype: string, subtype: 'float64[null]'}\n"
                      "# - {name: any, datatype: string, subtype: json}\n"
                      "# - {name: c, datatype: complex128}\n",
                      "id flux m list any c\n"
                      "1 [1.0,null,NaN] [[1,2],[3,4]] [1.0,2.0] {\"\"a\"\":1} 1+2j\n"
                      "2 [4.0,5.0] [[5,6],[7,8]] [1.0] [] 0j\n"));
    EXPECT_EQ(namesOf(table), (std::vector<std::string>{"id", "flux", "m"}));
    EXPECT_EQ(table.at("flux").typeName(), "float64[3]");
    EXPECT_EQ(table.at("flux").unit, "nmgy");
    EXPECT_EQ(table.at("flux").asReal(0, 0), 1.0);
    EXPECT_TRUE(std::isnan(table.at("flux").asReal(0, 1)));
    EXPECT_TRUE(table.at("flux").isMissing(1)) << "two numbers where three are declared";
    EXPECT_EQ(table.at("m").typeName(), "int64[4]");
    EXPECT_EQ(table.at("m").asReal(1, 3), 8.0);
    const std::string notes = notesOf(table);
    EXPECT_TRUE(contains(notes, "column list was left out: its cells are of the kind 'float64[null]'"))
        << notes;
    EXPECT_TRUE(contains(notes, "column any was left out") && contains(notes, "column c was left out"))
        << notes;
    EXPECT_TRUE(contains(notes, "column flux: 1 cells are no lists of 3 values")) << notes;
}

TEST(Ecsv, brokenHeadersAreRefused) {
    const std::string column = "# - {name: a, datatype: int64}\n";
    EXPECT_TRUE(contains(readError(ecsv(column, "b\n1\n")), "'a'"));
    EXPECT_TRUE(contains(readError(ecsv(column, "a b\n1 2\n")), "names 2"));
    EXPECT_TRUE(contains(readError(ecsv("# - {name: a}\n", "a\n1\n")), "datatype"));
    EXPECT_TRUE(contains(readError(ecsv("# - {name: [a\n", "a\n1\n")), "damaged"));
    EXPECT_TRUE(contains(readError("# %ECSV 1.0\n# ---\na\n1\n"), "datatype"));
    EXPECT_TRUE(contains(readError(ecsv(column, "a\n1\n", "# delimiter: ';'\n")), "';'"));
    const Table bad = readText(ecsv(column, "a\n1\nx\n2.5\n"));
    EXPECT_TRUE(bad.at("a").isMissing(1) && bad.at("a").isMissing(2));
    EXPECT_TRUE(contains(notesOf(bad), "2 cells are not numbers")) << notesOf(bad);
}

} // namespace
} // namespace penumbra::io
