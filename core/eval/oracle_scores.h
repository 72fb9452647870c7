#pragma once

#include "core/base/run_context.h"
#include "core/eval/evaluate.h"
#include "core/eval/oracle.h"
#include "core/eval/study.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace penumbra {

/// Fills oracleLow and oracleHigh of one target's coverage scores. Bands shared by methods are computed once:
/// keep one object for all methods of a target at one alpha. Strata chosen by the outcome (truth, |error|)
/// are simulated from the calibration set; all others have a binomial band. Where the study cannot say (no
/// base prediction, too few calibration rows), bands of outcome-chosen strata stay NaN.
class OracleScorer {
public:
    OracleScorer(const TargetStudy& target, double alpha, const OracleOptions& options);

    /// Scores as evaluatePrediction returns them.
    void fill(std::vector<Score>& scores, const Prediction& prediction, const EvaluateOptions& options,
              const RunContext& context);
    /// Scores as evaluateByBin returns them, for the bins they were made from.
    void fillBins(std::vector<Score>& scores, const Prediction& prediction, const Bins& bins,
                  const std::string& conditionedOn, const RunContext& context);

private:
    std::vector<Interval> bands(StratumRule rule, const Prediction& prediction, bool finiteOnly,
                                bool ownCentre, const RunContext& context);
    double alpha_;
    OracleOptions options_;
    std::vector<std::size_t> labelled_; ///< positions among the test rows
    std::optional<OracleModel> model_;
    std::map<std::pair<int, std::vector<double>>, std::vector<Interval>> known_; ///< by kind and edges
};

} // namespace penumbra
