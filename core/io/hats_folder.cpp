#include "core/io/hats_folder.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/healpix.h"
#include "core/io/table_reader.h"

#include <algorithm>
#include <fstream>
#include <optional>

namespace penumbra::io {

namespace {

namespace fs = std::filesystem;

constexpr const char* propertyNames[] = {"hats.properties", "collection.properties", "properties"};

bool isFile(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

bool isFolder(const fs::path& path) {
    std::error_code ignored;
    return fs::is_directory(path, ignored);
}

/// "key = value" lines; # comments.
std::map<std::string, std::string> readProperties(const fs::path& path) {
    std::ifstream file(path);
    if (!file)
        throw Error(path.string() + ": cannot be opened; may you read it?");
    std::map<std::string, std::string> properties;
    for (std::string line; std::getline(file, line) && properties.size() < 10000;) {
        const auto equals = line.find('=');
        if (equals == std::string::npos || trimmed(line).starts_with('#'))
            continue;
        properties.emplace(std::string(trimmed(std::string_view(line).substr(0, equals))),
                           toUtf8(trimmed(std::string_view(line).substr(equals + 1))));
    }
    return properties;
}

std::string valueOf(const std::map<std::string, std::string>& properties,
                    std::initializer_list<const char*> keys) {
    for (const char* key : keys)
        if (const auto found = properties.find(key); found != properties.end())
            return found->second;
    return {};
}

fs::path propertiesFile(const fs::path& folder) {
    for (const char* name : propertyNames)
        if (isFile(folder / name))
            return folder / name;
    return {};
}

/// A collection names its main catalogue, its margins and its indexes.
HatsFolder openCollection(const fs::path& properties) {
    const auto values = readProperties(properties);
    const std::string main = valueOf(values, {"hats_primary_table_url"});
    if (main.empty())
        throw Error(properties.string() +
                    ": names no hats_primary_table_url, so which catalogue is meant is not clear; "
                    "name the catalogue's folder inside it");
    const fs::path folder = properties.parent_path() / main;
    if (propertiesFile(folder).empty() || propertiesFile(folder).filename() == "collection.properties")
        throw Error(properties.string() + ": its catalogue " + main + " is not beside it");
    HatsFolder hats = openHats(folder);
    for (const char* key : {"all_margins", "all_indexes"}) {
        const std::string names = valueOf(values, {key});
        for (std::size_t begin = 0; begin < names.size();) {
            const std::size_t end = std::min(names.find_first_of(" ,", begin), names.size());
            if (end > begin)
                hats.siblings.push_back(names.substr(begin, end - begin));
            begin = end + 1;
        }
    }
    return hats;
}

/// The number behind "Norder=" or "Npix="; a file's ending is left off.
std::optional<std::uint64_t> numberIn(const fs::path& path, std::string_view key) {
    const std::string name = path.filename().string();
    if (!name.starts_with(key))
        return std::nullopt;
    const auto number = parseInteger(std::string_view(name).substr(key.size(), name.find('.') - key.size()));
    return number && *number >= 0 ? std::optional(static_cast<std::uint64_t>(*number)) : std::nullopt;
}

bool isTile(const HatsTile& tile) {
    return tile.order >= 0 && tile.order <= healpix::finestOrder &&
           tile.pixel < (std::uint64_t{12} << (2 * tile.order));
}

std::vector<HatsTile> listedTiles(const fs::path& list) {
    const Table table = readTable(list, {}, RunContext{});
    const Column *order = table.find("Norder"), *pixel = table.find("Npix");
    if (!order || !pixel || !order->isInteger() || !pixel->isInteger())
        throw Error(list.string() +
                    ": has no columns Norder and Npix of integers; it is not HATS's list of tiles");
    const Column* rows = table.find("num_rows");
    std::vector<HatsTile> tiles;
    for (std::size_t row = 0; row < table.rows(); ++row) {
        const auto k = parseInteger(order->asText(row)), p = parseInteger(pixel->asText(row));
        if (k == -1 && p == -1) // hats writes so for a catalogue that is no map of the sky
            continue;
        HatsTile tile{static_cast<int>(k.value_or(-1)), static_cast<std::uint64_t>(p.value_or(-1)), -1};
        if (!isTile(tile))
            throw Error(list.string() + ": row " + std::to_string(row) + " names tile " + order->asText(row) +
                        "/" + pixel->asText(row) + ", which does not exist");
        if (rows != nullptr && rows->isNumeric() && !rows->isMissing(row))
            tile.rows = static_cast<std::int64_t>(rows->asReal(row));
        tiles.push_back(tile);
    }
    return tiles;
}

/// By the names of folders and files, where no list is there.
std::vector<HatsTile> foundTiles(const fs::path& dataset) {
    std::vector<HatsTile> tiles;
    std::error_code failed;
    for (const auto& orders : fs::directory_iterator(dataset, failed)) {
        const auto order = numberIn(orders.path(), "Norder=");
        if (!order || !orders.is_directory(failed))
            continue;
        for (const auto& folders : fs::directory_iterator(orders.path(), failed))
            for (const auto& pixels : fs::directory_iterator(folders.path(), failed))
                if (const auto pixel = numberIn(pixels.path(), "Npix="))
                    if (const HatsTile tile{static_cast<int>(*order), *pixel, -1}; isTile(tile))
                        tiles.push_back(tile);
    }
    std::sort(tiles.begin(), tiles.end(), [](const HatsTile& a, const HatsTile& b) {
        // along the nested curve, as hats lists them
        return a.pixel << (2 * (healpix::finestOrder - a.order)) <
               b.pixel << (2 * (healpix::finestOrder - b.order));
    });
    return tiles;
}

} // namespace

std::string HatsTile::text() const {
    return std::to_string(order) + "/" + std::to_string(pixel);
}

bool isHats(const fs::path& path) {
    if (isFile(path))
        return path.filename() == "hats.properties" || path.filename() == "collection.properties";
    if (!isFolder(path))
        return false;
    const fs::path properties = propertiesFile(path);
    return properties.filename() == "hats.properties" || properties.filename() == "collection.properties" ||
           (!properties.empty() && (isFolder(path / "dataset") || isFile(path / "partition_info.csv"))) ||
           (isFile(path / "partition_info.csv") && isFile(path / "catalog_info.json")); // HiPSCat
}

HatsFolder openHats(const fs::path& path) {
    const fs::path folder = isFile(path) ? path.parent_path() : path;
    const fs::path properties = propertiesFile(folder);
    if (properties.filename() == "collection.properties")
        return openCollection(properties);
    HatsFolder hats;
    hats.folder = folder;
    hats.described = properties.empty() ? folder / "partition_info.csv" : properties;
    if (!properties.empty())
        hats.properties = readProperties(properties);
    hats.name = valueOf(hats.properties, {"obs_collection", "catalog_name"});
    if (hats.name.empty())
        hats.name = fs::absolute(folder).lexically_normal().filename().string();
    hats.raColumn = valueOf(hats.properties, {"hats_col_ra", "ra_column"});
    hats.decColumn = valueOf(hats.properties, {"hats_col_dec", "dec_column"});
    if (const auto rows = parseInteger(valueOf(hats.properties, {"hats_nrows", "total_rows"}));
        rows && *rows >= 0)
        hats.rows = *rows;
    hats.dataset = isFolder(folder / "dataset") ? folder / "dataset" : folder;
    hats.tiles = isFile(folder / "partition_info.csv") ? listedTiles(folder / "partition_info.csv")
                                                       : foundTiles(hats.dataset);
    if (hats.tiles.empty())
        throw Error(folder.string() +
                    ": a HATS catalogue without tiles: neither partition_info.csv nor folders "
                    "dataset/Norder=.../Dir=.../ name one");
    return hats;
}

std::vector<fs::path> HatsFolder::filesOf(const HatsTile& tile) const {
    const std::string last = "Npix=" + std::to_string(tile.pixel);
    const fs::path stem = dataset / ("Norder=" + std::to_string(tile.order)) /
                          ("Dir=" + std::to_string(tile.pixel / 10000 * 10000)) / last;
    fs::path file = stem;
    file += ".parquet";
    if (isFile(file))
        return {file};
    std::vector<fs::path> files;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(stem, failed))
        if (lowered(entry.path().extension().string()) == ".parquet" && entry.is_regular_file(failed))
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

TableOutline HatsFolder::outline() const {
    TableOutline found;
    if (isFile(dataset / "_common_metadata")) {
        found = outlineParquet(dataset / "_common_metadata");
    } else {
        const auto here = std::find_if(tiles.begin(), tiles.end(),
                                       [this](const HatsTile& t) { return !filesOf(t).empty(); });
        if (here == tiles.end())
            throw Error(folder.string() + ": none of its " + std::to_string(tiles.size()) +
                        " tiles is here; fetch some");
        found = outlineParquet(filesOf(*here).front());
    }
    found.rows = rows < 0 ? 0 : static_cast<std::size_t>(rows);
    return found;
}

std::vector<HatsTile> parseTiles(const std::string& text) {
    std::vector<HatsTile> tiles;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string_view word = trimmed(std::string_view(text).substr(begin, end - begin));
        const auto slash = word.find('/');
        const auto order = parseInteger(word.substr(0, slash));
        const auto pixel =
            slash == std::string_view::npos ? std::nullopt : parseInteger(word.substr(slash + 1));
        if (!order || !pixel || *order < 0 || *order > healpix::finestOrder || *pixel < 0 ||
            !isTile({static_cast<int>(*order), static_cast<std::uint64_t>(*pixel), -1}))
            throw UsageError("'" + std::string(word) +
                             "' is no tile: write order/pixel, such as 5/1234 (a pixel of "
                             "order k is below 12 * 4^k)");
        tiles.push_back({static_cast<int>(*order), static_cast<std::uint64_t>(*pixel), -1});
        begin = end + 1;
    }
    return tiles;
}

} // namespace penumbra::io
