#pragma once

#include "core/manifold/covariance.h"

#include <cstdint>

namespace penumbra::manifold {

/// Principal components: a row a component, of unit length, entry of largest absolute value positive (the
/// first on ties), by falling variance.
struct Pca {
    VectorD mean;              ///< [D]
    MatrixD components;        ///< [p, D]
    VectorD explainedVariance; ///< [p], s^2 / (N - 1)
    VectorD explainedRatio;    ///< [p], of the total variance
    std::size_t rank = 0;      ///< components beyond it explain nothing and point anywhere; at most p
    bool randomised = false;

    /// Coordinates of rows, [N, p].
    template <typename Matrix>
    MatrixD transform(const Matrix& rows, const RunContext& context = {}) const;
};

enum class PcaSolver {
    Automatic, ///< Exact where N min(N, D) D <= 1e11, else Randomised
    Exact,
    Randomised ///< Halko, Martinsson & Tropp 2011: 10 oversamples, 7 power iterations (4 for many components)
};

/// The first p components of finite rows. @throws UsageError if there are fewer rows (2) or columns than that
template <typename Matrix>
Pca fitPca(const Matrix& rows, std::size_t p, PcaSolver solver = PcaSolver::Automatic, std::uint64_t seed = 0,
           const RunContext& context = {});

} // namespace penumbra::manifold
