#include "core/manifold/pca.h"

#include "core/base/error.h"
#include "core/base/parallel_for.h"
#include "core/base/rng.h"

#include <Eigen/Eigenvalues>
#include <Eigen/SVD>
#include <algorithm>
#include <limits>
#include <string>

namespace penumbra::manifold {

namespace {

constexpr std::size_t pieceRows =
    2048; ///< sums run over fixed pieces: the same bits for any number of threads

std::size_t pieceCount(std::size_t n) {
    return (n + pieceRows - 1) / pieceRows;
}

/// (X - mean) * right, [N, l].
template <typename Matrix>
MatrixD timesRight(const Matrix& rows, const VectorD& mean, const MatrixD& right, const RunContext& context) {
    const auto n = static_cast<std::size_t>(rows.rows());
    MatrixD out(rows.rows(), right.cols());
    parallelFor(pieceCount(n), context.threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t piece = begin; piece < end; ++piece) {
            context.checkStop();
            const std::size_t first = piece * pieceRows, count = std::min(pieceRows, n - first);
            out.middleRows(static_cast<Eigen::Index>(first), static_cast<Eigen::Index>(count)).noalias() =
                centredRows(rows, mean, first, count) * right;
        }
    });
    return out;
}

/// (X - mean)' * left, [D, l].
template <typename Matrix>
MatrixD transposedTimes(const Matrix& rows, const VectorD& mean, const MatrixD& left,
                        const RunContext& context) {
    const auto n = static_cast<std::size_t>(rows.rows());
    std::vector<MatrixD> parts(pieceCount(n));
    parallelFor(parts.size(), context.threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t piece = begin; piece < end; ++piece) {
            context.checkStop();
            const std::size_t first = piece * pieceRows, count = std::min(pieceRows, n - first);
            parts[piece].noalias() =
                centredRows(rows, mean, first, count).transpose() *
                left.middleRows(static_cast<Eigen::Index>(first), static_cast<Eigen::Index>(count));
        }
    });
    MatrixD sum = MatrixD::Zero(rows.cols(), left.cols());
    for (const MatrixD& part : parts)
        sum += part;
    return sum;
}

MatrixD orthonormal(const MatrixD& columns) {
    const Eigen::HouseholderQR<Eigen::MatrixXd> qr{Eigen::MatrixXd(columns)};
    return qr.householderQ() * Eigen::MatrixXd::Identity(columns.rows(), columns.cols());
}

void turnPositive(MatrixD& components) {
    for (Eigen::Index c = 0; c < components.rows(); ++c) {
        Eigen::Index largest = 0;
        components.row(c).cwiseAbs().maxCoeff(&largest);
        if (components(c, largest) < 0.0)
            components.row(c) *= -1.0;
    }
}

/// From squared singular values by falling size.
void setVariances(Pca& pca, const VectorD& squares, double totalSquares, std::size_t n, std::size_t columns) {
    const double degrees = static_cast<double>(n - 1);
    pca.explainedVariance = squares.cwiseMax(0.0) / degrees;
    pca.explainedRatio =
        totalSquares > 0.0 ? VectorD(squares.cwiseMax(0.0) / totalSquares) : VectorD::Zero(squares.size());
    const double floor = squares.size() > 0 ? squares(0) * std::numeric_limits<double>::epsilon() *
                                                  static_cast<double>(std::max(n, columns))
                                            : 0.0;
    pca.rank = static_cast<std::size_t>((squares.array() > floor).count());
}

/// Through the eigenvectors of X'X, or of XX' where that is smaller.
template <typename Matrix>
void fitExact(Pca& pca, const Matrix& rows, Eigen::Index p, const RunContext& context) {
    const auto n = static_cast<std::size_t>(rows.rows());
    const auto columns = static_cast<std::size_t>(rows.cols());
    const bool wide = rows.rows() < rows.cols();
    MatrixD centred, products;
    if (wide) {
        centred = centredRows(rows, pca.mean, 0, n);
        products = centred * centred.transpose();
    } else {
        products = centredProducts(rows, pca.mean, {}, context);
    }
    const double total = products.trace();
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver{Eigen::MatrixXd(products)};
    if (solver.info() != Eigen::Success)
        throw Error("the principal components did not converge: are there huge values among the features?");
    const VectorD squares = solver.eigenvalues().reverse().head(p);
    setVariances(pca, squares, total, n, columns);
    if (wide) {
        pca.components.resize(p, rows.cols());
        const MatrixD left = solver.eigenvectors().rowwise().reverse().leftCols(p);
        // Null components: any direction will do that is orthogonal to the others.
        const MatrixD right = orthonormal(centred.transpose() * left);
        pca.components = right.transpose();
    } else {
        pca.components = solver.eigenvectors().rowwise().reverse().leftCols(p).transpose();
    }
}

