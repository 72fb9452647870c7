#include "core/manifold/mixture.h"

#include "core/base/error.h"
#include "core/base/parallel_for.h"
#include "core/base/rng.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

namespace penumbra::manifold {

namespace {

using Eigen::Index;
constexpr std::size_t pieceRows = 1024;

std::size_t pieceCount(const MatrixD& rows) {
    return (static_cast<std::size_t>(rows.rows()) + pieceRows - 1) / pieceRows;
}
auto pieceOf(const MatrixD& rows, std::size_t piece) {
    const auto first = static_cast<Index>(piece * pieceRows);
    return rows.middleRows(first, std::min<Index>(static_cast<Index>(pieceRows), rows.rows() - first));
}

/// What the log density of one component needs.
struct Prepared {
    MatrixD factor; ///< Cholesky's L, or [1, D] square roots of the variances
    double constant = 0.0;
};

std::vector<Prepared> prepare(const Mixture& mixture) {
    std::vector<Prepared> prepared;
    const auto columns = static_cast<double>(mixture.means.cols());
    for (std::size_t k = 0; k < mixture.components(); ++k) {
        Prepared one;
        if (mixture.diagonal) {
            one.factor = mixture.covariances[k].cwiseSqrt();
        } else {
            const Eigen::LLT<MatrixD> cholesky(mixture.covariances[k]);
            if (cholesky.info() != Eigen::Success)
                throw Error("a component of the mixture collapsed: use fewer components or a larger floor");
            one.factor = cholesky.matrixL();
        }
        const double logDeterminant =
            mixture.diagonal ? one.factor.array().log().sum() : one.factor.diagonal().array().log().sum();
        one.constant = std::log(mixture.weights(static_cast<Index>(k))) - logDeterminant -
                       0.5 * columns * std::log(2.0 * std::numbers::pi);
        prepared.push_back(std::move(one));
    }
    return prepared;
}

/// ln(weight x density) of each component at a piece of rows, [rows, K].
template <typename Rows>
MatrixD logParts(const Mixture& mixture, const std::vector<Prepared>& prepared, const Rows& rows) {
    MatrixD parts(rows.rows(), static_cast<Index>(prepared.size()));
    for (std::size_t k = 0; k < prepared.size(); ++k) {
        const auto column = static_cast<Index>(k);
        MatrixD centred = rows.rowwise() - mixture.means.row(column);
        if (mixture.diagonal) {
            centred.array().rowwise() /= prepared[k].factor.row(0).array();
            parts.col(column) = -0.5 * centred.rowwise().squaredNorm();
        } else {
            MatrixD solved = centred.transpose();
            prepared[k].factor.template triangularView<Eigen::Lower>().solveInPlace(solved);
            parts.col(column) = -0.5 * solved.colwise().squaredNorm().transpose();
        }
        parts.col(column).array() += prepared[k].constant;
    }
    return parts;
}

/// ln sum exp of each row.
VectorD logSums(const MatrixD& parts) {
    const VectorD largest = parts.rowwise().maxCoeff();
    return largest.array() + (parts.colwise() - largest).array().exp().rowwise().sum().log();
}

/// Sums that a maximisation needs, of a piece of rows.
struct Sums {
    VectorD weight;              ///< [K]
    MatrixD first;               ///< [K, D]
    std::vector<MatrixD> second; ///< about the shift
};

Sums zeroSums(Index k, Index columns, bool diagonal) {
    Sums sums{VectorD::Zero(k), MatrixD::Zero(k, columns), {}};
    sums.second.assign(static_cast<std::size_t>(k), MatrixD::Zero(diagonal ? 1 : columns, columns));
    return sums;
}

template <typename Rows>
void addTo(Sums& sums, const Rows& rows, const MatrixD& share, const MatrixD& shift, bool diagonal) {
    for (Index k = 0; k < share.cols(); ++k) { // about the former mean, so that no digits cancel
        const MatrixD centred = rows.rowwise() - shift.row(k);
        const MatrixD weighted = share.col(k).asDiagonal() * centred;
        sums.weight(k) += share.col(k).sum();
        sums.first.row(k) += weighted.colwise().sum();
        auto& second = sums.second[static_cast<std::size_t>(k)];
        if (diagonal)
            second.row(0) += (weighted.array() * centred.array()).colwise().sum().matrix();
        else
            second.noalias() += weighted.transpose() * centred;
    }
}

Mixture maximised(const Sums& sums, const MatrixD& shift, double n, bool diagonal, double floor) {
    Mixture mixture;
    mixture.diagonal = diagonal;
    const Index components = sums.weight.size();
    const VectorD weight = sums.weight.array() + 10.0 * std::numeric_limits<double>::epsilon();
    mixture.weights = weight / n;
    mixture.weights /= mixture.weights.sum();
    mixture.means.resize(components, shift.cols());
    for (Index k = 0; k < components; ++k) {
        const Eigen::RowVectorXd moved = sums.first.row(k) / weight(k);
        mixture.means.row(k) = shift.row(k) + moved;
        MatrixD covariance = sums.second[static_cast<std::size_t>(k)] / weight(k);
        if (diagonal) {
            covariance.row(0) -= moved.cwiseAbs2();
            covariance.array() += floor;
        } else {
            covariance -= moved.transpose() * moved;
            covariance.diagonal().array() += floor;
        }
        mixture.covariances.push_back(std::move(covariance));
    }
    return mixture;
}

/// Sums over fixed pieces, added in order. shareOf(piece): responsibilities, [rows of the piece, K].
template <typename Share>
Sums summed(const MatrixD& rows, const MatrixD& shift, bool diagonal, const Share& shareOf,
            const RunContext& context) {
    std::vector<Sums> parts(pieceCount(rows));
    parallelFor(parts.size(), context.threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t piece = begin; piece < end; ++piece) {
            context.checkStop();
            parts[piece] = zeroSums(shift.rows(), rows.cols(), diagonal);
            addTo(parts[piece], pieceOf(rows, piece), shareOf(piece), shift, diagonal);
        }
    });
    Sums total = zeroSums(shift.rows(), rows.cols(), diagonal);
    for (const Sums& part : parts) {
        total.weight += part.weight;
        total.first += part.first;
        for (std::size_t k = 0; k < part.second.size(); ++k)
            total.second[k] += part.second[k];
    }
    return total;
}

