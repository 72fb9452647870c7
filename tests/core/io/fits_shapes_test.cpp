// FITS tables as surveys and old programs write them; the bytes follow the FITS standard 4.0.

#include "core/base/error.h"
#include "core/io/table_reader.h"
#include "tests/core/io/fits_writer.h"
#include "tests/core/io/raw_fits.h"
#include "tests/core/io/scratch.h"
#include "tests/core/io/table_reading.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <zlib.h>

namespace penumbra::io {
namespace {

using test::contains;
using test::messageOf;
using test::notesOf;
using test::RawFits;
using test::readTableAt;
using test::Scratch;

template <typename... T>
std::string row(T... values) {
    return (RawFits::bigEndian(values) + ...);
}

TEST(FitsShapes, integersWithCodesAndOffsets) {
    const Scratch scratch;
    RawFits fits;
    const std::string rows = row(std::int64_t{9007199254740993}, std::int64_t{-9223372036854775807},
                                 std::int16_t{-99}, std::int32_t{1}, std::int32_t{-99}, std::uint8_t{255},
                                 std::int64_t{std::numeric_limits<std::int64_t>::min()}) +
                             row(std::int64_t{-99}, std::int64_t{-1}, std::int16_t{7}, std::int32_t{-99},
                                 std::int32_t{-99}, std::uint8_t{128}, std::int64_t{5});
    fits.table("T",
               {{"id", "K", {"TNULL#  = -99"}},
                {"wide", "K", {"TZERO#  = 9223372036854775808"}},
                {"short", "I", {"TNULL#  = -99", "TZERO#  = 32768"}},
                {"pair", "2J", {"TNULL#  = -99"}},
                {"signed", "B", {"TZERO#  = -128"}},
                {"scaled", "K", {"TSCAL#  = 0.5", "TNULL#  = 5"}}},
               8 + 8 + 2 + 8 + 1 + 8, rows);
    const Table table = readTableAt(scratch.write("i.fits", fits.bytes));
    EXPECT_EQ(table.at("id").asText(0), "9007199254740993");
    EXPECT_TRUE(table.at("id").isMissing(1));
    EXPECT_EQ(table.at("wide").asText(0), "1");
    EXPECT_EQ(table.at("wide").asText(1), "9223372036854775807");
    EXPECT_EQ(table.at("wide").typeName(), "int64") << "both fit";
    EXPECT_TRUE(table.at("short").isMissing(0)) << "TNULL counts stored values, before TZERO";
    EXPECT_EQ(table.at("short").asText(1), "32775");
    EXPECT_EQ(table.at("pair").asReal(0, 0), 1.0);
    EXPECT_TRUE(std::isnan(table.at("pair").asReal(0, 1)));
    EXPECT_TRUE(table.at("pair").isMissing(1)) << "all of its elements are missing";
    EXPECT_EQ(table.at("signed").asText(0), "127");
    EXPECT_EQ(table.at("signed").asText(1), "0");
    EXPECT_EQ(table.at("scaled").asReal(0), -0x1p62);
    EXPECT_TRUE(table.at("scaled").isMissing(1));
}

TEST(FitsShapes, realsLogicalsAndTexts) {
    const Scratch scratch;
    RawFits fits;
    const double negativeZero = -0.0;
    const std::string rows = row(1e-310, 1.5F) + "T" + std::string("ab  \0xyz", 8) +
                             row(negativeZero, -99.0F) + std::string(1, '\0') + std::string("cd\0.....", 8);
    ASSERT_EQ(rows.size(), 42U);
    fits.table("T",
               {{"tiny", "D"},
                {"flux", "E", {"TNULL#  = -99"}},
                {"ok", "L"},
                {"names", "8A", {"TDIM#   = '(4,2)'"}}},
               21, rows);
    const Table table = readTableAt(scratch.write("r.fits", fits.bytes));
    EXPECT_EQ(table.at("tiny").asReal(0), 1e-310);
    EXPECT_TRUE(std::signbit(table.at("tiny").asReal(1)));
    EXPECT_EQ(table.at("flux").asReal(1), -99.0) << "the standard forbids TNULL here";
    EXPECT_TRUE(contains(notesOf(table), "flux: TNULL = -99 was not applied")) << notesOf(table);
    EXPECT_EQ(table.at("ok").asText(0), "true");
    EXPECT_TRUE(table.at("ok").isMissing(1));
    EXPECT_EQ(table.at("names").typeName(), "text[2]");
    EXPECT_EQ(table.at("names").asText(0, 0), "ab");
    EXPECT_EQ(table.at("names").asText(0, 1), "") << "a zero ends a text";
    EXPECT_EQ(table.at("names").asText(1, 0), "cd");
}

TEST(FitsShapes, oneNameForTwoColumns) {
    const Scratch scratch;
    RawFits fits;
    fits.table("T", {{"R", "D"}, {"r", "D"}, {"R", "D"}}, 24, row(1.0, 2.0, 3.0));
    const auto path = scratch.write("twice.fits", fits.bytes);
    const Table table = readTableAt(path);
    EXPECT_EQ(table.columns[1].name, "r");
    EXPECT_EQ(table.at("R_2").asReal(0), 3.0);
    EXPECT_TRUE(contains(notesOf(table), "names 'R' twice; column 3 is called R_2")) << notesOf(table);
    EXPECT_EQ(readTableAt(path, {.columns = {"R_2"}}).columns.size(), 1U);
}

TEST(FitsShapes, asciiTables) {
    const Scratch scratch;
    RawFits fits;
    const std::string rows = std::string("                   1") + "      NaN" + "    -1" + "GALAXY" +
                             "  1.5D2" + "  12345" + "\n" + "18446744073709551615" + "  -1.5000" + "     7" +
                             "  QSO " + "     +3" + "       " + "\n";
    fits.table("T",
               {{"ID", "I20", {"TBCOL#  = 1"}},
                {"MAG", "F9.4", {"TBCOL#  = 21", "TNULL#  = 'NaN'"}},
                {"NOBS", "I6", {"TBCOL#  = 30", "TNULL#  = '    -1'"}},
                {"NAME", "A6", {"TBCOL#  = 36"}},
                {"FLUX", "D7.1", {"TBCOL#  = 42"}},
                {"IMPL", "F7.2", {"TBCOL#  = 49"}}},
               56, rows, true);
    ASSERT_EQ(rows.size(), 112U);
    const Table table = readTableAt(scratch.write("a.fits", fits.bytes));
    EXPECT_EQ(table.at("ID").typeName(), "uint64");
    EXPECT_EQ(table.at("ID").asText(1), "18446744073709551615");
    EXPECT_TRUE(table.at("MAG").isMissing(0));
    EXPECT_EQ(table.at("MAG").asReal(1), -1.5);
    EXPECT_TRUE(table.at("NOBS").isMissing(0));
    EXPECT_EQ(table.at("NOBS").asText(1), "7");
    EXPECT_EQ(table.at("NAME").asText(0), "GALAXY");
    EXPECT_EQ(table.at("NAME").asText(1), "  QSO");
    EXPECT_EQ(table.at("FLUX").asReal(0), 150.0);
    EXPECT_EQ(table.at("FLUX").asReal(1), 0.3);
    EXPECT_EQ(table.at("IMPL").asReal(0), 123.45) << "where no point is written, F7.2 implies one";
    EXPECT_TRUE(table.at("IMPL").isMissing(1)) << "blank";
    RawFits bad;
    bad.table("T", {{"X", "F5.1", {"TBCOL#  = 1"}}}, 5, "  1.0 oops", true);
    const std::string message = messageOf<Error>([&] { readTableAt(scratch.write("bad.fits", bad.bytes)); });
    EXPECT_TRUE(contains(message, "row 1, column X: 'oops' is not a number")) << message;
}

TEST(FitsShapes, otherTablesAreNamedAndChosenByColumns) {
    const Scratch scratch;
    RawFits fits;
    fits.table("REDSHIFTS", {{"ID", "D"}, {"Z", "D"}}, 16, row(1.0, 0.1, 2.0, 0.2));
    fits.table("FIBERS", {{"ID", "D"}}, 8, row(1.0, 2.0, 3.0));
    const auto path = scratch.write("redrock.fits", fits.bytes);
    const Table table = readTableAt(path);
    EXPECT_EQ(table.rows(), 3U);
    ASSERT_EQ(table.otherParts.size(), 1U);
    EXPECT_EQ(table.otherParts[0].name, "REDSHIFTS");
    EXPECT_TRUE(contains(messageOf<Error>([&] { (void)table.at("Z"); }), "in part 'REDSHIFTS'"));
    EXPECT_EQ(readTableAt(path, {.columns = {"Z", "ID"}}).rows(), 2U);
    EXPECT_TRUE(contains(messageOf<Error>([&] { readTableAt(path, {.part = "FIBERS", .columns = {"Z"}}); }),
                         "in part 'REDSHIFTS'"));
}

TEST(FitsShapes, fpackedTables) {
    const Scratch scratch;
    std::vector<double> z;
    for (int i = 0; i < 1000; ++i) {
        z.push_back(0.001 * i);
    }
    {
        test::FitsWriter fits(scratch / "plain.fits");
        fits.table(BINARY_TBL, "CAT", {{"ID", "K", ""}, {"Z", "D", ""}});
        fits.column<LONGLONG>(TLONGLONG, 1, std::vector<LONGLONG>(1000, 9007199254740993));
        fits.column<double>(TDOUBLE, 2, z);
    }
    {
        fitsfile* plain = nullptr;
        fitsfile* packed = nullptr;
        int status = 0;
        fits_open_diskfile(&plain, (scratch / "plain.fits").c_str(), READONLY, &status);
        fits_create_diskfile(&packed, (scratch / "packed.fits.fz").c_str(), &status);
        fits_copy_hdu(plain, packed, 0, &status);
        fits_movabs_hdu(plain, 2, nullptr, &status);
        fits_compress_table(plain, packed, &status);
        fits_close_file(plain, &status);
        fits_close_file(packed, &status);
        ASSERT_EQ(status, 0);
    }
    const Table table = readTableAt(scratch / "packed.fits.fz");
    EXPECT_EQ(table.rows(), 1000U);
    EXPECT_EQ(table.at("ID").asText(999), "9007199254740993");
    EXPECT_EQ(table.at("Z").asReals(), z);
    EXPECT_TRUE(contains(table.source, "packed.fits.fz[CAT]")) << table.source;
}

std::string gzipped(const std::string& bytes) {
    z_stream stream = {};
    deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
    std::string packed(deflateBound(&stream, bytes.size()), '\0');
    stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<unsigned>(bytes.size());
    stream.next_out = reinterpret_cast<unsigned char*>(packed.data());
    stream.avail_out = static_cast<unsigned>(packed.size());
    deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

TEST(FitsShapes, gzippedFilesHaveABound) {
    const Scratch scratch;
    RawFits fits;
    fits.table("T", {{"x", "D"}}, 8, row(1.0, 2.0, 3.0));
    const std::string packed = gzipped(fits.bytes);
    EXPECT_EQ(readTableAt(scratch.write("a.fits.gz", packed)).at("x").asReal(2), 3.0);
    const std::string middle = fits.bytes.substr(0, 4000), rest = fits.bytes.substr(4000);
    EXPECT_EQ(readTableAt(scratch.write("members.fits.gz", gzipped(middle) + gzipped(rest))).rows(), 3U);
    for (const std::size_t size : {packed.size() / 2, packed.size() - 4}) {
        const std::string message =
            messageOf<Error>([&] { readTableAt(scratch.write("cut.fits.gz", packed.substr(0, size))); });
        EXPECT_TRUE(contains(message, "damaged or truncated")) << message;
    }
    const std::string bomb = gzipped(fits.bytes + std::string(std::size_t{300} << 20, '\0'));
    const std::string message = messageOf<Error>([&] { readTableAt(scratch.write("bomb.fits.gz", bomb)); });
    EXPECT_TRUE(contains(message, "unpacks to more than 256 MiB")) << message;
}

TEST(FitsShapes, headersThatCfitsioDoesNotSurvive) {
    const Scratch scratch;
    RawFits fits;
    fits.table("T", {{"x", "D"}}, 8, row(1.0, 2.0));
    for (const char* key : {"TTYPE1", "TFORM1", "EXTNAME"}) {
        std::string bytes = fits.bytes;
        const auto at = bytes.find(key);
        ASSERT_NE(at, std::string::npos);
        std::string card = RawFits::padded(key) + "=";
        card.resize(80, 'x'); // 71 characters without a quote
        bytes.replace(at, 80, card);
        const std::string message = messageOf<Error>([&] { readTableAt(scratch.write("long.fits", bytes)); });
        EXPECT_TRUE(contains(message, key)) << message;
        bytes.replace(at, 80, RawFits::padded(key) + "= \xff\x01" + std::string(68, ' '));
        EXPECT_TRUE(contains(messageOf<Error>([&] { readTableAt(scratch.write("odd.fits", bytes)); }), key));
    }
}

TEST(FitsShapes, damagedHeadersNeverEndTheProgram) {
    const Scratch scratch;
    RawFits fits;
    fits.table("T", {{"ID", "K", {"TNULL#  = -99"}}, {"Z", "D"}, {"NAME", "8A"}}, 24,
               row(std::int64_t{1}, 0.5) + "GALAXY  " + row(std::int64_t{2}, 0.25) + "QSO     ");
    for (std::size_t at = 2880; at < 2880 + std::size_t{18} * 80; ++at) {
        for (const char value : {'9', '\'', '\xff', '='}) {
            std::string bad = fits.bytes;
            bad[at] = value;
            try {
                EXPECT_GT(readTableAt(scratch.write("bad.fits", bad)).rows(), 0U);
            } catch (const Error& error) {
                EXPECT_TRUE(contains(error.what(), "bad.fits")) << error.what();
            }
        }
    }
}

} // namespace
} // namespace penumbra::io
