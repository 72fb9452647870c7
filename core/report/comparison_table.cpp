#include "core/base/error.h"
#include "core/base/text.h"
#include "core/eval/evaluate.h"
#include "core/eval/judgement.h"
#include "core/eval/metric_roles.h"
#include "core/eval/strata.h"
#include "core/eval/true_distribution.h"
#include "core/report/cells.h"
#include "core/report/comparison_parts.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::report {

namespace {

bool anyInfinite(const Study& study) {
    return std::any_of(study.scores.begin(), study.scores.end(), [](const Score& score) {
        return isOverallCoverage(score) && score.convention == "all" && score.nInfinite > 0;
    });
}

/// The main ones, but for those of simulations where there is none.
std::vector<std::string> mainMetrics(const Study& study, std::span<const Metric> known) {
    std::vector<std::string> metrics;
    for (const Metric& metric : known)
        if (metric.isMain && (!metric.ofSimulation ||
                              std::any_of(study.scores.begin(), study.scores.end(),
                                          [&](const Score& score) { return score.metric == metric.id; })))
            metrics.push_back(metric.id);
    return metrics;
}

std::vector<std::string> chosenMetrics(const Study& study, const TableOptions& options) {
    std::vector<std::string> metrics =
        options.metrics.empty() ? mainMetrics(study, options.known) : options.metrics;
    for (const std::string& id : metrics)
        if (findMetric(id, options.known) == nullptr) {
            std::vector<std::string> known;
            for (const Metric& metric : options.known)
                known.push_back(metric.id);
            throw UsageError("there is no metric '" + id + "'; the metrics are: " + joinText(known, ", "));
        }
    const bool ofIntervals = std::any_of(metrics.begin(), metrics.end(), [&](const std::string& id) {
        return !findMetric(id, options.known)->ofPoint;
    });
    if (ofIntervals && anyInfinite(study) && !contains(metrics, "n_infinite") &&
        findMetric("n_infinite", options.known) != nullptr)
        metrics.push_back("n_infinite");
    return metrics;
}

std::string metricLabel(const Metric& metric, const std::string& unit) {
    if (metric.unit == MetricUnit::Percent)
        return metric.title + ", %";
    if (metric.unit == MetricUnit::PerTarget && !unit.empty())
        return metric.title + ", 1/(" + unit + ")";
    return metric.unit == MetricUnit::Target && !unit.empty() ? metric.title + ", " + unit : metric.title;
}

std::string bandText(const Interval& band) {
    return formatFixed(100.0 * band.low, 1) + "–" + formatFixed(100.0 * band.high, 1);
}

/// @param labelled labelledFormula of the target
Cell cellOf(const Score* score, const Metric& metric, const std::string& labelled) {
    if (score == nullptr)
        return {};
    Cell cell = numberCell(score->value, metric.unit == MetricUnit::Percent, {score->low, score->high});
    if (cell.kind == Cell::Kind::Missing)
        return cell;
    cell.count = metric.unit == MetricUnit::Count;
    cell.galaxies = galaxiesBehind(metric, *score, labelled);
    cell.target = score->target;
    cell.note = metric.title + ": n = " + withThousands(score->n);
    if (score->nInfinite > 0)
        cell.note += ", " + withThousands(score->nInfinite) + " infinite";
    if (score->nCrossed > 0)
        cell.note += ", " + withThousands(score->nCrossed) + " crossed";
    if (std::isfinite(score->low))
        cell.note +=
            ", 95 % interval" + std::string(score->calibration == "drawn"   ? ", any calibration set"
                                            : score->calibration == "given" ? ", this calibration set"
                                                                            : "");
    if (!score->stratum.empty())
        cell.note += ", " + score->stratum;
    if (std::isfinite(score->oracleLow) && std::isfinite(score->oracleHigh))
        cell.note += ", a perfect method " + bandText({score->oracleLow, score->oracleHigh}) + " %";
    if (std::isfinite(score->exactLow) && std::isfinite(score->exactHigh) &&
        (score->exactLow != score->oracleLow || score->exactHigh != score->oracleHigh))
        cell.note += ", exact intervals " + bandText({score->exactLow, score->exactHigh}) + " %";
    return cell;
}

std::vector<Line> linesOf(const Study& study, const TableOptions& options) {
    std::vector<Line> lines;
    const bool both = options.convention == "both";
    for (const std::string& id : chosenMetrics(study, options)) {
        const Metric* metric = findMetric(id, options.known);
        lines.push_back({metric, both ? "all" : options.convention, ""});
        if (both && metric->isCoverage && anyInfinite(study))
            lines.push_back({metric, "finite", " (finite)"});
    }
    return lines;
}

/// Which perfect method: the one calibrated on as many galaxies, or the exact intervals.
enum class Perfect { Calibrated, Exact };

/// Where a perfect method would fall, over all methods' rows (they differ only where infinite intervals are
/// left out).
Cell oracleCell(const Study& study, const std::vector<std::string>& methods, const TargetStudy& target,
                const Line& line, Perfect which) {
    Cell cell;
    if (!line.metric->isCoverage)
        return cell;
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const std::string& method : methods) {
        const Score* score = study.score(target.name, method, line.metric->id, line.convention);
        if (score == nullptr || std::isnan(score->oracleLow) || std::isnan(score->oracleHigh))
            continue;
        const Interval band = which == Perfect::Exact
                                  ? Interval{score->exactLow, score->exactHigh}
                                  : perfectBand(*score, target.heldOut.calibrationCount());
        low = std::min(low, band.low);
        high = std::max(high, band.high);
    }
    if (!(low <= high))
        return cell;
    cell.kind = Cell::Kind::Text;
    cell.text = bandText({low, high});
    cell.percent = cell.range = true;
    cell.low = low;
    cell.high = high;
    cell.note =
        which == Perfect::Exact
            ? "Intervals that are known exactly, without calibration, would score in this range in 95 "
              "of 100 test sets."
            : "The oracle band: a method with the right scale, calibrated on as many galaxies, would "
              "score in this range in 95 of 100 calibration and test sets.";
    return cell;
}

