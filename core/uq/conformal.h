#pragma once

#include "core/base/statistics.h"

#include <span>
#include <vector>

namespace penumbra::uq {

enum class QuantileRule {
    FiniteSample, ///< k = ceil((n+1)(1-alpha)) th smallest score; +inf where k > n (spec/lvd.md d.1)
    Interpolated, ///< numpy's default linear interpolation (the LVD reference)
};

/// Q_{1-alpha} of nonconformity scores. @throws Error for no scores, NaN, or alpha outside (0, 1).
double conformalQuantile(std::span<const double> scores, double alpha, QuantileRule rule);

/// Standard normal quantile Phi^-1(p), 0 < p < 1, to double precision.
using penumbra::normalQuantile;

/// eps of MADSplit and LCMAD, whose scores are divided by |r| + eps: 1e-5 of the errors' scale, their median
/// or, where that is 0, their mean. Where all are 0, of the labels' scatter or size. Never 0, and it scales
/// as the target does.
/// @param errors |truth - prediction|; NaN rows do not count. @param labels of the same rows
double relativeResidualFloor(std::vector<double> errors, std::vector<double> labels);

} // namespace penumbra::uq
