#include "core/base/error.h"
#include "core/io/hats_folder.h"
#include "core/io/healpix.h"
#include "core/io/table_reader.h"
#include "tests/core/io/arrow_files.h"
#include "tests/core/io/scratch.h"

#include <chrono>
#include <gtest/gtest.h>
#include <map>

namespace penumbra::io {
namespace {

using test::contains;
using test::HatsTileSpec;
using test::messageOf;
using test::Scratch;

struct Star {
    std::int64_t id;
    double ra, dec;
};

/// A grid of stars around (40, 10) and one over the pole.
std::vector<Star> stars() {
    std::vector<Star> all;
    for (int i = 0; i < 40; ++i)
        for (int j = 0; j < 40; ++j)
            all.push_back({i * 100 + j, 38.0 + 0.1 * i, 8.0 + 0.1 * j});
    all.push_back({999999, 0.0, 89.99});
    return all;
}

std::shared_ptr<arrow::Table> tileOf(const std::vector<Star>& rows) {
    std::string id = "[", ra = "[", dec = "[", where = "[", vector = "[";
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::string comma = i == 0 ? "" : ",";
        char text[64];
        std::snprintf(text, sizeof text, "%.17g", rows[i].ra);
        ra += comma + text;
        std::snprintf(text, sizeof text, "%.17g", rows[i].dec);
        dec += comma + text;
        id += comma + std::to_string(rows[i].id);
        where += comma + std::to_string(healpix::pixelAt(29, {rows[i].ra, rows[i].dec}));
        vector += comma + "[" + std::to_string(rows[i].id % 7) + ",1]";
    }
    return test::arrowTable({{"_healpix_29", arrow::int64(), where + "]"},
                             {"object_id", arrow::int64(), id + "]"},
                             {"ra", arrow::float64(), ra + "]", {"unit", "deg"}},
                             {"dec", arrow::float64(), dec + "]"},
                             {"embedding", arrow::list(arrow::float32()), vector + "]"}});
}

std::vector<HatsTileSpec> tilesOf(const std::vector<Star>& all, int order) {
    std::map<std::uint64_t, std::vector<Star>> byPixel;
    for (const Star& star : all)
        byPixel[healpix::pixelAt(order, {star.ra, star.dec})].push_back(star);
    std::vector<HatsTileSpec> tiles;
    for (const auto& [pixel, rows] : byPixel)
        tiles.push_back({{order, pixel}, tileOf(rows)});
    return tiles;
}

class Hats : public testing::TestWithParam<bool> {
protected:
    Hats() { test::writeHats(folder_, tilesOf(stars(), 4), GetParam()); }
    Scratch scratch_;
    std::filesystem::path folder_ = scratch_ / "grid";
};

TEST_P(Hats, everyRowInTheOrderOfTheTiles) {
    const Table table = readTable(folder_, {}, RunContext{});
    ASSERT_EQ(table.rows(), stars().size());
    EXPECT_EQ(table.find("_healpix_29"), nullptr);
    EXPECT_EQ(table.at("ra").unit, "deg");
    EXPECT_EQ(table.at("embedding").width, 2U);
    std::vector<std::int64_t> expected;
    for (const HatsTileSpec& tile : tilesOf(stars(), 4)) {
        const auto chunk = std::static_pointer_cast<arrow::Int64Array>(tile.rows->column(1)->chunk(0));
        for (std::int64_t i = 0; i < chunk->length(); ++i)
            expected.push_back(chunk->Value(i));
    }
    EXPECT_EQ(std::get<std::vector<std::int64_t>>(table.at("object_id").values), expected);
    EXPECT_NE(readTable(folder_, {.columns = {"_healpix_29"}}, RunContext{}).find("_healpix_29"), nullptr);
}

TEST_P(Hats, coneHoldsJustTheRowsInside) {
    for (const double radius : {0.05, 0.35, 2.5, 30.0}) {
        ReadOptions options;
        options.cone = SkyCone{40.03, 10.02, radius};
        options.columns = {"object_id"};
        const Table table = readTable(folder_, options, RunContext{});
        EXPECT_EQ(table.columns.size(), 1U);
        std::size_t inside = 0;
        for (const Star& star : stars())
            inside += healpix::separation({star.ra, star.dec}, {40.03, 10.02}) <= radius;
        EXPECT_EQ(table.rows(), inside) << radius;
    }
    ReadOptions pole;
    pole.cone = SkyCone{180.0, 89.99, 0.03};
    EXPECT_EQ(readTable(folder_, pole, RunContext{}).at("object_id").asText(0), "999999");
    ReadOptions empty;
    empty.cone = SkyCone{200.0, -40.0, 0.1};
    EXPECT_TRUE(contains(messageOf<Error>([&] { readTable(folder_, empty, RunContext{}); }), "cone"));
}

TEST_P(Hats, tilesByName) {
    const auto specs = tilesOf(stars(), 4);
    ReadOptions options;
    options.tiles = "4/" + std::to_string(specs[1].tile.second);
    EXPECT_EQ(readTable(folder_, options, RunContext{}).rows(),
              static_cast<std::size_t>(specs[1].rows->num_rows()));
    options.tiles = "4/3071";
    EXPECT_TRUE(contains(messageOf<Error>([&] { readTable(folder_, options, RunContext{}); }), "4/3071"));
    for (const char* bad : {"4", "4/x", "30/1", "0/12", "", "4/1,,4/2"}) {
        EXPECT_THROW(parseTiles(bad), UsageError) << bad;
    }
}

TEST_P(Hats, tilesThatAreNotHereAreNamed) {
    const auto specs = tilesOf(stars(), 4);
    const std::string gone = std::to_string(specs[0].tile.second);
    const auto place = folder_ / "dataset/Norder=4" /
                       ("Dir=" + std::to_string(specs[0].tile.second / 10000 * 10000)) /
                       ("Npix=" + gone + (GetParam() ? "" : ".parquet"));
    ASSERT_TRUE(std::filesystem::exists(place));
    std::filesystem::remove_all(place);
    const Table table = readTable(folder_, {}, RunContext{});
    EXPECT_EQ(table.rows(), stars().size() - static_cast<std::size_t>(specs[0].rows->num_rows()));
    ASSERT_EQ(table.notes.size(), 1U);
    EXPECT_TRUE(contains(table.notes[0], "4/" + gone)) << table.notes[0];
    ReadOptions asked;
    asked.tiles = "4/" + gone;
    EXPECT_TRUE(contains(messageOf<Error>([&] { readTable(folder_, asked, RunContext{}); }), "4/" + gone));
}

TEST_P(Hats, propertiesFileStandsForItsFolderAndCollectionsForTheirCatalogue) {
    EXPECT_EQ(readTable(folder_ / "hats.properties", {}, RunContext{}).rows(), stars().size());
    std::ofstream(scratch_ / "collection.properties")
        << "obs_collection=c\nhats_primary_table_url=grid\nall_margins=grid_10arcs other\n";
    const std::filesystem::path collection = (scratch_ / "collection.properties").parent_path();
    const HatsFolder hats = openHats(collection);
    EXPECT_EQ(hats.name, "grid");
    EXPECT_EQ(hats.siblings, (std::vector<std::string>{"grid_10arcs", "other"}));
    EXPECT_EQ(readTable(collection, {}, RunContext{}).rows(), stars().size());
}

TEST_P(Hats, withoutAListTheFoldersTell) {
    std::filesystem::remove(folder_ / "partition_info.csv");
    EXPECT_EQ(readTable(folder_, {}, RunContext{}).rows(), stars().size());
    std::filesystem::remove_all(folder_ / "dataset");
    EXPECT_TRUE(contains(messageOf<Error>([&] { readTable(folder_, {}, RunContext{}); }), "without tiles"));
}

INSTANTIATE_TEST_SUITE_P(FilesAndDirectories, Hats, testing::Bool());

TEST(HatsFolder, aLargeCatalogueIsListedWithoutOpeningItsTiles) {
    const Scratch scratch;
    const auto folder = scratch / "large";
    test::writeHats(folder, {{{0, 0}, tileOf({{1, 45.0, 30.0}})}}, false);
    std::ofstream list(folder / "partition_info.csv");
    list << "Norder,Npix,num_rows\n";
    for (int pixel = 0; pixel < 196608; ++pixel)
        list << "7," << pixel << ",1000\n";
    list.close();
    const auto start = std::chrono::steady_clock::now();
    const HatsFolder hats = openHats(folder);
    const TableOutline outline = hats.outline();
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5)); // 1 s on a quiet machine
    EXPECT_EQ(hats.tiles.size(), 196608U);
    EXPECT_EQ(hats.tiles.back().rows, 1000);
    ASSERT_EQ(outline.columns.size(), 5U);
    EXPECT_EQ(outline.columns[4].type, "float32 list");
    std::ofstream(folder / "partition_info.csv") << "Norder,Npix\n3,768\n";
    EXPECT_TRUE(contains(messageOf<Error>([&] { openHats(folder); }), "3/768"));
}

