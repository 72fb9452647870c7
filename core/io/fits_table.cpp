// FITS binary and ASCII tables: headers through cfitsio, rows by our own decoders.

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/fits_columns.h"
#include "core/io/table_readers_internal.h"

#include <algorithm>
#include <mutex>
#include <set>

namespace penumbra::io {

using namespace fits;

namespace {

constexpr std::size_t blockBytes = std::size_t{256}
                                   << 10; ///< stays in the processor's cache while it is decoded

std::string listed(const std::vector<TableHdu>& tables) {
    std::vector<std::string> pieces;
    for (const TableHdu& hdu : tables) {
        pieces.push_back(std::to_string(hdu.number - 1) + (hdu.name.empty() ? "" : " " + hdu.name) + " (" +
                         std::to_string(hdu.rows) + " rows)");
    }
    return joinText(pieces, ", ");
}

/// The largest table; of several, the largest that has all the columns asked for.
std::size_t largest(const std::vector<TableHdu>& tables, const ReadOptions& options) {
    const auto rank = [&](const TableHdu& hdu) {
        return std::tuple(hasColumns(hdu.columns, options), hdu.rows, hdu.columns.size());
    };
    const auto best =
        std::max_element(tables.begin(), tables.end(),
                         [&](const TableHdu& a, const TableHdu& b) { return rank(a) < rank(b); });
    return static_cast<std::size_t>(best - tables.begin());
}

std::size_t chooseTable(const FitsFile& file, const std::vector<TableHdu>& tables, const ReadOptions& options,
                        Table& table) {
    if (tables.empty()) {
        file.fail("this FITS file holds no table (images only?)");
    }
    std::size_t chosen = tables.size();
    if (options.part.empty()) {
        chosen = largest(tables, options);
        if (tables.size() > 1) {
            table.notes.push_back("the file holds several tables, " + tables[chosen].title() +
                                  " was read: " + listed(tables));
        }
    }
    for (std::size_t i = 0; i < tables.size() && chosen == tables.size(); ++i) {
        if (lowered(tables[i].name) == lowered(options.part) ||
            std::to_string(tables[i].number - 1) == options.part) {
            chosen = i;
        }
    }
    if (chosen == tables.size()) {
        file.fail("there is no table '" + options.part + "'; its tables are: " + listed(tables));
    }
    for (std::size_t i = 0; i < tables.size(); ++i) {
        if (i != chosen) {
            table.otherParts.push_back({tables[i].title(), tables[i].rows, tables[i].columns});
        }
    }
    return chosen;
}

/// FITS does not forbid one name for several columns.
void makeUnique(std::vector<std::string>& names, Table& table) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string given = names[i];
        for (int k = 2; !seen.insert(names[i]).second; ++k) {
            names[i] = given + "_" + std::to_string(k);
        }
        if (names[i] != given) {
            table.tell({"repeated-name",
                        names[i],
                        "the header names '" + given + "' twice; column " + std::to_string(i + 1) +
                            " is called " + names[i],
                        1,
                        {}});
        }
    }
}

std::vector<std::unique_ptr<Decoder>> decoders(const std::vector<Field>& fields, const TableHdu& hdu,
                                               const std::vector<std::size_t>& wanted, std::size_t rows,
                                               Table& table) {
    std::vector<std::unique_ptr<Decoder>> made;
    for (const std::size_t i : wanted) {
        const Field& field = fields[i];
        if (!field.leftOut.empty()) {
            table.notes.push_back("column " + field.column.name + " was left out: " + field.leftOut);
        } else {
            made.push_back(hdu.ascii ? asciiDecoder(field, table.source) : binaryDecoder(field, rows));
        }
    }
    return made;
}

void readRows(const FitsFile& file, const TableHdu& hdu, std::size_t rows,
              const std::vector<std::unique_ptr<Decoder>>& columns, const std::string& source,
              const RunContext& context) {
    const std::size_t rowBytes = std::max<std::size_t>(1, hdu.rowBytes);
    const std::size_t blockRows = std::max<std::size_t>(1, blockBytes / rowBytes);
    std::vector<unsigned char> block(std::min(blockRows, rows) * rowBytes);
    for (std::size_t done = 0; done < rows && !columns.empty(); done += blockRows) {
        context.step(static_cast<double>(done) / static_cast<double>(rows), "reading " + source);
        const std::size_t count = std::min(blockRows, rows - done);
        int status = 0;
        fits_read_tblbytes(file.handle.get(), static_cast<LONGLONG>(done) + 1, 1,
                           static_cast<LONGLONG>(count * rowBytes), block.data(), &status);
        file.check("its rows from " + std::to_string(done) + " on cannot be read", status);
        for (const auto& column : columns) {
            column->take(block.data(), count, rowBytes);
        }
    }
}

std::mutex& cfitsioMutex() { // one file opened twice shares its buffers inside cfitsio
    static std::mutex mutex;
    return mutex;
}

} // namespace

bool looksLikeFits(const std::filesystem::path& path, FirstBytes bytes) {
    const std::string_view start = textOf(bytes);
    if (start.substr(0, 9) == "SIMPLE  =") {
        return true;
    }
    const std::string name = lowered(path.filename().string());
    return start.substr(0, 2) == "\x1f\x8b" &&
           (name.find(".fits") != std::string::npos || name.ends_with(".fit.gz"));
}

Table readFitsTable(const std::filesystem::path& path, const ReadOptions& options,
                    const RunContext& context) {
    const std::lock_guard lock(cfitsioMutex());
    FitsFile file = openFits(path);
    Table table;
    const std::vector<TableHdu> tables = listTables(file);
    TableHdu hdu = tables[chooseTable(file, tables, options, table)];
    goToTable(file, hdu);
    table.source = path.string() + "[" + hdu.title() + "]";
    makeUnique(hdu.columns, table);
    const std::vector<Field> fields = fieldsOf(file, hdu, table.notes);
    const std::size_t rows = options.maxRows == 0 ? hdu.rows : std::min(hdu.rows, options.maxRows);
    const auto wanted = wantedColumns(table.source, hdu.columns, options, table.otherParts);
    const auto columns = decoders(fields, hdu, wanted, rows, table);
    readRows(file, hdu, rows, columns, table.source, context);
    for (const auto& column : columns) {
        table.columns.push_back(column->finish());
    }
    return table;
}

} // namespace penumbra::io
