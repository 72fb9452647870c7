// A diagnosis as a table: one line a measure, each with its interval, what chance makes of it, p and n.
#include "core/base/text.h"
#include "core/report/cells.h"
#include "core/workflow/diagnose.h"

#include <cmath>

namespace penumbra::workflow {

namespace {

using report::Cell;

using report::countCell, report::numberCell, report::textCell;

/// What one measure says.
struct Measure {
    std::string name;
    double value = std::numeric_limits<double>::quiet_NaN();
    Interval interval = {}, chance = {};
    double expected = std::numeric_limits<double>::quiet_NaN(); ///< by chance, where no range is known
    double p = std::numeric_limits<double>::quiet_NaN();
    std::size_t n = 0;
    bool percent = false;
};

Cell chanceCell(const Measure& measure) {
    if (std::isnan(measure.chance.low) || std::isnan(measure.chance.high))
        return numberCell(measure.expected, measure.percent);
    const double scale = measure.percent ? 100.0 : 1.0;
    Cell cell = textCell(formatReal(scale * measure.chance.low, 3) + "–" +
                         formatReal(scale * measure.chance.high, 3));
    cell.range = true;
    cell.low = measure.chance.low;
    cell.high = measure.chance.high;
    cell.percent = measure.percent;
    return cell;
}

void addGroups(std::vector<Measure>& out, const std::string& by, const GroupedCoverage& groups, double p) {
    std::size_t n = 0;
    for (const std::size_t own : groups.n)
        n += own;
    out.push_back(
        {"lowest coverage by " + by, groups.lowest, {}, groups.lowestByChance, std::nan(""), p, n, true});
    out.push_back({"coverage gap by " + by,
                   groups.gap,
                   groups.gapBracket,
                   {},
                   groups.gapByChance,
                   groups.gapP,
                   n,
                   true});
}

void addConditional(std::vector<Measure>& out, const ConditionalDiagnosis& found) {
    if (found.bySize)
        addGroups(out, "width", *found.bySize, found.bySize->lowestP);
    for (const ColumnCoverage& column : found.byColumn)
        addGroups(out, column.column, column.groups, column.adjustedP);
    if (found.slab)
        out.push_back({"coverage of the worst slab",
                       found.slab->coverage,
                       found.slab->bracket,
                       {},
                       1.0 - found.promise.alpha,
                       found.slab->p,
                       found.slab->n,
                       true});
    if (found.risk.n > 0)
        out.push_back({"excess risk of the promise (ERT)", found.risk.risk.l1, found.risk.bracket,
                       found.risk.byChance, std::nan(""), found.risk.p, found.risk.n, true});
    const WidthDependence& width = found.width;
    if (width.oneWidth || std::isnan(width.hsic))
        return;
    out.push_back(
        {"HSIC of width and coverage", width.hsic, {}, {}, width.hsicByChance, width.hsicP, width.n, false});
    out.push_back({"correlation of width and miss",
                   width.correlation,
                   width.bracket,
                   {},
                   0.0,
                   width.correlationP,
                   width.n,
                   false});
}

std::vector<Measure> measuresOf(const MethodDiagnosis& found) {
    std::vector<Measure> out;
    std::size_t outside = 0;
    for (std::size_t i = 0; i < found.curve.levels.size(); ++i)
        outside += found.curve.observed[i] < found.curve.band.low[i] - 1e-12 ||
                   found.curve.observed[i] > found.curve.band.high[i] + 1e-12;
    out.push_back({"levels outside the band of an exact method",
                   static_cast<double>(outside),
                   {},
                   {},
                   0.0,
                   std::nan(""),
                   found.curve.n,
                   false});
    out.push_back({"area between coverage and its level",
                   found.curve.area,
                   {},
                   {},
                   found.curve.areaByChance,
                   std::nan(""),
                   found.curve.n,
                   false});
    if (found.pit && !found.pit->values.empty()) {
        const PitResult& pit = *found.pit;
        const std::size_t n = pit.values.size();
        out.push_back({"PIT, Kolmogorov-Smirnov",
                       pit.shared ? pit.shared->distance : pit.tests.ks,
                       {},
                       {},
                       std::nan(""),
                       pit.ksP,
                       n,
                       false});
        out.push_back({"PIT, Cramer-von Mises", pit.tests.cvm, {}, {}, std::nan(""), pit.cvmP, n, false});
        out.push_back({"PIT, Anderson-Darling", pit.tests.ad, {}, {}, std::nan(""), pit.adP, n, false});
    }
    for (const auto& [id, score] : found.scores)
        out.push_back({id,
                       score.value,
                       {score.low, score.high},
                       {},
                       std::nan(""),
                       std::nan(""),
                       static_cast<std::size_t>(score.n),
                       false});
    addConditional(out, found.conditional);
    if (found.labels && found.labels->n > 0) {
        const LabelPosteriorFinding& labels = *found.labels;
        out.push_back({"expected coverage over draws of the labels",
                       labels.expected,
                       labels.expectedBracket,
                       {},
                       std::nan(""),
                       std::nan(""),
                       labels.n,
                       true});
        out.push_back({"share of a width that is the label's own",
                       labels.widthShare,
                       {},
                       {},
                       std::nan(""),
                       std::nan(""),
                       labels.finite,
                       true});
        out.push_back({"intervals narrower than their label",
                       static_cast<double>(labels.narrower),
                       {},
                       {},
                       std::nan(""),
                       std::nan(""),
                       labels.finite,
                       false});
    }
    if (found.repeats.pairs > 0)
        out.push_back({"repeats within their combined error bars",
                       found.repeats.share,
                       found.repeats.bracket,
                       {},
                       1.0 - found.alpha,
                       found.repeats.p,
                       found.repeats.pairs,
                       true});
    return out;
}

} // namespace

report::TableSpec diagnosisTable(const std::vector<MethodDiagnosis>& diagnoses) {
    report::TableSpec table;
    table.title = "Diagnosis";
    table.columns = {"target", "method", "measure", "value", "by chance", "p", "n"};
    table.columnMethods.assign(table.columns.size(), "");
    for (const MethodDiagnosis& found : diagnoses)
        for (const Measure& measure : measuresOf(found)) {
            table.rowMethods.push_back(found.method);
            table.rows.push_back({textCell(found.target), textCell(found.method), textCell(measure.name),
                                  numberCell(measure.value, measure.percent, measure.interval),
                                  chanceCell(measure), numberCell(measure.p, false), countCell(measure.n)});
        }
    table.footnotes = {"By chance: the central 95 % of what exact intervals show, or their mean. Values of "
                       "groups, slab, excess "
                       "risk, labels and repeats in per cent.",
                       "p: of one measure and one method; those of lowest coverages by columns are adjusted "
                       "over the columns "
                       "(Holm). Scores of calibrated methods hold for this calibration set."};
    return table;
}

} // namespace penumbra::workflow
