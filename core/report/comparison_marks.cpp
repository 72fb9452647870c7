#include "core/base/text.h"
#include "core/eval/judgement.h"
#include "core/eval/metric_roles.h"
#include "core/eval/oracle_scale.h"
#include "core/report/comparison_parts.h"

#include <algorithm>

namespace penumbra::report {

namespace {

/// Metrics that compete by the paired test; the rest of the metrics that are no coverages are never bold.
bool competes(const Metric& metric) {
    return metric.better == Better::Lower && metric.ofGalaxy != nullptr;
}

/// Narrowness alone is no merit: only methods that cover take part.
bool isWidth(const Metric& metric) {
    return metric.isWidth;
}

} // namespace

std::vector<PairedTest> competition(const Study& study, const std::vector<std::string>& methods,
                                    const std::vector<Line>& lines, const TableOptions& wanted,
                                    const RunContext& context) {
    PairedOptions options;
    options.seed = study.seed;
    options.givenCalibration = wanted.givenCalibration;
    options.known = wanted.known;
    for (const Line& line : lines)
        if (competes(*line.metric))
            options.metrics.push_back(line.metric->id);
    if (options.metrics.empty())
        return {};
    return pairedTests(study, methods, options, context);
}

void markBest(const Study& study, const TargetStudy& target, const std::vector<std::string>& methods,
              const std::vector<Line>& lines, const std::vector<PairedTest>& tests, TargetCells& cells) {
    const std::size_t calibrationRows = target.heldOut.calibrationCount();
    const bool strataJudged = knowsErrorSizes(target.heldOut);
    std::vector<std::string> present, covering;
    for (const std::string& method : methods) {
        if (target.prediction(method) == nullptr)
            continue;
        present.push_back(method);
        const Score* score = study.score(target.name, method, mainCoverage(Stratum::All).id);
        if (score != nullptr && coversEnough(*score, calibrationRows))
            covering.push_back(method);
    }
    for (std::size_t l = 0; l < lines.size(); ++l) {
        const Metric& metric = *lines[l].metric;
        std::vector<std::string> best;
        if (competes(metric) && present.size() > 1) // one alone is better than none
            best = bestMethods(tests, target.name, metric.id, isWidth(metric) ? covering : present);
        for (std::size_t m = 0; m < methods.size(); ++m) {
            const Score* score = study.score(target.name, methods[m], metric.id, lines[l].convention);
            cells[l][m].bold = score != nullptr && metric.isCoverage
                                   ? (strataJudged || metric.stratum == Stratum::All) &&
                                         couldBePerfect(*score, calibrationRows)
                                   : contains(best, methods[m]);
        }
    }
}

std::string boldNote(const std::vector<Line>& lines, std::size_t methods, bool givenCalibration) {
    std::vector<std::string> sentences;
    if (showsCoverage(lines))
        sentences.emplace_back("Bold coverage: not below the range of a perfect method.");
    const std::string how = std::string("on the same galaxies (") +
                            (givenCalibration ? "this calibration set, test galaxies resampled"
                                              : "calibration and test galaxies resampled") +
                            ", Holm-adjusted over all pairs, metrics and targets of the table, 5 %).";
    const bool width =
        methods > 1 && anyLine(lines, [](const Metric& m) { return competes(m) && isWidth(m); });
    std::vector<std::string> others;
    for (const Line& line : lines)
        if (methods > 1 && competes(*line.metric) && !isWidth(*line.metric) &&
            !contains(others, line.metric->title))
            others.push_back(line.metric->title);
    if (width)
        sentences.push_back(
            "Bold width: the method covers enough, and none that does is shown to be narrower " + how);
    if (!others.empty())
        sentences.push_back("Bold " + joinText(others, ", ") + ": no method is shown to be better " + how);
    if (width || !others.empty())
        sentences.push_back("What is bold there is the best of " + std::to_string(methods) +
                            " methods, chosen on these same test galaxies, so its own number flatters it a "
                            "little.");
    std::string note;
    for (const std::string& sentence : sentences)
        note += (note.empty() ? "" : " ") + sentence;
    return note;
}

} // namespace penumbra::report
