#include "core/base/text.h"
#include "core/report/cells.h"
#include "core/report/table_spec.h"

#include <algorithm>
#include <cmath>

namespace penumbra::report {

namespace {

std::string verdict(const PairedTest& test, const Metric& metric) {
    if (std::isnan(test.adjustedP))
        return "not comparable";
    if (test.adjustedP >= pairedLevel)
        return "no difference shown";
    const bool firstHasMore = test.difference > 0.0;
    const bool firstIsAhead = metric.better == Better::Lower ? !firstHasMore : firstHasMore;
    return (firstIsAhead ? test.first : test.second) + " " + metric.finding;
}

} // namespace

TableSpec pairedTable(const Study& study, std::span<const PairedTest> tests, const PairedOptions& options) {
    TableSpec table;
    table.title = "Methods compared in pairs, on the same galaxies";
    table.columns = {"target",     "metric",      "first", "second",     "first - second",
                     "only first", "only second", "p",     "adjusted p", "finding"};
    table.columnMethods.assign(table.columns.size(), "");
    for (const PairedTest& test : tests) {
        const Metric& metric = *findMetric(test.metric);
        const TargetStudy& target = study.target(test.target);
        const bool proportion = metric.unit == MetricUnit::Percent;
        const bool unit = metric.unit == MetricUnit::Target && !target.unit.empty();
        const bool perUnit = metric.unit == MetricUnit::PerTarget && !target.unit.empty();
        std::vector<Cell> row{textCell(test.target),
                              textCell(metric.title + (proportion ? ", points of %"
                                                       : unit     ? ", " + target.unit
                                                       : perUnit  ? ", 1/(" + target.unit + ")"
                                                                  : "")),
                              textCell(test.first), textCell(test.second)};
        row[1].note = test.test + ", n = " + withThousands(test.n);
        row.push_back(numberCell(test.difference, proportion, test.interval));
        row.push_back(proportion ? countCell(static_cast<std::size_t>(test.onlyFirst)) : Cell());
        row.push_back(proportion ? countCell(static_cast<std::size_t>(test.onlySecond)) : Cell());
        for (const double p : {test.p, test.adjustedP}) {
            Cell cell = numberCell(p, false);
            cell.low = cell.high = std::nan("");
            if (cell.kind == Cell::Kind::Number && p < 1e-4) {
                cell = textCell("< 0.0001");
                cell.value = p;
            }
            row.push_back(cell);
        }
        row.push_back(textCell(verdict(test, metric)));
        row.back().bold = !std::isnan(test.adjustedP) && test.adjustedP < pairedLevel;
        table.rows.push_back(std::move(row));
    }
    const bool anyProportion = std::any_of(tests.begin(), tests.end(),
                                           [](const PairedTest& test) { return isProportion(test.metric); });
    const auto any = [&](const char* calibration) {
        return std::any_of(tests.begin(), tests.end(),
                           [&](const PairedTest& test) { return test.calibration == calibration; });
    };
    if (any("drawn") || any("partly"))
        table.footnotes.push_back(
            "Intervals and p hold for any calibration set of this size: calibration and test galaxies are "
            "drawn anew together, p is Student's with the scatter of the difference, for coverages no "
            "smaller "
            "than McNemar's.");
    if (any("partly"))
        table.footnotes.push_back("Of methods that weigh or group calibration galaxies (LC, LCMAD, repaired "
                                  "ones) the calibration set is held fixed here: findings about pairs with "
                                  "one of them may not outlast another calibration set.");
    std::vector<std::string> methods;
    for (const PairedTest& test : tests)
        for (const std::string& id : {test.first, test.second})
            if (!options.givenCalibration && std::find(methods.begin(), methods.end(), id) == methods.end())
                methods.push_back(id);
    if (const std::string words = localDrawWords(study, methods); !words.empty())
        table.footnotes.push_back(words + ".");
    if (any("given"))
        table.footnotes.push_back(
            "Where neither method's calibration is drawn anew, intervals and p hold for "
            "this calibration set: with another a difference may have the other sign.");
    table.footnotes.push_back(
        "Every pair on the same test galaxies" +
        std::string(options.convention == "finite" ? ", those left out where either interval is infinite"
                                                   : "") +
        ". With the calibration set held fixed: coverages and misses by McNemar's test on the galaxies that "
        "one "
        "method alone covers (or misses) "
        "(exact below 25 of them, else "
        "mid-p); interval of Agresti & Min; means over galaxies where both intervals "
        "are finite, paired bootstrap "
        "(" +
        std::to_string(options.replicates) +
        " resamples; above 50,000 galaxies its normal limit). 95 % intervals are of "
        "each pair alone; adjusted p: "
        "Holm, over all pairs, metrics and targets of this table. Findings at adjusted p < 0.05." +
        (anyProportion ? endsWords(study.ends) : ""));
    return table;
}

} // namespace penumbra::report
