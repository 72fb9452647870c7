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

SelectionCounter::SelectionCounter(const TargetStudy& target, const std::vector<std::string>& methods,
                                   std::size_t size, double alpha, const RunContext& context)
    : calibration_(target.heldOut.calibrationCount()), alpha_(alpha) {
    const std::vector<std::int64_t> testRows = target.testRows();
    const std::vector<double> truth = target.testTruth();
    const auto within = [&](std::size_t i) { // a study may reach beyond a catalogue that was cut
        return testRows[i] >= 0 && static_cast<std::size_t>(testRows[i]) < size;
    };
    std::vector<std::int64_t> tests, labelled;
    for (std::size_t i = 0; i < testRows.size(); ++i) {
        if (within(i))
            tests.push_back(testRows[i]);
        if (std::isnan(truth[i]))
            continue;
        ++labelledCount_;
        if (within(i))
            labelled.push_back(testRows[i]);
    }
    tests_ = RowMask::of(size, tests);
    labelled_ = RowMask::of(size, labelled);
    for (const std::string& id : methods) {
        context.checkStop();
        const Prediction* prediction = target.prediction(id);
        if (prediction == nullptr)
            continue;
        Method method;
        method.id = id;
        std::vector<std::int64_t> covered;
        for (std::size_t i = 0; i < testRows.size(); ++i) {
            if (std::isnan(truth[i]) || !covers(*prediction, i, truth[i]))
                continue;
            ++method.count;
            if (within(i))
                covered.push_back(testRows[i]);
        }
        method.covered = RowMask::of(size, covered);
        methods_.push_back(std::move(method));
    }
}

SelectionSummary SelectionCounter::summarise(const RowMask& rows) const {
    SelectionSummary summary;
    summary.selected = (rows & tests_).count();
    summary.labelled = (rows & labelled_).count();
    summary.rest = labelledCount_ - summary.labelled;
    const Interval perfect =
        calibration_ > 0 ? splitConformalBand(calibration_, summary.labelled, alpha_) : Interval();
    for (const Method& method : methods_) {
        SelectionCoverage coverage;
        coverage.method = method.id;
        coverage.covered = (rows & method.covered).count();
        coverage.restCovered = method.count - coverage.covered;
        coverage.rest =
            contrastWithRest(coverage.covered, summary.labelled, coverage.restCovered, summary.rest);
        coverage.bracket = wilson(coverage.covered, summary.labelled);
        coverage.perfect = perfect;
        summary.methods.push_back(std::move(coverage));
    }
    adjust(summary);
    return summary;
}

SelectionSummary summariseSelection(const TargetStudy& target, const std::vector<std::string>& methods,
                                    const RowMask& rows, double alpha, const RunContext& context) {
    return SelectionCounter(target, methods, rows.size(), alpha, context).summarise(rows);
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
