#include "core/base/error.h"
#include "core/base/text.h"
#include "core/eval/evaluate.h"
#include "core/report/table_spec.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::report {

namespace {

const Metric* findMetric(const std::string& id) {
    for (const Metric& metric : allMetrics())
        if (metric.id == id)
            return &metric;
    return nullptr;
}

std::vector<std::string> chosenMetrics(const std::vector<std::string>& metrics) {
    if (metrics.empty())
        return {"coverage", "tail_coverage", "worst_bin_coverage", "mean_width"};
    for (const std::string& id : metrics)
        if (findMetric(id) == nullptr) {
            std::vector<std::string> known;
            for (const Metric& metric : allMetrics())
                known.push_back(metric.id);
            throw UsageError("there is no metric '" + id + "'; the metrics are: " + joinText(known, ", "));
        }
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
    if (metric.isCoverage)
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
    cell.percent = metric.isCoverage;
    cell.note = metric.title + ": n = " + withThousands(score->n);
    if (score->nInfinite > 0)
        cell.note += ", " + withThousands(score->nInfinite) + " infinite";
    if (std::isfinite(score->low))
        cell.note += metric.isCoverage ? ", 95 % interval of a proportion" : ", 95 % bootstrap interval";
    if (!score->stratum.empty())
        cell.note += ", " + score->stratum;
    if (std::isfinite(score->oracleLow) && std::isfinite(score->oracleHigh))
        cell.note += ", a perfect method " + formatFixed(100.0 * score->oracleLow, 1) + "–" +
                     formatFixed(100.0 * score->oracleHigh, 1) + " %";
    return cell;
}

/// Where a perfect method would fall, over all methods' rows (they differ only where infinite intervals are
/// left out).
Cell oracleCell(const Study& study, const std::string& target, const Metric& metric,
                const std::string& convention) {
    Cell cell;
    if (!metric.isCoverage)
        return cell;
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const std::string& method : study.methods) {
        const Score* score = findScore(study, target, method, metric, convention);
        if (score == nullptr || std::isnan(score->oracleLow) || std::isnan(score->oracleHigh))
            continue;
        low = std::min(low, score->oracleLow);
        high = std::max(high, score->oracleHigh);
    }
    if (low > high)
        return cell;
    cell.kind = Cell::Kind::Text;
    cell.text = formatFixed(100.0 * low, 1) + "–" + formatFixed(100.0 * high, 1);
    cell.note = "The oracle band: a perfect method would score in this range in 95 of 100 test sets.";
    return cell;
}

Cell textCell(const std::string& text) {
    Cell cell;
    cell.kind = Cell::Kind::Text;
    cell.text = text;
    return cell;
}

std::string nominalNote(const Study& study) {
    const double percent = 100.0 * (1.0 - study.alpha);
    return "Nominal coverage " +
           (std::abs(percent - std::round(percent)) < 1e-6 ? formatFixed(percent, 0)
                                                           : formatReal(percent, 4)) +
           " %. 95 % intervals: of a proportion for coverages, bootstrap for widths. Perfect method: the "
           "range "
           "in which the coverage of exact intervals would fall (95 %).";
}

void addFootnotes(const Study& study, const std::string& convention, TableSpec& table) {
    table.footnotes.push_back(nominalNote(study));
    if (std::any_of(study.scores.begin(), study.scores.end(),
                    [](const Score& score) { return score.metric == "worst_bin_coverage"; }))
        table.footnotes.push_back(
            "Tail: the lowest and the highest tenth by true value; worst bin: the tenth with the largest "
            "|truth - prediction|. Rows chosen by the outcome: exact intervals miss the nominal level there "
            "too.");
    std::vector<std::string> counts, infinite;
    for (const TargetStudy& target : study.targets) {
        const Score* any = nullptr;
        for (const Score& score : study.scores) {
            if (score.target != target.name || score.metric != "coverage")
                continue;
            if (any == nullptr || score.n > any->n)
                any = &score;
            if (score.convention == convention && score.nInfinite > 0)
                infinite.push_back(target.name + " " + score.method + " " + withThousands(score.nInfinite));
        }
        if (any != nullptr)
            counts.push_back(target.name + " " + withThousands(any->n));
    }
    if (!counts.empty())
        table.footnotes.push_back("Test galaxies: " + joinText(counts, ", ") + ".");
    if (!infinite.empty())
        table.footnotes.push_back("Infinite intervals (" +
                                  std::string(convention == "finite" ? "left out" : "counted as covered") +
                                  "): " + joinText(infinite, ", ") + ".");
    else if (convention == "finite")
        table.footnotes.push_back("No interval was infinite.");
    for (const TargetStudy& target : study.targets)
        for (const Prediction& prediction : target.predictions)
            if (!prediction.note.empty())
                table.footnotes.push_back(target.name + ", " + prediction.method + ": " + prediction.note +
                                          ".");
}

} // namespace

TableSpec comparisonTable(const Study& study, const std::vector<std::string>& metrics,
                          const std::string& convention) {
    if (convention != "all" && convention != "finite")
        throw UsageError("convention: 'all' or 'finite', found '" + convention + "'");
    TableSpec table;
    table.title = "Methods compared";
    table.columns = {"target", "metric"};
    table.columnMethods = {"", ""};
    for (const std::string& method : study.methods) {
        table.columns.push_back(method);
        table.columnMethods.push_back(method);
    }
    const bool hasOracle = std::any_of(study.scores.begin(), study.scores.end(),
                                       [](const Score& score) { return std::isfinite(score.oracleLow); });
    if (hasOracle) {
        table.columns.push_back("perfect method");
        table.columnMethods.push_back("");
    }
    const auto ids = chosenMetrics(metrics);
    for (const TargetStudy& target : study.targets)
        for (const std::string& id : ids) {
            const Metric* metric = findMetric(id);
            if (metric == nullptr)
                continue;
            std::vector<Cell> row{textCell(target.name), textCell(metricLabel(*metric, target.unit))};
            row[1].note = metric->definition;
            for (const std::string& method : study.methods)
                row.push_back(cellOf(findScore(study, target.name, method, *metric, convention), *metric));
            if (hasOracle)
                row.push_back(oracleCell(study, target.name, *metric, convention));
            table.rows.push_back(std::move(row));
        }
    addFootnotes(study, convention, table);
    return table;
}

} // namespace penumbra::report
