#pragma once

#include "core/eval/bootstrap.h"

namespace penumbra {

// The functions behind the table in all_metrics.cpp; their definitions stand there.

void computeCoverage(const MetricInput& input, std::vector<Score>& out);
void computeTailCoverage(const MetricInput& input, std::vector<Score>& out);
void computeWorstBinCoverage(const MetricInput& input, std::vector<Score>& out);
void computeMissBelow(const MetricInput& input, std::vector<Score>& out);
void computeMissAbove(const MetricInput& input, std::vector<Score>& out);

void computeMeanWidth(const MetricInput& input, std::vector<Score>& out);
void computeMedianWidth(const MetricInput& input, std::vector<Score>& out);
void computeInfinite(const MetricInput& input, std::vector<Score>& out);
void computeIntervalScore(const MetricInput& input, std::vector<Score>& out);
void computePinball(const MetricInput& input, std::vector<Score>& out);
void computeErrorCorrelation(const MetricInput& input, std::vector<Score>& out);
void computeErrorAuroc(const MetricInput& input, std::vector<Score>& out);
void computeEffectiveNumber(const MetricInput& input, std::vector<Score>& out);

void computeR2(const MetricInput& input, std::vector<Score>& out);
void computeRmse(const MetricInput& input, std::vector<Score>& out);
void computeMeanAbsoluteError(const MetricInput& input, std::vector<Score>& out);
void computeBias(const MetricInput& input, std::vector<Score>& out);
void computeSigmaNmad(const MetricInput& input, std::vector<Score>& out);
void computeOutlierFraction(const MetricInput& input, std::vector<Score>& out);

// What one galaxy adds to a metric that is a mean (Metric::ofGalaxy).
double coveredValue(const GalaxyInput& galaxy);
double missBelowValue(const GalaxyInput& galaxy);
double missAboveValue(const GalaxyInput& galaxy);
double widthValue(const GalaxyInput& galaxy);
double intervalScoreValue(const GalaxyInput& galaxy);
double pinballValue(const GalaxyInput& galaxy);
double crpsValue(const GalaxyInput& galaxy);
double cdeLossValue(const GalaxyInput& galaxy);
double absoluteErrorValue(const GalaxyInput& galaxy);

// Of methods with a predictive distribution.
void computeCrps(const MetricInput& input, std::vector<Score>& out);
void computeCdeLoss(const MetricInput& input, std::vector<Score>& out);

// Of simulated catalogues alone.
void computeConditionalError(const MetricInput& input, std::vector<Score>& out);
void computeConditionalWorst(const MetricInput& input, std::vector<Score>& out);
void computeUndercoveredShare(const MetricInput& input, std::vector<Score>& out);

/// A Score of this prediction without value.
Score emptyScore(const Prediction& prediction, const std::string& metric,
                 const std::string& convention = "all");
/// Sets value = k / n and its interval; n = 0 leaves the value NaN.
void setProportion(Score& score, std::size_t k, std::size_t n, const EvaluateOptions& options);
void setInterval(Score& score, const Interval& interval);
/// Sets nInfinite and nCrossed from these rows.
void setCounts(Score& score, const Prediction& prediction, std::span<const std::size_t> rows);
void setCounts(Score& score, const Prediction& prediction); ///< from all
/// Row numbers with a finite interval.
std::vector<std::size_t> finiteRows(const Prediction& prediction);

} // namespace penumbra
