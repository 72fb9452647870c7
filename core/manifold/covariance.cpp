#include "core/manifold/covariance.h"

#include "core/base/parallel_for.h"

#include <algorithm>

namespace penumbra::manifold {

namespace {
constexpr std::size_t pieceRows = 512, tileColumns = 128;

std::size_t countOf(std::size_t all, std::span<const std::size_t> chosen) {
    return chosen.empty() ? all : chosen.size();
}

/// Columns [column, column + width) of a piece of rows, centred.
template <typename Matrix>
MatrixD tileOf(const Matrix& rows, const VectorD& centre, std::span<const std::size_t> chosen,
               std::size_t first, std::size_t count, Eigen::Index column, Eigen::Index width) {
    MatrixD tile(static_cast<Eigen::Index>(count), width);
    for (std::size_t i = 0; i < count; ++i) {
        const auto row = static_cast<Eigen::Index>(chosen.empty() ? first + i : chosen[first + i]);
        tile.row(static_cast<Eigen::Index>(i)) =
            rows.row(row).segment(column, width).template cast<double>() -
            centre.segment(column, width).transpose();
    }
    return tile;
}
} // namespace

template <typename Matrix>
VectorD columnMeans(const Matrix& rows, std::span<const std::size_t> chosen) {
    const std::size_t n = countOf(static_cast<std::size_t>(rows.rows()), chosen);
    VectorD total = VectorD::Zero(rows.cols());
    for (std::size_t i = 0; i < n; ++i)
        total += rows.row(static_cast<Eigen::Index>(chosen.empty() ? i : chosen[i]))
                     .template cast<double>()
                     .transpose();
    return total / static_cast<double>(n);
}

template <typename Matrix>
MatrixD centredRows(const Matrix& rows, const VectorD& centre, std::size_t first, std::size_t count,
                    std::span<const std::size_t> chosen) {
    return tileOf(rows, centre, chosen, first, count, 0, rows.cols());
}

template <typename Matrix>
MatrixD centredProducts(const Matrix& rows, const VectorD& centre, std::span<const std::size_t> chosen,
                        const RunContext& context) {
    const std::size_t n = countOf(static_cast<std::size_t>(rows.rows()), chosen);
    const auto columns = static_cast<std::size_t>(rows.cols());
    const std::size_t tiles = (columns + tileColumns - 1) / tileColumns;
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t a = 0; a < tiles; ++a)
        for (std::size_t b = a; b < tiles; ++b)
            pairs.emplace_back(a, b);
    MatrixD products(rows.cols(), rows.cols());
    parallelFor(pairs.size(), context.threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t p = begin; p < end; ++p) {
            const auto left = static_cast<Eigen::Index>(pairs[p].first * tileColumns);
            const auto right = static_cast<Eigen::Index>(pairs[p].second * tileColumns);
            const auto width = std::min<Eigen::Index>(tileColumns, rows.cols() - left);
            const auto height = std::min<Eigen::Index>(tileColumns, rows.cols() - right);
            MatrixD sum = MatrixD::Zero(width, height);
            for (std::size_t first = 0; first < n; first += pieceRows) {
                context.checkStop();
                const std::size_t count = std::min(pieceRows, n - first);
                const MatrixD one = tileOf(rows, centre, chosen, first, count, left, width);
                if (left == right)
                    sum.noalias() += one.transpose() * one;
                else
                    sum.noalias() +=
                        one.transpose() * tileOf(rows, centre, chosen, first, count, right, height);
            }
            products.block(left, right, width, height) = sum;
            if (left != right)
                products.block(right, left, height, width) = sum.transpose();
        }
    });
    return products;
}

template VectorD columnMeans(const MatrixF&, std::span<const std::size_t>);
template VectorD columnMeans(const MatrixD&, std::span<const std::size_t>);
template MatrixD centredRows(const MatrixF&, const VectorD&, std::size_t, std::size_t,
                             std::span<const std::size_t>);
template MatrixD centredRows(const MatrixD&, const VectorD&, std::size_t, std::size_t,
                             std::span<const std::size_t>);
template MatrixD centredProducts(const MatrixF&, const VectorD&, std::span<const std::size_t>,
                                 const RunContext&);
template MatrixD centredProducts(const MatrixD&, const VectorD&, std::span<const std::size_t>,
                                 const RunContext&);

} // namespace penumbra::manifold
