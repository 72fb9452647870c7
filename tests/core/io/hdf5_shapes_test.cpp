// Tables as other programs lay them out in HDF5. The files are written through the C library in the layouts
// that PyTables, pandas, vaex, netCDF-4 and astropy document.

#include "core/base/error.h"
#include "core/io/hdf5_file.h"
#include "core/io/table_reader.h"
#include "tests/core/io/foreign_hdf5.h"
#include "tests/core/io/scratch.h"
#include "tests/core/io/table_reading.h"

#include <gtest/gtest.h>

namespace penumbra::io {
namespace {

using test::contains;
using test::ForeignHdf5;
using test::messageOf;
using test::notesOf;
using test::readTableAt;
using test::Scratch;

void attributeBit(ForeignHdf5& file, const std::string& object, const std::string& name, bool value) {
    const std::uint8_t byte = value ? 1 : 0;
    file.attribute(object, name, H5T_NATIVE_B8, &byte);
}

TEST(Hdf5Shapes, pandasFixed) {
    const Scratch scratch;
    {
        ForeignHdf5 file(scratch / "fixed.h5");
        file.group("df");
        file.attribute("df", "pandas_type", "frame");
        const std::int64_t blocks = 4;
        file.attribute("df", "nblocks", H5T_NATIVE_INT64, &blocks);
        file.texts("df/axis0", {"id", "ra", "z", "good", "cls", "when"}, 4);
        file.integers("df/axis1", {10, 11, 12});
        file.texts("df/block0_items", {"ra", "z"}, 4);
        const std::vector<double> reals = {100, 0.1, 200, 0.2, 300, 0.3};
        file.dataset("df/block0_values", H5T_NATIVE_DOUBLE, {3, 2}, reals.data());
        attributeBit(file, "df/block0_values", "transposed", true);
        file.texts("df/block1_items", {"id", "when"}, 4);
        const std::vector<std::int64_t> integers = {
            9007199254740993, 2, 3, 1, 2, std::numeric_limits<std::int64_t>::min()};
        file.dataset("df/block1_values", H5T_NATIVE_INT64, {2, 3}, integers.data()); // not transposed
        file.texts("df/block2_items", {"good"}, 4);
        const std::vector<std::uint8_t> bits = {1, 0, 1};
        file.dataset("df/block2_values", H5T_NATIVE_B8, {3, 1}, bits.data());
        attributeBit(file, "df/block2_values", "transposed", true);
        file.texts("df/block3_items", {"cls"}, 4);
        const hid_t pickled = H5Tvlen_create(H5T_NATIVE_UINT8);
        std::vector<std::uint8_t> bytes(20, 0);
        const hvl_t object{bytes.size(), bytes.data()};
        file.dataset("df/block3_values", pickled, {1}, &object);
        H5Tclose(pickled);
    }
    const Table table = readTableAt(scratch / "fixed.h5");
    EXPECT_EQ(table.rows(), 3U);
    EXPECT_EQ(table.at("index").asText(2), "12");
    EXPECT_EQ(table.at("id").asText(0), "9007199254740993");
    EXPECT_EQ(table.at("id").typeName(), "int64");
    EXPECT_EQ(table.at("z").asReal(1), 0.2);
    EXPECT_EQ(table.at("ra").asReal(2), 300.0);
    EXPECT_EQ(table.at("good").typeName(), "bool");
    EXPECT_EQ(table.at("good").asText(1), "false");
    EXPECT_EQ(table.find("cls"), nullptr);
    EXPECT_TRUE(contains(notesOf(table), "cls: Python objects")) << notesOf(table);
    const Table part = readTableAt(scratch / "fixed.h5", {.part = "df", .maxRows = 2, .columns = {"id"}});
    ASSERT_EQ(part.columns.size(), 1U);
    EXPECT_EQ(part.rows(), 2U);
    const Table head = readTableAt(scratch / "fixed.h5", {.maxRows = 2});
    EXPECT_EQ(head.rows(), 2U);
    EXPECT_EQ(head.at("id").asText(1), "2");
    EXPECT_EQ(head.at("when").asText(1), "2") << "the second column of a block that lies column by column";
    EXPECT_EQ(head.at("z").asReal(1), 0.2);
}

TEST(Hdf5Shapes, pandasTableAndItsIndex) {
    const Scratch scratch;
    {
        ForeignHdf5 file(scratch / "table.h5");
        file.group("df");
        file.attribute("df", "pandas_type", "frame_table");
        struct Row {
            std::int64_t index;
            double block[2];
            std::uint8_t good;
            char cls[4];
        };
        const std::vector<Row> rows = {{0, {0.1, 18}, 1, {'S', 'T', 'A', 'R'}},
                                       {1, {0.2, 19}, 0, {'n', 'a', 'n'}}};
        const hsize_t two = 2;
        const hid_t pair = H5Tarray_create2(H5T_NATIVE_DOUBLE, 1, &two);
        const hid_t text = ForeignHdf5::textType(4);
        const hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(Row));
        H5Tinsert(type, "index", HOFFSET(Row, index), H5T_NATIVE_INT64);
        H5Tinsert(type, "values_block_0", HOFFSET(Row, block), pair);
        H5Tinsert(type, "good", HOFFSET(Row, good), H5T_NATIVE_B8);
        H5Tinsert(type, "cls", HOFFSET(Row, cls), text);
        file.dataset("df/table", type, {2}, rows.data());
        for (const hid_t one : {pair, text, type}) {
            H5Tclose(one);
        }
        file.attribute("df/table", "values_block_0_kind", "(lp0\nVz\\u00e9\np1\naVrmag\np2\na.");
        file.group("df/_i_table");
        file.attribute("df/_i_table", "CLASS", "TINDEX");
        file.group("df/_i_table/z");
        file.attribute("df/_i_table/z", "CLASS", "INDEX");
        file.integers("df/_i_table/z/indicesLR", std::vector<std::int64_t>(5000, 1));
    }
    const Table table = readTableAt(scratch / "table.h5");
    EXPECT_TRUE(contains(table.source, "/df/table")) << table.source;
    EXPECT_EQ(table.rows(), 2U);
    EXPECT_EQ(table.at("zé").asReal(1), 0.2);
    EXPECT_EQ(table.at("rmag").asReal(0), 18.0);
    EXPECT_EQ(table.at("good").typeName(), "bool");
    EXPECT_EQ(table.at("cls").asText(0), "STAR");
    EXPECT_TRUE(table.at("cls").isMissing(1)) << "pandas writes nan where there is no text";
    EXPECT_TRUE(table.otherParts.empty()) << "the index of PyTables is no table";
}

TEST(Hdf5Shapes, vaex) {
    const Scratch scratch;
    {
        ForeignHdf5 file(scratch / "vaex.hdf5");
        for (const char* group : {"table", "table/columns", "table/columns/z", "table/columns/id",
                                  "table/columns/name", "table/columns/flux"}) {
            file.group(group);
        }
        file.reals("table/columns/z/data", {0.1, 0.2, 0.3});
        const std::vector<std::uint8_t> mask = {0, 1, 0};
        file.dataset("table/columns/z/mask", H5T_NATIVE_UINT8, {3}, mask.data());
        file.attribute("table/columns/z", "unit", "1");
        file.integers("table/columns/id/data", {9007199254740993, 2, 3});
        const std::string letters = "abcde";
        file.dataset("table/columns/name/data", H5T_NATIVE_UINT8, {5}, letters.data());
        file.integers("table/columns/name/indices", {0, 2, 2, 5});
        const std::vector<std::uint8_t> bitmap = {0b101};
        file.dataset("table/columns/name/null_bitmap", H5T_NATIVE_UINT8, {1}, bitmap.data());
        const std::vector<double> flux = {1, 2, 3, 4, 5, 6};
        file.dataset("table/columns/flux/data", H5T_NATIVE_DOUBLE, {3, 2}, flux.data());
    }
    for (const char* part : {"", "/table", "/table/columns"}) {
        const Table table = readTableAt(scratch / "vaex.hdf5", {.part = part});
        EXPECT_EQ(table.columns.size(), 4U) << part;
        EXPECT_EQ(table.at("id").asText(0), "9007199254740993");
        EXPECT_TRUE(table.at("z").isMissing(1));
        EXPECT_EQ(table.at("z").asReal(2), 0.3);
        EXPECT_EQ(table.at("z").unit, "1");
        EXPECT_EQ(table.at("name").asText(0), "ab");
        EXPECT_TRUE(table.at("name").isMissing(1));
        EXPECT_EQ(table.at("name").asText(2), "cde");
        EXPECT_EQ(table.at("flux").asReal(1, 1), 4.0);
    }
    EXPECT_EQ(readTableAt(scratch / "vaex.hdf5", {.maxRows = 2, .columns = {"name"}}).at("name").asText(0),
              "ab");
}

/// Texts may begin anywhere in the data, as in a table cut out of another; they may not end outside.
TEST(Hdf5Shapes, textsOfVaexLieWhereTheIndicesSay) {
    const Scratch scratch;
    const auto names = [&](const std::vector<std::int64_t>& indices, std::size_t maxRows) {
        {
            ForeignHdf5 file(scratch / "names.hdf5");
            for (const char* group : {"table", "table/columns", "table/columns/name"}) {
                file.group(group);
            }
            const std::string letters = "abcde";
            file.dataset("table/columns/name/data", H5T_NATIVE_UINT8, {5}, letters.data());
            file.integers("table/columns/name/indices", indices);
        }
        const Table table = readTableAt(scratch / "names.hdf5", {.maxRows = maxRows});
        return std::get<std::vector<std::string>>(table.at("name").values);
    };
    using Texts = std::vector<std::string>;
    EXPECT_EQ(names({2, 4, 4, 5}, 0), (Texts{"cd", "", "e"}));
    EXPECT_EQ(names({2, 4, 4, 5}, 2), (Texts{"cd", ""}));
    EXPECT_EQ(names({5, 5, 5}, 0), (Texts{"", ""}));
    EXPECT_EQ(names({0, 1, 9}, 1), (Texts{"a"}));
    for (const std::vector<std::int64_t>& damaged :
         {std::vector<std::int64_t>{0, 1, 6}, {0, 3, 2}, {-1, 2, 3}, {7, 8, 9}}) {
        EXPECT_TRUE(contains(messageOf<Error>([&] { names(damaged, 0); }), "lies outside of its data"));
    }
}

TEST(Hdf5Shapes, unitsThatAstropyKeepsBeside) {
    const Scratch scratch;
    {
        ForeignHdf5 file(scratch / "astropy.h5");
        const hid_t type = H5Tcreate(H5T_COMPOUND, 16);
        H5Tinsert(type, "ra", 0, H5T_NATIVE_DOUBLE);
        H5Tinsert(type, "v", 8, H5T_NATIVE_DOUBLE);
        const std::vector<double> rows = {1, 2, 3, 4};
        file.dataset("cat", type, {2}, rows.data());
        file.dataset("other", type, {1}, rows.data());
        H5Tclose(type);
        file.texts("cat.__table_column_meta__",
                   {"datatype:", "- {name: ra, unit: deg, datatype: float64, meta: {ucd: pos.eq.ra}}",
                    "- {name: v, unit: !astropy.units.Unit {unit: km / s}, datatype: float64,", // wrapped
                    "    description: \"a: b, c\", meta: !!omap [{a: 1}, {ucd: spect.dopplerVeloc}]}"},
                   90);
        file.texts("other.__table_column_meta__", {"datatype: ["}, 20);
    }
    const Table table = readTableAt(scratch / "astropy.h5");
    EXPECT_EQ(table.columns.size(), 2U);
    EXPECT_EQ(table.at("ra").unit, "deg");
    EXPECT_EQ(table.at("v").unit, "km / s");
    EXPECT_EQ(table.at("v").description, "a: b, c");
    EXPECT_EQ(table.at("ra").ucd, "pos.eq.ra");
    EXPECT_EQ(table.at("v").ucd, "spect.dopplerVeloc");
    const Table other = readTableAt(scratch / "astropy.h5", {.part = "other"});
    EXPECT_EQ(other.at("v").asReal(0), 2.0);
    EXPECT_TRUE(contains(notesOf(other), "was not understood")) << notesOf(other);
}

TEST(Hdf5Shapes, bitFieldsAreBooleans) {
    const Scratch scratch;
    {
        ForeignHdf5 file(scratch / "bits.h5");
        const std::vector<std::uint8_t> flags = {1, 0, 1};
        const std::vector<std::uint8_t> masks = {1, 4, 255};
        file.dataset("good", H5T_NATIVE_B8, {3}, flags.data());
        file.dataset("masks", H5T_NATIVE_B8, {3}, masks.data());
    }
    const Table table = readTableAt(scratch / "bits.h5");
    EXPECT_EQ(table.at("good").typeName(), "bool");
    EXPECT_EQ(table.at("good").asText(0), "true");
    EXPECT_EQ(table.at("masks").typeName(), "int64") << "more than 0 and 1 is no boolean";
    EXPECT_EQ(table.at("masks").asText(2), "255");
    const Hdf5File file = Hdf5File::openForReading(scratch / "bits.h5");
    EXPECT_EQ(file.readReals("good"), (std::vector<double>{1, 0, 1}));
    EXPECT_EQ(file.readIntegers("masks"), (std::vector<std::int64_t>{1, 4, 255}));
}

TEST(Hdf5Shapes, blanksThatFillACellGo) {
    const Scratch scratch;
    {
        ForeignHdf5 file(scratch / "padded.h5");
        std::string cells = "GALAXY  QSO     STAR    ";
        const hid_t type = ForeignHdf5::textType(8);
        file.dataset("padded", type, {3}, cells.data());
        file.texts("meant", {"a ", "bcd", " "}, 8);
        H5Tclose(type);
    }
    const Table table = readTableAt(scratch / "padded.h5");
    EXPECT_EQ(table.at("padded").asText(1), "QSO");
    EXPECT_EQ(table.at("meant").asText(0), "a ") << "zeros fill these cells: the blank belongs to the text";
}

TEST(Hdf5Shapes, unknownFiltersAreNamedAndTheRestIsRead) {
    const Scratch scratch;
    {
        ForeignHdf5 file(scratch / "zstd.h5");
        file.integers("id", {1, 2, 3});
        // The filter's number is written into the header afterwards: this library cannot compress by it.
        const hid_t chunked = H5Pcreate(H5P_DATASET_CREATE);
        const hsize_t n = 3;
        H5Pset_chunk(chunked, 1, &n);
        H5Pset_deflate(chunked, 4);
        const std::vector<double> z = {0.1, 0.2, 0.3};
        file.dataset("z", H5T_NATIVE_DOUBLE, {3}, z.data(), chunked);
        H5Pclose(chunked);
    }
    std::string bytes = test::bytesOf(scratch / "zstd.h5");
    const auto name = bytes.find("deflate");
    ASSERT_NE(name, std::string::npos);
    bytes[name - 8] =
        static_cast<char>(32015 & 255); // filter id, name length, flags, number of values: 2 bytes each
    bytes[name - 7] = static_cast<char>(32015 >> 8);
    const auto path = scratch.write("zstd.h5", bytes);
    const Table table = readTableAt(path);
    EXPECT_EQ(table.columns.size(), 1U);
    EXPECT_EQ(table.at("id").asText(2), "3");
    EXPECT_TRUE(contains(notesOf(table), "z: is compressed by Zstandard (filter 32015)")) << notesOf(table);
    EXPECT_TRUE(contains(messageOf<Error>([&] { readTableAt(path, {.columns = {"z"}}); }), "Zstandard"));
}

TEST(Hdf5Shapes, otherPartsAreNamedAndChosenByColumns) {
    const Scratch scratch;
    {
        ForeignHdf5 file(scratch / "parts.h5");
        file.group("fibers");
        file.integers("fibers/id", {1, 2, 3, 4});
        file.reals("fibers/x", {1, 2, 3, 4});
        file.group("redshifts");
        file.integers("redshifts/id", {1, 2, 3});
        file.reals("redshifts/Z", {0.1, 0.2, 0.3});
    }
    const Table table = readTableAt(scratch / "parts.h5");
    ASSERT_EQ(table.otherParts.size(), 1U);
    EXPECT_EQ(table.otherParts[0].name, "/redshifts");
    EXPECT_EQ(table.otherParts[0].rows, 3U);
    EXPECT_TRUE(contains(notesOf(table), "/redshifts (3 rows: Z, id)")) << notesOf(table);
    EXPECT_TRUE(contains(messageOf<Error>([&] { (void)table.at("Z"); }), "it is in part '/redshifts'"));
    EXPECT_EQ(readTableAt(scratch / "parts.h5", {.columns = {"id", "Z"}}).rows(), 3U)
        << "the part that has them all";
    EXPECT_TRUE(contains(messageOf<Error>([&] {
                             readTableAt(scratch / "parts.h5", {.columns = {"x", "Z"}});
                         }),
                         "in part '/redshifts'"));
}

TEST(Hdf5Shapes, netCdfConventions) {
    const Scratch scratch;
    {
        ForeignHdf5 file(scratch / "packed.nc");
        const std::vector<std::int16_t> packed = {3437, -32768, 20000, -999};
        file.dataset("zp", H5T_NATIVE_INT16, {4}, packed.data());
        const std::int16_t fill = -32768;
        const std::int16_t missing = -999;
        file.attribute("zp", "_FillValue", H5T_NATIVE_INT16, &fill);
        file.attribute("zp", "missing_value", H5T_NATIVE_INT16, &missing);
        file.attribute("zp", "scale_factor", 0.0001);
        file.attribute("zp", "add_offset", 10.0);
        file.attribute("zp", "valid_max", 19999.0);
        file.reals("flux", {1.5, 9.96921e36, -5, 2});
        file.attribute("flux", "_FillValue", 9.96921e36);
        const double range[] = {0.0, 100.0};
        file.attribute("flux", "valid_range", H5T_NATIVE_DOUBLE, range, 2);
        const std::vector<std::int8_t> bytes = {-1, 0, 1, 127};
        file.dataset("flags", H5T_NATIVE_INT8, {4}, bytes.data());
        file.attribute("flags", "_Unsigned", "true");
        file.integers("big", {9007199254740993, 9007199254740992, 1, 2});
        const std::int64_t code = 9007199254740993;
        file.attribute("big", "_FillValue", H5T_NATIVE_INT64, &code);
        file.attribute("big", "nodata", 1.0);
        file.reals("odd", {1, 2, 3, 4});
        file.attribute("odd", "scale_factor", "ten");
    }
    const Table table = readTableAt(scratch / "packed.nc");
    const Column& z = table.at("zp");
    EXPECT_EQ(z.typeName(), "float64");
    EXPECT_EQ(z.asReal(0), 3437 * 0.0001 + 10.0);
    EXPECT_TRUE(z.isMissing(1));
    EXPECT_TRUE(z.isMissing(2)) << "above valid_max, which counts packed values";
    EXPECT_TRUE(z.isMissing(3));
    const Column& flux = table.at("flux");
    EXPECT_EQ(flux.asReal(0), 1.5);
    EXPECT_TRUE(flux.isMissing(1) && flux.isMissing(2));
    EXPECT_EQ(flux.asReal(3), 2.0);
    EXPECT_EQ(table.at("flags").asText(0), "255");
    EXPECT_TRUE(table.at("big").isMissing(0));
    EXPECT_EQ(table.at("big").asText(1), "9007199254740992") << "one less is another integer, not the code";
    EXPECT_EQ(table.at("odd").asReal(0), 1.0);
    const std::string notes = notesOf(table);
    EXPECT_TRUE(contains(notes, "/zp: read as its attributes say")) << notes;
    EXPECT_TRUE(contains(notes, "nodata = 1 of /big")) << notes;
    EXPECT_TRUE(contains(notes, "scale_factor of /odd is 'ten'")) << notes;
}

TEST(Hdf5Shapes, netCdfDefaultFillValues) {
    const Scratch scratch;
    const auto write = [&](const char* name, bool netCdf) {
        ForeignHdf5 file(scratch / name);
        const std::vector<float> flux = {1.0F, 9.9692099683868690e+36F};
        const std::vector<std::int32_t> counts = {7, -2147483647};
        file.dataset("flux", H5T_NATIVE_FLOAT, {2}, flux.data());
        file.dataset("counts", H5T_NATIVE_INT32, {2}, counts.data());
        if (netCdf) {
            file.attribute("/", "_NCProperties", "version=2,netcdf=4.9.0,hdf5=1.12.2");
        }
    };
    write("a.nc", true);
    write("b.h5", false);
    const Table netCdf = readTableAt(scratch / "a.nc");
    EXPECT_TRUE(netCdf.at("flux").isMissing(1) && netCdf.at("counts").isMissing(1));
    const Table other = readTableAt(scratch / "b.h5");
    EXPECT_FALSE(other.at("flux").isMissing(1) || other.at("counts").isMissing(1)) << "only netCDF means so";
}

} // namespace
} // namespace penumbra::io
