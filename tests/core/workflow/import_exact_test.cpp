// Integers beyond doubles on their way from a table into a catalogue, and names that look like formulas.

#include "tests/core/workflow/import_support.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/expression.h"

#include <cmath>
#include <gtest/gtest.h>

namespace penumbra::workflow {
namespace {

constexpr std::int64_t firstId = 1237648720693755939;

/// Forty galaxies whose ids differ in their last digits only.
std::string bigIds() {
    std::string text = "id,brick,number,mask,z\n";
    for (int i = 0; i < 40; ++i)
        text += std::to_string(firstId + i) + "," + std::to_string(9007199254 + i) + "," + std::to_string(i) +
                "," + std::to_string(i % 4) + ",0." + std::to_string(10 + i) + "\n";
    return text;
}

TEST(ImportExact, aCutByALargeIdKeepsOneRow) {
    const ImportFolder folder;
    const auto imported =
        importWith("object_id = 'id'\ncuts = ['id == 1237648720693755942']\n[targets]\nz = 'z'\n",
                   folder.write("t.csv", bigIds()));
    ASSERT_EQ(imported.catalogue.rowCount, 1U);
    EXPECT_EQ(imported.catalogue.idText(0), "1237648720693755942");
    EXPECT_EQ(imported.catalogue.targets[0].values[0], 0.13);
}

TEST(ImportExact, idsAndColumnsAreWorkedOutInIntegers) {
    const ImportFolder folder;
    const auto imported = importWith("object_id = 'brick * 1000000 + number'\ncuts = ['mask & 2 == 0']\n"
                                     "[columns]\nlast = 'id % 100'\nnext = 'id + 1'\nlow = 'mask & 1'\n"
                                     "flagged = 'mask > 0'\nhalf = 'number / 2'\n",
                                     folder.write("t.csv", bigIds()));
    const Catalogue& c = imported.catalogue;
    ASSERT_EQ(c.rowCount, 20U); // masks 0 and 1
    EXPECT_EQ(c.objectId.typeName(), "int64");
    EXPECT_EQ(c.idText(1), "9007199255000001"); // (9007199254 + 1) * 1000000 + 1
    const auto typeOf = [&](const char* name) { return c.columns.at(name).typeName(); };
    EXPECT_EQ(typeOf("next"), "int64");
    EXPECT_EQ(typeOf("last"), "int64");
    EXPECT_EQ(typeOf("low"), "int64");
    EXPECT_EQ(typeOf("flagged"), "bool");
    EXPECT_EQ(typeOf("half"), "float64");
    EXPECT_EQ(c.columns.at("next").asText(1), "1237648720693755941");
    EXPECT_EQ(c.columns.at("last").asText(0), "39");
}

TEST(ImportExact, overflowNamesTheRowAndTheFormula) {
    const ImportFolder folder;
    const auto input = folder.write("t.csv", bigIds());
    expectWords(errorOf([&] { importWith("[columns]\nbad = 'id * 1000'\n", input); }),
                {"column bad", "row 0", "does not fit into 64 bits", "id * 1000"});
    expectWords(errorOf([&] { importWith("object_id = 'id + 0.5 * number'\n[targets]\nz = 'z'\n", input); }),
                {"object_id", "real number"});
}

TEST(ImportExact, codesForMissingAreComparedExactly) {
    const ImportFolder folder;
    const std::string table = "a,u,z\n9007199254740993,18446744073709551615,0.1\n"
                              "9007199254740992,18446744073709551614,0.2\n-99,7,0.3\n";
    const auto imported = importWith("carry = ['a', 'u']\n[missing]\na = [9007199254740993, -99.0]\n"
                                     "u = ['18446744073709551615']\n[targets]\nz = 'z'\n",
                                     folder.write("t.csv", table));
    const io::Column& a = imported.catalogue.columns.at("a");
    EXPECT_TRUE(a.isMissing(0));
    EXPECT_FALSE(a.isMissing(1)) << "2^53 is not 2^53 + 1";
    EXPECT_TRUE(a.isMissing(2));
    const io::Column& u = imported.catalogue.columns.at("u");
    EXPECT_EQ(u.typeName(), "uint64");
    EXPECT_TRUE(u.isMissing(0));
    EXPECT_FALSE(u.isMissing(1));
    const auto flags = runWith({{"input", folder.file("t.csv")},
                                {"columns", "a,u"},
                                {"missing", "9007199254740993,18446744073709551615"},
                                {"out", folder.file("out.h5")},
                                {"write-mapping", folder.file("m.toml")}});
    const ImportMapping written = readImportMapping(folder.file("m.toml"));
    EXPECT_EQ(written.missing.at(0).integers, std::vector<std::int64_t>{9007199254740993});
    EXPECT_EQ(written.missing.at(0).texts, std::vector<std::string>{"18446744073709551615"});
}

TEST(ImportExact, keysOfAnyTypeJoin) {
    const ImportFolder folder;
    const auto input = folder.write("s.csv", "id,z\n1237648720693755939,0.1\n1237648720693755940,0.2\n"
                                             "18446744073709551615,0.3\n");
    const auto joined = [&](const std::string& labels) {
        folder.write("labels.csv", labels);
        const auto imported =
            importWith("[targets]\nmass = 'mass'\n[[join]]\nfile = 'labels.csv'\nkey = 'id'\n", input);
        return imported.catalogue.targets[0].values;
    };
    const auto bySigned = joined("id,mass\n1237648720693755940,10\n1237648720693755941,11\n");
    EXPECT_TRUE(std::isnan(bySigned[0])) << "the neighbour of an id is not that id";
    EXPECT_EQ(bySigned[1], 10.0);
    const auto byText =
        joined("id,mass\n18446744073709551615,12\n1237648720693755939,13\nJ1021,14\nJ1022,1\n");
    ASSERT_EQ(byText.size(), 3U);
    EXPECT_EQ(byText[0], 13.0);
    EXPECT_TRUE(std::isnan(byText[1]));
    EXPECT_EQ(byText[2], 12.0);
}

TEST(ImportExact, masksSurviveTheCatalogueWithTheirGaps) {
    const ImportFolder folder;
    runWith({{"input", folder.write("t.csv", "id,mask,big,z\n1,2,1237648720693755939,0.1\n2,,,0.2\n"
                                             "3,4,1237648720693755940,0.3\n")},
             {"id", "id"},
             {"columns", "mask,big"},
             {"target", "z"},
             {"out", folder.file("out.h5")}});
    const Catalogue c = readCatalogue(folder.file("out.h5"));
    EXPECT_EQ(c.columns.at("mask").typeName(), "int64");
    EXPECT_EQ(c.columns.at("big").typeName(), "int64");
    EXPECT_TRUE(c.columns.at("mask").isMissing(1));
    EXPECT_EQ(Expression("mask & 2 == 0", c.columns).isTrue(c.columns), (std::vector<std::uint8_t>{0, 0, 1}));
    EXPECT_EQ(Expression("big == 1237648720693755940", c.columns).isTrue(c.columns),
              (std::vector<std::uint8_t>{0, 0, 1}));
}

TEST(ImportExact, aColumnNamedLikeAFormulaHasOneMeaning) {
    const ImportFolder folder;
    const auto input = folder.write("t.csv", "g,r,g-r,z-phot\n20,19,99.5,0.1\n21,19.5,98.5,0.2\n");
    const auto imported = importWith("[features.f]\ncolumns = ['g-r']\n[targets]\nc = 'g-r'\nd = 'g - r'\n"
                                     "[columns]\ncolour = 'g-r'\n",
                                     input);
    EXPECT_EQ(imported.features[0](0, 0), 99.5F);
    EXPECT_EQ(imported.catalogue.targets[0].values[0], 99.5);
    EXPECT_EQ(imported.catalogue.targets[1].values[0], 1.0);
    EXPECT_EQ(imported.catalogue.columns.at("colour").asReal(0), 99.5);
    expectWords(errorOf([&] { importWith("cuts = ['z-phot > 0.15']\n[targets]\nr = 'r'\n", input); }),
                {"z-phot", "`z-phot`", "backquotes"});
    expectWords(errorOf([&] { importWith("cuts = ['g-r > 1']\n[targets]\nr = 'r'\n", input); }), {"`g-r`"});
    const auto cut = importWith("cuts = ['`z-phot` > 0.15']\n[targets]\nr = 'r'\n", input);
    EXPECT_EQ(cut.catalogue.rowCount, 1U);
}

TEST(ImportExact, impossiblePositionsAreTold) {
    const ImportFolder folder;
    const auto input = folder.write("t.csv", "id,ra,dec,z\n1,10,289.8,0.1\n2,-240,5,0.2\n3,-10,5,0.3\n");
    const CommandResult result = runWith({{"input", input},
                                          {"id", "id"},
                                          {"ra", "ra"},
                                          {"dec", "dec"},
                                          {"target", "z"},
                                          {"out", folder.file("out.h5")}});
    expectWords(result.text, {"declination beyond 90", "289.8", "right ascension out of range", "-240",
                              "between -180 and 0"});
}

} // namespace
} // namespace penumbra::workflow
