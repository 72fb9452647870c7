#pragma once

#include "core/base/run_context.h"
#include "core/catalogue/matrix.h"

#include <span>
#include <vector>

namespace penumbra::manifold {

using VectorD = Eigen::VectorXd;

/// Column means in double; of some rows where any are named. Matrix: MatrixF or MatrixD.
template <typename Matrix>
VectorD columnMeans(const Matrix& rows, std::span<const std::size_t> chosen = {});

/// sum_i (x_i - centre)(x_i - centre)' over all rows or the named ones, [D, D]; in double, the same bits for
/// any number of threads.
template <typename Matrix>
MatrixD centredProducts(const Matrix& rows, const VectorD& centre, std::span<const std::size_t> chosen = {},
                        const RunContext& context = {});

/// Rows first, first + 1, ... of a matrix, or of those named, less the centre.
template <typename Matrix>
MatrixD centredRows(const Matrix& rows, const VectorD& centre, std::size_t first, std::size_t count,
                    std::span<const std::size_t> chosen = {});

} // namespace penumbra::manifold
