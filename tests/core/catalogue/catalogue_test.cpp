#include "core/catalogue/catalogue.h"

#include "core/base/error.h"
#include "core/catalogue/prediction.h"
#include "core/io/hdf5_file.h"
#include "tests/core/catalogue/small_catalogue.h"

#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <limits>
#include <unistd.h>

namespace penumbra {
namespace {

using testing_support::ScratchFolder;
using testing_support::smallCatalogue;

bool contains(const std::vector<std::string>& lines, const std::string& words) {
    for (const auto& line : lines)
        if (line.find(words) != std::string::npos)
            return true;
    return false;
}

TEST(Catalogue, comesBackAsWritten) {
    const ScratchFolder folder;
    const auto small = smallCatalogue(100);
    writeCatalogue(small.catalogue, small.features, folder.file("c.h5"));
    EXPECT_TRUE(isCatalogueFile(folder.file("c.h5")));
    const Catalogue read = readCatalogue(folder.file("c.h5"));
    EXPECT_EQ(read.rowCount, 100U);
    EXPECT_EQ(std::get<std::vector<std::int64_t>>(read.objectId.values),
              std::get<std::vector<std::int64_t>>(small.catalogue.objectId.values)); // beyond 2^53, exact
    EXPECT_EQ(read.ra, small.catalogue.ra);
    EXPECT_EQ(read.dec, small.catalogue.dec);
    EXPECT_EQ(read.split, small.catalogue.split);
    EXPECT_EQ(read.attributes.at("origin"), "a test");
    EXPECT_TRUE(read.notes.empty()) << read.notes.front();
    const Target& z = read.target("z");
    EXPECT_EQ(z.values, small.catalogue.targets[0].values);
    EXPECT_EQ(z.errors, small.catalogue.targets[0].errors);
    EXPECT_EQ(z.oracle.at("q05"), small.catalogue.targets[0].oracle.at("q05"));
    EXPECT_EQ(read.target("log_mstar").axisLabel(), "stellar mass, log Msun");
    EXPECT_TRUE(std::isnan(read.target("log_mstar").values[5]));
    EXPECT_EQ(read.columns.at("TYPE").asText(1), "DEV");
    EXPECT_EQ(read.columns.at("FLUX_R").unit, "nanomaggies");
    EXPECT_EQ(read.columns.at("FLUX_R").typeName(), "float32");
    EXPECT_EQ(read.columns.at("BLEND").typeName(), "bool");
}

TEST(Catalogue, featuresComeBackAsWritten) {
    const ScratchFolder folder;
    const auto small = smallCatalogue(100);
    writeCatalogue(small.catalogue, small.features, folder.file("c.h5"));
    const Catalogue read = readCatalogue(folder.file("c.h5"));
    EXPECT_EQ(read.feature("photometry").attributes.at("columns"), "g,r,g-r");
    for (std::size_t i = 0; i < 2; ++i) {
        const Features features = loadFeatures(read, small.catalogue.features[i].name);
        EXPECT_EQ(features.values, small.features[i]);
        EXPECT_EQ(features.quarantinedCount, 0U);
    }
    EXPECT_EQ(loadFeatures(read, "").name, read.features.front().name);
}

TEST(Catalogue, putsRowsWithoutFiniteFeaturesIntoQuarantine) {
    const ScratchFolder folder;
    auto small = smallCatalogue(50);
    small.features[0](7, 2) = std::numeric_limits<float>::quiet_NaN();
    small.features[0](7, 1) = std::numeric_limits<float>::quiet_NaN();
    small.features[0](31, 0) = -std::numeric_limits<float>::infinity();
    writeCatalogue(small.catalogue, small.features, folder.file("c.h5"));
    const Features features = loadFeatures(readCatalogue(folder.file("c.h5")), "photometry");
    EXPECT_EQ(features.quarantinedCount, 2U);
    for (std::size_t row = 0; row < 50; ++row)
        EXPECT_EQ(features.quarantined[row], row == 7 || row == 31 ? 1 : 0) << row;
}

TEST(Catalogue, readsBlocksOfLargeFeaturesInOrder) {
    const ScratchFolder folder;
    auto small = smallCatalogue(70000);
    small.features[1].resize(70000, 64); // 18 MB: several blocks on both ways
    for (Eigen::Index row = 0; row < 70000; ++row)
        small.features[1].row(row).setConstant(static_cast<float>(row));
    small.catalogue.features[1].width = 64;
    writeCatalogue(small.catalogue, small.features, folder.file("c.h5"));
    const Features features = loadFeatures(readCatalogue(folder.file("c.h5")), "embedding");
    EXPECT_EQ(features.values, small.features[1]);
}

TEST(Catalogue, reportsAndKeepsDuplicateIds) {
    const ScratchFolder folder;
    auto small = smallCatalogue(20);
    auto& ids = std::get<std::vector<std::int64_t>>(small.catalogue.objectId.values);
    ids[5] = ids[6] = ids[4];
    writeCatalogue(small.catalogue, small.features, folder.file("c.h5"));
    const Catalogue read = readCatalogue(folder.file("c.h5"));
    EXPECT_EQ(read.rowCount, 20U);
    EXPECT_TRUE(contains(read.notes, "2 rows repeat")) << read.notes.size();
    EXPECT_TRUE(contains(read.notes, std::to_string(ids[4])));
}

// What ten lines of Python write: float64 labels, int32 ids, text ids of fixed length, features as float64,
// no units.
TEST(Catalogue, toleratesOtherWritersTypes) {
    const ScratchFolder folder;
    auto file = io::Hdf5File::create(folder.file("c.h5"));
    const std::vector<std::string> ids{"a1", "b22", "c"};
    io::Hdf5WriteOptions fixed;
    fixed.fixedText = true;
    file.writeTexts("/object_id", ids, {}, fixed);
    file.writeReals("/features/f", std::vector<double>{1, 2, 3, 4, 5, 6}, {3, 2});
    file.writeReals("/features/one", std::vector<double>{1, 2, 3});
    file.writeFloats("/targets/z", std::vector<float>{0.5F, std::numeric_limits<float>::infinity(), 1.0F},
                     {3, 1});
    file.writeIntegers("/targets/n", std::vector<std::int64_t>{1, 2, 3});
    file.writeTexts("/split", std::vector<std::string>{"train", "cal", "test"});
    file.writeBooleans("/columns/flag", std::vector<std::uint8_t>{1, 0, 1});
    file.close();
    const Catalogue read = readCatalogue(folder.file("c.h5"));
    EXPECT_EQ(read.idText(1), "b22");
    EXPECT_EQ(read.split, (std::vector<std::uint8_t>{0, 1, 2}));
    EXPECT_DOUBLE_EQ(read.target("n").values[2], 3.0);
    EXPECT_TRUE(std::isnan(read.target("z").values[1]));
    EXPECT_TRUE(contains(read.notes, "1 infinite"));
    EXPECT_EQ(loadFeatures(read, "f").values(2, 1), 6.0F);
    EXPECT_EQ(loadFeatures(read, "one").values.cols(), 1);
    EXPECT_TRUE(read.columns.at("flag").asReal(2) == 1.0);
    EXPECT_EQ(read.target("z").axisLabel(), "z");
}

TEST(Catalogue, leavesNothingBehindWhenWritingFails) {
    const ScratchFolder folder;
    auto small = smallCatalogue(10);
    small.catalogue.columns.columns[0].name = "a/b";
    EXPECT_THROW(writeCatalogue(small.catalogue, small.features, folder.file("c.h5")), Error);
    auto cancelled = smallCatalogue(10);
    std::stop_source stop;
    stop.request_stop();
    RunContext context;
    context.stop = stop.get_token();
    EXPECT_THROW(writeCatalogue(cancelled.catalogue, cancelled.features, folder.file("c.h5"), context),
                 Cancelled);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Catalogue, refusesToWriteWhatDoesNotFit) {
    const ScratchFolder folder;
    const auto expectRefused = [&folder](auto damage) {
        auto small = smallCatalogue(10);
        damage(small);
        EXPECT_THROW(writeCatalogue(small.catalogue, small.features, folder.file("c.h5")), Error);
    };
    expectRefused([](auto& s) { s.catalogue.ra.pop_back(); });
    expectRefused([](auto& s) { s.catalogue.split[3] = 3; });
    expectRefused([](auto& s) { s.catalogue.targets[1].values.push_back(0.0); });
    expectRefused([](auto& s) { s.catalogue.targets[1].name = "z"; });
    expectRefused([](auto& s) { s.features[1].conservativeResize(9, 8); });
    expectRefused([](auto& s) { s.features.pop_back(); });
    expectRefused([](auto& s) { s.catalogue.rowCount = 0; });
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Catalogue, namesWhatThereIsWhenATargetIsUnknown) {
    const auto small = smallCatalogue(3);
    try {
        small.catalogue.target("zz");
        FAIL();
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("z, log_mstar"), std::string::npos) << error.what();
    }
    EXPECT_THROW(small.catalogue.feature("nothing"), Error);
}

TEST(FileHash, isFnv1aOfTheBytes) {
    const ScratchFolder folder;
    const auto hashOf = [&folder](const std::string& bytes) {
        std::ofstream(folder.file("f"), std::ios::binary) << bytes;
        return fileHash(folder.file("f"));
    };
    // Published FNV-1a test vectors (isthe.com).
    EXPECT_EQ(hashOf(""), "cbf29ce484222325");
    EXPECT_EQ(hashOf("a"), "af63dc4c8601ec8c");
    EXPECT_EQ(hashOf("foobar"), "85944171f73967e8");
    EXPECT_THROW(fileHash(folder.file("absent")), Error);
}

TEST(DrawSplit, hasTheFractionsAskedForAndFollowsTheSeed) {
    const auto split = drawSplit(10000, 0.5, 0.2, 7);
    EXPECT_EQ(std::count(split.begin(), split.end(), 0), 5000);
    EXPECT_EQ(std::count(split.begin(), split.end(), 1), 2000);
    EXPECT_EQ(std::count(split.begin(), split.end(), 2), 3000);
    EXPECT_EQ(split, drawSplit(10000, 0.5, 0.2, 7));
    EXPECT_NE(split, drawSplit(10000, 0.5, 0.2, 8));
    EXPECT_THROW(drawSplit(10, 0.8, 0.3, 0), UsageError);
    EXPECT_THROW(drawSplit(10, -0.1, 0.3, 0), UsageError);
    EXPECT_THROW(drawSplit(10, std::nan(""), 0.3, 0), UsageError);
}

// Every row is as likely as any other to be drawn: over 400 seeds row 0 trains Binomial(400, 1/2) times.
// Two-sided 5 sigma: false alarm below 1e-6.
TEST(DrawSplit, treatsRowsAlike) {
    int first = 0, last = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        const auto split = drawSplit(40, 0.5, 0.25, seed);
        first += split.front() == 0;
        last += split.back() == 0;
    }
    EXPECT_NEAR(first, 200, 50);
    EXPECT_NEAR(last, 200, 50);
}