/// The range of 95 % of the repeated splits in place of the interval.
void showStability(const Stability& stability, const TargetStudy& target,
                   const std::vector<std::string>& methods, const std::vector<Line>& lines,
                   TargetCells& cells) {
    for (std::size_t l = 0; l < lines.size(); ++l)
        for (std::size_t m = 0; m < methods.size(); ++m) {
            const StabilityLine* line = lines[l].convention == "all"
                                            ? stability.find(target.name, methods[m], lines[l].metric->id)
                                            : nullptr;
            if (line == nullptr || cells[l][m].kind != Cell::Kind::Number)
                continue;
            const RepeatSummary summary = summarise(line->resplits);
            cells[l][m].low = summary.central95.low;
            cells[l][m].high = summary.central95.high;
            cells[l][m].note = lines[l].metric->title + ": 95 % of " +
                               withThousands(static_cast<std::int64_t>(summary.repeats)) +
                               " random splits of the held-out galaxies, median " +
                               shortestReal(summary.median);
        }
}

/// The targets' common unit, or "" where they differ.
std::string commonUnit(const Study& study) {
    if (study.targets.empty())
        return "";
    const std::string& unit = study.targets.front().unit;
    return std::all_of(study.targets.begin(), study.targets.end(),
                       [&](const TargetStudy& target) { return target.unit == unit; })
               ? unit
               : "";
}

