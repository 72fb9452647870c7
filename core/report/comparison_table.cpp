#include "core/base/error.h"
#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/eval/evaluate.h"
#include "core/eval/judgement.h"
#include "core/eval/oracle.h"
#include "core/eval/true_distribution.h"
#include "core/report/cells.h"
#include "core/report/table_spec.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace penumbra::report {

namespace {

const Metric* findMetric(const std::string& id) {
    for (const Metric& metric : allMetrics())
        if (metric.id == id)
            return &metric;
    return nullptr;
}

bool anyInfinite(const Study& study) {
    return std::any_of(study.scores.begin(), study.scores.end(), [](const Score& score) {
        return score.metric == "coverage" && score.convention == "all" && score.nInfinite > 0;
    });
}

std::vector<std::string> chosenMetrics(const Study& study, const std::vector<std::string>& wanted) {
    std::vector<std::string> metrics = wanted;
    if (metrics.empty()) {
        metrics = {"coverage", "tail_coverage", "worst_bin_coverage", "mean_width"};
        if (std::any_of(study.scores.begin(), study.scores.end(),
                        [](const Score& score) { return score.metric == "conditional_coverage_error"; }))
            metrics.push_back("conditional_coverage_error");
    }
    for (const std::string& id : metrics)
        if (findMetric(id) == nullptr) {
            std::vector<std::string> known;
            for (const Metric& metric : allMetrics())
                known.push_back(metric.id);
            throw UsageError("there is no metric '" + id + "'; the metrics are: " + joinText(known, ", "));
        }
    const bool ofIntervals = std::any_of(metrics.begin(), metrics.end(),
                                         [](const std::string& id) { return !findMetric(id)->ofPoint; });
    if (ofIntervals && anyInfinite(study) &&
        std::find(metrics.begin(), metrics.end(), "n_infinite") == metrics.end())
        metrics.push_back("n_infinite");
    return metrics;
}

/// Metrics in the target's unit; the rest are fractions or have none.
bool hasTargetUnit(const std::string& metric) {
    for (const char* word : {"width", "rmse", "bias", "mae", "crps", "interval_score"})
        if (metric.find(word) != std::string::npos)
            return true;
    return false;
}

std::string metricLabel(const Metric& metric, const std::string& unit) {
    if (metric.isCoverage || metric.isFraction)
        return metric.title + ", %";
    return hasTargetUnit(metric.id) && !unit.empty() ? metric.title + ", " + unit : metric.title;
}

/// The score in the wanted convention; metrics of the point know one convention only.
const Score* findScore(const Study& study, const std::string& target, const std::string& method,
                       const Metric& metric, const std::string& convention) {
    const Score* other = nullptr;
    for (const Score& score : study.scores) {
        // the worst bin and the tail name what they are conditioned on; binned scores have ids of their own
        if (score.target != target || score.method != method || score.metric != metric.id)
            continue;
        if (score.convention == convention)
            return &score;
        if (metric.ofPoint)
            other = &score;
    }
    return other;
}

Cell cellOf(const Score* score, const Metric& metric) {
    Cell cell;
    if (score == nullptr || std::isnan(score->value))
        return cell;
    cell.kind = Cell::Kind::Number;
    cell.value = score->value;
    cell.low = score->low;
    cell.high = score->high;
    cell.percent = metric.isCoverage || metric.isFraction;
    cell.count = metric.id == "n_infinite";
    cell.note = metric.title + ": n = " + withThousands(score->n);
    if (score->nInfinite > 0)
        cell.note += ", " + withThousands(score->nInfinite) + " infinite";
    if (std::isfinite(score->low))
        cell.note +=
            ", 95 % interval" + std::string(score->calibration == "drawn"   ? ", any calibration set"
                                            : score->calibration == "given" ? ", this calibration set"
                                                                            : "");
    if (!score->stratum.empty())
        cell.note += ", " + score->stratum;
    if (std::isfinite(score->oracleLow) && std::isfinite(score->oracleHigh))
        cell.note += ", a perfect method " + formatFixed(100.0 * score->oracleLow, 1) + "–" +
                     formatFixed(100.0 * score->oracleHigh, 1) + " %";
    return cell;
}

/// One line of the table before it is laid out: a metric in one convention.
struct Line {
    const Metric* metric = nullptr;
    std::string convention;
    std::string suffix; ///< " (finite)" where both conventions are shown
};

std::vector<Line> linesOf(const Study& study, const TableOptions& options) {
    std::vector<Line> lines;
    const bool both = options.convention == "both";
    for (const std::string& id : chosenMetrics(study, options.metrics)) {
        const Metric* metric = findMetric(id);
        lines.push_back({metric, both ? "all" : options.convention, ""});
        if (both && metric->isCoverage && anyInfinite(study))
            lines.push_back({metric, "finite", " (finite)"});
    }
    return lines;
}

/// Whether any line shown has this property.
bool anyLine(const std::vector<Line>& lines, const std::function<bool(const Metric&)>& property) {
    return std::any_of(lines.begin(), lines.end(), [&](const Line& line) { return property(*line.metric); });
}

bool showsCoverage(const std::vector<Line>& lines) {
    return anyLine(lines, [](const Metric& metric) { return metric.isCoverage; });
}

bool isShown(const std::vector<std::string>& methods, const std::string& method) {
    return std::find(methods.begin(), methods.end(), method) != methods.end();
}

/// ", calibration and test galaxies drawn anew (any calibration set of this size)" and for whom not.
std::string bracketWords(const Study& study, const std::vector<std::string>& methods) {
    std::vector<std::string> drawn, given;
    for (const Score& score : study.scores) {
        if (score.metric != "coverage" || !isShown(methods, score.method))
            continue;
        auto& list = score.calibration == "drawn" ? drawn : given;
        if (!score.calibration.empty() && !isShown(list, score.method))
            list.push_back(score.method);
    }
    if (drawn.empty())
        return given.empty() ? "" : " for this calibration set: test galaxies alone are drawn anew";
    return " for any calibration set of this size: calibration and test galaxies are drawn anew" +
           (given.empty()
                ? ""
                : " (" + joinText(given, ", ") + ": for this calibration set, test galaxies alone)");
}

std::string nominalNote(const Study& study, const std::vector<std::string>& methods,
                        const std::vector<Line>& lines) {
    const double percent = 100.0 * (1.0 - study.alpha);
    const std::string nominal =
        std::abs(percent - std::round(percent)) < 1e-6 ? formatFixed(percent, 0) : formatReal(percent, 4);
    return "Nominal coverage " + nominal + " %. Brackets: 95 % intervals" + bracketWords(study, methods) +
           "." + (showsCoverage(lines) ? endsWords(study.ends) : "");
}

/// What the band of the line "perfect method" is, and what it cannot know.
std::string bandNote(const Study& study) {
    const bool calibrated = std::any_of(study.targets.begin(), study.targets.end(), [](const TargetStudy& t) {
        return t.heldOut.calibrationCount() > 0;
    });
    return std::string("Perfect method: 95 % of the coverages that intervals with the right scale") +
           (calibrated ? ", calibrated on as many galaxies as here," : ", known exactly,") +
           " would score on such galaxies. The scale is what prediction, spreads and residual nets tell of "
           "the "
           "errors' sizes: where errors depend on something else, no band can know, and a better method may "
           "lie above it.";
}

/// Notes that many predictions share are told once.
void addPredictionNotes(const Study& study, const std::vector<std::string>& shown, TableSpec& table) {
    std::vector<std::pair<std::string, std::vector<std::string>>> byNote;
    for (const TargetStudy& target : study.targets)
        for (const Prediction& prediction : target.predictions) {
            if (prediction.note.empty() || !isShown(shown, prediction.method))
                continue;
            auto found = std::find_if(byNote.begin(), byNote.end(),
                                      [&](const auto& entry) { return entry.first == prediction.note; });
            if (found == byNote.end())
                found = byNote.insert(byNote.end(), {prediction.note, {}});
            if (!isShown(found->second, prediction.method))
                found->second.push_back(prediction.method);
        }
    for (const auto& [note, methods] : byNote)
        table.footnotes.push_back(
            (methods.size() == shown.size() && shown.size() > 1 ? "All methods" : joinText(methods, ", ")) +
            ": " + note + ".");
}

void addNoSupportNote(const Study& study, TableSpec& table) {
    for (const TargetStudy& target : study.targets) {
        const std::size_t n = target.heldOut.calibrationCount();
        if (n > 0 && conformalRank(n, study.alpha) > n)
            table.footnotes.push_back(target.name + ": " + withThousands(static_cast<long long>(n)) +
                                      " calibration galaxies cannot support alpha " +
                                      shortestReal(study.alpha) + "; conformal intervals are finite from 1/" +
                                      withThousands(static_cast<long long>(n + 1)) +
                                      " on. Use more of them or a larger alpha.");
    }
}

/// "z 901 (103 more have no label)" for each target.
void addCountNote(const Study& study, TableSpec& table) {
    std::vector<std::string> counts;
    for (const TargetStudy& target : study.targets) {
        std::int64_t labelled = -1;
        for (const Score& score : study.scores)
            if (score.target == target.name && score.metric == "coverage")
                labelled = std::max<std::int64_t>(labelled, score.n);
        if (labelled < 0)
            continue;
        const auto without = static_cast<std::int64_t>(target.heldOut.testCount()) - labelled;
        counts.push_back(target.name + " " + withThousands(labelled) +
                         (without > 0 ? " (" + withThousands(without) + " more have no label)" : ""));
    }
    if (!counts.empty())
        table.footnotes.push_back("Test galaxies: " + joinText(counts, ", ") + ".");
}

void addInfiniteNote(const Study& study, const std::vector<std::string>& methods,
                     const std::string& convention, TableSpec& table) {
    std::vector<std::string> infinite;
    for (const TargetStudy& target : study.targets)
        for (const Score& score : study.scores)
            if (score.target == target.name && score.metric == "coverage" && score.convention == "all" &&
                score.nInfinite > 0 && isShown(methods, score.method))
                infinite.push_back(target.name + " " + score.method + " " + withThousands(score.nInfinite));
    if (!infinite.empty())
        table.footnotes.push_back("Infinite intervals (" +
                                  std::string(convention == "finite" ? "left out"
                                              : convention == "both"
                                                  ? "covering, or left out where it says finite"
                                                  : "counted as covered") +
                                  "; mean widths are of the finite ones): " + joinText(infinite, ", ") + ".");
    else if (convention != "all")
        table.footnotes.push_back("No interval was infinite.");
}

/// A width that all galaxies share has no interval: that is no omission.
void addConstantWidthNote(const Study& study, const std::vector<std::string>& methods, TableSpec& table) {
    std::vector<std::string> constant;
    for (const Score& score : study.scores)
        if (score.metric == "mean_width" && std::isfinite(score.value) &&
            !(score.high - score.low > 1e-9 * std::abs(score.value)) && isShown(methods, score.method) &&
            !isShown(constant, score.method))
            constant.push_back(score.method);
    if (!constant.empty())
        table.footnotes.push_back(
            "A width without an interval is the same for all galaxies: " + joinText(constant, ", ") + ".");
}

/// Speaks of the methods and metrics that are shown, and of no others.
void addFootnotes(const Study& study, const std::vector<std::string>& methods, const std::vector<Line>& lines,
                  bool hasOracle, const std::string& convention, TableSpec& table) {
    table.footnotes.push_back(nominalNote(study, methods, lines));
    if (hasOracle && showsCoverage(lines))
        table.footnotes.push_back(bandNote(study));
    if (anyLine(lines, [](const Metric& metric) {
            return metric.id == "tail_coverage" || metric.id == "worst_bin_coverage";
        }))
        table.footnotes.push_back(
            "Tail: the lowest and the highest tenth by true value; worst bin: the tenth with the largest "
            "|truth - prediction|. Rows chosen by the outcome: exact intervals miss the nominal level there "
            "too.");
    addCountNote(study, table);
    if (anyLine(lines, [](const Metric& metric) { return !metric.ofPoint; }))
        addInfiniteNote(study, methods, convention, table);
    if (anyLine(lines, [](const Metric& metric) { return metric.id == "mean_width"; }))
        addConstantWidthNote(study, methods, table);
    addPredictionNotes(study, methods, table);
    addNoSupportNote(study, table);
}

/// Where a perfect method would fall, over all methods' rows (they differ only where infinite intervals are
/// left out).
Cell oracleCell(const Study& study, const std::vector<std::string>& methods, const TargetStudy& target,
                const Line& line) {
    Cell cell;
    if (!line.metric->isCoverage)
        return cell;
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const std::string& method : methods) {
        const Score* score = findScore(study, target.name, method, *line.metric, line.convention);
        if (score == nullptr || std::isnan(score->oracleLow) || std::isnan(score->oracleHigh))
            continue;
        const Interval band = perfectBand(*score, target.heldOut.calibrationCount());
        low = std::min(low, band.low);
        high = std::max(high, band.high);
    }
    if (low > high)
        return cell;
    cell.kind = Cell::Kind::Text;
    cell.text = formatFixed(100.0 * low, 1) + "–" + formatFixed(100.0 * high, 1);
    cell.percent = cell.range = true;
    cell.low = low;
    cell.high = high;
    cell.note = "The oracle band: a method with the right scale, calibrated on as many galaxies, would score "
                "in this range in 95 of 100 calibration and test sets.";
    return cell;
}

