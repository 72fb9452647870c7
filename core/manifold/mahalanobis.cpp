#include "core/manifold/mahalanobis.h"

#include "core/base/error.h"
#include "core/base/parallel_for.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace penumbra::manifold {

namespace {

constexpr std::size_t pieceRows = 256;

/// Ledoit & Wolf 2004: the weight of mu I that makes the expected squared error of the covariance least.
double ledoitWolf(const MatrixD& covariance, double sumOfFourthPowers, double n) {
    const auto columns = static_cast<double>(covariance.rows());
    const double mu = covariance.trace() / columns, norm = covariance.squaredNorm();
    const double delta = norm / columns - mu * mu;
    const double beta = std::min(delta, (sumOfFourthPowers / n - norm) / (n * columns));
    return beta > 0.0 && delta > 0.0 ? beta / delta : 0.0;
}

} // namespace

template <typename Matrix>
Mahalanobis Mahalanobis::fit(const Matrix& rows, Shrinkage shrinkage, std::span<const std::size_t> chosen,
                             const RunContext& context) {
    const std::size_t n = chosen.empty() ? static_cast<std::size_t>(rows.rows()) : chosen.size();
    if (n < 2)
        throw UsageError("a covariance needs at least 2 rows, but there are " + std::to_string(n) + ".");
    Mahalanobis fitted;
    fitted.rows_ = static_cast<double>(n);
    fitted.mean_ = columnMeans(rows, chosen);
    fitted.covariance_ = centredProducts(rows, fitted.mean_, chosen, context) / fitted.rows_;
    const auto columns = static_cast<std::size_t>(rows.cols());
    if (shrinkage == Shrinkage::LedoitWolf || (shrinkage == Shrinkage::Automatic && n < 20 * columns)) {
        double fourth = 0.0; // sum_jk (X2' X2)_jk, X2 the squared centred entries, is the sum of |x|^4
        for (std::size_t first = 0; first < n; first += pieceRows)
            fourth += centredRows(rows, fitted.mean_, first, std::min(pieceRows, n - first), chosen)
                          .rowwise()
                          .squaredNorm()
                          .array()
                          .square()
                          .sum();
        fitted.shrinkage_ = ledoitWolf(fitted.covariance_, fourth, fitted.rows_);
        const double mu = fitted.covariance_.trace() / static_cast<double>(columns);
        fitted.covariance_ *= 1.0 - fitted.shrinkage_;
        fitted.covariance_.diagonal().array() += fitted.shrinkage_ * mu;
    }
    fitted.prepare();
    return fitted;
}

Mahalanobis Mahalanobis::fromParameters(VectorD mean, MatrixD covariance, double rows, double shrinkage) {
    Mahalanobis fitted;
    fitted.mean_ = std::move(mean);
    fitted.covariance_ = std::move(covariance);
    fitted.rows_ = rows;
    fitted.shrinkage_ = shrinkage;
    fitted.prepare();
    return fitted;
}

void Mahalanobis::prepare() {
    const double largest = covariance_.diagonal().maxCoeff();
    if (!(largest > 0.0))
        throw Error("all rows are alike: there is no scale to measure a distance in");
    for (Eigen::Index c = 0; c < covariance_.rows(); ++c)
        (covariance_(c, c) > 1e-24 * largest ? varying_ : constant_).push_back(c);
    const MatrixD used = covariance_(varying_, varying_);
    const Eigen::LLT<MatrixD> cholesky(used);
    if (cholesky.info() != Eigen::Success)
        throw Error("the covariance of " + std::to_string(used.rows()) + " columns over " +
                    std::to_string(static_cast<long long>(rows_)) +
                    " rows has no inverse: use shrinkage or more rows");
    factor_ = cholesky.matrixL();
}

template <typename Matrix>
std::vector<double> Mahalanobis::squared(const Matrix& rows, std::span<const std::size_t> chosen,
                                         const RunContext& context) const {
    if (rows.cols() != mean_.size())
        throw Error("rows with " + std::to_string(rows.cols()) + " columns do not fit a reference of " +
                    std::to_string(mean_.size()));
    const std::size_t n = chosen.empty() ? static_cast<std::size_t>(rows.rows()) : chosen.size();
    std::vector<double> distances(n);
    parallelFor((n + pieceRows - 1) / pieceRows, context.threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t piece = begin; piece < end; ++piece) {
            context.checkStop();
            const std::size_t first = piece * pieceRows, count = std::min(pieceRows, n - first);
            const MatrixD centred = centredRows(rows, mean_, first, count, chosen);
            MatrixD solved = centred(Eigen::all, varying_).transpose();
            factor_.template triangularView<Eigen::Lower>().solveInPlace(solved);
            for (std::size_t i = 0; i < count; ++i) {
                const auto row = static_cast<Eigen::Index>(i);
                bool differs = false;
                for (const Eigen::Index c : constant_)
                    differs = differs || std::abs(centred(row, c)) > 1e-9 * std::abs(mean_(c)); // rounding
                distances[first + i] =
                    differs ? std::numeric_limits<double>::infinity() : solved.col(row).squaredNorm();
            }
        }
    });
    return distances;
}

std::vector<double> Mahalanobis::leaveOneOut(const std::vector<double>& squaredOfFittedRows) const {
    const double n = rows_;
    std::vector<double> out;
    out.reserve(squaredOfFittedRows.size());
    for (const double squared : squaredOfFittedRows) {
        const double h = squared / n, rest = 1.0 - n * h / (n - 1.0);
        out.push_back(rest > 0.0 ? (n - 1.0) * (n / (n - 1.0)) * (n / (n - 1.0)) * h / rest
                                 : std::numeric_limits<double>::infinity()); // alone in its direction
    }
    return out;
}

template Mahalanobis Mahalanobis::fit(const MatrixF&, Shrinkage, std::span<const std::size_t>,
                                      const RunContext&);
template Mahalanobis Mahalanobis::fit(const MatrixD&, Shrinkage, std::span<const std::size_t>,
                                      const RunContext&);
template std::vector<double> Mahalanobis::squared(const MatrixF&, std::span<const std::size_t>,
                                                  const RunContext&) const;
template std::vector<double> Mahalanobis::squared(const MatrixD&, std::span<const std::size_t>,
                                                  const RunContext&) const;

} // namespace penumbra::manifold
