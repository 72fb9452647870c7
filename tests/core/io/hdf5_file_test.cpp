#include "core/io/hdf5_file.h"

#include "core/base/error.h"
#include "core/base/parallel_for.h"
#include "tests/core/io/scratch.h"

#include <atomic>
#include <cmath>
#include <gtest/gtest.h>
#include <hdf5.h>
#include <limits>
#include <numeric>

namespace penumbra::io {
namespace {

using test::contains;
using test::messageOf;
using test::Scratch;

constexpr std::int64_t beyondDouble = 9007199254740993; // 2^53 + 1: no double holds it

std::vector<float> ramp(std::size_t n) {
    std::vector<float> values(n);
    std::iota(values.begin(), values.end(), 0.5F);
    return values;
}

TEST(Hdf5File, everyTypeComesBack) {
    const Scratch scratch;
    const auto path = scratch / "a.h5";
    const std::vector<double> reals = {1.5, -2.25, std::numeric_limits<double>::quiet_NaN(), 1e300};
    const std::vector<std::int64_t> ids = {beyondDouble, -7, std::numeric_limits<std::int64_t>::min()};
    const std::vector<std::uint8_t> flags = {0, 1, 1};
    const std::vector<std::string> texts = {"M31", "", "Größe μ"};
    {
        Hdf5File file = Hdf5File::create(path);
        file.writeReals("/g/reals", reals);
        file.writeFloats("g/image", ramp(24), {2, 3, 4});
        file.writeIntegers("ids", ids);
        file.writeBytes("bytes", flags);
        file.writeBooleans("flags", flags);
        file.writeTexts("variable", texts);
        file.writeTexts("fixed", texts, {}, {.fixedText = true});
        file.close();
    }
    const Hdf5File file = Hdf5File::openForReading(path);
    const auto realsBack = file.readReals("/g/reals");
    ASSERT_EQ(realsBack.size(), 4U);
    EXPECT_EQ(realsBack[1], -2.25);
    EXPECT_TRUE(std::isnan(realsBack[2]));
    EXPECT_EQ(realsBack[3], 1e300);
    EXPECT_EQ(file.readFloats("/g/image"), ramp(24));
    EXPECT_EQ(file.describe("/g/image").shape, (Shape{2, 3, 4}));
    EXPECT_EQ(file.describe("/g/image").rowWidth(), 12U);
    EXPECT_EQ(file.readIntegers("ids"), ids);
    EXPECT_EQ(file.readBytes("flags"), flags);
    EXPECT_EQ(file.describe("flags").kind, Hdf5Kind::Boolean);
    EXPECT_EQ(file.describe("bytes").kind, Hdf5Kind::Integer);
    EXPECT_EQ(file.readTexts("variable"), texts);
    EXPECT_EQ(file.readTexts("fixed"), texts);
    EXPECT_EQ(file.readColumn("ids").typeName(), "int64");
    EXPECT_EQ(file.readColumn("flags").typeName(), "bool");
    EXPECT_EQ(file.readColumn("g/image").typeName(), "float32[12]");
    EXPECT_EQ(file.readReals("flags"), (std::vector<double>{0, 1, 1}));
}

TEST(Hdf5File, rowsOfALargerArray) {
    const Scratch scratch;
    Hdf5File file = Hdf5File::create(scratch / "rows.h5");
    file.writeFloats("x", ramp(100 * 6), {100, 2, 3}, {.deflate = 4, .chunkRows = 7});
    const auto rows = file.readFloats("x", {50, 2});
    ASSERT_EQ(rows.size(), 12U);
    EXPECT_EQ(rows.front(), 300.5F);
    EXPECT_EQ(rows.back(), 311.5F);
    EXPECT_EQ(file.readFloats("x", {98, 1000}).size(), 12U) << "a range is cut at the end";
    EXPECT_TRUE(file.readFloats("x", {100, 5}).empty());
    EXPECT_THROW(file.readFloats("x", {101, 1}), Error);
}

TEST(Hdf5File, piecesMakeTheSameArray) {
    const Scratch scratch;
    Hdf5File file = Hdf5File::create(scratch / "pieces.h5");
    const auto all = ramp(10 * 4);
    for (const bool lzf : {false, true}) {
        file.createFloats("images", {10, 2, 2}, {.chunkRows = 3, .lzf = lzf});
        for (std::size_t row = 0; row < 10; row += 5) {
            file.writeFloatRows("images", row, std::span(all).subspan(row * 4, 20));
        }
        EXPECT_EQ(file.readFloats("images"), all);
    }
    EXPECT_THROW(file.writeFloatRows("images", 9, std::span(all).first(8)), Error);
    EXPECT_THROW(file.writeFloatRows("images", 0, std::span(all).first(3)), Error);
}

TEST(Hdf5File, booleansInPiecesAreBooleans) {
    const Scratch scratch;
    Hdf5File file = Hdf5File::create(scratch / "mask.h5");
    file.createBooleans("mask", {4, 3}, {.deflate = 4, .chunkRows = 1});
    const std::vector<std::uint8_t> all = {0, 1, 0, 2, 0, 255, 1, 1, 1, 0, 0, 0};
    for (std::size_t row = 0; row < 4; row += 2)
        file.writeBooleanRows("mask", row, std::span(all).subspan(row * 3, 6));
    EXPECT_EQ(file.describe("mask").kind, Hdf5Kind::Boolean);
    EXPECT_EQ(file.readBytes("mask"), (std::vector<std::uint8_t>{0, 1, 0, 1, 0, 1, 1, 1, 1, 0, 0, 0}));
    EXPECT_THROW(file.writeBooleanRows("mask", 3, std::span(all).first(6)), Error);
}

TEST(Hdf5File, attributes) {
    const Scratch scratch;
    Hdf5File file = Hdf5File::create(scratch / "attributes.h5");
    file.writeReals("z", std::vector<double>{1, 2});
    file.setAttribute("/", "alpha", 0.1);
    file.setAttribute("/", "seed", beyondDouble);
    file.setAttribute("/", "options", std::string(200'000, 'x')); // beyond HDF5's classic 64 KiB
    file.setAttribute("z", "unit", "log Msun");
    file.setAttribute("z", "bands", std::vector<std::string>{"DES-G", "DES-R"});
    file.setAttribute("z", "unit", "mag"); // replaces
    EXPECT_EQ(file.realAttribute("/", "alpha"), 0.1);
    EXPECT_EQ(file.integerAttribute("/", "seed"), beyondDouble);
    EXPECT_EQ(file.textAttribute("/", "seed"), "9007199254740993");
    EXPECT_EQ(file.textAttribute("/", "options")->size(), 200'000U);
    EXPECT_EQ(file.textAttribute("z", "unit"), "mag");
    EXPECT_EQ(file.textListAttribute("z", "bands"), (std::vector<std::string>{"DES-G", "DES-R"}));
    EXPECT_EQ(file.textAttribute("z", "none"), std::nullopt);
    EXPECT_TRUE(file.textListAttribute("z", "none").empty());
    EXPECT_EQ(file.attributesAsText("z").at("bands"), "DES-G,DES-R");
    EXPECT_EQ(file.attributeNames("/").size(), 3U);
    EXPECT_THROW(file.integerAttribute("z", "unit"), Error);
    EXPECT_THROW(file.textAttribute("nowhere", "unit"), Error);
}

TEST(Hdf5File, listsWhatIsInside) {
    const Scratch scratch;
    Hdf5File file = Hdf5File::create(scratch / "list.h5");
    file.writeReals("/targets/z", std::vector<double>{1, 2, 3});
    file.createGroup("/a/b");
    const auto entries = file.list();
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[0].name, "a");
    EXPECT_TRUE(entries[0].isGroup);
    EXPECT_EQ(file.list("targets").at(0).rows(), 3U);
    EXPECT_TRUE(file.exists("/a/b"));
    EXPECT_FALSE(file.exists("/a/c/d"));
    EXPECT_TRUE(file.isGroup("targets/"));
    EXPECT_TRUE(file.isDataset("targets/z"));
    EXPECT_FALSE(file.isDataset("targets"));
    file.remove("/a");
    EXPECT_FALSE(file.exists("/a/b"));
    file.remove("/a");
}

TEST(Hdf5File, conversionsThatWouldLoseValuesAreRefused) {
    const Scratch scratch;
    Hdf5File file = Hdf5File::create(scratch / "convert.h5");
    file.writeReals("whole", std::vector<double>{1, -3});
    file.writeReals("fraction", std::vector<double>{1, 0.5});
    file.writeReals("huge", std::vector<double>{1e19});
    file.writeIntegers("wide", std::vector<std::int64_t>{0, 256});
    file.writeTexts("text", std::vector<std::string>{"a"});
    EXPECT_EQ(file.readIntegers("whole"), (std::vector<std::int64_t>{1, -3}));
    EXPECT_TRUE(contains(messageOf<Error>([&] { file.readIntegers("fraction"); }), "element 1"));
    EXPECT_THROW(file.readIntegers("huge"), Error);
    EXPECT_THROW(file.readBytes("wide"), Error);
    EXPECT_THROW(file.readReals("text"), Error);
    EXPECT_THROW(file.readTexts("wide"), Error);
    EXPECT_THROW(file.writeReals("whole", std::vector<double>{1, 2, 3}, {2, 2}), Error);
    EXPECT_EQ(file.readIntegers("whole").size(), 2U) << "a refused write leaves what was there";
}

TEST(Hdf5File, unsignedIdsBeyondInt64StayExact) {
    const Scratch scratch;
    const auto path = scratch / "unsigned.h5";
    const std::uint64_t ids[2] = {5, 18446744073709551615U};
    const hsize_t n = 2;
    const hid_t raw = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(1, &n, nullptr);
    const hid_t dataset = H5Dcreate2(raw, "id", H5T_STD_U64BE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(dataset, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, ids);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Fclose(raw);
    const Hdf5File file = Hdf5File::openForReading(path);
    const Column column = file.readColumn("id");
    EXPECT_EQ(column.asText(0), "5");
    EXPECT_EQ(column.asText(1), "18446744073709551615");
    EXPECT_EQ(column.typeName(), "uint64");
    Hdf5File written = Hdf5File::create(scratch / "written.h5");
    written.writeColumn("id", column);
    Table rows;
    rows.columns = {column};
    written.writeCompound("rows", rows);
    EXPECT_EQ(written.readColumn("id").values, column.values);
    EXPECT_EQ(written.readCompound("rows").columns.at(0).values, column.values);
    EXPECT_THROW(file.readIntegers("id"), Error);
}

TEST(Hdf5File, columnsKeepUnitsAndMissing) {
    const Scratch scratch;
    Hdf5File file = Hdf5File::create(scratch / "columns.h5");
    Column column{"id", "", "identity", std::vector<std::int64_t>{1, 2, 3}, {0, 1, 0}, 1};
    file.writeColumn("/columns/small", column);
    column.values = std::vector<std::int64_t>{beyondDouble, 2, 3};
    file.writeColumn("/columns/large", column);
    column = {"b", "", "", std::vector<std::uint8_t>{1, 0, 0}, {0, 0, 1}, 1};
    file.writeColumn("/columns/bool", column);
    EXPECT_EQ(file.readColumn("/columns/bool").values.index(), column.values.index());
    EXPECT_EQ(file.readColumn("/columns/bool").missing, column.missing);
    column = {"m", "mag", "", std::vector<float>{1, 2, 3, 4}, {}, 2};
    file.writeColumn("/columns/m", column, {.deflate = 1});

    const Column small = file.readColumn("/columns/small");
    EXPECT_TRUE(small.isMissing(1));
    EXPECT_EQ(small.typeName(), "int64");
    EXPECT_EQ(file.describe("/columns/small").kind, Hdf5Kind::Real) << "others read NaN";
    EXPECT_EQ(small.asReal(2), 3.0);
    EXPECT_EQ(small.description, "identity");
    const Column large = file.readColumn("/columns/large");
    EXPECT_EQ(large.asText(0), "9007199254740993");
    EXPECT_EQ(large.typeName(), "int64");
    EXPECT_EQ(large.asText(1), "");
    const Column vector = file.readColumn("/columns/m");
    EXPECT_EQ(vector.width, 2U);
    EXPECT_EQ(vector.unit, "mag");
    EXPECT_EQ(vector.asReal(1, 1), 4.0);
}

TEST(Hdf5File, compoundTables) {
    const Scratch scratch;
    Hdf5File file = Hdf5File::create(scratch / "compound.h5");
    Table table;
    table.columns = {
        {"metric", "", "", std::vector<std::string>{"coverage", "µ"}, {}, 1},
        {"value", "", "", std::vector<double>{0.9, std::numeric_limits<double>::infinity()}, {}, 1},
        {"n", "", "", std::vector<std::int64_t>{beyondDouble, 2}, {}, 1},
        {"ok", "", "", std::vector<std::uint8_t>{1, 0}, {}, 1},
        {"flux", "", "", std::vector<float>{1, 2, 3, 4, 5, 6}, {}, 3}};
    file.writeCompound("/state/metrics", table);
    file.writeCompound("/state/metrics", table); // replaces
    const Table back = file.readCompound("/state/metrics");
    ASSERT_EQ(back.columns.size(), 5U);
    EXPECT_EQ(back.rows(), 2U);
    EXPECT_EQ(back.at("metric").asText(1), "µ");
    EXPECT_TRUE(std::isinf(back.at("value").asReal(1)));
    EXPECT_EQ(back.at("n").asText(0), "9007199254740993");
    EXPECT_EQ(back.at("ok").typeName(), "bool");
    EXPECT_EQ(back.at("flux").asReal(1, 2), 6.0);
    EXPECT_EQ(file.readCompound("/state/metrics", {1, 1}).at("value").rows(), 1U);
    EXPECT_EQ(file.describe("/state/metrics").kind, Hdf5Kind::Compound);

    for (Column& column : table.columns) {
        std::visit([](auto& values) { values.clear(); }, column.values);
    }
    file.writeCompound("/empty", table);
    EXPECT_EQ(file.readCompound("/empty").columns.size(), 5U);
    EXPECT_EQ(file.readCompound("/empty").rows(), 0U);
}

TEST(Hdf5File, emptyArraysAndScalars) {
    const Scratch scratch;
    Hdf5File file = Hdf5File::create(scratch / "empty.h5");
    file.writeReals("none", std::vector<double>{}, {0}, {.deflate = 4});
    file.writeFloats("rowless", std::vector<float>{}, {0, 5});
    file.writeTexts("texts", std::vector<std::string>{}, {}, {.fixedText = true});
    EXPECT_TRUE(file.readReals("none").empty());
    EXPECT_EQ(file.readColumn("rowless").width, 5U);
    EXPECT_TRUE(file.readTexts("texts").empty());
}

TEST(Hdf5File, hostileShapesAreErrors) {
    const Scratch scratch;
    const auto path = scratch / "hostile.h5";
    const hid_t raw = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hsize_t dims[2] = {1'000'000'000'000'000, 1000};
    const hsize_t chunk[2] = {1000, 10};
    const hid_t space = H5Screate_simple(2, dims, nullptr);
    const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(list, 2, chunk);
    H5Dclose(H5Dcreate2(raw, "x", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, list, H5P_DEFAULT));
    const hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, H5T_VARIABLE);
    H5Dclose(H5Dcreate2(raw, "t", text, space, H5P_DEFAULT, list, H5P_DEFAULT));
    H5Pclose(list);
    H5Tclose(text);
    H5Sclose(space);
    H5Fclose(raw);

    const Hdf5File file = Hdf5File::openForReading(path);
    const std::string message = messageOf<Error>([&] { file.readReals("x"); });
    EXPECT_TRUE(contains(message, "/x")) << message;
    EXPECT_TRUE(contains(message, "1000000000000000 rows")) << message;
    EXPECT_THROW(file.readFloats("x"), Error);
    EXPECT_THROW(file.readColumn("x"), Error);
    EXPECT_THROW(file.readTexts("t"), Error);
    EXPECT_EQ(file.readReals("x", {5, 3}).size(), 3000U) << "a few rows of it are no danger";
}

TEST(Hdf5File, lzfChunksAndTheirDamage) {
    const Scratch scratch;
    const auto path = scratch / "lzf.h5";
    std::vector<float> values(64 * 64);
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = static_cast<float>(i / 64);
    }
    haddr_t address = 0;
    hsize_t size = 0;
    {
        Hdf5File file = Hdf5File::create(path);
        file.writeFloats("image", values, {64, 64}, {.chunkRows = 64, .lzf = true});
        file.close();
        const hid_t raw = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
        const hid_t dataset = H5Dopen2(raw, "image", H5P_DEFAULT);
        unsigned mask = 1;
        const hid_t space = H5Dget_space(dataset);
        ASSERT_GE(H5Dget_chunk_info(dataset, space, 0, nullptr, &mask, &address, &size), 0);
        H5Sclose(space);
        EXPECT_EQ(mask, 0U) << "the chunk was stored without the filter";
        H5Dclose(dataset);
        H5Fclose(raw);
    }
    EXPECT_LT(size, values.size() * sizeof(float) / 4) << "nothing was compressed";
    EXPECT_EQ(Hdf5File::openForReading(path).readFloats("image"), values);

    const std::string good = test::bytesOf(path);
    std::string broken = good;
    for (std::size_t i = 0; i < size; ++i) {
        broken[address + i] = '\xff';
    }
    scratch.write("broken.h5", broken);
    const std::string message =
        messageOf<Error>([&] { Hdf5File::openForReading(scratch / "broken.h5").readFloats("image"); });
    EXPECT_TRUE(contains(message, "broken.h5")) << message;
    EXPECT_TRUE(contains(message, "/image")) << message;

    // A chunk that decodes to fewer bytes than it should: a run of literals cut short, then end of data.
    broken = good;
    broken[address] = '\0'; // one literal, then whatever follows is read as tokens
    scratch.write("short.h5", broken);
    try {
        EXPECT_EQ(Hdf5File::openForReading(scratch / "short.h5").readFloats("image").size(), values.size());
    } catch (const Error&) { // either is honest; what must not happen is a crash
    }
}

TEST(Hdf5File, messagesForFilesThatAreNone) {
    const Scratch scratch;
    EXPECT_TRUE(
        contains(messageOf<Error>([&] { Hdf5File::openForReading(scratch / "absent.h5"); }), "no such file"));
    EXPECT_TRUE(contains(messageOf<Error>([&] { Hdf5File::openForReading(scratch / ""); }), "folder"));
    EXPECT_TRUE(
        contains(messageOf<Error>([&] { Hdf5File::openForReading(scratch.write("e.h5", "")); }), "empty"));
    EXPECT_TRUE(
        contains(messageOf<Error>([&] { Hdf5File::openForReading(scratch.write("t.h5", "a,b\n1,2\n")); }),
                 "not an HDF5 file"));
    EXPECT_THROW(Hdf5File::create(scratch / "no/such/folder.h5"), Error);
    EXPECT_FALSE(Hdf5File::isHdf5(scratch / "t.h5"));
    EXPECT_FALSE(Hdf5File::isHdf5(scratch / "absent.h5"));

    Hdf5File file = Hdf5File::create(scratch / "cut.h5");
    file.writeReals("x", std::vector<double>(5000, 1.0));
    file.close();
    EXPECT_THROW(file.readReals("x"), Error) << "closed already";
    EXPECT_TRUE(Hdf5File::isHdf5(scratch / "cut.h5"));
    std::filesystem::resize_file(scratch / "cut.h5", 3000);
    EXPECT_TRUE(
        contains(messageOf<Error>([&] { Hdf5File::openForReading(scratch / "cut.h5"); }), "truncated"));
}

TEST(Hdf5File, severalThreadsReadOneFile) {
    const Scratch scratch;
    Hdf5File file = Hdf5File::create(scratch / "threads.h5");
    const auto all = ramp(4000);
    file.writeFloats("x", all, {1000, 4}, {.deflate = 1, .chunkRows = 10});
    std::atomic<int> wrong = 0;
    parallelFor(1000, 4, [&](std::size_t begin, std::size_t end) {
        for (std::size_t row = begin; row < end; ++row) {
            const auto got = file.readFloats("x", {row, 1});
            if (!std::equal(got.begin(), got.end(), all.begin() + static_cast<std::ptrdiff_t>(row * 4))) {
                ++wrong;
            }
            try {
                file.readFloats("absent");
                ++wrong;
            } catch (const Error& error) {
                wrong += contains(error.what(), "/absent") ? 0 : 1;
            }
        }
    });
    EXPECT_EQ(wrong, 0);
}

} // namespace
} // namespace penumbra::io
