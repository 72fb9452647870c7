#pragma once

#include "core/base/run_context.h"
#include "core/eval/score.h"

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

namespace penumbra {

/// How much better one predicts from what is known of a galaxy whether it is covered than by the promise: the
/// excess risk of the target coverage (Braun, Holzmueller, Jordan & Bach 2025), a lower bound of the
/// conditional miscoverage. Mean over folds of mean loss(promise) - mean loss(predicted).
struct CoverageRisk {
    double l1 = 0.0;    ///< lower bound of the mean |P(covered | x) - nominal|, in coverage
    double brier = 0.0; ///< lower bound of its mean square
    double log = 0.0;   ///< by the log-loss, probabilities cut at 1e-6
};
/// Of which predictions: all, those below the promise alone (undercoverage), those above it.
enum class RiskSide { Both, Under, Over };
/// @param predicted P(covered) of each row, by a model that has not seen it @param fold of each row; those of
/// one fold are averaged first
CoverageRisk coverageRisk(std::span<const double> predicted, std::span<const std::uint8_t> covered,
                          std::span<const int> fold, double alpha, RiskSide side = RiskSide::Both);

/// What predicts coverage: L2 logistic regression on columns standardised by the rows that a fold learns
/// from, or boosted trees (eval/boosted_trees.h), which see interactions.
enum class RiskLearner { Logistic, Boosting };
/// Cross-fitted probabilities of being covered.
std::vector<double> crossFittedCoverage(const Eigen::MatrixXd& x, std::span<const std::uint8_t> covered,
                                        std::span<const int> fold,
                                        RiskLearner learner = RiskLearner::Logistic);

/// The measure with what chance makes of it.
struct RiskFinding {
    std::size_t n = 0; ///< rows looked at
    std::size_t columns = 0;
    RiskLearner learner = RiskLearner::Logistic; ///< whose numbers these are: that with the larger l1
    CoverageRisk risk, under, over;
    Interval bracket; ///< of risk.l1: 95 %, bootstrap of the rows at these predictions
    double nullMean = std::numeric_limits<double>::quiet_NaN(); ///< of l1 with the outcomes in random order
    /// 95 % of it. Outcomes in random order keep the mean coverage: what is left is its departure from the
    /// promise, the same everywhere.
    Interval byChance;
    double p = std::numeric_limits<double>::quiet_NaN();
};
struct RiskOptions {
    std::size_t folds = 5;
    std::size_t permutations = 99;
    std::size_t mostRows = 3000; ///< above: a random part of the rows
    /// Boosted trees as well, the larger l1 of the two being taken; so it is in every permutation.
    bool boosting = false;
    std::uint64_t seed = 0;
};
/// On columns and their squares (boosting: columns). Nothing (n = 0) where all rows are covered, or none.
/// Each permutation learns anew, so that p is valid whatever the classifier (Phipson & Smyth 2010).
/// @param x [rows, columns], finite
RiskFinding measureCoverageRisk(const Eigen::MatrixXd& x, std::span<const std::uint8_t> covered, double alpha,
                                const RiskOptions& options, const RunContext& context);

} // namespace penumbra