/// Metrics that compete by the paired test; the rest of the metrics that are no coverages are never bold.
bool competes(const std::string& metric) {
    return metric == "mean_width" || metric == "interval_score" || metric == "mae";
}

/// Every pair of methods in what is shown and competes, on all targets: adjusted together.
std::vector<PairedTest> competition(const Study& study, const std::vector<std::string>& methods,
                                    const std::vector<Line>& lines, const TableOptions& wanted,
                                    const RunContext& context) {
    PairedOptions options;
    options.seed = study.seed;
    options.givenCalibration = wanted.givenCalibration;
    for (const Line& line : lines)
        if (competes(line.metric->id))
            options.metrics.push_back(line.metric->id);
    if (options.metrics.empty())
        return {};
    return pairedTests(study, methods, options, context);
}

/// Bold cells of one target: cells[line][method].
void markBest(const Study& study, const TargetStudy& target, const std::vector<std::string>& methods,
              const std::vector<Line>& lines, const std::vector<PairedTest>& allTests,
              std::vector<std::vector<Cell>>& cells) {
    const Metric* coverage = findMetric("coverage");
    std::vector<std::string> present, covering;
    for (const std::string& method : methods) {
        if (target.prediction(method) == nullptr)
            continue;
        present.push_back(method);
        const Score* score = findScore(study, target.name, method, *coverage, "all");
        if (score != nullptr && coversEnough(*score, target.heldOut.calibrationCount()))
            covering.push_back(method);
    }
    std::vector<PairedTest> tests;
    std::copy_if(allTests.begin(), allTests.end(), std::back_inserter(tests),
                 [&](const PairedTest& test) { return test.target == target.name; });
    for (std::size_t l = 0; l < lines.size(); ++l) {
        const std::string& id = lines[l].metric->id;
        std::vector<std::string> best;
        if (competes(id))
            best = bestMethods(tests, id, id == "mean_width" ? covering : present);
        for (std::size_t m = 0; m < methods.size(); ++m) {
            const Score* score =
                findScore(study, target.name, methods[m], *lines[l].metric, lines[l].convention);
            if (score != nullptr && lines[l].metric->isCoverage)
                cells[l][m].bold = couldBePerfect(*score, target.heldOut.calibrationCount());
            else
                cells[l][m].bold = std::find(best.begin(), best.end(), methods[m]) != best.end();
        }
    }
}

