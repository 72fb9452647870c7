#pragma once

#include "core/catalogue/catalogue.h"

#include <filesystem>
#include <limits>
#include <string>
#include <unistd.h>

namespace penumbra::testing_support {

/// A folder of its own for one test, removed afterwards.
class ScratchFolder {
public:
    ScratchFolder();
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    std::filesystem::path file(const std::string& name) const { return path_ / name; }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

inline ScratchFolder::ScratchFolder() {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("penumbra-catalogue-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
    std::filesystem::create_directories(path_);
}

inline ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

/// `rows` galaxies with ids beyond 2^53, two feature sets, two targets, three columns.
struct SmallCatalogue {
    Catalogue catalogue;
    std::vector<MatrixF> features;
};

inline SmallCatalogue smallCatalogue(std::size_t rows) {
    SmallCatalogue small;
    Catalogue& c = small.catalogue;
    c.rowCount = rows;
    c.objectId.name = "object_id";
    std::vector<std::int64_t> ids;
    std::vector<float> flux;
    std::vector<std::string> types;
    std::vector<std::uint8_t> flags;
    Target z{"z", "", "redshift", {}, {}, {}};
    Target mass{"log_mstar", "log Msun", "stellar mass", {}, {}, {}};
    for (std::size_t i = 0; i < rows; ++i) {
        ids.push_back(39627658462464LL * 1000 + static_cast<std::int64_t>(i) + (1LL << 60));
        c.ra.push_back(0.1 * static_cast<double>(i));
        c.dec.push_back(-0.01 * static_cast<double>(i));
        c.split.push_back(static_cast<std::uint8_t>(i % 3));
        flux.push_back(static_cast<float>(i) * 0.5F);
        types.push_back(i % 2 == 0 ? "EXP" : "DEV");
        flags.push_back(i % 4 == 0 ? 1 : 0);
        z.values.push_back(0.001 * static_cast<double>(i));
        z.errors.push_back(1e-5);
        mass.values.push_back(i % 5 == 0 ? std::numeric_limits<double>::quiet_NaN() : 10.0);
    }
    z.oracle["q05"] = flux;
    c.objectId.values = ids;
    c.targets = {z, mass};
    c.columns.columns.resize(3);
    c.columns.columns[0] = {"FLUX_R", "nanomaggies", "", flux, {}, 1};
    c.columns.columns[1] = {"TYPE", "", "", types, {}, 1};
    c.columns.columns[2] = {"BLEND", "", "", flags, {}, 1};
    c.features = {{"photometry", 3, {{"columns", "g,r,g-r"}}}, {"embedding", 8, {}}};
    const auto n = static_cast<Eigen::Index>(rows);
    small.features = {MatrixF::Random(n, 3), MatrixF::Random(n, 8)};
    c.attributes["origin"] = "a test";
    return small;
}

} // namespace penumbra::testing_support
