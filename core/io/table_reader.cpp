#include "core/io/table_reader.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/companion_masks.h"
#include "core/io/hats_folder.h"
#include "core/io/table_readers_internal.h"

#include <algorithm>
#include <fstream>
#include <new>
#include <set>
#include <stdexcept>

namespace penumbra::io {

namespace {

constexpr std::size_t firstBytesRead = 4096;

std::vector<unsigned char> readFirstBytes(const std::filesystem::path& path) {
    std::error_code failure;
    const auto status = std::filesystem::status(path, failure);
    if (!std::filesystem::exists(status)) {
        throw Error(path.string() + ": no such file");
    }
    if (std::filesystem::is_directory(status)) {
        if (isHats(path)) // taken by its reader where there is one
            throw Error(path.string() +
                        ": is HATS, which holds Parquet files, and this Penumbra was built without "
                        "Arrow (PENUMBRA_ARROW=OFF); use a build with it");
        throw Error(path.string() + ": is a folder, and not one of HATS; name a file inside it");
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw Error(path.string() + ": cannot be opened; may you read it?");
    }
    std::vector<char> bytes(firstBytesRead);
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    if (bytes.empty()) {
        throw Error(path.string() + ": the file is empty");
    }
    return {bytes.begin(), bytes.end()};
}

/// What a file that no reader takes probably is.
std::string guessedFormat(FirstBytes bytes) {
    const std::string_view text = textOf(bytes);
    const auto starts = [&](std::string_view magic) { return text.substr(0, magic.size()) == magic; };
    if (starts("\x1f\x8b")) {
        return "it is compressed by gzip and holds neither a table of text nor FITS: unpack it first";
    }
    if (starts("PK\x03\x04")) {
        return "it is a zip archive (numpy's npz, a spreadsheet?): unpack or export it first";
    }
    if (starts("PAR1") || starts("PARE") || starts("ARROW1") || starts("FEA1")) {
        return "it is a file of Parquet or Arrow, and this Penumbra was built without Arrow "
               "(PENUMBRA_ARROW=OFF): write it as FITS, HDF5 or CSV, or use a build with Arrow";
    }
    if (starts("\x93NUMPY")) {
        return "it is a numpy file: write it as HDF5";
    }
    if (starts("\xff\xfe") || starts("\xfe\xff")) {
        return "it begins like text in UTF-16 and holds no table";
    }
    if (starts("%PDF")) {
        return "it is a PDF";
    }
    if (const std::string_view start = trimmed(text); start.starts_with("{") || start.starts_with("[")) {
        return "it is JSON: write it as CSV or ECSV";
    }
    if (starts("<")) {
        return "it is XML, but no VOTable";
    }
    return "its first bytes belong to no known format";
}

std::string baseName(const std::string& expression) {
    return !expression.empty() && expression.back() == ']' ? expression.substr(0, expression.rfind('['))
                                                           : expression;
}

#ifdef PENUMBRA_WITH_ARROW
std::vector<std::string> namesOf(const TableOutline& outline) {
    std::vector<std::string> names;
    for (const TableOutline::Entry& column : outline.columns)
        names.push_back(column.name);
    return names;
}

std::vector<std::string> namesInParquet(const std::filesystem::path& path) {
    return namesOf(outlineParquet(path));
}

std::vector<std::string> namesInHats(const std::filesystem::path& path) {
    return namesOf(openHats(path).outline());
}
#endif

} // namespace

namespace {

Registry<TableReader>& registry() {
    static Registry<TableReader> readers({
        {"fits",
         "FITS",
         "FITS table",
         {"*.fits", "*.fit", "*.fits.gz", "*.fits.fz"},
         looksLikeFits,
         readFitsTable},
        {"hdf5",
         "HDF5",
         "HDF5 datasets of one length, or a compound dataset",
         {"*.h5", "*.hdf5", "*.hdf"},
         looksLikeHdf5,
         readHdf5Table},
        {"votable",
         "VOTable",
         "VOTable",
         {"*.vot", "*.votable", "*.xml"},
         looksLikeVotable,
         readVotableTable},
#ifdef PENUMBRA_WITH_ARROW
        {"parquet",
         "Parquet",
         "Parquet file",
         {"*.parquet", "*.parq", "*.pq"},
         looksLikeParquet,
         readParquetTable,
         false,
         namesInParquet},
        {"arrow",
         "Arrow IPC",
         "Arrow IPC file or stream (Feather)",
         {"*.feather", "*.arrow", "*.arrows"},
         looksLikeArrowIpc,
         readArrowIpcTable},
        {"hats",
         "HATS",
         "HATS folder of Parquet tiles",
         {"hats.properties", "collection.properties"},
         looksLikeHats,
         readHatsTable,
         true,
         namesInHats},
#endif
        {"text", // last: takes anything printable
         "CSV and other text in columns",
         "text: CSV and its relatives, ECSV, IPAC, CDS/MRT, VizieR, SExtractor, columns between blanks",
         {"*.csv", "*.tsv", "*.txt", "*.dat", "*.tbl", "*.cat", "*.ecsv", "*.mrt", "*.csv.gz"},
         looksLikeText,
         readTextTable},
    });
    return readers;
}

} // namespace

std::span<const TableReader> allTableReaders() {
    return registry().all();
}

Added addTableReader(TableReader reader) {
    return registry().add(std::move(reader));
}

std::string readableFormats() {
    std::string formats;
    const auto readers = allTableReaders();
    for (std::size_t i = 0; i < readers.size(); ++i)
        formats += (i == 0 ? "" : i + 1 == readers.size() ? " or " : ", ") + readers[i].name;
    return formats;
}

std::string readablePatterns() {
    std::vector<std::string> patterns;
    for (const TableReader& reader : allTableReaders())
        patterns.insert(patterns.end(), reader.patterns.begin(), reader.patterns.end());
    return joinText(patterns, " ");
}

const TableReader* findTableReader(const std::filesystem::path& path) {
    std::error_code ignored;
    const bool folder = std::filesystem::is_directory(path, ignored);
    std::vector<unsigned char> bytes;
    if (!folder)
        bytes = readFirstBytes(path);
    for (const auto readers : {registry().added(), allTableReaders()})
        for (const TableReader& reader : readers)
            if ((!folder || reader.takesFolders) && reader.recognises(path, bytes))
                return &reader;
    return nullptr;
}

std::vector<std::string> columnNamesBeforehand(const std::filesystem::path& path) {
    const TableReader* reader = findTableReader(path);
    return reader != nullptr && reader->columnNames != nullptr ? reader->columnNames(path)
                                                               : std::vector<std::string>();
}

Table readTable(const std::filesystem::path& path, const ReadOptions& options, const RunContext& context) {
    const TableReader* reader = findTableReader(path);
    if (reader == nullptr)
        throw Error(path.string() + ": is not a table that can be read (" + readableFormats() + "); " +
                    guessedFormat(readFirstBytes(path)));
    if (!reader->takesFolders && (options.cone || !options.tiles.empty()))
        throw Error(path.string() +
                    ": is one table without tiles; only a HATS folder is read by cone or tiles (cut "
                    "rows by an expression of its columns instead)");
    try {
        Table table = reader->read(path, options, context);
        if (table.rows() == 0) {
            throw Error(table.source + ": the table has no rows");
        }
        makeUtf8(table);
        applyCompanionMasks(table, options.columns);
        return table;
    } catch (const std::bad_alloc&) {
        throw Error(path.string() + ": the table does not fit into memory; read fewer rows or columns");
    } catch (const std::length_error&) {
        throw Error(path.string() + ": the table claims an absurd size: the file is damaged");
    }
}

ReadOptions withStructsTakenApart(ReadOptions options, const std::vector<std::string>& names) {
    std::vector<std::string> columns;
    for (const std::string& wanted : options.columns) {
        const std::size_t before = columns.size();
        if (std::find(names.begin(), names.end(), wanted) == names.end())
            std::copy_if(names.begin(), names.end(), std::back_inserter(columns),
                         [&](const std::string& name) { return name.starts_with(wanted + "."); });
        if (columns.size() == before)
            columns.push_back(wanted);
    }
    options.columns = std::move(columns);
    return options;
}

namespace {

/// Where a column asked for stands among the names; their number if it is not there.
std::size_t indexOf(const std::vector<std::string>& names, const std::string& asked) {
    for (const std::string& name : {asked, baseName(asked)}) {
        auto at = std::find(names.begin(), names.end(), name);
        if (at == names.end()) {
            at = std::find_if(names.begin(), names.end(), [&](const std::string& other) {
                return lowered(toUtf8(other)) == lowered(toUtf8(name));
            });
        }
        if (at != names.end()) {
            return static_cast<std::size_t>(at - names.begin());
        }
    }
    return names.size();
}

} // namespace

std::string listText(std::span<const std::string> pieces, std::size_t most) {
    const auto shown = pieces.first(std::min(most, pieces.size()));
    return joinText(shown, ", ") + (shown.size() < pieces.size() ? ", ..." : "");
}

bool hasColumns(const std::vector<std::string>& names, const ReadOptions& options) {
    return std::all_of(options.columns.begin(), options.columns.end(),
                       [&](const std::string& asked) { return indexOf(names, asked) < names.size(); });
}

std::vector<std::size_t> wantedColumns(const std::string& source, const std::vector<std::string>& names,
                                       const ReadOptions& options, std::span<const TablePart> otherParts) {
    std::set<std::size_t> wanted;
    if (options.columns.empty()) {
        for (std::size_t i = 0; i < names.size(); ++i) {
            wanted.insert(i);
        }
    }
    for (const std::string& name : options.columns) {
        const std::size_t at = indexOf(names, name);
        if (at == names.size()) {
            const auto near = nearNames(name, names);
            throw Error(source + ": there is no column '" + name + "'" +
                        (near.empty() ? "" : "; near names: " + joinText(near, ", ")) +
                        inWhichPart(otherParts, name));
        }
        wanted.insert(at);
        const auto mask = std::find(names.begin(), names.end(), names[at] + std::string(companionMaskEnding));
        if (mask != names.end()) {
            wanted.insert(static_cast<std::size_t>(mask - names.begin()));
        }
    }
    return {wanted.begin(), wanted.end()};
}

} // namespace penumbra::io
