#pragma once

#include "core/catalogue/matrix.h"

#include <span>
#include <vector>

namespace penumbra::uq {

/// Intervals without a calibration set, from models that have each left a fold out (Barber, Candes, Ramdas &
/// Tibshirani 2021). k = ceil((n + 1)(1 - alpha)); k > n: infinite.
enum class CrossValidated {
    Plus,   ///< CV+ and jackknife+: at least 1 - 2 alpha (CV+: less sqrt(2 / n)), in practice about 1 - alpha
    MinMax, ///< at least 1 - alpha, wide
    Base,   ///< full model -/+ the k-th residual: no guarantee
};
struct EndPair {
    double lower, upper;
};
/// @param foldPredictions [training rows, new rows] of the model that has not seen the training row
/// @param residuals [training rows] |truth - prediction| by the same models @param full [new rows]; of Base
/// alone
/// @throws Error for lengths that disagree
std::vector<EndPair> crossValidatedIntervals(CrossValidated kind, const MatrixD& foldPredictions,
                                             std::span<const double> residuals, std::span<const double> full,
                                             double alpha);

} // namespace penumbra::uq