TEST(KeepObjectsTogether, NoObjectLiesInTwoSplits) {
    io::Column ids;
    std::vector<std::int64_t> values;
    for (std::int64_t i = 0; i < 3000; ++i)
        values.push_back(i % 2000); // a third repeats
    ids.values = values;
    auto split = drawSplit(values.size(), 0.5, 0.25, 3);
    const auto before = split;
    EXPECT_EQ(keepObjectsTogether(ids, split), 1000u);
    for (std::size_t i = 0; i < 2000; ++i)
        EXPECT_EQ(split[i], before[i]);
    for (std::size_t i = 2000; i < 3000; ++i)
        EXPECT_EQ(split[i], split[i - 2000]);
    ids.values = std::vector<std::string>{"a", "b", "a"};
    std::vector<std::uint8_t> three = {0, 1, 2};
    EXPECT_EQ(keepObjectsTogether(ids, three), 1u);
    EXPECT_EQ(three, (std::vector<std::uint8_t>{0, 1, 0}));
}

TEST(HeldOut, countsTestRows) {
    HeldOut heldOut;
    heldOut.rows = {3, 5, 8, 9};
    heldOut.isTest = {0, 1, 1, 0};
    EXPECT_EQ(heldOut.testCount(), 2U);
    EXPECT_EQ(heldOut.calibrationCount(), 2U);
}

} // namespace
} // namespace penumbra
