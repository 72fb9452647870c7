// Tables of text: CSV and its relatives, columns between blanks, and the formats of archives.

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/table_readers_internal.h"
#include "core/io/text_arrays.h"
#include "core/io/text_bytes.h"
#include "core/io/text_column.h"
#include "core/io/text_layout.h"
#include "core/io/text_rows.h"

#include <algorithm>
#include <array>
#include <map>

namespace penumbra::io {

namespace {

constexpr std::size_t sampleRows = 1000;
constexpr std::size_t sampleBytes = std::size_t{16} << 20;
constexpr std::size_t linesPerStep = 20'000;

using Plans = std::map<std::size_t, ColumnPlan>; ///< by the cell's place in the row

/// The cells wanted of a row, with the field each belongs to.
struct WantedCells {
    std::map<std::size_t, std::size_t> field; ///< by the cell's place in the row
    std::vector<std::size_t> fields;
};

std::vector<std::size_t> firstCells(const TextLayout& layout) {
    std::vector<std::size_t> first;
    std::size_t cell = 0;
    for (const TextField& field : layout.fields) {
        first.push_back(cell);
        cell += field.cells;
    }
    return first;
}

WantedCells wantedCells(const std::string& source, const TextLayout& layout, const ReadOptions& options) {
    std::vector<std::string> names;
    for (const TextField& field : layout.fields) {
        names.push_back(field.name);
    }
    const auto first = firstCells(layout);
    WantedCells wanted;
    for (const std::size_t index : wantedColumns(source, names, options)) {
        const TextField& field = layout.fields[index];
        if (!field.leftOut.empty()) {
            continue;
        }
        wanted.fields.push_back(index);
        for (std::size_t k = 0; k < field.cells; ++k) {
            wanted.field[first[index] + k] = index;
        }
    }
    return wanted;
}

/// What the layout says of a column, before its cells are seen.
ColumnPlan declaredPlan(const TextField& field, std::size_t element, const ReadOptions& options) {
    ColumnPlan plan;
    plan.name = field.cells > 1 ? field.name + "[" + std::to_string(element) + "]" : field.name;
    plan.isId = isIdName(field.name) ||
                std::any_of(options.ids.begin(), options.ids.end(),
                            [&](const std::string& id) { return lowered(id) == lowered(field.name); });
    plan.decimalComma = field.decimalComma;
    plan.missingWords = field.missingWords;
    plan.declared = field.kind.has_value() || field.arrayLength > 0 || field.ambiguousComma;
    if (field.arrayLength > 0 || field.ambiguousComma) {
        plan.kind = ColumnPlan::Kind::Text;
    } else if (field.kind) {
        plan.kind = *field.kind;
    }
    return plan;
}

/// A first look: what the columns hold, and about how many rows there are.
struct FirstLook {
    Plans plans;
    std::size_t rowsExpected = 0;
};

std::size_t expectedRows(const TextLines& lines, std::size_t count) {
    if (count == 0 || lines.bytes().isCompressed() || lines.bytesRead() >= lines.bytes().fileBytes()) {
        return count;
    }
    const double perRow = static_cast<double>(lines.bytesRead()) / static_cast<double>(count);
    return static_cast<std::size_t>(1.02 * static_cast<double>(lines.bytes().fileBytes()) / perRow);
}

ColumnPlan::Kind kindOfSample(std::vector<std::string>& cells, bool decimalComma) {
    for (std::string& cell : cells) {
        if (decimalComma && isDecimalComma(cell)) {
            cell[cell.find(',')] = '.';
        }
    }
    return kindOf({cells.begin(), cells.end()});
}

FirstLook lookAt(const std::filesystem::path& path, const TextLayout& layout, const WantedCells& wanted,
                 const ReadOptions& options) {
    std::map<std::size_t, std::vector<std::string>> sample;
    TextRows rows(path, layout);
    std::size_t count = 0;
    while (count < sampleRows && rows.lines().bytesRead() < sampleBytes && rows.next()) {
        const auto& cells = rows.cells();
        for (const auto& [cell, field] : wanted.field) {
            sample[cell].emplace_back(cells[cell]);
        }
        ++count;
    }
    FirstLook look;
    const auto first = firstCells(layout);
    for (const auto& [cell, field] : wanted.field) {
        ColumnPlan plan = declaredPlan(layout.fields[field], cell - first[field], options);
        if (!plan.declared) {
            plan.kind = kindOfSample(sample[cell], plan.decimalComma);
        }
        look.plans.emplace(cell, std::move(plan));
    }
    look.rowsExpected = expectedRows(rows.lines(), count);
    if (options.maxRows != 0) {
        look.rowsExpected = std::min(look.rowsExpected, options.maxRows);
    }
    return look;
}

using Slots = std::vector<TextColumn*>; ///< one a cell of the row; null: not wanted

/// A row whose cells lie one after the other: numbers are read in place.
void addPlain(TextRows& rows, Separator separator, const Slots& slots) {
    const std::string_view record = rows.record();
    const char* at = record.data();
    const char* end = at + record.size();
    const std::size_t line = rows.lines().lineNumber();
    std::size_t cell = 0;
    while (true) {
        if (separator == ' ') {
            while (at != end && (*at == ' ' || *at == '\t')) {
                ++at;
            }
            if (at == end) {
                break;
            }
        }
        if (cell == slots.size()) {
            rows.cells(); // throws: too many
        }
        at = slots[cell] != nullptr ? slots[cell]->addFrom(at, end, separator, line)
                                    : findCellEnd(at, end, separator);
        ++cell;
        if (at == end) {
            break;
        }
        ++at;
    }
    if (cell != slots.size()) {
        rows.refuse(cell);
    }
}

void addSplit(TextRows& rows, const Slots& slots) {
    const auto& cells = rows.cells();
    const std::size_t line = rows.lines().lineNumber();
    for (std::size_t cell = 0; cell < slots.size(); ++cell) {
        if (slots[cell] != nullptr) {
            slots[cell]->add(cells[cell], line);
        }
    }
}

/// Reads the cells named in `plans`; what was passed over is told to `table`, if there is one.
std::map<std::size_t, TextColumn> readColumns(const std::filesystem::path& path, const TextLayout& layout,
                                              const Plans& plans, const FirstLook& look, std::size_t maxRows,
                                              Table* table, const RunContext& context) {
    std::map<std::size_t, TextColumn> read;
    Slots slots(layout.cells, nullptr);
    for (const auto& [cell, plan] : plans) {
        slots[cell] = &read.emplace(cell, TextColumn(plan, look.rowsExpected)).first->second;
    }
    TextRows rows(path, layout);
    for (std::size_t row = 0; (maxRows == 0 || row < maxRows) && rows.next(); ++row) {
        if (row % linesPerStep == 0) {
            context.step(rows.lines().bytes().fractionRead(), "reading " + path.string());
        }
        if (rows.isPlain()) {
            addPlain(rows, layout.separator, slots);
        } else {
            addSplit(rows, slots);
        }
    }
    if (table != nullptr) {
        rows.tell(*table);
    }
    return read;
}

/// The columns of a field's cells as one column.
Column takeField(const TextField& field, std::size_t firstCell, std::map<std::size_t, TextColumn>& read,
                 Table& table) {
    Column column = read.at(firstCell).take(table);
    if (field.arrayLength > 0) {
        column = parseArrays(column, field, table);
    }
    if (field.cells > 1) {
        std::vector<Column> elements{std::move(column)};
        for (std::size_t k = 1; k < field.cells; ++k) {
            elements.push_back(read.at(firstCell + k).take(table));
        }
        column = joinElements(elements);
    }
    if (field.single) {
        narrow(column);
    }
    column.name = field.name;
    column.unit = field.unit;
    column.description = field.description;
    column.ucd = field.ucd;
    return column;
}

void tellLeftOut(const TextLayout& layout, Table& table) {
    for (const TextField& field : layout.fields) {
        if (!field.leftOut.empty()) {
            table.tell({"left-out", "", "column " + field.name + " was left out: " + field.leftOut, 1, {}});
        }
    }
}

void tellShortHeader(const TextLayout& layout, Table& table) {
    if (!layout.shortHeaderNote.empty()) {
        table.notes.insert(table.notes.begin(), layout.shortHeaderNote);
        table.workarounds.insert(table.workarounds.begin(),
                                 {"short-header", "", layout.shortHeaderNote, 1, {}});
    }
}

bool hasTextStart(std::string_view start) {
    std::size_t control = 0;
    for (const char c : start) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte == 0) {
            return false;
        }
        control += (byte < 32 && (byte < '\t' || byte > '\r')) || byte == 127 ? 1 : 0;
    }
    static constexpr std::array<std::string_view, 4> others = {"PAR1", "\x93NUMPY", "%PDF", "{\\rtf"};
    const std::string_view text = trimmed(start);
    const bool json =
        text.starts_with("{") || (text.starts_with("[") && (trimmed(text.substr(1)).starts_with("{") ||
                                                            trimmed(text.substr(1)).starts_with("[")));
    const bool otherFormat =
        std::any_of(others.begin(), others.end(), [&](auto magic) { return start.starts_with(magic); });
    return !start.empty() && !otherFormat && !json && !text.starts_with("<") && control * 50 <= start.size();
}

} // namespace

