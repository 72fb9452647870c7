#pragma once

// What the single readers share; only table_reader.cpp and the readers include it.

#include "core/io/table_reader.h"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra::io {

using FirstBytes = std::span<const unsigned char>;
inline std::string_view textOf(FirstBytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool looksLikeFits(const std::filesystem::path& path, FirstBytes firstBytes);
Table readFitsTable(const std::filesystem::path& path, const ReadOptions& options, const RunContext& context);
bool looksLikeHdf5(const std::filesystem::path& path, FirstBytes firstBytes);
Table readHdf5Table(const std::filesystem::path& path, const ReadOptions& options, const RunContext& context);
bool looksLikeVotable(const std::filesystem::path& path, FirstBytes firstBytes);
Table readVotableTable(const std::filesystem::path& path, const ReadOptions& options,
                       const RunContext& context);
bool looksLikeText(const std::filesystem::path& path, FirstBytes firstBytes);
Table readTextTable(const std::filesystem::path& path, const ReadOptions& options, const RunContext& context);

#ifdef PENUMBRA_WITH_ARROW
bool looksLikeParquet(const std::filesystem::path& path, FirstBytes firstBytes);
Table readParquetTable(const std::filesystem::path& path, const ReadOptions& options,
                       const RunContext& context);
bool looksLikeArrowIpc(const std::filesystem::path& path, FirstBytes firstBytes);
Table readArrowIpcTable(const std::filesystem::path& path, const ReadOptions& options,
                        const RunContext& context);
bool looksLikeHats(const std::filesystem::path& path, FirstBytes firstBytes);
Table readHatsTable(const std::filesystem::path& path, const ReadOptions& options, const RunContext& context);
#endif

/// The options with a name that stands for a struct ("image" where there are "image.flux" and "image.mask")
/// replaced by those of its parts.
ReadOptions withStructsTakenApart(ReadOptions options, const std::vector<std::string>& names);
/// Which of `names` the options want, in the file's order: exact name, else case-insensitive, else the name
/// before "[k]"; and the masks beside them (NAME.mask). All, if the options name none. @throws Error listing
/// near names, and the other parts of the file that have it, for one that is not there.
std::vector<std::size_t> wantedColumns(const std::string& source, const std::vector<std::string>& names,
                                       const ReadOptions& options,
                                       std::span<const TablePart> otherParts = {});
/// True if `names` has every column that the options ask for.
bool hasColumns(const std::vector<std::string>& names, const ReadOptions& options);
/// "a, b, c, ...": the first pieces, for messages.
std::string listText(std::span<const std::string> pieces, std::size_t most = 10);
/// Names, units, descriptions and texts that are not UTF-8 become so (read as Windows-1252), and that is
/// told.
void makeUtf8(Table& table);

} // namespace penumbra::io
