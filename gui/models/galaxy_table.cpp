#include "gui/models/galaxy_table.h"

#include "core/base/atomic_file.h"
#include "core/base/text.h"
#include "core/report/csv_cell.h"

#include <cmath>
#include <fstream>

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

/// One line of cells; `cell` gives the text of a column.
template <typename CellText>
void addLine(std::string& out, const GalaxyTable& table, char separator, const CellText& cell) {
    for (int column = 0; column < table.columnCount(); ++column) {
        if (column > 0)
            out += separator;
        out += separator == '\t' ? withoutTabs(cell(column)) : report::csvCell(cell(column));
    }
    out += '\n';
}

void addHeader(std::string& out, const GalaxyTable& table, char separator) {
    addLine(out, table, separator, [&](int column) { return table.title(column); });
}

void addRow(std::string& out, const GalaxyTable& table, char separator, std::size_t place) {
    const std::size_t row = table.order[place];
    addLine(out, table, separator, [&](int column) { return table.text(row, column); });
}

} // namespace

bool covers(double lower, double truth, double upper) {
    return lower < truth && truth < upper;
}

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
    std::string out;
    addHeader(out, table, '\t');
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (i % rowsPerStep == 0)
            context.step(static_cast<double>(i) / static_cast<double>(places.size()), "Copying galaxies");
        addRow(out, table, '\t', static_cast<std::size_t>(places[i]));
    }
    return out;
}

void writeCsv(const GalaxyTable& table, const std::filesystem::path& path, const RunContext& context) {
    AtomicFile file(path);
    std::ofstream out(file.temporaryPath(), std::ios::binary);
    std::string block;
    addHeader(block, table, ',');
    for (std::size_t place = 0; place < table.order.size(); ++place) {
        if (place % rowsPerStep == 0) {
            context.step(static_cast<double>(place) / static_cast<double>(table.order.size()),
                         "Writing galaxies");
            out << block;
            block.clear();
        }
        addRow(block, table, ',', place);
    }
    out << block;
    out.close();
    if (!out)
        throw Error(path.string() + ": writing failed. Is the disk full?");
    file.commit();
}

} // namespace penumbra::gui
