#include "core/eval/selection_coverage.h"

#include "core/base/text.h"
#include "core/eval/evaluate.h"
#include "core/eval/paired.h"

#include <cmath>

namespace penumbra {

namespace {

constexpr double level = 0.05;

std::string points(double share) {
    const std::string number = formatFixed(std::abs(100.0 * share), 0);
    return number == "0" ? number : (share < 0.0 ? "−" : "+") + number;
}

void adjust(SelectionSummary& summary) {
    std::vector<double> p;
    for (const SelectionCoverage& method : summary.methods)
        p.push_back(method.rest.p);
    const std::vector<double> adjusted = holmAdjusted(p);
    for (std::size_t i = 0; i < adjusted.size(); ++i)
        summary.methods[i].restAdjustedP = adjusted[i];
}

} // namespace

SelectionSummary summariseSelection(const TargetStudy& target, const std::vector<std::string>& methods,
                                    const RowMask& rows, double alpha, const RunContext& context) {
    SelectionSummary summary;
    const std::vector<std::int64_t> testRows = target.testRows();
    const std::vector<double> truth = target.testTruth();
    std::vector<std::size_t> labelled, rest;
    for (std::size_t i = 0; i < testRows.size(); ++i) {
        if (!rows.contains(testRows[i])) {
            if (!std::isnan(truth[i]))
                rest.push_back(i);
            continue;
        }
        ++summary.selected;
        if (!std::isnan(truth[i]))
            labelled.push_back(i);
    }
    summary.labelled = labelled.size();
    summary.rest = rest.size();
    const std::size_t calibration = target.heldOut.calibrationCount();
    for (const std::string& id : methods) {
        context.checkStop();
        const Prediction* prediction = target.prediction(id);
        if (prediction == nullptr)
            continue;
        SelectionCoverage coverage;
        coverage.method = id;
        for (const std::size_t i : labelled)
            coverage.covered += covers(*prediction, i, truth[i]) ? 1 : 0;
        for (const std::size_t i : rest)
            coverage.restCovered += covers(*prediction, i, truth[i]) ? 1 : 0;
        coverage.rest =
            contrastWithRest(coverage.covered, labelled.size(), coverage.restCovered, rest.size());
        coverage.bracket = wilson(coverage.covered, labelled.size());
        if (calibration > 0)
            coverage.perfect = splitConformalBand(calibration, labelled.size(), alpha);
        summary.methods.push_back(std::move(coverage));
    }
    adjust(summary);
    return summary;
}

std::string restWords(const SelectionSummary& summary) {
    std::vector<std::string> differing;
    double least = 1.0;
    for (const SelectionCoverage& method : summary.methods) {
        if (std::isnan(method.restAdjustedP))
            return {};
        least = std::min(least, method.restAdjustedP);
        if (method.restAdjustedP < level)
            differing.push_back(method.method + " " + points(method.rest.difference) + " points [" +
                                points(method.rest.bracket.low) + ", " + points(method.rest.bracket.high) +
                                "] (p = " + formatReal(method.restAdjustedP, 2) + ")");
    }
    if (summary.methods.empty())
        return {};
    if (differing.empty())
        return "no method differs from the rest (p = " + formatReal(least, 2) + ")";
    return "beside the rest: " + joinText(differing, ", ");
}

std::string_view searchName(SelectionSearch search) {
    return search == SelectionSearch::ByEye     ? "by eye"
           : search == SelectionSearch::Outcome ? "outcome"
                                                : "expression";
}

std::string_view searchWords(SelectionSearch search) {
    switch (search) {
    case SelectionSearch::Outcome:
        return "Galaxies picked with a look at the truth differ from the rest by that choice: no test can "
               "tell "
               "more.";
    case SelectionSearch::ByEye:
        return "A region chosen by eye is exploratory: its p-value counts one look, not the many places that "
               "the "
               "eye passed over. Search for regions on one half of the galaxies and confirm on the other.";
    case SelectionSearch::Expression:
        break;
    }
    return "The p-value holds if the expression was fixed before its coverage was seen; else it is "
           "exploratory: "
           "search for regions on one half of the galaxies and confirm on the other.";
}

} // namespace penumbra
