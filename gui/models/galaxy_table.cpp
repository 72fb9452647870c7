#include "gui/models/galaxy_table.h"

#include "core/base/text.h"
#include "core/io/table_writer.h"
#include "core/report/galaxy_columns.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

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

/// Parts that tables and exports know by both names.
constexpr std::pair<IntervalPart, GalaxyTable::Part> sharedParts[] = {
    {IntervalPart::Truth, GalaxyTable::Truth},
    {IntervalPart::Prediction, GalaxyTable::BasePrediction},
    {IntervalPart::Error, GalaxyTable::Error},
    {IntervalPart::Lower, GalaxyTable::Lower},
    {IntervalPart::Upper, GalaxyTable::Upper},
    {IntervalPart::Width, GalaxyTable::Width},
    {IntervalPart::ErrorPerWidth, GalaxyTable::ErrorPerWidth},
    {IntervalPart::Covered, GalaxyTable::Covered}};

IntervalPart partOf(GalaxyTable::Part part) {
    const auto* shared = std::find_if(std::begin(sharedParts), std::end(sharedParts),
                                      [&](const auto& pair) { return pair.second == part; });
    return shared->first; // of columns that are intervals' or predictions'
}

GalaxyTable::Part partOf(IntervalPart part) {
    const auto* shared = std::find_if(std::begin(sharedParts), std::end(sharedParts),
                                      [&](const auto& pair) { return pair.first == part; });
    return shared->second;
}

/// Columns without rows. @param ids of the catalogue; null if it is not there
std::vector<io::Column> columnsOf(const GalaxyTable& table, const io::Column* ids) {
    const std::string unit = table.study->target(table.target).unit;
    std::vector<io::Column> columns = {report::identityColumn(ids)};
    for (int i = GalaxyTable::Truth; i < table.columnCount(); ++i) {
        const GalaxyTable::Column& column = table.column(i);
        columns.push_back(
            column.own ? io::pickRows(*column.own, {})
                       : report::intervalColumn(partOf(column.part), table.title(i), table.target, unit));
    }
    return columns;
}

/// What a column without rows cannot tell of the whole one that its rows come from.
void announce(const io::Column& from, io::ColumnLayout& layout) {
    const io::ColumnLayout whole = io::layoutOf(io::Table{"", {from}, {}}).columns.front();
    layout.textBytes = whole.textBytes;
    layout.ascii = whole.ascii;
    layout.endsInBlanks = whole.endsInBlanks;
    layout.mayMiss = whole.mayMiss;
    layout.spare = whole.spare;
}

