#pragma once

// What the single writers share; only table_writer.cpp and the writers include it.

#include "core/base/atomic_file.h"
#include "core/io/table_writer.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <stop_token>
#include <string>

namespace penumbra::io {

using OpenedSink = std::unique_ptr<TableSink>;

OpenedSink openCsv(const std::filesystem::path& path, const TableLayout& layout, const TableMeta& meta,
                   const RunContext& context);
OpenedSink openEcsv(const std::filesystem::path& path, const TableLayout& layout, const TableMeta& meta,
                    const RunContext& context);
OpenedSink openFits(const std::filesystem::path& path, const TableLayout& layout, const TableMeta& meta,
                    const RunContext& context);
OpenedSink openHdf5(const std::filesystem::path& path, const TableLayout& layout, const TableMeta& meta,
                    const RunContext& context);
#ifdef PENUMBRA_WITH_ARROW
/// ZSTD, Arrow's schema stored; missing values are nulls, vectors fixed-size lists; unit, description and ucd
/// in the fields' metadata.
OpenedSink openParquet(const std::filesystem::path& path, const TableLayout& layout, const TableMeta& meta,
                       const RunContext& context);
#endif
OpenedSink openVotable(const std::filesystem::path& path, const TableLayout& layout, const TableMeta& meta,
                       const RunContext& context);

/// Bytes appended to a file through a buffer; the file appears with commit().
/// @throws Error naming the file if it cannot be written.
class BufferedFile {
public:
    explicit BufferedFile(const std::filesystem::path& path);
    std::string& buffer() { return buffer_; } ///< append here
    void flushIfFull();
    void commit(const std::stop_token& stop);

private:
    void flush();
    std::filesystem::path path_;
    AtomicFile file_;
    std::ofstream stream_;
    std::string buffer_;
};

/// A column of that type and width without rows.
Column emptyColumn(const ColumnLayout& layout);
/// Whether a row's cell holds nothing: its flag; in columns of one real a row NaN as well.
bool isEmptyCell(const Column& column, std::size_t row);
/// Shortest text that reads back as the same number; "nan", "inf", "-inf".
template <typename Number>
void appendNumber(std::string& out, Number value);
/// The characters of UTF-8; U+FFFD for bytes that are none.
std::u32string codePointsOf(std::string_view utf8);
/// A text in double quotes as JSON and YAML read it.
std::string quotedText(std::string_view text);

} // namespace penumbra::io
