#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

namespace penumbra {

/// P(label = 1 | x) = 1 / (1 + exp(-(intercept + x . weights))).
struct LogisticModel {
    Eigen::VectorXd weights; ///< [columns]
    double intercept = 0.0;
    std::vector<double> probabilities(const Eigen::MatrixXd& x) const; ///< [rows of x]
};

/// Minimises |weights|^2 / 2 + c sum(log-loss), the intercept free: scikit-learn's LogisticRegression(C = c),
/// by Newton's method to the last digits.
/// @param x [rows, columns], of like scales @param label [rows], 0 or 1
/// @throws Error for lengths that disagree, values that are not finite, or a missing label
LogisticModel fitLogistic(const Eigen::MatrixXd& x, std::span<const std::uint8_t> label, double c = 1.0);

/// Mean and population deviation of each column's known values; deviation 0: constant.
struct ColumnScale {
    double mean = 0.0, deviation = 0.0;
};
ColumnScale columnScale(std::span<const double> column);

/// Columns of zero mean and unit (population) deviation over all rows; missing values become 0, constant
/// columns are left out.
/// @param columns each [rows], NaN where missing
Eigen::MatrixXd standardisedColumns(const std::vector<std::vector<double>>& columns);

/// Probabilities of rows by models that have not seen them: row i is in the fold of its place in a shuffled
/// order.
std::vector<double> crossFittedProbabilities(const Eigen::MatrixXd& x, std::span<const std::uint8_t> label,
                                             std::size_t folds, std::uint64_t seed);

} // namespace penumbra
