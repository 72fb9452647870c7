#pragma once

#include "core/catalogue/catalogue.h"
#include "core/io/hdf5_file.h"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra {

/// A few numbers a galaxy that go wherever its row goes: draws from posteriors, beside targets
/// (/target_samples/NAME) or as another code gave them (/samples/NAME), and places on maps (/maps/NAME).
struct Samples {
    std::string dataset; ///< "/target_samples/log_mstar", "/samples/provabgs", "/maps/latent_umap_2d"
    std::vector<std::size_t> shape; ///< of one galaxy: [S], or [S, parameters]; maps: [2] or [3]
    std::string source;             ///< in words
    std::vector<float> values = {}; ///< [N, shape...]; only on the way into a file
    FeatureRows rows = {};          ///< instead of values, for more than should be held
    std::map<std::string, std::string> attributes = {}; ///< of maps: algorithm, metric, quality ...
    std::size_t perRow() const;
    bool isMap() const { return dataset.starts_with("/maps/"); }
};

/// What samples and maps a catalogue file has, without their values. What does not fit its rows is told in
/// the notes.
std::vector<Samples> listSamples(const Catalogue& catalogue, std::vector<std::string>& notes);
/// Samples of rows [first, first + count), [count, shape...]; count 0: to the last row. @throws Error
std::vector<float> loadSamples(const Catalogue& catalogue, std::string_view dataset, std::size_t first = 0,
                               std::size_t count = 0);
/// As writeCatalogue without samples, which go into the same file.
void writeCatalogue(const Catalogue& catalogue, const std::vector<MatrixF>& features,
                    const std::vector<Samples>& samples, const std::filesystem::path& path,
                    const RunContext& context = {});
void writeCatalogue(const Catalogue& catalogue, const std::vector<FeatureRows>& features,
                    const std::vector<Samples>& samples, const std::filesystem::path& path,
                    const RunContext& context = {});
/// Attributes that read as numbers are written as numbers. @throws Error if they are not of so many rows
void writeSamples(io::Hdf5File& file, const std::vector<Samples>& samples, std::size_t rows,
                  const RunContext& context = {});

} // namespace penumbra