TEST(HatsFolder, tilesThatDifferSaySo) {
    const Scratch scratch;
    const auto one =
        test::arrowTable({{"id", arrow::int64(), "[1]"}, {"v", arrow::list(arrow::float32()), "[[1,2]]"}});
    const auto two =
        test::arrowTable({{"id", arrow::int64(), "[2]"}, {"v", arrow::list(arrow::float32()), "[[1,2,3]]"}});
    const auto late = test::arrowTable({{"id", arrow::int64(), "[2]"}, {"w", arrow::int64(), "[5]"}});
    test::writeHats(scratch / "a", {{{0, 1}, one}, {{0, 2}, two}});
    const auto message = messageOf<Error>([&] { readTable(scratch / "a", {}, RunContext{}); });
    EXPECT_TRUE(contains(message, "Npix=2.parquet") && contains(message, "column v")) << message;
    test::writeHats(scratch / "b", {{{0, 1}, one}, {{0, 2}, late}});
    const Table table = readTable(scratch / "b", {}, RunContext{});
    EXPECT_TRUE(table.at("w").isMissing(0) && table.at("v").isMissing(1));
    EXPECT_EQ(table.at("w").asText(1), "5");
    EXPECT_EQ(table.notes.size(), 2U);
}

TEST(HatsFolder, otherTablesHaveNoTiles) {
    const Scratch scratch;
    ReadOptions options;
    options.tiles = "1/2";
    EXPECT_TRUE(contains(
        messageOf<Error>([&] { readTable(scratch.write("a.csv", "a,b\n1,2\n"), options, RunContext{}); }),
        "HATS"));
}

} // namespace
} // namespace penumbra::io
