#include "core/base/error.h"
#include "core/io/parquet_outline.h"
#include "core/io/table_reader.h"
#include "core/io/table_writer.h"
#include "tests/core/io/arrow_files.h"
#include "tests/core/io/scratch.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <parquet/file_reader.h>

namespace penumbra::io {
namespace {

using test::ArrowColumnSpec;
using test::arrowTable;
using test::contains;
using test::messageOf;
using test::Scratch;

void writeParquet(const Table& table, const std::filesystem::path& path) {
    writerFor(path).write(table, path, {}, RunContext{});
}

/// The same table as Parquet, Feather and stream, each read back.
class ArrowFormats : public testing::TestWithParam<const char*> {
protected:
    Table readBack(const std::vector<ArrowColumnSpec>& columns, const ReadOptions& options = {}) {
        const std::string format = GetParam();
        const auto table = arrowTable(columns);
        const auto path = scratch_ / ("t." + format);
        if (format == "parquet")
            test::writeParquetFile(path, *table, {.rowGroup = 2});
        else if (format == "bare_parquet")
            test::writeParquetFile(path, *table, {.storeSchema = false});
        else
            test::writeIpcFile(path, *table, format == "stream", 2);
        return readTable(path, options, RunContext{});
    }
    bool bare() const { return std::string(GetParam()) == "bare_parquet"; }
    Scratch scratch_;
};

std::vector<std::string> textsOf(const Column& column) {
    std::vector<std::string> texts;
    for (std::size_t row = 0; row < column.rows(); ++row)
        for (std::size_t k = 0; k < column.width; ++k)
            texts.push_back(column.asText(row, k));
    return texts;
}

using Texts = std::vector<std::string>;

TEST_P(ArrowFormats, integersOfEveryWidthStayThemselves) {
    const Table t = readBack({{"i8", arrow::int8(), "[-128, null, 127]"},
                              {"u16", arrow::uint16(), "[0, 65535, null]"},
                              {"u32", arrow::uint32(), "[4294967295, 0, 1]"},
                              {"i64", arrow::int64(), "[9007199254740993, -9223372036854775808, null]"},
                              {"u64", arrow::uint64(), "[18446744073709551615, 9223372036854775808, null]"},
                              {"small_u64", arrow::uint64(), "[1, 2, 3]"}});
    EXPECT_EQ(textsOf(t.at("i8")), (Texts{"-128", "", "127"}));
    EXPECT_TRUE(t.at("i8").isMissing(1));
    EXPECT_EQ(textsOf(t.at("u16")), (Texts{"0", "65535", ""}));
    EXPECT_EQ(textsOf(t.at("u32")), (Texts{"4294967295", "0", "1"}));
    EXPECT_EQ(textsOf(t.at("i64")), (Texts{"9007199254740993", "-9223372036854775808", ""}));
    EXPECT_EQ(t.at("u64").typeName(), "uint64");
    EXPECT_EQ(textsOf(t.at("u64")), (Texts{"18446744073709551615", "9223372036854775808", ""}));
    EXPECT_EQ(t.at("small_u64").typeName(), "int64");
    EXPECT_TRUE(t.notes.empty());
}

TEST_P(ArrowFormats, realsTextsAndBooleans) {
    const Table t = readBack({{"f", arrow::float32(), "[0.1, null, -3.5]"},
                              {"d", arrow::float64(), "[0.1, null, 1e300]"},
                              {"h", arrow::float16(), "[1.5, null, 65504.0]"},
                              {"b", arrow::boolean(), "[true, null, false]"},
                              {"s", arrow::utf8(), R"(["NGC 1", null, "é"])"},
                              {"l", arrow::large_utf8(), R"(["a", "", "c"])"},
                              {"dec", arrow::decimal128(10, 3), R"(["1.250", null, "-0.001"])"},
                              {"id", arrow::decimal128(20, 0), R"(["9007199254740993", null, "-1"])"}});
    EXPECT_EQ(t.at("f").typeName(), "float32");
    EXPECT_EQ(textsOf(t.at("f")), (Texts{"0.1", "", "-3.5"}));
    EXPECT_TRUE(t.at("f").isMissing(1));
    EXPECT_EQ(textsOf(t.at("d")), (Texts{"0.1", "", "1e+300"}));
    EXPECT_EQ(t.at("h").typeName(), "float32");
    EXPECT_EQ(textsOf(t.at("h")), (Texts{"1.5", "", "65504"}));
    EXPECT_EQ(t.at("b").typeName(), "bool");
    EXPECT_EQ(textsOf(t.at("b")), (Texts{"true", "", "false"}));
    EXPECT_EQ(textsOf(t.at("s")), (Texts{"NGC 1", "", "é"}));
    EXPECT_TRUE(t.at("s").isMissing(1));
    EXPECT_FALSE(t.at("l").isMissing(1)); // empty is not missing
    EXPECT_EQ(t.at("dec").asReal(0), 1.25);
    EXPECT_EQ(t.at("dec").asReal(2), -0.001);
    EXPECT_EQ(textsOf(t.at("id")), (Texts{"9007199254740993", "", "-1"}));
}

TEST_P(ArrowFormats, datesAndTimesAreIsoText) {
    const auto us = arrow::timestamp(arrow::TimeUnit::MICRO);
    const auto utc = arrow::timestamp(arrow::TimeUnit::MILLI, "UTC");
    const Table t = readBack({{"day", arrow::date32(), "[0, -1, null]"},
                              {"at", us, "[1709251199123456, null, -1]"},
                              {"utc", utc, "[0, 86400000, null]"}});
    EXPECT_EQ(textsOf(t.at("day")), (Texts{"1970-01-01", "1969-12-31", ""}));
    EXPECT_EQ(textsOf(t.at("at")), (Texts{"2024-02-29T23:59:59.123456", "", "1969-12-31T23:59:59.999999"}));
    EXPECT_EQ(textsOf(t.at("utc")), (Texts{"1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z", ""}));
}

TEST_P(ArrowFormats, dictionariesAreSpeltOut) {
    const Table t = readBack(
        {{"class", arrow::dictionary(arrow::int8(), arrow::utf8()), R"(["STAR", null, "GALAXY", "STAR"])"}});
    EXPECT_EQ(textsOf(t.at("class")), (Texts{"STAR", "", "GALAXY", "STAR"}));
    EXPECT_TRUE(t.at("class").isMissing(1));
}

TEST_P(ArrowFormats, listsOfOneLengthAreVectors) {
    const Table t =
        readBack({{"list", arrow::list(arrow::float32()), "[null, [1, 2], [3, null], [5, 6]]"},
                  {"large", arrow::large_list(arrow::float64()), "[[1], [2], [3], [4]]"},
                  {"fixed", arrow::fixed_size_list(arrow::int32(), 3), "[[1,2,3],[4,5,6],null,[7,8,9]]"},
                  {"half", arrow::fixed_size_list(arrow::float16(), 2), "[[1,2],[3,4],[5,6],[7,8]]"},
                  {"nested", arrow::list(arrow::list(arrow::float32())),
                   "[[[1,2,3],[4,5,6]], [[7,8,9],[10,11,12]], null, [[13,14,15],[16,17,18]]]"},
                  {"words", arrow::list(arrow::utf8()), R"([["g","r"],["g","r"],["g","r"],["g","r"]])"}});
    ASSERT_EQ(t.rows(), 4U);
    EXPECT_EQ(t.at("list").typeName(), "float32[2]");
    EXPECT_EQ(textsOf(t.at("list")), (Texts{"", "", "1", "2", "3", "", "5", "6"}));
    EXPECT_TRUE(t.at("list").isMissing(0));
    EXPECT_FALSE(t.at("list").isMissing(2));
    EXPECT_EQ(t.at("large").width, 1U);
    EXPECT_EQ(t.at("fixed").typeName(), "int64[3]");
    EXPECT_TRUE(t.at("fixed").isMissing(2));
    EXPECT_EQ(t.at("fixed").asReal(3, 1), 8.0);
    EXPECT_EQ(t.at("half").typeName(), "float32[2]");
    EXPECT_EQ(t.at("half").asReal(3, 1), 8.0);
    EXPECT_EQ(t.at("nested").typeName(), "float32[6]");
    EXPECT_EQ(t.at("nested").asReal(1, 4), 11.0);
    EXPECT_TRUE(t.at("nested").isMissing(2));
    EXPECT_EQ(t.at("words").asText(3, 1), "r");
}

TEST_P(ArrowFormats, integersWithHolesInTheirListsBecomeReals) {
    const Table t = readBack({{"v", arrow::list(arrow::int32()), "[[1, null], [3, 4], null]"}});
    EXPECT_EQ(t.at("v").typeName(), "float64[2]");
    EXPECT_EQ(textsOf(t.at("v")), (Texts{"1", "", "3", "4", "", ""}));
}

TEST_P(ArrowFormats, listsOfSeveralLengthsAreLeftOutAndTold) {
    const std::vector<ArrowColumnSpec> columns = {
        {"id", arrow::int64(), "[1, 2, 3]"},
        {"peaks", arrow::list(arrow::float32()), "[[1, 2], [3, 4], [5]]"}};
    const Table t = readBack(columns);
    EXPECT_EQ(t.columns.size(), 1U);
    ASSERT_EQ(t.notes.size(), 1U);
    EXPECT_TRUE(contains(t.notes[0], "peaks") && contains(t.notes[0], "row 2")) << t.notes[0];
    const auto message = messageOf<Error>([&] { readBack(columns, {.columns = {"peaks"}}); });
    EXPECT_TRUE(contains(message, "peaks") && contains(message, "length")) << message;
    EXPECT_EQ(readBack(columns, {.columns = {"id"}}).rows(), 3U);
}

TEST_P(ArrowFormats, emptyListsAreMissingAndCounted) {
    const Table t = readBack({{"e", arrow::list(arrow::float32()), "[[], [1, 2], [], [3, 4]]"}});
    EXPECT_EQ(textsOf(t.at("e")), (Texts{"", "", "1", "2", "", "", "3", "4"}));
    ASSERT_EQ(t.workarounds.size(), 1U);
    EXPECT_EQ(t.workarounds[0].count, 2U);
}

TEST_P(ArrowFormats, structsAreTakenApart) {
    const auto image = arrow::struct_({arrow::field("band", arrow::list(arrow::utf8())),
                                       arrow::field("flux", arrow::list(arrow::list(arrow::float32())))});
    const std::vector<ArrowColumnSpec> columns = {
        {"id", arrow::int64(), "[1, 2, 3]"},
        {"image", image,
         R"([{"band":["g","r"],"flux":[[1,2],[3,4]]}, null, {"band":["g","r"],"flux":[[5,6],[7,8]]}])"},
        {"object",
         arrow::list(
             arrow::struct_({arrow::field("x", arrow::float32()), arrow::field("y", arrow::int16())})),
         R"([[{"x":1,"y":2},{"x":3,"y":4}], [{"x":5,"y":6},{"x":7,"y":8}], [{"x":9,"y":10},{"x":11,"y":12}]])"}};
    const Table t = readBack(columns);
    EXPECT_EQ(t.at("image.flux").typeName(), "float32[4]");
    EXPECT_EQ(t.at("image.flux").asReal(2, 3), 8.0);
    EXPECT_TRUE(t.at("image.flux").isMissing(1));
    EXPECT_EQ(t.at("image.band").asText(0, 1), "r");
    EXPECT_EQ(textsOf(t.at("object.x")), (Texts{"1", "3", "5", "7", "9", "11"}));
    EXPECT_EQ(textsOf(t.at("object.y")), (Texts{"2", "4", "6", "8", "10", "12"}));
    EXPECT_EQ(readBack(columns, {.columns = {"image.flux"}}).columns.size(), 1U);
    EXPECT_EQ(readBack(columns, {.columns = {"image", "id"}}).columns.size(), 3U);
}

TEST_P(ArrowFormats, bytesAreTextOrLeftOut) {
    const Table t = readBack({{"name", arrow::binary(), R"(["abc", null, "d"])"},
                              {"fixed", arrow::fixed_size_binary(2), R"(["ab", null, "cd"])"}});
    EXPECT_EQ(textsOf(t.at("name")), (Texts{"abc", "", "d"}));
    EXPECT_EQ(textsOf(t.at("fixed")), (Texts{"ab", "", "cd"}));
}

TEST_P(ArrowFormats, whatNoColumnHoldsIsToldAndTheRestRead) {
    const std::vector<ArrowColumnSpec> columns = {
        {"tags", arrow::map(arrow::utf8(), arrow::int32()), R"([[["a", 1]], [["b", 2]]])"},
        {"id", arrow::int64(), "[1, 2]"},
        {"z", arrow::float64(), "[0.5, 0.25]"}};
    const Table t = readBack(columns);
    EXPECT_EQ(textsOf(t.at("id")), (Texts{"1", "2"}));
    EXPECT_EQ(textsOf(t.at("z")), (Texts{"0.5", "0.25"}));
    ASSERT_FALSE(t.notes.empty());
    EXPECT_TRUE(contains(t.notes[0], "tags")) << t.notes[0];
}

TEST_P(ArrowFormats, rowLimit) {
    const Table t =
        readBack({{"v", arrow::list(arrow::int32()), "[[1], [2], [3], [4], [5]]"}}, {.maxRows = 3});
    EXPECT_EQ(textsOf(t.at("v")), (Texts{"1", "2", "3"}));
}

INSTANTIATE_TEST_SUITE_P(All, ArrowFormats, testing::Values("parquet", "bare_parquet", "feather", "stream"),
                         [](const auto& format) { return std::string(format.param); });

TEST(Parquet, unitsAndDescriptionsOfFields) {
    const Scratch scratch;
    const auto path = scratch / "u.parquet";
    test::writeParquetFile(
        path,
        *arrowTable({{"ra", arrow::float64(), "[1, 2]", {"unit", "deg", "description", "right ascension"}},
                     {"flux", arrow::list(arrow::float32()), "[[1], [2]]", {"units", "nanomaggy"}}}));
    const Table t = readTable(path, {}, RunContext{});
    EXPECT_EQ(t.at("ra").unit, "deg");
    EXPECT_EQ(t.at("ra").description, "right ascension");
    EXPECT_EQ(t.at("flux").unit, "nanomaggy");
    const TableOutline outline = outlineParquet(path);
    EXPECT_EQ(outline.rows, 2U);
    ASSERT_EQ(outline.columns.size(), 2U);
    EXPECT_EQ(outline.columns[1].type, "float32 list");
    EXPECT_EQ(outline.columns[0].unit, "deg");
}

/// The IVOA's VOParquet convention, and astropy's own header.
TEST(Parquet, unitsFromTheHeadersOfOtherPrograms) {
    const Scratch scratch;
    const std::vector<ArrowColumnSpec> columns = {{"ra", arrow::float64(), "[1, 2]"},
                                                  {"flux", arrow::float32(), "[1, 2]", {"unit", "mJy"}}};
    const std::string votable =
        "<?xml version='1.0'?><VOTABLE xmlns='http://www.ivoa.net/xml/VOTable/v1.3' "
        "version='1.4'><RESOURCE><TABLE>"
        "<DESCRIPTION>all</DESCRIPTION><FIELD name='ra' datatype='double' unit='deg' "
        "ucd='pos.eq.ra;meta.main'>"
        "<DESCRIPTION>right ascension</DESCRIPTION></FIELD><FIELD name='flux' datatype='float' unit='Jy'/>"
        "</TABLE></RESOURCE></VOTABLE>";
    const std::string yaml = "datatype:\n- {name: ra, unit: rad, datatype: float64, description: angle}\n"
                             "- {name: flux, unit: Jy, datatype: float32}\nmeta: !!omap\n- {a: 1}\n";
    test::writeParquetFile(scratch / "v.parquet",
                           *arrowTable(columns, {"IVOA.VOTable-Parquet.content", votable}));
    const Table v = readTable(scratch / "v.parquet", {}, RunContext{});
    EXPECT_EQ(v.at("ra").unit, "deg");
    EXPECT_EQ(v.at("ra").ucd, "pos.eq.ra;meta.main");
    EXPECT_EQ(v.at("ra").description, "right ascension");
    EXPECT_EQ(v.at("flux").unit, "mJy"); // the field's own word counts
    test::writeParquetFile(scratch / "y.parquet", *arrowTable(columns, {"table_meta_yaml", yaml}));
    const Table y = readTable(scratch / "y.parquet", {}, RunContext{});
    EXPECT_EQ(y.at("ra").unit, "rad");
    EXPECT_EQ(y.at("ra").description, "angle");
    const std::string tagged = "datatype:\n- {name: ra, unit: !astropy.units.Unit {unit: deg}, datatype: "
                               "float64, meta: {ucd: pos.eq.ra}}\n"
                               "- name: flux\n  datatype: float32\n  meta: !!omap\n  - {ucd: phot.flux}\n";
    test::writeParquetFile(scratch / "t.parquet", *arrowTable(columns, {"table_meta_yaml", tagged}));
    const Table t = readTable(scratch / "t.parquet", {}, RunContext{});
    EXPECT_EQ(t.at("ra").unit, "deg");
    EXPECT_EQ(t.at("ra").ucd, "pos.eq.ra");
    EXPECT_EQ(t.at("flux").ucd, "phot.flux");
    for (const char* broken : {"IVOA.VOTable-Parquet.content", "table_meta_yaml"}) {
        test::writeParquetFile(scratch / "b.parquet", *arrowTable(columns, {broken, "<a: [\x01"}));
        EXPECT_EQ(readTable(scratch / "b.parquet", {}, RunContext{}).rows(), 2U);
    }
    const std::string deep = "datatype: " + std::string(300000, '[');
    test::writeParquetFile(scratch / "d.parquet", *arrowTable(columns, {"table_meta_yaml", deep}));
    EXPECT_EQ(readTable(scratch / "d.parquet", {}, RunContext{}).rows(), 2U);
}

/// Every type that a column has, with missing rows, through our own writer and back.
TEST(Parquet, whatWeWriteIsReadBackToTheBit) {
    const Scratch scratch;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    Table table;
    const auto add = [&](std::string name, Column::Values values, std::size_t width,
                         std::vector<std::uint8_t> missing = {}) {
        Column column;
        column.name = std::move(name);
        column.values = std::move(values);
        column.width = width;
        column.missing = std::move(missing);
        table.columns.push_back(std::move(column));
    };
    add("d", std::vector<double>{0.1, nan, std::numeric_limits<double>::infinity()}, 1);
    add("f", std::vector<float>{0.1F, 1e-30F, -0.0F}, 1);
    add("i", std::vector<std::int64_t>{9007199254740993, 0, -5}, 1, {0, 1, 0});
    add("u", std::vector<std::uint64_t>{18446744073709551615ULL, 1, 2}, 1);
    add("b", std::vector<std::uint8_t>{1, 0, 0}, 1, {0, 0, 1});
    add("s", std::vector<std::string>{"a", "", "ccc"}, 1, {0, 1, 0});
    add("v", std::vector<float>{1, 2, 3, 4, 5, 6}, 2);
    add("w", std::vector<std::int64_t>{1, 2, 0, 0, 5, 6}, 2, {0, 1, 0});
    table.columns[0].unit = "km/s";
    table.columns[0].description = "a speed";
    const auto path = scratch / "own.parquet";
    writeParquet(table, path);
    const Table back = readTable(path, {}, RunContext{});
    ASSERT_EQ(back.columns.size(), table.columns.size());
    for (std::size_t k = 1; k < table.columns.size(); ++k) {
        EXPECT_EQ(back.columns[k].values, table.columns[k].values) << table.columns[k].name;
        EXPECT_EQ(back.columns[k].missing, table.columns[k].missing) << table.columns[k].name;
        EXPECT_EQ(back.columns[k].width, table.columns[k].width);
    }
    EXPECT_EQ(back.columns[0].asReal(2), std::numeric_limits<double>::infinity());
    EXPECT_TRUE(back.columns[0].isMissing(1));
    EXPECT_TRUE(std::signbit(back.at("f").asReal(2)));
    EXPECT_EQ(back.at("d").unit, "km/s");
    EXPECT_EQ(back.at("d").description, "a speed");
    EXPECT_FALSE(
        contains(messageOf<Error>([&] { writeParquet(table, scratch / "no/such.parquet"); }), "own"));
}

TEST(Parquet, manyRowsInManyGroupsAreAllThere) {
    const Scratch scratch;
    Table table;
    Column id, vector;
    id.name = "id";
    vector.name = "v";
    vector.width = 8;
    std::vector<std::int64_t> ids;
    std::vector<float> values;
    for (std::int64_t row = 0; row < 200000; ++row) {
        ids.push_back(row * row);
        for (int k = 0; k < 8; ++k)
            values.push_back(static_cast<float>(row) + static_cast<float>(k) / 8.0F);
    }
    id.values = ids;
    vector.values = values;
    table.columns = {id, vector};
    writeParquet(table, scratch / "many.parquet");
    const Table back = readTable(scratch / "many.parquet", {}, RunContext{});
    EXPECT_EQ(back.at("id").values, id.values);
    EXPECT_EQ(back.at("v").values, vector.values);
}

/// 300 rows in groups of 70: an id, a text and a vector, some missing.
void writePieces(const std::filesystem::path& path) {
    std::string ids, names, images;
    for (int row = 0; row < 300; ++row) {
        const std::string comma = row == 0 ? "" : ", ", number = std::to_string(row);
        ids += comma + (row % 7 == 0 ? "null" : number);
        names += comma + '"' + std::string(static_cast<std::size_t>(row % 5), 'x') + number + '"';
        images += comma + (row % 11 == 3
                               ? "null"
                               : R"({"flux": [)" + number + ".5, -" + number + R"(], "n": )" + number + "}");
    }
    const auto image = arrow::struct_(
        {arrow::field("flux", arrow::list(arrow::float32())), arrow::field("n", arrow::int64())});
    test::writeParquetFile(path,
                           *arrowTable({{"id", arrow::int64(), "[" + ids + "]"},
                                        {"name", arrow::utf8(), "[" + names + "]"},
                                        {"image", image, "[" + images + "]"}}),
                           {.rowGroup = 70, .compression = arrow::Compression::UNCOMPRESSED});
}

void expectRows(const Table& piece, const Table& whole, std::size_t first, std::size_t count) {
    ASSERT_EQ(piece.columns.size(), whole.columns.size());
    for (std::size_t c = 0; c < whole.columns.size(); ++c) {
        const Column &some = piece.columns[c], &all = whole.columns[c];
        EXPECT_EQ(some.name, all.name);
        ASSERT_EQ(some.rows(), count) << some.name << " from row " << first;
        for (std::size_t row = 0; row < count; ++row) {
            ASSERT_EQ(some.isMissing(row), all.isMissing(first + row)) << some.name << " " << first + row;
            for (std::size_t k = 0; k < all.width; ++k)
                ASSERT_EQ(some.asText(row, k), all.asText(first + row, k)) << some.name << " " << first + row;
        }
    }
}

TEST(Parquet, rowsInPiecesAreThoseOfTheWhole) {
    const Scratch scratch;
    const auto path = scratch / "pieces.parquet";
    writePieces(path);
    const std::vector<std::string> columns = {"name", "image.flux", "id"};
    const Table whole = readTable(path, {.columns = columns}, RunContext{});
    ASSERT_EQ(whole.rows(), 300U);
    ParquetRows rows(path, columns);
    const std::pair<std::size_t, std::size_t> inOrder[] = {{0, 10},   {10, 25}, {35, 35}, {70, 1},
                                                           {71, 150}, {221, 0}, {221, 79}};
    for (const auto& [first, count] : inOrder)
        expectRows(rows.read(first, count), whole, first, count);
    const std::pair<std::size_t, std::size_t> anywhere[] = {{290, 10}, {5, 3}, {8, 200}, {69, 2}, {0, 300}};
    for (const auto& [first, count] : anywhere)
        expectRows(rows.read(first, count), whole, first, count);
    expectRows(rows.read(295, 50), whole, 295, 5);
    EXPECT_EQ(rows.read(300, 5).rows(), 0U);
    EXPECT_EQ(rows.read(1000, 5).rows(), 0U);
    ParquetRows moved = std::move(rows);
    expectRows(moved.read(140, 3), whole, 140, 3);
    EXPECT_TRUE(contains(messageOf<Error>([&] { ParquetRows(path, {"nane"}); }), "name"));
}

TEST(Parquet, rowsBesideDamagedOnesAreRead) {
    const Scratch scratch;
    const auto path = scratch / "damaged.parquet";
    writePieces(path);
    const Table whole = readTable(path, {.columns = {"id"}}, RunContext{});
    {
        const auto metadata = parquet::ParquetFileReader::OpenFile(path.string())->metadata();
        const auto chunk = metadata->RowGroup(1)->ColumnChunk(0);
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(chunk->has_dictionary_page() ? chunk->dictionary_page_offset()
                                                : chunk->data_page_offset());
        file << std::string(64, '\xff');
    }
    ParquetRows rows(path, {"id"});
    expectRows(rows.read(0, 60), whole, 0, 60);
    EXPECT_TRUE(contains(messageOf<Error>([&] { rows.read(60, 20); }), "damaged.parquet"));
    EXPECT_TRUE(contains(messageOf<Error>([&] { rows.read(80, 20); }), "damaged.parquet"));
    expectRows(rows.read(60, 10), whole, 60, 10);
    expectRows(rows.read(140, 100), whole, 140, 100);
}

} // namespace
} // namespace penumbra::io
