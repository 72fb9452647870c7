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
};

/// One line of the table of readers.
struct TableReader {
    std::string id;    ///< "fits", "hdf5", "text"
    std::string title; ///< "FITS binary table"
    bool (*recognises)(const std::filesystem::path& path, std::span<const unsigned char> firstBytes);
    Table (*read)(const std::filesystem::path& path, const ReadOptions& options, const RunContext& context);
};

/// All readers, most specific first; text comes last because it takes anything printable.
std::span<const TableReader> allTableReaders();

/// Reads whatever table file this is. @throws Error naming the file and what is wrong with it:
/// missing, empty, truncated, no table inside, ragged.
Table readTable(const std::filesystem::path& path, const ReadOptions& options, const RunContext& context);

} // namespace penumbra::io
