#pragma once

#include "core/base/run_context.h"
#include "core/io/table.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace penumbra {

/// Where the image or spectrum of a galaxy is stored: an index into a list of files and a row there.
struct StoredRow {
    std::int32_t file = -1;
    std::int64_t row = -1;
    bool present() const { return file >= 0; }
};

/// A survey in the layout of the Multimodal Universe: FOLDER/healpix=NUMBER/NNN-of-NNN.hdf5 (or .h5), one row
/// a galaxy in every dataset.
struct UniverseSurvey {
    std::string name; ///< of the folder: "dr10_south_21"
    std::filesystem::path folder;
    std::vector<std::filesystem::path> files; ///< in order of healpix number, then of name
    bool images = false, spectra = false, labels = false;
    bool hats = false; ///< Parquet tiles (universe_hats.h) instead
};

/// All surveys below a folder, or the one in a single file. Empty: nothing here has the layout.
/// Looks inside the first file of each survey only. @throws Error for a path that does not exist.
std::vector<UniverseSurvey> findUniverseSurveys(const std::filesystem::path& path);

/// What a survey says about its galaxies, pixels apart: every dataset with one value a galaxy. In memory.
struct UniverseTable {
    io::Column objectId;             ///< int64 or text
    std::vector<double> ra, dec;     ///< degrees; empty if absent
    io::Table columns;               ///< the others, by name
    std::vector<StoredRow> storedAt; ///< file: index into UniverseSurvey::files
    std::vector<std::string> notes;
};

/// @param maxRows 0: all; files beyond are not opened.
/// @throws Error naming file and dataset: no ids, lengths that differ, not HDF5.
UniverseTable readUniverseTable(const UniverseSurvey& survey, std::size_t maxRows, const RunContext& context);

} // namespace penumbra
