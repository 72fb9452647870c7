#pragma once

#include "core/base/run_context.h"
#include "core/io/table.h"

#include <filesystem>
#include <functional>
#include <span>

namespace penumbra::io {

struct ReadOptions {
    std::string part = {};   ///< HDF5 group or FITS HDU (name or number); empty: the largest table
    std::size_t maxRows = 0; ///< 0: all
    std::vector<std::string> columns = {}; ///< empty: all
    std::vector<std::string> ids = {};     ///< columns of text files that name objects: spelt as in the file
};

/// One line of the table of readers.
struct TableReader {
    std::string id;                    ///< "fits", "hdf5", "text"
    std::string name;                  ///< as lists of formats call it: "FITS"
    std::string title;                 ///< "FITS table"
    std::vector<std::string> patterns; ///< file names it usually has: "*.fits", "*.fits.gz"
    bool (*recognises)(const std::filesystem::path& path, std::span<const unsigned char> firstBytes);
    Table (*read)(const std::filesystem::path& path, const ReadOptions& options, const RunContext& context);
};

/// All readers, most specific first; text comes last because it takes anything printable.
std::span<const TableReader> allTableReaders();
/// "FITS, HDF5 or CSV": the readers' names as help, dialogs and errors list them.
std::string readableFormats();
/// "*.fits *.fit *.h5": the readers' patterns as a file dialog's filter takes them.
std::string readablePatterns();

/// Reads whatever table file this is. @throws Error naming the file and what is wrong with it:
/// missing, empty, truncated, no table inside, ragged.
Table readTable(const std::filesystem::path& path, const ReadOptions& options, const RunContext& context);

} // namespace penumbra::io