/// The lines below (or columns beside) the methods: name and cells, one a line of the table.
std::vector<std::pair<std::string, std::vector<Cell>>> references(const Study& study,
                                                                  const std::vector<std::string>& methods,
                                                                  const TargetStudy& target,
                                                                  const std::vector<Line>& lines) {
    std::vector<std::pair<std::string, std::vector<Cell>>> out;
    if (!hasBand(study, lines))
        return out;
    const auto add = [&](const char* name, const auto& cell) {
        auto& cells = out.emplace_back(name, std::vector<Cell>()).second;
        for (const Line& line : lines)
            cells.push_back(cell(line));
    };
    add("perfect method",
        [&](const Line& line) { return oracleCell(study, methods, target, line, Perfect::Calibrated); });
    if (!knowsTruth(study))
        return out;
    add("exact intervals",
        [&](const Line& line) { return oracleCell(study, methods, target, line, Perfect::Exact); });
    add("true oracle", [&](const Line& line) {
        Cell cell = cellOf(study.score(target.name, trueOracleId, line.metric->id, line.convention),
                           *line.metric, "");
        cell.galaxies.clear(); // formulas know no such method
        return cell;
    });
    return out;
}

/// The numbers of one target, of all its test galaxies or of a subset.
struct Block {
    const Study* study = nullptr;
    const TargetStudy* target = nullptr;
    Cell subset; ///< its name and number of galaxies; Missing: all of them
    TargetCells cells;
};

Cell targetCell(const TargetStudy& target) {
    Cell name = textCell(target.name);
    name.note = target.unit.empty() ? target.name : target.name + ", " + target.unit;
    return name;
}

void layOutDown(const Study& study, const std::vector<std::string>& methods, const std::vector<Line>& lines,
                const std::vector<Block>& blocks, bool subsets, TableSpec& table) {
    table.columns = {"target"};
    if (subsets)
        table.columns.emplace_back("subset");
    table.columns.emplace_back("method");
    table.columnNotes.assign(table.columns.size(), "");
    for (const Line& line : lines) {
        table.columns.push_back(metricLabel(*line.metric, commonUnit(study)) + line.suffix);
        table.columnNotes.push_back(line.metric->definition);
    }
    table.columnMethods.assign(table.columns.size(), "");
    for (const Block& block : blocks) {
        std::vector<Cell> first = {targetCell(*block.target)};
        if (subsets)
            first.push_back(block.subset);
        const auto addRow = [&](const std::string& title, const std::string& method) -> std::vector<Cell>& {
            table.rowMethods.push_back(method);
            table.rows.push_back(first);
            table.rows.back().push_back(textCell(title));
            return table.rows.back();
        };
        for (std::size_t m = 0; m < methods.size(); ++m) {
            std::vector<Cell>& row = addRow(methods[m], methods[m]);
            for (std::size_t l = 0; l < lines.size(); ++l)
                row.push_back(block.cells[l][m]);
        }
        for (const auto& [title, values] : references(*block.study, methods, *block.target, lines)) {
            std::vector<Cell>& row = addRow(title, "");
            row.insert(row.end(), values.begin(), values.end());
        }
    }
}

void layOutAcross(const Study& study, const std::vector<std::string>& methods, const std::vector<Line>& lines,
                  const std::vector<Block>& blocks, bool subsets, TableSpec& table) {
    table.columns = {"target"};
    if (subsets)
        table.columns.emplace_back("subset");
    table.columns.emplace_back("metric");
    table.columnMethods.assign(table.columns.size(), "");
    const auto addColumn = [&](const std::string& title, const std::string& method) {
        table.columns.push_back(title);
        table.columnMethods.push_back(method);
    };
    for (const std::string& method : methods)
        addColumn(method, method);
    std::vector<std::string> beside;
    if (!study.targets.empty())
        for (const auto& [title, values] : references(study, methods, study.targets.front(), lines)) {
            addColumn(title, "");
            beside.push_back(title);
        }
    for (const Block& block : blocks) {
        const auto others = references(*block.study, methods, *block.target, lines);
        for (std::size_t l = 0; l < lines.size(); ++l) {
            std::vector<Cell> row{targetCell(*block.target)};
            if (subsets)
                row.push_back(block.subset);
            row.push_back(textCell(metricLabel(*lines[l].metric, block.target->unit) + lines[l].suffix));
            row.back().note = lines[l].metric->definition;
            row.insert(row.end(), block.cells[l].begin(), block.cells[l].end());
            for (const std::string& title : beside) { // a subset may have fewer
                const auto found = std::find_if(others.begin(), others.end(),
                                                [&](const auto& other) { return other.first == title; });
                row.push_back(found == others.end() ? Cell() : found->second[l]);
            }
            table.rows.push_back(std::move(row));
        }
    }
}

