#pragma once

#include "core/catalogue/matrix.h"

#include <span>
#include <vector>

namespace penumbra::uq {

// What a galaxy's own threshold Q is, where it is not one for all: its interval is [lower - Q scale, upper +
// Q scale], its scores those of the calibration rows. NaN scores take no part. +inf: the interval is
// infinite.

/// Mondrian (Vovk 2003): the k-th smallest score of the own group, k = ceil((n_g + 1)(1 - alpha)); +inf where
/// k exceeds n_g or no calibration row is in the group. @throws Error for lengths that disagree
struct GroupThresholds {
    std::vector<double> threshold; ///< [test rows]
    std::vector<double> size;      ///< [test rows] calibration rows with a score in the own group
};
GroupThresholds groupThresholds(std::span<const double> scores, std::span<const double> groups,
                                std::span<const double> testGroups, double alpha);

/// Weighted split conformal (Tibshirani, Barber, Candes & Ramdas 2019): the smallest score at which the
/// weights of calibration rows add up to (1 - alpha)(their sum + the test row's own weight, which stands at
/// +inf).
std::vector<double> weightedThresholds(std::span<const double> scores, std::span<const double> weights,
                                       std::span<const double> testWeights, double alpha);

/// (sum w)^2 / sum w^2: as many equal weights would scatter as much (Kish 1965). 0 for no weight.
double effectiveRows(std::span<const double> weights);

/// The smoothed p-value of a score: (sum of the weights of larger scores + u (those of equal ones +
/// ownWeight)) / total. A score is covered where it exceeds alpha; of scores alike at the threshold u
/// decides.
double smoothedP(std::span<const double> scores, std::span<const double> weights, double ownWeight, double u,
                 double score);

/// Smoothed weighted threshold (Hore & Barber 2025): the largest v among the scores and +inf with (sum of the
/// weights of scores >= v + u ownWeight) / total > alpha; -inf if none. u = 1: unsmoothed.
/// @param weights of the calibration rows, about this test row
double smoothedThreshold(std::span<const double> scores, std::span<const double> weights, double ownWeight,
                         double u, double alpha);

/// The same of known scores in descending order, weights in theirs.
double thresholdOfDescending(std::span<const double> scores, std::span<const double> weights,
                             double ownWeight, double u, double alpha);

/// exp(-|x - about|^2 / (2 h^2)) of rows of coordinates. @param rows [rows, d] @param about [d]
std::vector<double> gaussianWeights(const MatrixD& rows, std::span<const double> about, double h);

/// Each end by itself, at alpha / 2: Q_low is the conformal quantile of lower - y, Q_high of y - upper. Both
/// tails are promised, their sum by the union bound; infinite below 2 / alpha - 1 rows.
struct TwoThresholds {
    double low = 0.0, high = 0.0;
};
TwoThresholds twoSidedThresholds(std::span<const double> below, std::span<const double> above, double alpha);

} // namespace penumbra::uq
