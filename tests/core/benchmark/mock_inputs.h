#pragma once

#include "core/base/rng.h"
#include "core/benchmark/galaxies.h"

#include <filesystem>
#include <string>
#include <unistd.h>

namespace penumbra::benchmark {

/// Galaxies whose redshift is the sum of four unit Gaussians, of which photometry tells one, the image one
/// more and the spectrum a third: R2 can be 0.25, 0.5 and 0.75, and no more. "noise" tells nothing. Classes:
/// signs of two of them. Votes: how much a galaxy is of a kind that the image alone shows.
struct MockInputs {
    Catalogue catalogue;
    std::vector<MatrixF> features;
    std::filesystem::path folder;

    explicit MockInputs(std::size_t rows, std::uint64_t seed = 1, bool splits = true) {
        static int count = 0;
        folder = std::filesystem::temp_directory_path() /
                 ("penumbra-benchmark-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
        std::filesystem::create_directories(folder);
        Rng rng(seed);
        catalogue.rowCount = rows;
        const auto n = static_cast<Eigen::Index>(rows);
        features = {MatrixF(n, 2), MatrixF(n, 3), MatrixF(n, 2), MatrixF(n, 3)};
        std::vector<std::int64_t> ids;
        std::vector<double> votes;
        std::vector<std::string> classes;
        Target z{.name = "z", .unit = "", .label = "", .values = {}, .errors = {}, .oracle = {}};
        for (std::size_t i = 0; i < rows; ++i) {
            const auto row = static_cast<Eigen::Index>(i);
            const double photometry = rng.normal(), image = rng.normal(), spectrum = rng.normal();
            z.values.push_back(photometry + image + spectrum + rng.normal());
            set(0, row, {photometry, rng.normal()}, 10.0);
            set(1, row, {image, image * image, rng.normal()}, 1.0);
            set(2, row, {spectrum, rng.normal()}, 1e-3);
            set(3, row, {rng.normal(), rng.normal(), rng.normal()}, 1.0);
            votes.push_back(image > 1.0 ? 1.0 : 0.0);
            classes.push_back(photometry > 0.0 ? (image > 0.0 ? "spiral" : "ring")
                                               : (image > 0.0 ? "smooth" : "edge-on"));
            ids.push_back(static_cast<std::int64_t>(i));
            catalogue.ra.push_back(360.0 * rng.uniform());
            catalogue.dec.push_back(80.0 * rng.uniform());
            if (splits)
                catalogue.split.push_back(static_cast<std::uint8_t>(i % 5 < 3 ? 0 : i % 5 - 2));
        }
        catalogue.objectId.name = "object_id";
        catalogue.objectId.values = ids;
        catalogue.targets = {z};
        add("votes", std::move(votes));
        add("class", std::move(classes));
        catalogue.features = {{"photometry", 2, {}}, {"image", 3, {}}, {"spectrum", 2, {}}, {"noise", 3, {}}};
    }
    ~MockInputs() {
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }
    MockInputs(const MockInputs&) = delete;
    MockInputs& operator=(const MockInputs&) = delete;

    std::string path(const std::string& name) const { return (folder / name).string(); }
    /// Written and read back.
    Catalogue stored(const std::string& name = "galaxies.h5") {
        writeCatalogue(catalogue, features, path(name));
        return readCatalogue(path(name));
    }

private:
    void set(std::size_t matrix, Eigen::Index row, std::initializer_list<double> values, double scale) {
        Eigen::Index column = 0;
        for (const double value : values)
            features[matrix](row, column++) = static_cast<float>(scale * value);
    }
    template <typename Values>
    void add(const std::string& name, Values values) {
        io::Column column;
        column.name = name;
        column.values = std::move(values);
        catalogue.columns.columns.push_back(std::move(column));
    }
};

} // namespace penumbra::benchmark
