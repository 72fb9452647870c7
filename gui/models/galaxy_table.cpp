#include "gui/models/galaxy_table.h"

#include "core/base/text.h"
#include "core/io/table_writer.h"
#include "core/report/galaxy_columns.h"

#include <algorithm>
#include <cmath>

namespace penumbra::gui {

namespace {

constexpr std::size_t rowsPerStep = 4096;

std::string numberText(double value) {
    return std::isnan(value) ? std::string() : shortestReal(value);
}

std::string withoutTabs(std::string text) {
    for (char& c : text)
        if (c == '\t' || c == '\n' || c == '\r')
            c = ' ';
    return text;
}

std::string tabbedLine(const std::vector<std::string>& cells) {
    std::string line;
    for (const std::string& cell : cells)
        line += (&cell == &cells.front() ? "" : "\t") + withoutTabs(cell);
    return line + '\n';
}

std::vector<std::string> titlesOf(const GalaxyTable& table) {
    std::vector<std::string> cells;
    for (int column = 0; column < table.columnCount(); ++column)
        cells.push_back(table.title(column));
    return cells;
}

std::vector<std::string> cellsAt(const GalaxyTable& table, std::size_t place) {
    std::vector<std::string> cells;
    for (int column = 0; column < table.columnCount(); ++column)
        cells.push_back(table.text(table.order[place], column));
    return cells;
}

using report::IntervalPart;

const io::Column* identityOf(const GalaxyTable& table) {
    const bool there = table.catalogue && std::all_of(table.rows.begin(), table.rows.end(), [&](auto row) {
                           return static_cast<std::size_t>(row) < table.catalogue->objectId.rows();
                       });
    return there ? &table.catalogue->objectId : nullptr;
}

/// Columns without rows. @param ids of the catalogue; null if it is not there
std::vector<io::Column> columnsOf(const GalaxyTable& table, const io::Column* ids) {
    static constexpr IntervalPart parts[] = {IntervalPart::Lower, IntervalPart::Upper, IntervalPart::Covered};
    const std::string unit = table.study->target(table.target).unit;
    std::vector<io::Column> columns = {report::identityColumn(ids)};
    for (int column = GalaxyTable::Truth; column < table.columnCount(); ++column) {
        const IntervalPart part = column == GalaxyTable::Truth ? IntervalPart::Truth
                                  : column == GalaxyTable::BasePrediction
                                      ? IntervalPart::Prediction
                                      : parts[table.methodCell(column).part];
        columns.push_back(report::intervalColumn(part, table.title(column), table.target, unit));
    }
    return columns;
}

void announceIdentity(const GalaxyTable& table, const io::Column* ids, io::ColumnLayout& layout) {
    if (ids) {
        const io::ColumnLayout whole = io::layoutOf(io::Table{"", {*ids}, {}}).columns.front();
        layout.textBytes = whole.textBytes;
        layout.ascii = whole.ascii;
        layout.endsInBlanks = whole.endsInBlanks;
        layout.mayMiss = whole.mayMiss;
        layout.spare = whole.spare;
        return;
    }
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
        const std::string text = table.idText(row);
        layout.textBytes = std::max(layout.textBytes, text.size());
        layout.ascii = layout.ascii && std::all_of(text.begin(), text.end(), [](char c) { return c > 0; });
    }
}

/// The identities of the rows at these places.
void fillIdentity(io::Column& column, const GalaxyTable& table, const io::Column* ids, std::size_t from,
                  std::size_t count) {
    std::vector<std::size_t> picked;
    std::vector<std::string> texts;
    for (std::size_t place = from; place < from + count; ++place) {
        const std::size_t row = table.order[place];
        if (ids)
            picked.push_back(static_cast<std::size_t>(table.rows[row]));
        else
            texts.push_back(table.idText(row));
    }
    if (!ids) {
        column.values = std::move(texts);
        return;
    }
    io::Column rows = io::pickRows(*ids, picked);
    column.values = std::move(rows.values);
    column.missing = std::move(rows.missing);
}

double numberAt(const GalaxyTable& table, std::size_t row, int column) {
    if (column == GalaxyTable::Truth)
        return table.truth[row];
    if (column == GalaxyTable::BasePrediction)
        return table.base[row];
    const auto [prediction, part] = table.methodCell(column);
    return part == GalaxyTable::Lower ? prediction->lower[row] : prediction->upper[row];
}

/// Rows [from, from + count) in the order shown.
void fill(io::Table& block, const GalaxyTable& table, const io::Column* ids, std::size_t from,
          std::size_t count) {
    fillIdentity(block.columns.front(), table, ids, from, count);
    for (int i = GalaxyTable::Truth; i < table.columnCount(); ++i) {
        io::Column& column = block.columns[static_cast<std::size_t>(i)];
        std::vector<double> numbers;
        std::vector<std::int64_t> covered;
        column.missing.clear();
        for (std::size_t place = from; place < from + count; ++place) {
            const std::size_t row = table.order[place];
            if (std::holds_alternative<std::vector<double>>(column.values)) {
                numbers.push_back(numberAt(table, row, i));
                continue;
            }
            const std::string text = table.text(row, i);
            covered.push_back(text == "1" ? 1 : 0);
            column.missing.push_back(text.empty() ? 1 : 0);
        }
        if (covered.empty())
            column.values = std::move(numbers);
        else
            column.values = std::move(covered);
    }
}

} // namespace

