#include "gui/models/galaxy_table.h"

#include "core/base/text.h"
#include "core/report/csv_file.h"

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
    return covers(prediction->lower[row], truth[row], prediction->upper[row]) ? "yes" : "no";
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

void writeCsv(const GalaxyTable& table, const std::filesystem::path& path, const RunContext& context) {
    report::CsvFile file(path);
    file.add(titlesOf(table));
    for (std::size_t place = 0; place < table.order.size(); ++place) {
        if (place % rowsPerStep == 0)
            context.step(static_cast<double>(place) / static_cast<double>(table.order.size()),
                         "Writing galaxies");
        file.add(cellsAt(table, place));
    }
    file.commit();
}

} // namespace penumbra::gui