template <typename Matrix>
void fitRandomised(Pca& pca, const Matrix& rows, Eigen::Index p, std::uint64_t seed,
                   const RunContext& context) {
    const Eigen::Index smaller = std::min(rows.rows(), rows.cols());
    const Eigen::Index width = std::min<Eigen::Index>(p + 10, smaller);
    const int iterations = 10 * p >= smaller ? 4 : 7;
    Rng rng(seed, 0x9ca);
    MatrixD right(rows.cols(), width);
    for (Eigen::Index i = 0; i < right.size(); ++i)
        right.data()[i] = rng.normal();
    MatrixD left;
    for (int step = 0; step <= iterations; ++step) {
        context.step(static_cast<double>(step) / (iterations + 1), "principal components");
        left = orthonormal(timesRight(rows, pca.mean, right, context));
        right = transposedTimes(rows, pca.mean, left, context);
        if (step < iterations)
            right = orthonormal(right);
    }
    const Eigen::BDCSVD<Eigen::MatrixXd> svd(Eigen::MatrixXd(right), Eigen::ComputeThinU);
    double total = 0.0; // of all columns, in fixed pieces
    const auto n = static_cast<std::size_t>(rows.rows());
    for (std::size_t first = 0; first < n; first += pieceRows)
        total += centredRows(rows, pca.mean, first, std::min(pieceRows, n - first)).squaredNorm();
    setVariances(pca, svd.singularValues().head(p).array().square().matrix(), total, n,
                 static_cast<std::size_t>(rows.cols()));
    pca.components = svd.matrixU().leftCols(p).transpose();
    pca.randomised = true;
}

} // namespace

template <typename Matrix>
MatrixD Pca::transform(const Matrix& rows, const RunContext& context) const {
    if (rows.cols() != mean.size())
        throw Error("rows with " + std::to_string(rows.cols()) + " columns do not fit components of " +
                    std::to_string(mean.size()));
    return timesRight(rows, mean, components.transpose(), context);
}

template <typename Matrix>
Pca fitPca(const Matrix& rows, std::size_t p, PcaSolver solver, std::uint64_t seed,
           const RunContext& context) {
    if (rows.rows() < 2 || p == 0 || p > static_cast<std::size_t>(std::min(rows.rows(), rows.cols())))
        throw UsageError(std::to_string(p) + " principal components were asked for, but there are " +
                         std::to_string(rows.rows()) + " usable rows of " + std::to_string(rows.cols()) +
                         " columns.");
    Pca pca;
    pca.mean = columnMeans(rows);
    const auto n = static_cast<double>(rows.rows()), columns = static_cast<double>(rows.cols());
    const bool cheap = n * std::min(n, columns) * columns <= 1e11 && std::min(n, columns) <= 4096;
    if (solver == PcaSolver::Exact || (solver == PcaSolver::Automatic && cheap))
        fitExact(pca, rows, static_cast<Eigen::Index>(p), context);
    else
        fitRandomised(pca, rows, static_cast<Eigen::Index>(p), seed, context);
    turnPositive(pca.components);
    return pca;
}

template MatrixD Pca::transform(const MatrixF&, const RunContext&) const;
template MatrixD Pca::transform(const MatrixD&, const RunContext&) const;
template Pca fitPca(const MatrixF&, std::size_t, PcaSolver, std::uint64_t, const RunContext&);
template Pca fitPca(const MatrixD&, std::size_t, PcaSolver, std::uint64_t, const RunContext&);

} // namespace penumbra::manifold