int GalaxyTable::columnCount() const {
    return study ? int{FixedColumns} + int{ColumnsPerMethod} * static_cast<int>(predictions.size()) : 0;
}

GalaxyTable::Cell GalaxyTable::methodCell(int column) const {
    const int offset = column - FixedColumns;
    return {predictions[static_cast<std::size_t>(offset / ColumnsPerMethod)],
            static_cast<MethodColumn>(offset % ColumnsPerMethod)};
}

std::string GalaxyTable::idText(std::size_t row) const {
    const auto catalogueRow = static_cast<std::size_t>(rows[row]);
    if (catalogue && catalogueRow < catalogue->rowCount)
        return catalogue->idText(catalogueRow);
    return "row " + std::to_string(rows[row]);
}

std::string GalaxyTable::title(int column) const {
    static const char* const fixed[] = {"object_id", "truth", "prediction"};
    static const char* const parts[] = {"_lower", "_upper", "_covers"};
    if (column < FixedColumns)
        return fixed[column];
    const auto [prediction, part] = methodCell(column);
    return prediction->method + parts[part];
}

std::string GalaxyTable::text(std::size_t row, int column) const {
    if (column == Id)
        return idText(row);
    if (column == Truth)
        return numberText(truth[row]);
    if (column == BasePrediction)
        return numberText(base[row]);
    const auto [prediction, part] = methodCell(column);
    if (part == Lower)
        return numberText(prediction->lower[row]);
    if (part == Upper)
        return numberText(prediction->upper[row]);
    if (std::isnan(truth[row]))
        return {};
    return covers(*prediction, row, truth[row]) ? "1" : "0";
}

GalaxyTable onlyRows(GalaxyTable table, const RowMask& rows) {
    std::erase_if(table.order, [&](std::uint32_t row) { return !rows.contains(table.rows[row]); });
    return table;
}

std::string tabbedText(const GalaxyTable& table, const std::vector<int>& places, const RunContext& context) {
    std::string out = tabbedLine(titlesOf(table));
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (i % rowsPerStep == 0)
            context.step(static_cast<double>(i) / static_cast<double>(places.size()), "Copying galaxies");
        out += tabbedLine(cellsAt(table, static_cast<std::size_t>(places[i])));
    }
    return out;
}

void writeGalaxies(const GalaxyTable& table, const std::filesystem::path& path, const RunContext& context) {
    const io::TableWriter& writer = io::writerFor(path);
    const io::Column* ids = identityOf(table);
    io::Table block{"galaxies", columnsOf(table, ids), {}};
    io::TableLayout layout = io::layoutOf(block);
    layout.rows = table.order.size();
    announceIdentity(table, ids, layout.columns.front());
    for (int column = GalaxyTable::FixedColumns; column < table.columnCount(); ++column)
        layout.columns[static_cast<std::size_t>(column)].mayMiss =
            table.methodCell(column).part == GalaxyTable::Covered;
    const auto sink = writer.open(path, layout, report::provenanceOf(*table.study, "", "galaxies"), context);
    for (std::size_t from = 0; from < table.order.size(); from += rowsPerStep) {
        context.step(static_cast<double>(from) / static_cast<double>(table.order.size()), "Writing galaxies");
        fill(block, table, ids, from, std::min(rowsPerStep, table.order.size() - from));
        sink->append(block);
    }
    context.checkStop();
    sink->finish(context.stop);
}

} // namespace penumbra::gui
