#pragma once

#include "core/base/registry.h"
#include "core/base/run_context.h"
#include "core/io/table.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <span>

namespace penumbra::io {

/// A circle on the sky, degrees.
struct SkyCone {
    double ra = 0.0, dec = 0.0, radius = 0.0;
};

struct ReadOptions {
    std::string part = {};   ///< HDF5 group or FITS HDU (name or number); empty: the largest table
    std::size_t maxRows = 0; ///< 0: all
    std::vector<std::string> columns = {}; ///< empty: all
    std::vector<std::string> ids = {};     ///< columns of text files that name objects: spelt as in the file
    std::optional<SkyCone> cone = {};      ///< HATS: the rows inside
    std::string tiles = {};                ///< HATS: "5/1234,5/1235"; empty: all
};

/// One line of the table of readers.
struct TableReader {
    std::string id;                    ///< "fits", "hdf5", "text"
    std::string name;                  ///< as lists of formats call it: "FITS"
    std::string title;                 ///< "FITS table"
    std::vector<std::string> patterns; ///< file names it usually has: "*.fits", "*.fits.gz"
    bool (*recognises)(const std::filesystem::path& path, std::span<const unsigned char> firstBytes);
    Table (*read)(const std::filesystem::path& path, const ReadOptions& options, const RunContext& context);
    bool takesFolders = false; ///< then `recognises` is asked of a folder, with no bytes
    /// The columns, told before anything is read; null where the file is read whole.
    std::vector<std::string> (*columnNames)(const std::filesystem::path& path) = nullptr;
};

/// All readers, most specific first; text comes last because it takes anything printable.
std::span<const TableReader> allTableReaders();
/// Adds a reader for this process (base/registry.h); it is asked before those of the table.
[[nodiscard]] Added addTableReader(TableReader reader);
/// "FITS, HDF5 or CSV": the readers' names as help, dialogs and errors list them.
std::string readableFormats();
/// "*.fits *.fit *.h5": the readers' patterns as a file dialog's filter takes them.
std::string readablePatterns();

/// The reader of this file or folder; null if no reader takes it. @throws Error if it cannot be opened, or is
/// empty.
const TableReader* findTableReader(const std::filesystem::path& path);

/// The columns of a Parquet file or HATS folder, told before anything is read; empty for other formats, which
/// are read whole. @throws Error as readTable
std::vector<std::string> columnNamesBeforehand(const std::filesystem::path& path);

/// Reads whatever table file this is. @throws Error naming the file and what is wrong with it:
/// missing, empty, truncated, no table inside, ragged.
Table readTable(const std::filesystem::path& path, const ReadOptions& options, const RunContext& context);

} // namespace penumbra::io
