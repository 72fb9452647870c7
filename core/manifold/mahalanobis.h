#pragma once

#include "core/manifold/covariance.h"

namespace penumbra::manifold {

enum class Shrinkage {
    Automatic, ///< Ledoit-Wolf where there are fewer than 20 rows a column
    None,
    LedoitWolf
};

/// Distance from the centre of the rows it was fitted to, in units of their covariance.
class Mahalanobis {
public:
    /// @throws UsageError for fewer than 2 rows
    template <typename Matrix>
    static Mahalanobis fit(const Matrix& rows, Shrinkage shrinkage = Shrinkage::Automatic,
                           std::span<const std::size_t> chosen = {}, const RunContext& context = {});
    static Mahalanobis fromParameters(VectorD mean, MatrixD covariance, double rows, double shrinkage);

    /// SQUARED distances (x - m)' S^-1 (x - m), [N]; infinite where a row differs in a column that is
    /// constant in the reference and no shrinkage gives it a scale.
    template <typename Matrix>
    std::vector<double> squared(const Matrix& rows, std::span<const std::size_t> chosen = {},
                                const RunContext& context = {}) const;
    /// Squared distances of the fitted rows, each from a fit without it: closed form, without shrinkage only.
    std::vector<double> leaveOneOut(const std::vector<double>& squaredOfFittedRows) const;

    double shrinkage() const { return shrinkage_; } ///< weight of the identity, 0: none
    double fittedRows() const { return rows_; }
    const VectorD& mean() const { return mean_; }
    const MatrixD& covariance() const { return covariance_; } ///< over N, after shrinkage
    std::size_t constantColumns() const { return constant_.size(); }

private:
    void prepare();
    VectorD mean_;
    MatrixD covariance_, factor_; ///< factor_: Cholesky's L of the columns that vary
    std::vector<Eigen::Index> varying_, constant_;
    double rows_ = 0.0, shrinkage_ = 0.0;
};

} // namespace penumbra::manifold