std::vector<Index> nearestCentres(const MatrixD& rows, const MatrixD& centres, VectorD* squared = nullptr) {
    std::vector<Index> nearest(static_cast<std::size_t>(rows.rows()));
    for (Index i = 0; i < rows.rows(); ++i) {
        const double best = (centres.rowwise() - rows.row(i))
                                .rowwise()
                                .squaredNorm()
                                .minCoeff(&nearest[static_cast<std::size_t>(i)]);
        if (squared)
            (*squared)(i) = best;
    }
    return nearest;
}

/// k-means++ (Arthur & Vassilvitskii 2007), then 10 Lloyd steps.
MatrixD kMeans(const MatrixD& rows, Index k, Rng& rng, const RunContext& context) {
    MatrixD centres(k, rows.cols());
    VectorD squared(rows.rows());
    for (Index c = 0; c < k; ++c) {
        Index chosen = static_cast<Index>(rng.below(static_cast<std::uint64_t>(rows.rows())));
        if (c > 0) {
            nearestCentres(rows, centres.topRows(c), &squared);
            double place = rng.uniform() * squared.sum();
            for (Index i = 0; i < rows.rows() && squared.sum() > 0.0; ++i)
                if ((place -= squared(i)) < 0.0) {
                    chosen = i;
                    break;
                }
        }
        centres.row(c) = rows.row(chosen);
    }
    for (int step = 0; step < 10; ++step) {
        context.checkStop();
        const auto nearest = nearestCentres(rows, centres);
        MatrixD sums = MatrixD::Zero(k, rows.cols());
        VectorD counts = VectorD::Zero(k);
        for (Index i = 0; i < rows.rows(); ++i) {
            sums.row(nearest[static_cast<std::size_t>(i)]) += rows.row(i);
            counts(nearest[static_cast<std::size_t>(i)]) += 1.0;
        }
        for (Index c = 0; c < k; ++c)
            if (counts(c) > 0.0)
                centres.row(c) = sums.row(c) / counts(c);
    }
    return centres;
}

Mixture startAt(const MatrixD& rows, const MatrixD& centres, bool diagonal, double floor,
                const RunContext& context) {
    const auto nearest = nearestCentres(rows, centres);
    const auto share = [&](std::size_t piece) {
        MatrixD shares = MatrixD::Zero(pieceOf(rows, piece).rows(), centres.rows());
        for (Index i = 0; i < shares.rows(); ++i)
            shares(i, nearest[piece * pieceRows + static_cast<std::size_t>(i)]) = 1.0;
        return shares;
    };
    return maximised(summed(rows, centres, diagonal, share, context), centres,
                     static_cast<double>(rows.rows()), diagonal, floor);
}