void announceIdentity(const GalaxyTable& table, const io::Column* ids, io::ColumnLayout& layout) {
    if (ids) {
        announce(*ids, layout);
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

std::vector<std::size_t> catalogueRows(const GalaxyTable& table, std::size_t from, std::size_t count) {
    std::vector<std::size_t> rows;
    for (std::size_t place = from; place < from + count; ++place)
        rows.push_back(static_cast<std::size_t>(table.rows[table.order[place]]));
    return rows;
}

/// Rows [from, from + count) in the order shown.
void fill(io::Table& block, const GalaxyTable& table, const io::Column* ids, std::size_t from,
          std::size_t count) {
    fillIdentity(block.columns.front(), table, ids, from, count);
    for (int i = GalaxyTable::Truth; i < table.columnCount(); ++i) {
        io::Column& column = block.columns[static_cast<std::size_t>(i)];
        const GalaxyTable::Column& shown = table.column(i);
        if (shown.own) {
            io::Column rows = io::pickRows(*shown.own, catalogueRows(table, from, count));
            column.values = std::move(rows.values);
            column.missing = std::move(rows.missing);
            continue;
        }
        std::vector<double> numbers;
        for (std::size_t place = from; place < from + count; ++place)
            numbers.push_back(table.number(table.order[place], shown));
        column.missing.clear();
        if (shown.part != GalaxyTable::Covered) {
            column.values = std::move(numbers);
            continue;
        }
        std::vector<std::int64_t> covered;
        for (const double number : numbers) {
            covered.push_back(number == 1.0 ? 1 : 0);
            column.missing.push_back(std::isnan(number) ? 1 : 0);
        }
        column.values = std::move(covered);
    }
}

} // namespace

void GalaxyTable::arrangeColumns(const std::vector<std::string>& wanted) {
    columns = {{Id, nullptr, nullptr}, {Truth, nullptr, nullptr}, {BasePrediction, nullptr, nullptr}};
    std::vector<Part> ofMethods;
    for (const report::GalaxyPart& part : report::galaxyParts()) { // in their own order
        if (std::find(wanted.begin(), wanted.end(), part.word) == wanted.end())
            continue;
        if (part.ofMethod)
            ofMethods.push_back(partOf(part.part));
        else
            columns.push_back({partOf(part.part), nullptr, nullptr});
    }
    for (const std::string& word : wanted)
        if (const io::Column* own = catalogue && report::findGalaxyPart(word) == nullptr
                                        ? catalogue->columns.find(word)
                                        : nullptr;
            own != nullptr && own->width == 1)
            columns.push_back({OwnColumn, nullptr, own});
    for (const Prediction* prediction : predictions)
        for (const Part part : ofMethods)
            columns.push_back({part, prediction, nullptr});
}

int GalaxyTable::columnOf(Part part, int method) const {
    for (int i = 0; i < columnCount(); ++i)
        if (column(i).part == part &&
            (method < 0 || column(i).prediction == predictions[static_cast<std::size_t>(method)]))
            return i;
    return -1;
}

std::string GalaxyTable::idText(std::size_t row) const {
    const auto catalogueRow = static_cast<std::size_t>(rows[row]);
    if (catalogue && catalogueRow < catalogue->rowCount)
        return catalogue->idText(catalogueRow);
    return "row " + std::to_string(rows[row]);
}

std::string GalaxyTable::title(int index) const {
    static const char* const names[] = {"object_id", "truth",  "prediction",       "error",  "", "_lower",
                                        "_upper",    "_width", "_error_per_width", "_covers"};
    const Column& shown = column(index);
    if (shown.own)
        return shown.own->name;
    return (shown.prediction ? shown.prediction->method : std::string()) + names[shown.part];
}

double GalaxyTable::number(std::size_t row, const Column& column) const {
    const double error = std::abs(truth[row] - base[row]);
    switch (column.part) {
    case Truth:
        return truth[row];
    case BasePrediction:
        return base[row];
    case Error:
        return error;
    case OwnColumn: {
        const auto at = static_cast<std::size_t>(rows[row]);
        return at < column.own->rows() ? column.own->asReal(at) : std::nan("");
    }
    case Lower:
        return column.prediction->lower[row];
    case Upper:
        return column.prediction->upper[row];
    case Width:
        return intervalWidth(*column.prediction, row);
    case ErrorPerWidth:
        return error / intervalWidth(*column.prediction, row);
    case Covered:
        if (std::isnan(truth[row]))
            return std::nan("");
        return covers(*column.prediction, row, truth[row]) ? 1.0 : 0.0;
    case Id:
        break;
    }
    return std::nan("");
}

std::string GalaxyTable::text(std::size_t row, int index) const {
    const Column& shown = column(index);
    if (shown.part == Id)
        return idText(row);
    if (shown.own) {
        const auto at = static_cast<std::size_t>(rows[row]);
        return at < shown.own->rows() ? shown.own->asText(at) : std::string();
    }
    const double value = number(row, shown);
    return shown.part == Covered && !std::isnan(value) ? (value == 1.0 ? "1" : "0") : numberText(value);
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
    for (int i = GalaxyTable::Truth; i < table.columnCount(); ++i) {
        io::ColumnLayout& column = layout.columns[static_cast<std::size_t>(i)];
        if (const io::Column* own = table.column(i).own)
            announce(*own, column);
        else
            column.mayMiss = table.column(i).part == GalaxyTable::Covered;
    }
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
