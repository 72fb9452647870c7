#include "core/base/text.h"
#include "core/report/csv_cell.h"
#include "core/report/figure_spec.h"

#include <cmath>

namespace penumbra::report {

namespace {

std::string realCell(double value) {
    return std::isnan(value) ? std::string() : shortestReal(value);
}

std::string realCell(const std::vector<double>& values, std::size_t i) {
    return i < values.size() ? realCell(values[i]) : std::string();
}

void appendSeries(const Series& series, const std::string& panel, std::string& out) {
    const std::string start =
        csvCell(panel) + "," + csvCell(series.name) + "," + csvCell(series.method) + ",";
    for (std::size_t i = 0; i < series.x.size(); ++i) {
        out += start;
        for (const auto* values :
             {&series.x, &series.xLow, &series.xHigh, &series.y, &series.yLow, &series.yHigh, &series.n})
            out += realCell(*values, i) + ",";
        out += (i < series.label.size() ? csvCell(series.label[i]) : std::string()) + ",";
        out += (i < series.row.size() ? std::to_string(series.row[i]) : std::string()) + "," +
               (series.kind == Series::Kind::Cells ? realCell(series.z, i) : std::string()) + "\n";
    }
}

void appendHeatMap(const Series& series, const std::string& panel, std::string& out) {
    const std::size_t columns = series.x.empty() ? 0 : series.x.size() - 1;
    const std::size_t rows = series.y.empty() ? 0 : series.y.size() - 1;
    const std::string start =
        csvCell(panel) + "," + csvCell(series.name) + "," + csvCell(series.method) + ",";
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < columns; ++c) {
            const std::size_t cell = r * columns + c;
            const double values[] = {0.5 * (series.x[c] + series.x[c + 1]), series.x[c], series.x[c + 1],
                                     0.5 * (series.y[r] + series.y[r + 1]), series.y[r], series.y[r + 1]};
            out += start;
            for (const double value : values)
                out += realCell(value) + ",";
            out += realCell(series.n, cell) + ",,," + realCell(series.z, cell) + "\n";
        }
}

/// A line a pixel: x, y counted from the upper left, the colour as label.
void appendPicture(const Series& series, const std::string& panel, std::string& out) {
    static const char digits[] = "0123456789abcdef";
    const std::string start = csvCell(panel) + "," + csvCell(series.name) + ",,";
    for (std::size_t i = 0; i < series.pixelsAcross * series.pixelsDown; ++i) {
        std::string colour = "#";
        for (std::size_t c = 0; c < 3; ++c) {
            const std::uint8_t value = series.rgb[3 * i + c];
            colour += {digits[value / 16], digits[value % 16]};
        }
        out += start + std::to_string(i % series.pixelsAcross) + ",,," +
               std::to_string(i / series.pixelsAcross) + ",,,," + colour + ",,\n";
    }
}

} // namespace

std::string toCsv(const FigureSpec& figure) {
    std::string out = "panel,series,method,x,x_low,x_high,y,y_low,y_high,n,label,row,z\n";
    for (std::size_t i = 0; i < figure.panels.size(); ++i) {
        const Panel& panel = figure.panels[i];
        std::string name = panel.letter.empty() ? std::to_string(i + 1) : panel.letter;
        if (!panel.heading.empty())
            name += " " + panel.heading;
        for (const Series& series : panel.series) {
            if (series.kind == Series::Kind::HeatMap)
                appendHeatMap(series, name, out);
            else if (series.kind == Series::Kind::Picture)
                appendPicture(series, name, out);
            else
                appendSeries(series, name, out);
        }
        for (const ReferenceLine& line : panel.lines) {
            const std::string value = realCell(line.value);
            out += csvCell(name) + "," + csvCell(line.label.empty() ? "reference" : line.label) + ",," +
                   (line.horizontal ? ",,," + value : value + ",,,") + ",,,,,,\n";
        }
    }
    return out;
}

} // namespace penumbra::report
