#pragma once

#include "core/base/run_context.h"
#include "core/catalogue/matrix.h"

#include <cstdint>
#include <functional>

namespace penumbra::manifold {

struct Eigenpairs {
    Eigen::VectorXd values;  ///< [p], falling
    Eigen::MatrixXd vectors; ///< [N, p], unit length
    bool converged = false;
    int products = 0; ///< with the matrix
};

/// The p largest eigenvalues of a symmetric matrix given by its product with a vector, orthogonal to `known`
/// (unit length): Lanczos with full orthogonalisation and thick restarts (Wu & Simon 2000), until every
/// residual |A v - lambda v| is below `tolerance` or so many products are spent.
Eigenpairs
largestEigenpairs(Eigen::Index n,
                  const std::function<void(const Eigen::VectorXd& from, Eigen::VectorXd& to)>& multiply,
                  const Eigen::VectorXd& known, Eigen::Index p, double tolerance, int mostProducts,
                  std::uint64_t seed, const RunContext& context = {});

} // namespace penumbra::manifold
