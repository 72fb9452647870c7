#include "core/base/text.h"
#include "core/report/cells.h"
#include "core/report/table_spec.h"

#include <algorithm>
#include <cmath>

namespace penumbra::report {

namespace {

Cell cellOf(double value, const Interval& interval, bool percent, const std::string& note) {
    Cell cell = numberCell(value, percent, interval);
    if (cell.kind == Cell::Kind::Number)
        cell.note = note;
    return cell;
}

struct Column {
    const char* metric;
    const char* title;
    bool percent;
};
constexpr Column columns[] = {{"coverage", "coverage, %", true},
                              {"tail_coverage", "tail coverage, %", true},
                              {"worst_bin_coverage", "worst-bin coverage, %", true},
                              {"mean_width", "mean width", false},
                              {"infinite_share", "infinite intervals, %", true}};

} // namespace

TableSpec stabilityTable(const Study& study, const Stability& stability) {
    TableSpec table;
    table.title = "Medians over random calibration and test splits, with the range of 95 % of them";
    table.columns = {"target", "method", "re-splits"};
    std::vector<Column> shown;
    for (const Column& column : columns)
        if (std::any_of(stability.lines.begin(), stability.lines.end(),
                        [&](const StabilityLine& line) { return line.metric == column.metric; })) {
            shown.push_back(column);
            table.columns.emplace_back(column.title);
        }
    table.columns.emplace_back("coverage over resampled galaxies, %");
    table.columnMethods.assign(table.columns.size(), "");
    std::vector<std::string> bands;
    for (const TargetStudy& target : study.targets) {
        for (const std::string& method : study.methods) {
            const StabilityLine* coverage = stability.find(target.name, method, "coverage");
            if (coverage == nullptr)
                continue;
            std::vector<Cell> row{textCell(target.name), textCell(method)};
            row[0].note = target.unit.empty() ? target.name : target.name + ", " + target.unit;
            Cell repeats = cellOf(static_cast<double>(coverage->resplits.size()), {}, false, "");
            repeats.count = true;
            row.push_back(repeats);
            for (const Column& column : shown) {
                const StabilityLine* line = stability.find(target.name, method, column.metric);
                const RepeatSummary summary = line ? summarise(line->resplits) : RepeatSummary();
                row.push_back(cellOf(summary.median, summary.central95, column.percent,
                                     "quartiles " + shortestReal(summary.quartiles.low) + " to " +
                                         shortestReal(summary.quartiles.high)));
            }
            const RepeatSummary resampled = summarise(coverage->resamples);
            row.push_back(cellOf(resampled.median, resampled.central95, true, ""));
            table.rows.push_back(std::move(row));
            table.rowMethods.push_back(method);
            if (std::isfinite(coverage->guarantee.low) &&
                (bands.empty() || bands.back().rfind(target.name + " ", 0) != 0))
                bands.push_back(target.name + " " + formatFixed(100.0 * coverage->guarantee.low, 1) + "–" +
                                formatFixed(100.0 * coverage->guarantee.high, 1) + " %");
        }
    }
    table.footnotes.push_back("Nothing is trained again: the labelled held-out galaxies are split anew into "
                              "calibration and test sets of the same sizes. Median [range of 95 % of the "
                              "splits]. The last column keeps "
                              "the study's own split and draws its test galaxies with replacement." +
                              endsWords(study.ends));
    if (!bands.empty())
        table.footnotes.push_back(
            "Guarantee of split conformal prediction for the coverage of a random split "
            "(95 % range, Beta-Binomial): " +
            joinText(bands, ", ") + ".");
    return table;
}

} // namespace penumbra::report