bool looksLikeText(const std::filesystem::path& path, FirstBytes bytes) {
    const std::string_view start = textOf(bytes);
    if (!start.starts_with("\x1f\x8b") && start.find('\0') == std::string_view::npos &&
        !start.starts_with("\xff\xfe") && !start.starts_with("\xfe\xff")) {
        return hasTextStart(start);
    }
    try { // compressed, or UTF-16: judged as it will be read
        TextBytes decoded(path);
        std::string first(4096, '\0');
        first.resize(decoded.read(first.data(), first.size()));
        return hasTextStart(first);
    } catch (const Error&) {
        return false;
    }
}

Table readTextTable(const std::filesystem::path& path, const ReadOptions& options,
                    const RunContext& context) {
    if (!options.part.empty()) {
        throw Error(path.string() + ": a text file has no parts, but part '" + options.part +
                    "' was asked for");
    }
    const TextLayout layout = findTextLayout(path);
    const WantedCells wanted = wantedCells(path.string(), layout, options);
    const FirstLook look = lookAt(path, layout, wanted, options);
    Table table{path.string(), {}, {}};
    for (const Workaround& workaround : layout.workarounds) {
        table.tell(workaround);
    }
    tellLeftOut(layout, table);
    auto read = readColumns(path, layout, look.plans, look, options.maxRows, &table, context);

    Plans again; // rare: a column turned out to be text after its first thousand rows
    for (const auto& [cell, column] : read) {
        if (auto plan = column.betterPlan()) {
            again.emplace(cell, std::move(*plan));
        }
    }
    if (!again.empty()) {
        for (const auto& [cell, plan] : again) {
            read.erase(cell);
        }
        read.merge(readColumns(path, layout, again, look, options.maxRows, nullptr, context));
    }

    const auto first = firstCells(layout);
    for (const std::size_t index : wanted.fields) {
        if (!layout.shortHeaderNote.empty() && index + 1 == layout.fields.size() &&
            read.at(first[index]).allMissing()) {
            table.notes.push_back("every row ends with a separator; the empty last column was dropped");
            return table;
        }
        table.columns.push_back(takeField(layout.fields[index], first[index], read, table));
    }
    tellShortHeader(layout, table);
    return table;
}

} // namespace penumbra::io