void dropSmallComponents(Mixture& mixture, double n) {
    std::vector<Index> kept;
    for (Index k = 0; k < mixture.weights.size(); ++k)
        if (mixture.weights(k) * n >= static_cast<double>(mixture.means.cols() + 1))
            kept.push_back(k);
    if (kept.empty() || kept.size() == mixture.components())
        return;
    std::vector<MatrixD> covariances;
    for (const Index k : kept)
        covariances.push_back(mixture.covariances[static_cast<std::size_t>(k)]);
    mixture.weights = VectorD(mixture.weights(kept));
    mixture.weights /= mixture.weights.sum();
    mixture.means = MatrixD(mixture.means(kept, Eigen::all));
    mixture.covariances = std::move(covariances);
}

} // namespace

std::vector<double> Mixture::logDensity(const MatrixD& rows, const RunContext& context) const {
    if (rows.cols() != means.cols())
        throw Error("rows with " + std::to_string(rows.cols()) + " columns do not fit a mixture in " +
                    std::to_string(means.cols()));
    const auto prepared = prepare(*this);
    std::vector<double> densities(static_cast<std::size_t>(rows.rows()));
    parallelFor(pieceCount(rows), context.threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t piece = begin; piece < end; ++piece) {
            context.checkStop();
            const VectorD sums = logSums(logParts(*this, prepared, pieceOf(rows, piece)));
            std::copy(sums.begin(), sums.end(),
                      densities.begin() + static_cast<std::ptrdiff_t>(piece * pieceRows));
        }
    });
    return densities;
}

Mixture expectationMaximisationStep(const Mixture& before, const MatrixD& rows, double floor,
                                    const RunContext& context, double* meanLogDensity) {
    const auto prepared = prepare(before);
    std::vector<double> densities(pieceCount(rows));
    const auto share = [&](std::size_t piece) {
        MatrixD parts = logParts(before, prepared, pieceOf(rows, piece));
        const VectorD sums = logSums(parts);
        densities[piece] = sums.sum();
        parts.colwise() -= sums;
        return MatrixD(parts.array().exp());
    };
    const Sums sums = summed(rows, before.means, before.diagonal, share, context);
    const auto n = static_cast<double>(rows.rows());
    if (meanLogDensity) {
        *meanLogDensity = 0.0;
        for (const double density : densities)
            *meanLogDensity += density / n;
    }
    return maximised(sums, before.means, n, before.diagonal, floor);
}

Mixture fitMixture(const MatrixD& rows, const MixtureOptions& options, const RunContext& context) {
    const auto n = static_cast<double>(rows.rows());
    const auto components = static_cast<Index>(
        std::min<std::size_t>(options.components, static_cast<std::size_t>(rows.rows()) / 2));
    if (components < 1)
        throw UsageError("a mixture needs at least 2 rows.");
    const VectorD mean = columnMeans(rows);
    const double variance =
        (rows.rowwise() - mean.transpose()).squaredNorm() / (n * static_cast<double>(rows.cols()));
    const double floor = options.floor * (variance > 0.0 ? variance : 1.0);
    Rng rng(options.seed, 0x313);
    Mixture best;
    double highest = -std::numeric_limits<double>::infinity();
    for (int start = 0; start < options.starts; ++start) {
        const Mixture one =
            startAt(rows, kMeans(rows, components, rng, context), options.diagonal, floor, context);
        double density = 0.0;
        Mixture next = expectationMaximisationStep(one, rows, floor, context, &density);
        if (density > highest) {
            highest = density;
            best = std::move(next);
        }
    }
    for (int step = 0; step < options.steps; ++step) {
        context.step(static_cast<double>(step) / options.steps, "fitting a mixture of normal distributions");
        double density = 0.0;
        dropSmallComponents(best, n);
        Mixture next = expectationMaximisationStep(best, rows, floor, context, &density);
        const double gain = density - highest;
        highest = density;
        best = std::move(next);
        if (step > 0 && std::abs(gain) < options.tolerance)
            break;
    }
    return best;
}

} // namespace penumbra::manifold