/// The range of 95 % of the repeated splits in place of the interval.
void showStability(const Stability& stability, const TargetStudy& target,
                   const std::vector<std::string>& methods, const std::vector<Line>& lines,
                   std::vector<std::vector<Cell>>& cells) {
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

std::string boldNote(const std::vector<Line>& lines, bool givenCalibration) {
    std::string note;
    const std::string how = std::string("on the same galaxies (") +
                            (givenCalibration ? "this calibration set, test galaxies resampled"
                                              : "calibration and test galaxies resampled") +
                            ", Holm-adjusted over all pairs, metrics and targets of the table, 5 %)";
    if (showsCoverage(lines))
        note = "Bold coverage: not below the range of a perfect method.";
    const bool width = anyLine(lines, [](const Metric& metric) { return metric.id == "mean_width"; });
    if (width)
        note += std::string(note.empty() ? "" : " ") +
                "Bold width: the method covers enough, and none that does is shown to be narrower " + how +
                ".";
    if (anyLine(lines, [](const Metric& metric) { return competes(metric.id) && metric.id != "mean_width"; }))
        note += std::string(note.empty() ? "" : " ") +
                "Bold interval score or |error|: no method is shown to be better " + how + ".";
    if (width)
        note += " What is bold was chosen on these test galaxies, so its own number flatters it a little.";
    return note;
}

/// Simulated catalogues: the method that knows the true quantiles was scored too.
bool knowsTruth(const Study& study) {
    return std::any_of(study.scores.begin(), study.scores.end(),
                       [](const Score& score) { return score.method == trueOracleId; });
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

void layOutDown(const Study& study, const std::vector<std::string>& methods, const std::vector<Line>& lines,
                const std::vector<std::vector<std::vector<Cell>>>& cells, bool hasOracle, TableSpec& table) {
    table.columns = {"target", "method"};
    table.columnNotes = {"", ""};
    for (const Line& line : lines) {
        table.columns.push_back(metricLabel(*line.metric, commonUnit(study)) + line.suffix);
        table.columnNotes.push_back(line.metric->definition);
    }
    table.columnMethods.assign(table.columns.size(), "");
    const bool hasTruth = knowsTruth(study);
    for (std::size_t t = 0; t < study.targets.size(); ++t) {
        const TargetStudy& target = study.targets[t];
        Cell name = textCell(target.name);
        name.note = target.unit.empty() ? target.name : target.name + ", " + target.unit;
        for (std::size_t m = 0; m < methods.size(); ++m) {
            std::vector<Cell> row{name, textCell(methods[m])};
            for (std::size_t l = 0; l < lines.size(); ++l)
                row.push_back(cells[t][l][m]);
            table.rows.push_back(std::move(row));
            table.rowMethods.push_back(methods[m]);
        }
        if (!hasOracle)
            continue;
        std::vector<Cell> row{name, textCell("perfect method")};
        for (const Line& line : lines)
            row.push_back(oracleCell(study, methods, target, line));
        table.rows.push_back(std::move(row));
        table.rowMethods.emplace_back();
        if (!hasTruth)
            continue;
        row = {name, textCell("true oracle")};
        for (const Line& line : lines)
            row.push_back(cellOf(findScore(study, target.name, trueOracleId, *line.metric, line.convention),
                                 *line.metric));
        table.rows.push_back(std::move(row));
        table.rowMethods.emplace_back();
    }
}

void layOutAcross(const Study& study, const std::vector<std::string>& methods, const std::vector<Line>& lines,
                  const std::vector<std::vector<std::vector<Cell>>>& cells, bool hasOracle,
                  TableSpec& table) {
    table.columns = {"target", "metric"};
    table.columnMethods = {"", ""};
    for (const std::string& method : methods) {
        table.columns.push_back(method);
        table.columnMethods.push_back(method);
    }
    const bool hasTruth = hasOracle && knowsTruth(study);
    if (hasOracle) {
        table.columns.push_back("perfect method");
        table.columnMethods.push_back("");
    }
    if (hasTruth) {
        table.columns.push_back("true oracle");
        table.columnMethods.push_back("");
    }
    for (std::size_t t = 0; t < study.targets.size(); ++t)
        for (std::size_t l = 0; l < lines.size(); ++l) {
            const TargetStudy& target = study.targets[t];
            std::vector<Cell> row{textCell(target.name),
                                  textCell(metricLabel(*lines[l].metric, target.unit) + lines[l].suffix)};
            row[1].note = lines[l].metric->definition;
            row.insert(row.end(), cells[t][l].begin(), cells[t][l].end());
            if (hasOracle)
                row.push_back(oracleCell(study, methods, target, lines[l]));
            if (hasTruth)
                row.push_back(
                    cellOf(findScore(study, target.name, trueOracleId, *lines[l].metric, lines[l].convention),
                           *lines[l].metric));
            table.rows.push_back(std::move(row));
        }
}

} // namespace

TableSpec comparisonTable(const Study& study, const TableOptions& options, const RunContext& context) {
    if (options.convention != "all" && options.convention != "finite" && options.convention != "both")
        throw UsageError("convention: 'all', 'finite' or 'both', found '" + options.convention + "'");
    const auto lines = linesOf(study, options);
    std::vector<std::string> methods = study.methods;
    if (!options.methods.empty())
        std::erase_if(methods, [&](const std::string& id) {
            return std::find(options.methods.begin(), options.methods.end(), id) == options.methods.end();
        });
    std::vector<std::vector<std::vector<Cell>>> cells; // [target][line][method]
    const auto tests =
        options.markBest ? competition(study, methods, lines, options, context) : std::vector<PairedTest>{};
    for (const TargetStudy& target : study.targets) {
        auto& ofTarget = cells.emplace_back();
        for (const Line& line : lines) {
            auto& ofLine = ofTarget.emplace_back();
            for (const std::string& method : methods)
                ofLine.push_back(cellOf(findScore(study, target.name, method, *line.metric, line.convention),
                                        *line.metric));
        }
        if (options.stability != nullptr)
            showStability(*options.stability, target, methods, lines, ofTarget);
        if (options.markBest)
            markBest(study, target, methods, lines, tests, ofTarget);
    }
    TableSpec table;
    table.title = "Methods compared";
    const bool hasOracle = showsCoverage(lines) &&
                           std::any_of(study.scores.begin(), study.scores.end(),
                                       [](const Score& score) { return std::isfinite(score.oracleLow); });
    if (options.layout == TableOptions::Layout::MethodsDown)
        layOutDown(study, methods, lines, cells, hasOracle, table);
    else
        layOutAcross(study, methods, lines, cells, hasOracle, table);
    addFootnotes(study, methods, lines, hasOracle, options.convention, table);
    if (options.stability != nullptr)
        table.footnotes.insert(
            table.footnotes.begin(),
            "Brackets: the range of 95 % of random calibration and test splits of the held-out "
            "galaxies, nothing trained again; the value is that of the study's own split.");
    if (options.markBest)
        if (const std::string note = boldNote(lines, options.givenCalibration); !note.empty())
            table.footnotes.insert(table.footnotes.begin() + 1, note);
    if (hasOracle && knowsTruth(study))
        table.footnotes.push_back(
            "True oracle: the intervals of the simulation's true quantiles given all that is "
            "true of a galaxy, of which the features show a part; conditional coverage error: "
            "mean |true probability of the interval - nominal|.");
    return table;
}

} // namespace penumbra::report