TargetCells cellsOf(const Study& study, const TargetStudy& target, const std::vector<std::string>& methods,
                    const std::vector<Line>& lines) {
    TargetCells cells;
    const std::string labelled = labelledFormula(target);
    for (const Line& line : lines) {
        std::vector<Cell>& ofLine = cells.emplace_back();
        for (const std::string& method : methods)
            ofLine.push_back(cellOf(study.score(target.name, method, line.metric->id, line.convention),
                                    *line.metric, labelled));
    }
    return cells;
}

/// One target of a subset. Strata of a subset are not those that formulas name.
Block subsetBlock(const SubsetStudy& subset, const TargetStudy& target,
                  const std::vector<std::string>& methods, const std::vector<Line>& lines) {
    Block block{subset.study.get(), &target, {}, cellsOf(*subset.study, target, methods, lines)};
    std::int64_t n = 0;
    for (const Score& score : subset.study->scores)
        if (score.target == target.name && isOverallCoverage(score) && score.convention == "all")
            n = std::max(n, score.n);
    block.subset = textCell(subset.name + " (n = " + withThousands(n) + ")");
    block.subset.galaxies = subset.galaxies;
    block.subset.target = target.name;
    for (std::size_t l = 0; l < lines.size(); ++l)
        for (Cell& cell : block.cells[l])
            cell.galaxies =
                cell.galaxies.empty() || lines[l].metric->stratum != Stratum::All
                    ? ""
                    : bothFormulas(subset.galaxies, cell.galaxies == "labelled" ? "" : cell.galaxies);
    return block;
}

} // namespace

bool showsCoverage(const std::vector<Line>& lines) {
    return anyLine(lines, [](const Metric& metric) { return metric.isCoverage; });
}

bool contains(const std::vector<std::string>& list, const std::string& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

TableSpec comparisonTable(const Study& study, const TableOptions& options, const RunContext& context) {
    if (options.convention != "all" && options.convention != "finite" && options.convention != "both")
        throw UsageError("convention: 'all', 'finite' or 'both', found '" + options.convention + "'");
    const auto lines = linesOf(study, options);
    std::vector<std::string> methods = study.methods;
    if (!options.methods.empty())
        std::erase_if(methods, [&](const std::string& id) { return !contains(options.methods, id); });
    std::vector<Block> blocks;
    const auto tests =
        options.markBest ? competition(study, methods, lines, options, context) : std::vector<PairedTest>{};
    for (const TargetStudy& target : study.targets) {
        Block& block =
            blocks.emplace_back(Block{&study, &target, {}, cellsOf(study, target, methods, lines)});
        if (options.stability != nullptr)
            showStability(*options.stability, target, methods, lines, block.cells);
        if (options.markBest)
            markBest(study, target, methods, lines, tests, block.cells);
        for (const SubsetStudy& subset : options.subsets)
            blocks.push_back(subsetBlock(subset, subset.study->target(target.name), methods, lines));
    }
    TableSpec table;
    table.title = "Methods compared";
    if (options.layout == TableOptions::Layout::MethodsDown)
        layOutDown(study, methods, lines, blocks, !options.subsets.empty(), table);
    else
        layOutAcross(study, methods, lines, blocks, !options.subsets.empty(), table);
    if (options.stability != nullptr)
        table.footnotes.push_back(
            "Brackets: the range of 95 % of random calibration and test splits of the held-out "
            "galaxies, nothing trained again; the value is that of the study's own split.");
    addFootnotes(study, methods, lines, options, table);
    return table;
}

} // namespace penumbra::report
