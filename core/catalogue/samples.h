#pragma once

#include "core/catalogue/catalogue.h"
#include "core/io/hdf5_file.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra {

/// Draws from posteriors, beside targets (/target_samples/NAME) or as another code gave them (/samples/NAME).
struct Samples {
    std::string dataset;            ///< "/target_samples/log_mstar", "/samples/provabgs"
    std::vector<std::size_t> shape; ///< of one galaxy: [S], or [S, parameters]
    std::string source;             ///< in words
    std::vector<float> values = {}; ///< [N, shape...]; only on the way into a file
    FeatureRows rows = {};          ///< instead of values, for more than should be held
    std::size_t perRow() const;
};

/// What samples a catalogue file has, without their values. What does not fit its rows is told in the notes.
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
/// @throws Error if they are not of so many rows
void writeSamples(io::Hdf5File& file, const std::vector<Samples>& samples, std::size_t rows,
                  const RunContext& context = {});

} // namespace penumbra
