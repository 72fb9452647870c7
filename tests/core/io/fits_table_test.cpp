#include "core/base/error.h"
#include "core/io/table_reader.h"
#include "tests/core/io/fits_writer.h"
#include "tests/core/io/scratch.h"
#include "tests/core/io/table_reading.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>

namespace penumbra::io {
namespace {

using test::contains;
using test::FitsWriter;
using test::messageOf;
using test::notesOf;
using test::readTableAt;
using test::Scratch;

TEST(FitsTable, typesVectorsUnitsAndNulls) {
    const Scratch scratch;
    const auto path = scratch / "types.fits";
    {
        FitsWriter fits(path);
        fits.table(BINARY_TBL, "GALAXIES",
                   {{"ID", "K", ""},
                    {"Z", "D", ""},
                    {"FLUX", "3E", "nanomaggy"},
                    {"COUNT", "J", ""},
                    {"TYPE", "4A", ""},
                    {"OK", "L", ""},
                    {"NAMES", "8A4", ""},
                    {"VEC", "2I", ""}});
        fits.column<LONGLONG>(TLONGLONG, 1, {9007199254740993, -5});
        fits.column<double>(TDOUBLE, 2, {0.1, std::numeric_limits<double>::quiet_NaN()});
        fits.column<float>(TFLOAT, 3, {1, 2, 3, 4, 5, 6});
        fits.key(TINT, "TNULL4", -99);
        fits.key(TINT, "TNULL8", -1);
        fits.rescan();
        fits.column<int>(TINT, 4, {7, -99});
        fits.texts(5, {"REX", "PSF "});
        fits.column<char>(TLOGICAL, 6, {1, 0});
        fits.texts(7, {"ab", "cdef", "", "gh"});
        fits.column<short>(TSHORT, 8, {1, 2, -1, 4});
    }
    const Table table = readTableAt(path);
    EXPECT_EQ(table.rows(), 2U);
    EXPECT_TRUE(contains(table.source, "types.fits[GALAXIES]")) << table.source;
    EXPECT_EQ(table.at("ID").asText(0), "9007199254740993");
    EXPECT_EQ(table.at("ID").typeName(), "int64");
    EXPECT_EQ(table.at("Z").typeName(), "float64");
    EXPECT_TRUE(table.at("Z").isMissing(1));
    EXPECT_EQ(table.at("FLUX").typeName(), "float32[3]");
    EXPECT_EQ(table.at("FLUX").unit, "nanomaggy");
    EXPECT_EQ(selectColumn(table, "FLUX[2]").asReals(), (std::vector<double>{3, 6}));
    EXPECT_EQ(table.at("COUNT").asText(0), "7");
    EXPECT_TRUE(table.at("COUNT").isMissing(1));
    EXPECT_EQ(table.at("TYPE").asText(1), "PSF");
    EXPECT_EQ(table.at("OK").typeName(), "bool");
    EXPECT_EQ(table.at("OK").asReals(), (std::vector<double>{1, 0}));
    EXPECT_EQ(table.at("NAMES").typeName(), "text[2]");
    EXPECT_EQ(table.at("NAMES").asText(0, 1), "cdef");
    EXPECT_EQ(table.at("NAMES").asText(1, 1), "gh");
    const auto vec = table.at("VEC").asReals();
    EXPECT_TRUE(std::isnan(vec[2])) << "one element of a vector is missing, the others are not";
    EXPECT_EQ(vec[3], 4.0);
}

TEST(FitsTable, scaledAndUnsignedColumns) {
    const Scratch scratch;
    const auto path = scratch / "scaled.fits";
    {
        FitsWriter fits(path);
        fits.table(BINARY_TBL, "T",
                   {{"scaled", "I", ""}, {"u16", "U", ""}, {"u64", "W", ""}, {"bits", "11X", ""}});
        fits.key(TDOUBLE, "TSCAL1", 0.5);
        fits.key(TDOUBLE, "TZERO1", 100.0);
        fits.key(TINT, "TNULL1", -32768);
        fits.rescan();
        fits.column<double>(TDOUBLE, 1, {101.5, 99.0});
        fits.undefined(1, 2);
        fits.column<unsigned short>(TUSHORT, 2, {65535, 0});
        fits.column<ULONGLONG>(TULONGLONG, 3, {18446744073709551615U, 5});
        char first[11] = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
        char second[11] = {0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0};
        fits_write_col_bit(fits.raw(), 4, 1, 1, 11, first, &fits.status_);
        fits_write_col_bit(fits.raw(), 4, 2, 1, 11, second, &fits.status_);
        fits.check();
    }
    const Table table = readTableAt(path);
    EXPECT_EQ(table.at("scaled").asReal(0), 101.5);
    EXPECT_TRUE(table.at("scaled").isMissing(1));
    EXPECT_EQ(table.at("u16").asText(0), "65535");
    EXPECT_EQ(table.at("u64").asText(0), "18446744073709551615") << "beyond int64: exact";
    EXPECT_EQ(table.at("u64").typeName(), "uint64");
    EXPECT_EQ(table.at("u64").asText(1), "5");
    ASSERT_EQ(table.at("bits").typeName(), "bool[11]");
    EXPECT_EQ(table.at("bits").asReal(0, 10), 1.0);
    EXPECT_EQ(table.at("bits").asReal(1, 9), 1.0);
    EXPECT_EQ(table.at("bits").asReal(1, 0), 0.0);
}

TEST(FitsTable, unsigned64ThatFitsIsInteger) {
    const Scratch scratch;
    {
        FitsWriter fits(scratch / "u.fits");
        fits.table(BINARY_TBL, "T", {{"u64", "W", ""}});
        fits.column<ULONGLONG>(TULONGLONG, 1, {9007199254740993U, 5});
    }
    const Table table = readTableAt(scratch / "u.fits");
    EXPECT_EQ(table.at("u64").typeName(), "int64");
    EXPECT_EQ(table.at("u64").asText(0), "9007199254740993");
}

TEST(FitsTable, asciiTables) {
    const Scratch scratch;
    {
        FitsWriter fits(scratch / "ascii.fits");
        fits.table(ASCII_TBL, "OLD", {{"NAME", "A6", ""}, {"ID", "I12", ""}, {"MAG", "F10.4", "mag"}});
        fits.texts(1, {"M31", "NGC1"});
        fits.column<LONGLONG>(TLONGLONG, 2, {12345678901, 2});
        fits.column<double>(TDOUBLE, 3, {3.44, -1.5});
    }
    const Table table = readTableAt(scratch / "ascii.fits");
    EXPECT_EQ(table.at("NAME").asText(1), "NGC1");
    EXPECT_EQ(table.at("ID").asText(0), "12345678901");
    EXPECT_NEAR(table.at("MAG").asReal(0), 3.44, 1e-6);
    EXPECT_EQ(table.at("MAG").unit, "mag");
}

TEST(FitsTable, partsRowsAndColumns) {
    const Scratch scratch;
    const auto path = scratch / "parts.fits";
    {
        FitsWriter fits(path);
        fits.table(BINARY_TBL, "SMALL", {{"a", "D", ""}});
        fits.column<double>(TDOUBLE, 1, {1, 2});
        fits.table(BINARY_TBL, "LARGE", {{"b", "D", ""}, {"c", "D", ""}});
        fits.column<double>(TDOUBLE, 1, {1, 2, 3});
        fits.column<double>(TDOUBLE, 2, {4, 5, 6});
    }
    EXPECT_EQ(readTableAt(path).rows(), 3U);
    EXPECT_TRUE(contains(notesOf(readTableAt(path)), "SMALL")) << "the choice is said";
    EXPECT_EQ(readTableAt(path, {.part = "small"}).columns.at(0).name, "a");
    EXPECT_EQ(readTableAt(path, {.part = "1"}).columns.at(0).name, "a");
    const Table some = readTableAt(path, {.maxRows = 2, .columns = {"C"}});
    ASSERT_EQ(some.columns.size(), 1U);
    EXPECT_EQ(some.at("c").asReals(), (std::vector<double>{4, 5}));
    EXPECT_TRUE(contains(messageOf<Error>([&] { readTableAt(path, {.part = "nope"}); }), "LARGE"));
    EXPECT_TRUE(contains(messageOf<Error>([&] { readTableAt(path, {.columns = {"cc"}}); }), "'cc'"));
}

TEST(FitsTable, columnsThatCannotBeColumnsAreNoted) {
    const Scratch scratch;
    {
        FitsWriter fits(scratch / "odd.fits");
        fits.table(BINARY_TBL, "T",
                   {{"x", "D", ""}, {"complex", "C", ""}, {"variable", "PD(3)", ""}, {"none", "0D", ""}});
        fits.column<double>(TDOUBLE, 1, {1, 2});
    }
    const Table table = readTableAt(scratch / "odd.fits");
    ASSERT_EQ(table.columns.size(), 1U);
    EXPECT_EQ(table.notes.size(), 3U) << notesOf(table);
    EXPECT_TRUE(contains(notesOf(table), "variable"));
}

TEST(FitsTable, truncatedFilesAreErrorsNotZeros) {
    const Scratch scratch;
    const auto path = scratch / "cut.fits";
    {
        FitsWriter fits(path);
        fits.table(BINARY_TBL, "T", {{"x", "D", ""}});
        fits.column<double>(TDOUBLE, 1, std::vector<double>(5000, 1.5));
    }
    const auto whole = std::filesystem::file_size(path);
    std::filesystem::resize_file(path, whole - 4 * 2880);
    const std::string message = messageOf<Error>([&] { readTableAt(path); });
    EXPECT_TRUE(contains(message, "truncated")) << message;
    EXPECT_TRUE(contains(message, "5000 rows")) << message;
    std::filesystem::resize_file(path, 3000);
    EXPECT_TRUE(contains(messageOf<Error>([&] { readTableAt(path); }), "cut.fits"));
    std::filesystem::resize_file(path, 80);
    EXPECT_THROW(readTableAt(path), Error);
}

TEST(FitsTable, aMissingLastPaddingIsSaid) {
    const Scratch scratch;
    const auto path = scratch / "unpadded.fits";
    {
        FitsWriter fits(path);
        fits.table(BINARY_TBL, "T", {{"x", "D", ""}});
        fits.column<double>(TDOUBLE, 1, {1.5, 2.5, 3.5});
    }
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 2880 + 24);
    EXPECT_TRUE(contains(messageOf<Error>([&] { readTableAt(path); }), "truncated"));
}

TEST(FitsTable, filesWithoutTables) {
    const Scratch scratch;
    {
        FitsWriter fits(scratch / "image.fits");
        long size[2] = {4, 4};
        fits_create_img(fits.raw(), FLOAT_IMG, 2, size, &fits.status_);
        fits.check();
    }
    EXPECT_TRUE(contains(messageOf<Error>([&] { readTableAt(scratch / "image.fits"); }), "no table"));
    {
        FitsWriter fits(scratch / "rowless.fits");
        fits.table(BINARY_TBL, "T", {{"x", "D", ""}});
    }
    EXPECT_TRUE(contains(messageOf<Error>([&] { readTableAt(scratch / "rowless.fits"); }), "no rows"));
}

TEST(FitsTable, hostileSizesAreErrors) {
    const Scratch scratch;
    const auto path = scratch / "hostile.fits";
    {
        FitsWriter fits(path);
        fits.table(BINARY_TBL, "T", {{"x", "D", ""}});
        fits.column<double>(TDOUBLE, 1, {1, 2});
    }
    std::string bytes = test::bytesOf(path);
    const auto at = bytes.find("NAXIS2  =");
    ASSERT_NE(at, std::string::npos);
    bytes.replace(at + 10, 20, "     900000000000000");
    EXPECT_THROW(readTableAt(scratch.write("rows.fits", bytes)), Error);
    bytes = test::bytesOf(path);
    const auto form = bytes.find("'D       '");
    ASSERT_NE(form, std::string::npos);
    bytes.replace(form, 14, "'999999999999D'");
    EXPECT_THROW(readTableAt(scratch.write("wide.fits", bytes)), Error);
}

TEST(FitsTable, bracketsInFileNamesAreNoFilter) {
    const Scratch scratch;
    {
        FitsWriter fits(scratch / "a[1].fits");
        fits.table(BINARY_TBL, "T", {{"x", "D", ""}});
        fits.column<double>(TDOUBLE, 1, {1, 2});
    }
    EXPECT_EQ(readTableAt(scratch / "a[1].fits").rows(), 2U);
}

TEST(FitsTable, manyBlocksKeepTheirOrder) {
    const Scratch scratch;
    constexpr std::size_t n = 400'000; // 12 bytes a row: more than one block of 4 MiB
    std::vector<double> x(n);
    std::vector<int> i(n);
    for (std::size_t k = 0; k < n; ++k) {
        x[k] = 0.5 * static_cast<double>(k);
        i[k] = static_cast<int>(k);
    }
    {
        FitsWriter fits(scratch / "many.fits");
        fits.table(BINARY_TBL, "T", {{"x", "D", ""}, {"i", "J", ""}});
        fits.column(TDOUBLE, 1, x);
        fits.column(TINT, 2, i);
    }
    const Table table = readTableAt(scratch / "many.fits");
    EXPECT_EQ(table.at("x").asReals(), x);
    EXPECT_EQ(table.at("i").asReals(), std::vector<double>(i.begin(), i.end()));
}

} // namespace
} // namespace penumbra::io
