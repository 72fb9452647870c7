#include "core/eval/selection_coverage.h"

#include "core/eval/evaluate.h"

#include <cmath>

namespace penumbra {

SelectionSummary summariseSelection(const TargetStudy& target, const std::vector<std::string>& methods,
                                    const RowMask& rows, double alpha, const RunContext& context) {
    SelectionSummary summary;
    const std::vector<std::int64_t> testRows = target.testRows();
    const std::vector<double> truth = target.testTruth();
    std::vector<std::size_t> labelled;
    for (std::size_t i = 0; i < testRows.size(); ++i) {
        if (!rows.contains(testRows[i]))
            continue;
        ++summary.selected;
        if (!std::isnan(truth[i]))
            labelled.push_back(i);
    }
    summary.labelled = labelled.size();
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
        coverage.bracket = wilson(coverage.covered, labelled.size());
        if (calibration > 0)
            coverage.perfect = splitConformalBand(calibration, labelled.size(), alpha);
        summary.methods.push_back(std::move(coverage));
    }
    return summary;
}

} // namespace penumbra
