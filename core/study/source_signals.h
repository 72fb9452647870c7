#pragma once

#include "core/study/plan.h"

namespace penumbra::workflow {

/// Sizes of errors that cannot be become infinite: nothing bounds the error of such a galaxy.
double usableSpread(double size);
/// A pair of quantiles of which one is missing becomes -inf and +inf. @returns whether both were there
bool makeUsable(double& lower, double& upper);

/// Values of the columns of one target, each [rows] or empty.
struct SourceValues {
    std::vector<double> prediction, spread, lower, upper;
};
/// Signal name -> values, of the signals wanted.
std::map<std::string, std::vector<double>> signalsOf(const SourceValues& values,
                                                     const std::vector<uq::Signal>& wanted);

/// Predictions of one target taken from the columns that the plan names: signal name -> value of every
/// catalogue row; NaN only where there is no prediction. Sizes of errors that are missing, infinite, 0 or
/// negative become +inf, quantiles of which one is missing -inf and +inf. They, codes such as 99, crossed
/// quantiles and quantiles that do not hold 1 - alpha of the calibration labels are told in `notes`, of the
/// held-out rows.
/// @param split of every catalogue row
/// @throws UsageError for quantiles the wrong way round, Error for columns that hold nothing usable.
std::map<std::string, std::vector<double>> sourceSignals(const Catalogue& catalogue, const StudyPlan& plan,
                                                         const std::string& target,
                                                         const std::vector<std::uint8_t>& split,
                                                         std::vector<std::string>& notes);

} // namespace penumbra::workflow
