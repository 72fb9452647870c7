// Tables of text: CSV and its relatives, and columns between blanks.

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/table_readers_internal.h"
#include "core/io/text_column.h"
#include "core/io/text_layout.h"
#include "core/io/text_lines.h"

#include <algorithm>
#include <map>

namespace penumbra::io {

namespace {

constexpr std::size_t sampleRows = 1000;
constexpr std::size_t sampleBytes = std::size_t{16} << 20;
constexpr std::size_t linesPerStep = 20'000;

using Kinds = std::map<std::size_t, TextColumn::Kind>; ///< by column index

/// Walks over the data rows of a file, checking that all have the same number of cells.
class Rows {
public:
    Rows(const std::filesystem::path& path, const TextLayout& layout) : lines_(path), layout_(layout) {
        std::string_view header;
        if (layout.headerIsFirstRecord) {
            while (lines_.nextRecord(layout.separator, header) && isSkippedLine(header)) {
            }
        }
    }

    bool next() {
        std::string_view record;
        while (lines_.nextRecord(layout_.separator, record)) {
            if (isSkippedLine(record)) {
                continue;
            }
            splitCells(record, layout_.separator, cells_, scratch_);
            checkCount();
            return true;
        }
        return false;
    }

    std::string_view cell(std::size_t column) const { return cells_[column]; }
    const TextLines& lines() const { return lines_; }

private:
    void checkCount() const {
        if (cells_.size() == layout_.columns) {
            return;
        }
        std::string text = lines_.path().string() + ": line " + std::to_string(lines_.lineNumber()) +
                           " has " + std::to_string(cells_.size()) +
                           (cells_.size() == 1 ? " cell" : " cells") + " where most lines have " +
                           std::to_string(layout_.columns);
        if (lines_.endedWithoutNewline()) {
            text += "; it is the last line and has no line end: is the file truncated?";
        } else {
            text += ": mend the line, or is this not a table?";
        }
        throw Error(text);
    }

    TextLines lines_;
    const TextLayout& layout_;
    std::vector<std::string_view> cells_;
    std::deque<std::string> scratch_;
};

/// A first look: what the columns hold, and about how many rows there are.
struct FirstLook {
    Kinds kinds;
    std::size_t rowsExpected = 0;
};

FirstLook lookAt(const std::filesystem::path& path, const TextLayout& layout,
                 const std::vector<std::size_t>& wanted, std::size_t maxRows) {
    std::map<std::size_t, std::vector<std::string>> sample;
    Rows rows(path, layout);
    std::size_t count = 0;
    while (count < sampleRows && rows.lines().bytesRead() < sampleBytes && rows.next()) {
        for (const std::size_t column : wanted) {
            sample[column].emplace_back(rows.cell(column));
        }
        ++count;
    }
    FirstLook look;
    for (const std::size_t column : wanted) {
        look.kinds[column] = kindOf({sample[column].begin(), sample[column].end()});
    }
    look.rowsExpected = count;
    if (count > 0 && rows.lines().bytesRead() < rows.lines().fileBytes()) {
        const double perRow = static_cast<double>(rows.lines().bytesRead()) / static_cast<double>(count);
        look.rowsExpected =
            static_cast<std::size_t>(1.02 * static_cast<double>(rows.lines().fileBytes()) / perRow);
    }
    if (maxRows != 0) {
        look.rowsExpected = std::min(look.rowsExpected, maxRows);
    }
    return look;
}

/// Reads the columns named in `kinds` as these kinds.
std::map<std::size_t, TextColumn> readColumns(const std::filesystem::path& path, const TextLayout& layout,
                                              const Kinds& kinds, std::size_t rowsExpected,
                                              std::size_t maxRows, const RunContext& context) {
    std::vector<TextColumn> columns;
    std::vector<std::size_t> indices;
    for (const auto& [index, kind] : kinds) {
        columns.emplace_back(layout.names[index], kind, rowsExpected);
        indices.push_back(index);
    }
    Rows rows(path, layout);
    const auto fileBytes = static_cast<double>(std::max<std::size_t>(1, rows.lines().fileBytes()));
    for (std::size_t row = 0; (maxRows == 0 || row < maxRows) && rows.next(); ++row) {
        if (row % linesPerStep == 0) {
            context.step(std::min(1.0, static_cast<double>(rows.lines().bytesRead()) / fileBytes),
                         "reading " + path.string());
        }
        const std::size_t line = rows.lines().lineNumber();
        for (std::size_t i = 0; i < columns.size(); ++i) {
            columns[i].add(rows.cell(indices[i]), line);
        }
    }
    std::map<std::size_t, TextColumn> read;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        read.emplace(indices[i], std::move(columns[i]));
    }
    return read;
}

} // namespace

bool looksLikeText(const std::filesystem::path&, FirstBytes bytes) {
    std::size_t control = 0;
    for (const unsigned char byte : bytes) {
        if (byte == 0) {
            return false;
        }
        control += (byte < 32 && (byte < '\t' || byte > '\r')) || byte == 127 ? 1 : 0;
    }
    const std::string_view start(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const bool otherFormat = start.substr(0, 2) == "\xff\xfe" || start.substr(0, 2) == "\xfe\xff" ||
                             start.substr(0, 2) == "\x1f\x8b" || start.substr(0, 4) == "PAR1" ||
                             start.substr(0, 6) == "\x93NUMPY" || start.substr(0, 5) == "<?xml" ||
                             start.substr(0, 8) == "<VOTABLE";
    return !bytes.empty() && !otherFormat && control * 50 <= bytes.size();
}

Table readTextTable(const std::filesystem::path& path, const ReadOptions& options,
                    const RunContext& context) {
    if (!options.part.empty()) {
        throw Error(path.string() + ": a text file has no parts, but part '" + options.part +
                    "' was asked for");
    }
    const TextLayout layout = findTextLayout(path);
    const std::vector<std::size_t> wanted = wantedColumns(path.string(), layout.names, options);
    const FirstLook look = lookAt(path, layout, wanted, options.maxRows);
    auto columns = readColumns(path, layout, look.kinds, look.rowsExpected, options.maxRows, context);

    Kinds again; // rare: a column turned out to be text after its first thousand rows
    for (const auto& [index, column] : columns) {
        if (const auto kind = column.betterKind()) {
            again[index] = *kind;
        }
    }
    if (!again.empty()) {
        for (const auto& [index, kind] : again) {
            columns.erase(index);
        }
        columns.merge(readColumns(path, layout, again, look.rowsExpected, options.maxRows, context));
    }

    Table table{path.string(), {}, {}};
    for (const Workaround& workaround : layout.workarounds) {
        table.tell(workaround);
    }
    for (auto& [index, column] : columns) {
        if (!layout.shortHeaderNote.empty() && index + 1 == layout.columns && column.allMissing()) {
            table.notes.push_back("every row ends with a separator; the empty last column was dropped");
            return table;
        }
        table.columns.push_back(column.take(table));
    }
    if (!layout.shortHeaderNote.empty()) {
        table.notes.insert(table.notes.begin(), layout.shortHeaderNote);
        table.workarounds.insert(table.workarounds.begin(),
                                 {"short-header", "", layout.shortHeaderNote, 1, {}});
    }
    return table;
}

} // namespace penumbra::io
