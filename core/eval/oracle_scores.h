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

/// Fills oracleLow and oracleHigh (the perfect method calibrated on as many rows as here), exactLow and
/// exactHigh (the exact intervals) of one target's coverage scores. Bands shared by methods are computed
/// once: keep one object for all methods of a target at one alpha. Strata chosen by the outcome (truth,
/// |error|) are simulated from the calibration set; in all others counts are Beta-Binomial and binomial.
/// Without calibration rows both are the exact intervals'. Where the study cannot say (no base prediction,
/// too few calibration rows), bands of outcome-chosen strata stay NaN.
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
    std::vector<OracleBand> bands(StratumRule rule, const Prediction& prediction, bool finiteOnly,
                                  bool ownCentre, const RunContext& context);
    OracleBand bandOfRows(std::int64_t n) const; ///< rows chosen by anything but the outcome
    double alpha_;
    OracleOptions options_;
    std::size_t calibrationRows_ = 0;
    std::vector<std::size_t> labelled_; ///< positions among the test rows
    std::optional<OracleWorlds> worlds_;
    std::map<std::pair<int, std::vector<double>>, std::vector<OracleBand>> known_; ///< by kind and edges
};

} // namespace penumbra
