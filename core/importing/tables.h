#pragma once

#include "core/base/run_context.h"
#include "core/importing/mapping.h"
#include "core/io/table.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// A file that went into an import.
struct ImportSource {
    std::filesystem::path path;
    std::string hash;
};

/// Rows lost in one step: "cut Z > 0", "join labels.csv: no partner".
struct DroppedRows {
    std::string step;
    std::size_t rows = 0;
};

/// The input with missing codes applied, other tables joined and cuts made.
struct PreparedTable {
    io::Table table;
    std::vector<std::int64_t> sourceRows; ///< row in the input of each kept row
    std::size_t rowsRead = 0;
    std::vector<DroppedRows> dropped;
    std::vector<ImportSource> sources; ///< the input first
    std::vector<std::string> notes;
};

/// `inputPath` and `joinFolder` override the mapping's input and the folder of joined tables; empty: the
/// mapping's.
/// @throws Error naming file, column or cut, what was found and what to do.
PreparedTable prepareTable(const ImportMapping& mapping, const std::filesystem::path& inputPath,
                           const std::filesystem::path& joinFolder, const RunContext& context);

/// The file of a joined table: in the folder of joined tables, if one is given, else beside the mapping.
/// @throws Error where it is in neither.
std::filesystem::path joinedPath(const ImportMapping& mapping, const JoinRule& join,
                                 const std::filesystem::path& joinFolder);

/// The rows named, in that order; npos gives a missing row.
io::Column takeRows(const io::Column& column, const std::vector<std::size_t>& rows);
/// * and ? match anything; case matters.
bool matchesPattern(std::string_view pattern, std::string_view name);

} // namespace penumbra::workflow
