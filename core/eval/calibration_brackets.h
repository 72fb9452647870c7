#pragma once

#include "core/base/run_context.h"
#include "core/eval/evaluate.h"
#include "core/eval/joint_resampling.h"
#include "core/eval/study.h"

#include <functional>
#include <vector>

namespace penumbra {

/// The brackets of one method's scores, made to hold for any calibration set of this size instead of the one
/// at hand. Sets low, high and Score::calibration; values stay. Coverages: the interval of a proportion at
/// the number of galaxies that would give it the scatter it has over resampled calibration and test sets
/// (Korn & Graubard 1998); that of all galaxies takes the calibration's part from its exact Beta law. Means:
/// Student's t with that scatter. Medians: their interval with the calibration's scatter added in square.
class CalibrationBrackets {
public:
    /// Keeps references. Where the calibration cannot be drawn, scores are only marked.
    CalibrationBrackets(const TargetStudy& target, const Prediction& prediction,
                        const EvaluateOptions& options);
    /// Scores as evaluatePrediction returns them. Resamples calibration and test rows.
    void fill(std::vector<Score>& scores, const RunContext& context) const;
    /// Scores as evaluateByBin returns them, for the bins they were made from.
    void fillBins(std::vector<Score>& scores, const Bins& bins) const;

    /// Says of the same scores, brackets as they are, that they hold for this calibration set.
    static void markGiven(std::vector<Score>& scores, const TargetStudy& target, const std::string& method);

private:
    struct Worlds {
        std::vector<WorldValues> all, finite; ///< by convention
        const std::vector<WorldValues>& of(const Score& score) const {
            return score.convention == "finite" ? finite : all;
        }
    };
    Worlds drawWorlds(const RunContext& context) const;
    void fillProportion(Score& score, const Worlds& drawn) const;
    void fillMean(Score& score, const Worlds& drawn) const;
    void fillMedian(Score& score) const;
    std::vector<double> drawnMisses(const std::vector<std::size_t>& rows,
                                    const std::function<bool(std::size_t)>& side) const;
    double widthScatter(const std::vector<std::size_t>& rows) const;
    double medianScatter() const;
    Interval proportion(const Score& score, double variance) const;

    const TargetStudy& target_;
    const Prediction& prediction_;
    const EvaluateOptions& options_;
    const SplitScores* split_ = nullptr;
    const DrawnHalfWidths* drawn_ = nullptr; ///< neither: nothing is drawn
    std::vector<double> truth_;
    std::vector<double> quantiles_; ///< Q of every calibration resample
    double calibrationRows_ = 0.0;
};

} // namespace penumbra
