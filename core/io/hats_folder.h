#pragma once

#include "core/io/parquet_outline.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace penumbra::io {

/// A piece of the sky: a HEALPix pixel in the nested scheme.
struct HatsTile {
    int order = 0;
    std::uint64_t pixel = 0;
    std::int64_t rows = -1;   ///< -1: not told
    std::string text() const; ///< "5/1234"
    bool operator==(const HatsTile& other) const { return order == other.order && pixel == other.pixel; }
};

/// A catalogue in the HATS layout (IVOA Note HATS 1.0): a folder of Parquet files, one a tile. Knows its
/// files by the lists beside them; no tile has been opened.
struct HatsFolder {
    std::filesystem::path folder;    ///< the catalogue's own, inside a collection's
    std::filesystem::path dataset;   ///< where Norder=... lie
    std::filesystem::path described; ///< the properties file
    std::string name;
    std::map<std::string, std::string> properties;
    std::vector<std::string> siblings; ///< a collection's margins and indexes, which are not read
    std::vector<HatsTile> tiles;       ///< in the order of the list
    std::string raColumn, decColumn;
    std::int64_t rows = -1; ///< -1: not told

    /// Its Parquet files in order of name; empty if the tile is not here.
    std::vector<std::filesystem::path> filesOf(const HatsTile& tile) const;
    /// Of dataset/_common_metadata, else of the first tile that is here. @throws Error if neither is.
    TableOutline outline() const;
};

/// A folder with hats.properties, collection.properties or (HiPSCat) catalog_info.json, or such a file
/// itself.
bool isHats(const std::filesystem::path& path);
/// @throws Error naming the file that is absent or not understood
HatsFolder openHats(const std::filesystem::path& path);
/// "5/1234,5/1235". @throws UsageError
std::vector<HatsTile> parseTiles(const std::string& text);

} // namespace penumbra::io
