#include "core/io/companion_masks.h"

#include "core/io/hdf5_file.h"
#include "tests/core/io/scratch.h"
#include "tests/core/io/table_reading.h"

#include <gtest/gtest.h>

namespace penumbra::io {
namespace {

using test::contains;
using test::notesOf;
using test::Scratch;

Column booleans(const char* name, std::vector<std::uint8_t> values, std::size_t width = 1) {
    return {name, "", "", std::move(values), {}, width};
}

TEST(CompanionMasks, everyTypeOfColumn) {
    constexpr std::int64_t big = 9007199254740993;
    Table table;
    table.columns = {{"z", "", "", std::vector<double>{0.1, 0.2}, {}, 1},
                     booleans("z.mask", {0, 1}),
                     {"id", "", "", std::vector<std::int64_t>{big, 2}, {}, 1},
                     {"id.mask", "", "", std::vector<std::int64_t>{0, 1}, {}, 1},
                     {"name", "", "", std::vector<std::string>{"a", "b"}, {}, 1},
                     booleans("name.mask", {1, 0}),
                     {"flux", "", "", std::vector<float>{1, 2, 3, 4}, {}, 2},
                     booleans("flux.mask", {0, 1, 0, 0}, 2),
                     {"pair", "", "", std::vector<std::int64_t>{big, 2, 3, 4}, {}, 2},
                     booleans("pair.mask", {0, 1, 1, 1}, 2),
                     {"row", "", "", std::vector<float>{1, 2, 3, 4}, {}, 2},
                     booleans("row.mask", {0, 1})};
    applyCompanionMasks(table, {});
    EXPECT_EQ(table.columns.size(), 6U) << "applied masks go";
    EXPECT_EQ(table.at("z").asReal(0), 0.1);
    EXPECT_TRUE(table.at("z").isMissing(1));
    EXPECT_EQ(table.at("id").typeName(), "int64");
    EXPECT_EQ(table.at("id").asText(0), "9007199254740993");
    EXPECT_TRUE(table.at("id").isMissing(1));
    EXPECT_TRUE(table.at("name").isMissing(0));
    EXPECT_EQ(table.at("flux").asText(0, 1), "");
    EXPECT_EQ(table.at("flux").asReal(0, 0), 1.0);
    EXPECT_EQ(table.at("pair").asText(0, 0), "9007199254740993") << "no digit is lost";
    EXPECT_EQ(table.at("pair").asText(0, 1), "");
    EXPECT_TRUE(table.at("row").isMissing(1));
    EXPECT_TRUE(contains(notesOf(table), "z (1)")) << notesOf(table);
}

TEST(CompanionMasks, whatIsOnlyLikelyIsToldAndStays) {
    Table table;
    table.columns = {{"z", "", "", std::vector<double>{0.1, 0.2}, {}, 1},
                     booleans("z_mask", {0, 1}),
                     booleans("mask_z", {0, 1}),
                     {"z.mask", "", "", std::vector<std::int64_t>{4, 8}, {}, 1},
                     booleans("MASKBITS", {0, 1}),
                     booleans("alone.mask", {0, 1})};
    applyCompanionMasks(table, {});
    EXPECT_EQ(table.columns.size(), 6U);
    EXPECT_FALSE(table.at("z").isMissing(1));
    const std::string notes = notesOf(table);
    EXPECT_TRUE(contains(notes, "z.mask is not a mask of zeros and ones")) << notes;
    EXPECT_TRUE(contains(notes, "z_mask, mask_z")) << notes;
    EXPECT_FALSE(contains(notes, "MASKBITS")) << notes;
}

TEST(CompanionMasks, readersReadThemBesideTheirColumns) {
    const Scratch scratch;
    {
        Hdf5File file = Hdf5File::create(scratch / "masked.h5");
        file.writeReals("z", std::vector<double>{0.1, 0.2, 0.3});
        file.writeBooleans("z.mask", std::vector<std::uint8_t>{0, 0, 1});
        file.writeReals("r", std::vector<double>{1, 2, 3});
    }
    scratch.write("masked.csv", "z,r,z.mask\n0.1,1,False\n0.2,2,False\n0.3,3,True\n");
    for (const char* name : {"masked.h5", "masked.csv"}) {
        const Table all = readTable(scratch / name, {}, RunContext{});
        EXPECT_EQ(all.columns.size(), 2U) << name;
        EXPECT_TRUE(all.at("z").isMissing(2)) << name;
        const Table one = readTable(scratch / name, {.columns = {"z"}}, RunContext{});
        ASSERT_EQ(one.columns.size(), 1U) << name;
        EXPECT_TRUE(one.at("z").isMissing(2)) << name;
        const Table mask = readTable(scratch / name, {.columns = {"z.mask"}}, RunContext{});
        EXPECT_EQ(mask.at("z.mask").rows(), 3U) << "asked for by name: " << name;
    }
}

} // namespace
} // namespace penumbra::io
