#pragma once

#include <Eigen/Core>

namespace penumbra {

/// N rows by D columns, a row per galaxy, row-major as in our files and in torch.
using MatrixF = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using MatrixD = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

} // namespace penumbra
