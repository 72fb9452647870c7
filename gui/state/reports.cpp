#include "gui/state/reports.h"

#include "core/base/error.h"
#include "core/eval/selection_coverage.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace penumbra::gui {

SelectionSearch searchOf(const Selection& selection) {
    if (selection.byOutcome)
        return SelectionSearch::Outcome;
    return selection.where.empty() ? SelectionSearch::ByEye : SelectionSearch::Expression;
}

namespace {

using nlohmann::json;

json numberOrNull(double value) {
    return std::isfinite(value) ? json(value) : json();
}

json coverageOf(const SelectionCoverage& method, std::size_t labelled, bool byOutcome) {
    json entry;
    const bool any = labelled > 0;
    entry["coverage"] =
        any ? json(static_cast<double>(method.covered) / static_cast<double>(labelled)) : json();
    entry["low"] = any ? numberOrNull(method.bracket.low) : json();
    entry["high"] = any ? numberOrNull(method.bracket.high) : json();
    entry["oracle_low"] = any && !byOutcome ? numberOrNull(method.perfect.low) : json();
    entry["oracle_high"] = any && !byOutcome ? numberOrNull(method.perfect.high) : json();
    entry["rest_difference"] = numberOrNull(method.rest.difference);
    entry["rest_low"] = numberOrNull(method.rest.bracket.low);
    entry["rest_high"] = numberOrNull(method.rest.bracket.high);
    entry["rest_p"] = byOutcome ? json() : numberOrNull(method.rest.p);
    entry["rest_adjusted_p"] = byOutcome ? json() : numberOrNull(method.restAdjustedP);
    if (byOutcome)
        entry["by_outcome"] = true;
    return entry;
}

} // namespace

json selectionReport(const ViewState& state) {
    const TargetStudy* target = state.shownTarget();
    if (target == nullptr)
        throw Error("There is no study to count the selection in: run or open one first.");
    const SelectionSummary summary = summariseSelection(
        *target, state.finishedMethods(), state.selection.rows, state.study->alpha, RunContext());
    const SelectionSearch search = searchOf(state.selection);
    json report = {{"n", summary.labelled},        {"rest_n", summary.rest},
                   {"search", searchName(search)}, {"search_note", searchWords(search)},
                   {"selected", summary.selected}, {"target", target->name},
                   {"alpha", state.study->alpha},  {"by_outcome", state.selection.byOutcome},
                   {"methods", json::object()}};
    for (const SelectionCoverage& method : summary.methods)
        report["methods"][method.method] = coverageOf(method, summary.labelled, state.selection.byOutcome);
    return report;
}

json subsetsReport(const ViewState& state) {
    RowMask counted = RowMask::all(state.rowCount());
    if (const TargetStudy* target = state.shownTarget()) {
        std::vector<std::int64_t> labelled = target->testRows();
        const std::vector<double> truth = target->testTruth();
        std::size_t at = 0;
        std::erase_if(labelled, [&](std::int64_t) { return std::isnan(truth[at++]); });
        counted = RowMask::of(state.rowCount(), labelled);
    }
    json list = json::array();
    for (const Subset& subset : state.subsets)
        list.push_back({{"name", subset.name},
                        {"n", (subset.rows & counted).count()},
                        {"where", subset.where},
                        {"colour", subset.colour},
                        {"by_outcome", subset.byOutcome}});
    return list;
}

json stateReport(const AppState& state) {
    const ViewState& now = state.now();
    json history = json::array();
    for (const AppState::Entry& entry : state.history())
        history.push_back(textOf(entry.command, 200));
    const json current = now.selection.current < 0 ? json() : json(now.nameOf(now.selection.current));
    return {{"path", now.path.string()},
            {"study", now.study != nullptr},
            {"running", now.running},
            {"target", now.target},
            {"alpha", now.alpha},
            {"methods", now.methods},
            {"condition", now.conditionOn},
            {"page", now.page},
            {"positions", now.cloud.positions},
            {"colour", now.cloud.colour},
            {"beside", now.cloudBeside ? json{{"positions", now.cloudBeside->positions},
                                              {"colour", now.cloudBeside->colour}}
                                       : json()},
            {"order", now.inspector.order.expression},
            {"neighbours", now.inspector.neighbours},
            {"space", now.space.positions},
            {"camera", {now.space.azimuth, now.space.elevation, now.space.zoom}},
            {"theme", now.dark ? "dark" : "light"},
            {"selected", now.selection.rows.count()},
            {"where", now.selection.where},
            {"current", current},
            {"subsets", subsetsReport(now)},
            {"history", history},
            {"done", state.done()}};
}

} // namespace penumbra::gui
