#pragma once

#include "core/base/run_context.h"
#include "core/io/table.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace penumbra::io {

/// Where a table comes from, for a file's header.
struct TableMeta {
    std::string title; ///< EXTNAME in FITS, name of a VOTable's TABLE; may be empty
    std::vector<std::pair<std::string, std::string>>
        values; ///< names and values in order: study, catalogue_hash, method, alpha, version ...
};

/// What a header must say of a column before its rows are written.
struct ColumnLayout {
    enum class Type { Float64, Float32, Int64, UInt64, Bool, Text };
    std::string name, unit, description, ucd;
    Type type = Type::Float64;
    std::size_t width = 1;     ///< values a row
    bool mayMiss = false;      ///< rows may be missing (NaN in reals aside)
    std::size_t textBytes = 0; ///< of the longest text
    bool ascii = true;         ///< texts are
    bool endsInBlanks = false; ///< a text ends in a blank or holds a zero byte, which padded formats lose
    /// The bits of an integer that no row holds; stands for "missing" where a format has no masks.
    std::uint64_t spare = std::uint64_t{1} << 63;
};

struct TableLayout {
    std::vector<ColumnLayout> columns;
    std::size_t rows = 0; ///< that will come
};
/// The layout of a table, from all its rows.
TableLayout layoutOf(const Table& table);

/// Takes a table in blocks of rows. The file appears with finish(); until then, and if that never comes,
/// whatever stood there stays as it was.
class TableSink {
public:
    virtual ~TableSink() = default;
    TableSink(const TableSink&) = delete;
    TableSink& operator=(const TableSink&) = delete;
    /// The block's rows [first, first + count). Its columns are those of the layout, by place.
    /// @throws Error naming the file: a full disk; columns or texts other than the layout says
    void append(const Table& block, std::size_t first, std::size_t count);
    void append(const Table& block) { append(block, 0, block.rows()); }
    /// @param stop ends the wait for the reader of a FIFO
    /// @throws Error naming the file, as well if other than the layout's rows have come; Cancelled
    void finish(const std::stop_token& stop = {});

protected:
    TableSink(std::filesystem::path path, TableLayout layout);
    const std::filesystem::path& path() const { return path_; }
    const TableLayout& layout() const { return layout_; }
    std::size_t rowsTaken() const { return rows_; }
    virtual void take(const Table& block, std::size_t first, std::size_t count) = 0;
    virtual void seal(const std::stop_token& stop) = 0;

private:
    std::filesystem::path path_;
    TableLayout layout_;
    std::size_t rows_ = 0;
};

/// One line of the table of writers.
struct TableWriter {
    std::string id;                    ///< "fits"
    std::string title;                 ///< "FITS binary table"
    std::vector<std::string> patterns; ///< "*.fits": the first is the one that is proposed
    /// What the format cannot hold as it is goes to the context's notes. @throws Error naming the file
    std::unique_ptr<TableSink> (*open)(const std::filesystem::path& path, const TableLayout& layout,
                                       const TableMeta& meta, const RunContext& context);
    /// The whole table, in blocks; stops when asked to.
    void write(const Table& table, const std::filesystem::path& path, const TableMeta& meta,
               const RunContext& context) const;
};

/// All writers.
std::span<const TableWriter> allTableWriters();
/// The writer of that id; without one (empty or "auto"), the one whose pattern the file's name fits, in
/// letters of any case. @throws UsageError listing what can be written
const TableWriter& writerFor(const std::filesystem::path& path, std::string_view id = {});
/// "csv, ecsv, fits ...": for helps and errors.
std::string writableFormats();
/// "auto" and the ids of all writers: the choices of an option.
std::vector<std::string> writerChoices();

} // namespace penumbra::io
