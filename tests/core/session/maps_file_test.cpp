#include "core/session/maps_file.h"

#include "core/base/error.h"
#include "core/io/hdf5_file.h"

#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace penumbra;
namespace fs = std::filesystem;

namespace {

class MapsFile : public testing::Test {
protected:
    void SetUp() override { fs::create_directories(folder_); }
    void TearDown() override { fs::remove_all(folder_); }
    static Samples map(const std::string& name, std::size_t dims, std::size_t rows) {
        Samples map;
        map.dataset = "/maps/" + name;
        map.shape = {dims};
        map.source = "penumbra map";
        map.attributes = {{"algorithm", "umap"}, {"seed", "7"}, {"trustworthiness", "0.875"}};
        for (std::size_t i = 0; i < rows * dims; ++i)
            map.values.push_back(0.5F * static_cast<float>(i));
        map.values.back() = std::nanf("");
        return map;
    }
    fs::path folder_ = fs::temp_directory_path() / ("penumbra_maps_file_" + std::to_string(::getpid()));
    fs::path path_ = folder_ / "s_maps.h5";
};

} // namespace

TEST_F(MapsFile, MapsComeBackAsTheyWere) {
    const std::vector<Samples> maps = {map("e_pca_3d", 3, 5), map("e_umap_2d", 2, 5)};
    session::writeMaps(path_, maps, 5, "abc");
    const auto again = session::readMaps(path_, 5, "abc");
    ASSERT_EQ(again.size(), 2U);
    for (std::size_t m = 0; m < 2; ++m) {
        EXPECT_EQ(again[m].dataset, maps[m].dataset);
        EXPECT_EQ(again[m].shape, maps[m].shape);
        EXPECT_EQ(again[m].source, maps[m].source);
        EXPECT_EQ(again[m].attributes, maps[m].attributes);
        ASSERT_EQ(again[m].values.size(), maps[m].values.size());
        for (std::size_t i = 0; i + 1 < maps[m].values.size(); ++i)
            EXPECT_EQ(again[m].values[i], maps[m].values[i]);
        EXPECT_TRUE(std::isnan(again[m].values.back())) << "in quarantine";
    }
}

TEST_F(MapsFile, MapsOfAnotherCatalogueAreRefused) {
    session::writeMaps(path_, {map("e_umap_2d", 2, 5)}, 5, "abc");
    EXPECT_THROW(session::readMaps(path_, 5, "abd"), Error);
    EXPECT_THROW(session::readMaps(path_, 6, "abc"), Error);
    EXPECT_THROW(session::readMaps(folder_ / "none.h5", 5, "abc"), Error);
    auto file = io::Hdf5File::openForUpdate(path_);
    file.writeFloats("/maps/wide", std::vector<float>(20), {5, 4});
    file.close();
    EXPECT_THROW(session::readMaps(path_, 5, "abc"), Error) << "no map has four dimensions";
}
