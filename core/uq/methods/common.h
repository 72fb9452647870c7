#pragma once

#include "core/uq/uq_method.h"

namespace penumbra::uq {

/// A Prediction of this method and alpha with the given centre; lower and upper are still empty.
Prediction startPrediction(const UqMethod& method, const Evidence& evidence, double alpha,
                           std::vector<double> mean);

/// Sets [mean - halfWidth_i, mean + halfWidth_i]; half widths may be infinite.
void setSymmetric(Prediction& prediction, std::span<const double> halfWidth);

/// mean -/+ z spread with z = Phi^-1(1 - alpha/2), one Prediction per alpha. No calibration.
std::vector<Prediction> gaussianIntervals(const UqMethod& method, const Evidence& evidence,
                                          std::span<const double> alphas, const std::vector<double>& mean,
                                          const std::vector<double>& spread, const RunContext& context);

/// Scores of the rows that take part in calibration: those that are not NaN.
std::vector<double> knownScores(std::vector<double> scores);

/// eps + |r|: what scores are divided by and widths multiplied with (spec/lvd.md b.2, d.3).
std::vector<double> residualScale(const Evidence& evidence, std::vector<double> residual);

/// centre -/+ Q scale, calibrated by `calibration`.
SplitScores symmetricSplitScores(const Evidence& evidence, std::vector<double> calibration,
                                 std::vector<double> centre, std::vector<double> scale,
                                 const OptionSet& options);

/// The middle of each test row's ends; where they are infinite the prediction `elsewhere`.
std::vector<double> middles(const Evidence& evidence, const std::vector<double>& lower,
                            const std::vector<double>& upper, const Signal& elsewhere = Signal::mean());

/// @throws UsageError for an alpha outside (0, 1).
void checkAlpha(double alpha);

} // namespace penumbra::uq
