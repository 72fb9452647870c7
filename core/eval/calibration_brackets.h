#pragma once

#include "core/base/run_context.h"
#include "core/eval/evaluate.h"
#include "core/eval/joint_resampling.h"
#include "core/eval/study.h"

#include <vector>

namespace penumbra {

/// The brackets of one method's scores, made to hold for any calibration set of this size instead of the one
/// at hand. Sets low, high and Score::calibration; values stay. Coverages: the interval of a proportion at
/// the number of galaxies that would give it the scatter it has over resampled calibration and test sets
/// (Korn & Graubard 1998); that of all galaxies takes the calibration's part from its exact Beta law. Means:
/// Student's t with that scatter. Medians: their interval with the calibration's scatter added in square.
class CalibrationBrackets {
public:
    /// Resamples; keeps references. Without a calibration part nothing is drawn.
    CalibrationBrackets(const TargetStudy& target, const Prediction& prediction,
                        const EvaluateOptions& options, const RunContext& context);
    /// Scores as evaluatePrediction returns them.
    void fill(std::vector<Score>& scores) const;
    /// Scores as evaluateByBin returns them, for the bins they were made from.
    void fillBins(std::vector<Score>& scores, const Bins& bins) const;

    /// Says of the same scores, brackets as they are, that they hold for this calibration set.
    static void markGiven(std::vector<Score>& scores, const TargetStudy& target, const std::string& method);

private:
    void fillCoverage(Score& score) const;
    void fillMean(Score& score) const;
    void fillMedian(Score& score) const;
    const std::vector<WorldValues>& worldsOf(const Score& score) const;
    double calibrationVariance(const std::vector<std::size_t>& rows) const;
    double widthScatter(const std::vector<std::size_t>& rows) const;
    Interval proportion(const Score& score, double variance) const;

    const TargetStudy& target_;
    const Prediction& prediction_;
    const EvaluateOptions& options_;
    const CalibrationPart* part_ = nullptr;
    std::vector<double> truth_;
    std::vector<WorldValues> all_, finite_;
    std::vector<double> quantiles_; ///< Split: Q of every world
    double calibrationRows_ = 0.0;
};

} // namespace penumbra
