#include "core/base/error.h"
#include "core/io/hdf5_file.h"
#include "core/io/table_reader.h"
#include "tests/core/io/scratch.h"

#include <gtest/gtest.h>

namespace penumbra::io {
namespace {

using test::contains;
using test::messageOf;
using test::Scratch;

Table read(const std::filesystem::path& path, const ReadOptions& options = {}) {
    return readTable(path, options, RunContext{});
}

TEST(Hdf5Table, datasetsAtTheRoot) {
    const Scratch scratch;
    {
        Hdf5File file = Hdf5File::create(scratch / "flat.h5");
        file.writeIntegers("TARGETID", std::vector<std::int64_t>{9007199254740993, 2, 3});
        file.writeReals("Z", std::vector<double>{0.1, 0.2, 0.3});
        file.setAttribute("Z", "units", "1");
        file.writeFloats("FLUX", std::vector<float>{1, 2, 3, 4, 5, 6}, {3, 2});
        file.writeTexts("SPECTYPE", std::vector<std::string>{"GALAXY", "QSO", "STAR"}, {},
                        {.fixedText = true});
        file.writeBooleans("ok", std::vector<std::uint8_t>{1, 0, 1});
        file.writeReals("wavelength", std::vector<double>(50, 1.0));
    }
    const Table table = read(scratch / "flat.h5");
    EXPECT_EQ(table.rows(), 3U);
    EXPECT_EQ(table.columns.size(), 5U);
    EXPECT_EQ(table.at("TARGETID").asText(0), "9007199254740993");
    EXPECT_EQ(table.at("Z").unit, "1");
    EXPECT_EQ(table.at("FLUX").typeName(), "float32[2]");
    EXPECT_EQ(table.at("SPECTYPE").asText(1), "QSO");
    EXPECT_EQ(table.at("ok").typeName(), "bool");
    ASSERT_EQ(table.notes.size(), 1U);
    EXPECT_TRUE(contains(table.notes[0], "wavelength")) << "what is left out is said";
}

TEST(Hdf5Table, theLargestGroupUnlessOneIsNamed) {
    const Scratch scratch;
    {
        Hdf5File file = Hdf5File::create(scratch / "groups.h5");
        file.writeReals("/small/a", std::vector<double>{1, 2});
        file.writeReals("/deep/photometry/u", std::vector<double>{1, 2, 3});
        file.writeReals("/deep/photometry/g", std::vector<double>{4, 5, 6});
    }
    const Table table = read(scratch / "groups.h5");
    EXPECT_TRUE(contains(table.source, "/deep/photometry")) << table.source;
    EXPECT_EQ(table.columns.size(), 2U);
    EXPECT_EQ(read(scratch / "groups.h5", {.part = "small"}).at("a").rows(), 2U);
    EXPECT_EQ(read(scratch / "groups.h5", {.part = "/deep/photometry/"}).at("g").asReal(2), 6.0);
    EXPECT_EQ(read(scratch / "groups.h5", {.maxRows = 2, .columns = {"U"}}).at("u").rows(), 2U);
    const std::string message = messageOf<Error>([&] { read(scratch / "groups.h5", {.part = "none"}); });
    EXPECT_TRUE(contains(message, "deep, small")) << message;
}

TEST(Hdf5Table, structuredArrays) {
    const Scratch scratch;
    {
        Hdf5File file = Hdf5File::create(scratch / "compound.h5");
        Table table;
        table.columns = {{"name", "", "", std::vector<std::string>{"a", "bc"}, {}, 1},
                         {"z", "", "", std::vector<double>{0.5, 0.25}, {}, 1}};
        file.writeCompound("/group/table", table);
        file.writeReals("/lonely", std::vector<double>{1, 2});
    }
    const Table table = read(scratch / "compound.h5");
    EXPECT_TRUE(contains(table.source, "/group/table")) << table.source;
    EXPECT_EQ(table.at("name").asText(1), "bc");
    EXPECT_EQ(read(scratch / "compound.h5", {.columns = {"z"}}).columns.size(), 1U);
    EXPECT_EQ(read(scratch / "compound.h5", {.part = "/group/table"}).rows(), 2U);
    EXPECT_EQ(read(scratch / "compound.h5", {.part = "/group"}).rows(), 2U);
    EXPECT_EQ(read(scratch / "compound.h5", {.part = "lonely"}).columns.at(0).name, "lonely");
}

TEST(Hdf5Table, imagesAreReadOnlyWhenNamed) {
    const Scratch scratch;
    {
        Hdf5File file = Hdf5File::create(scratch / "images.h5");
        file.writeReals("z", std::vector<double>{1, 2});
        file.writeFloats("image", std::vector<float>(2 * 80 * 80), {2, 80, 80});
    }
    EXPECT_EQ(read(scratch / "images.h5").columns.size(), 1U);
    EXPECT_EQ(read(scratch / "images.h5", {.columns = {"image"}}).at("image").width, 6400U);
}

TEST(Hdf5Table, filesWithoutTables) {
    const Scratch scratch;
    {
        Hdf5File file = Hdf5File::create(scratch / "none.h5");
        file.createGroup("/a/b/c");
    }
    EXPECT_TRUE(contains(messageOf<Error>([&] { read(scratch / "none.h5"); }), "no datasets"));
    {
        Hdf5File file = Hdf5File::create(scratch / "rowless.h5");
        file.writeReals("z", std::vector<double>{});
    }
    EXPECT_TRUE(contains(messageOf<Error>([&] { read(scratch / "rowless.h5"); }), "no rows"));
}

} // namespace
} // namespace penumbra::io
