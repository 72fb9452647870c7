#include "core/manifold/spectral.h"

#include "core/base/parallel_for.h"
#include "core/base/rng.h"
#include "core/manifold/lanczos.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::manifold {

namespace {

using Eigen::Index;
constexpr Index denseRows = 48; ///< below, the whole matrix is as quick

void turnPositive(MatrixD& vectors) {
    for (Index c = 0; c < vectors.cols(); ++c) {
        Index largest = 0;
        vectors.col(c).cwiseAbs().maxCoeff(&largest);
        if (vectors(largest, c) < 0.0)
            vectors.col(c) *= -1.0;
    }
}

/// 1 / sqrt of each row's sum of weights.
Eigen::VectorXd inverseRoots(const Graph& graph) {
    Eigen::VectorXd roots(static_cast<Index>(graph.rows()));
    for (std::size_t i = 0; i < graph.rows(); ++i) {
        double sum = 0.0;
        for (std::size_t e = graph.offsets[i]; e < graph.offsets[i + 1]; ++e)
            sum += static_cast<double>(graph.weight[e]);
        roots(static_cast<Index>(i)) = sum > 0.0 ? 1.0 / std::sqrt(sum) : 0.0;
    }
    return roots;
}

SpectralVectors denseVectors(const Graph& graph, const Eigen::VectorXd& roots, Index dims) {
    const auto n = static_cast<Index>(graph.rows());
    Eigen::MatrixXd laplacian = Eigen::MatrixXd::Identity(n, n);
    for (Index i = 0; i < n; ++i)
        for (std::size_t e = graph.offsets[static_cast<std::size_t>(i)];
             e < graph.offsets[static_cast<std::size_t>(i) + 1]; ++e) {
            const auto j = static_cast<Index>(graph.column[e]);
            laplacian(i, j) -= roots(i) * static_cast<double>(graph.weight[e]) * roots(j);
        }
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(laplacian);
    return {solver.eigenvalues().segment(1, dims), solver.eigenvectors().middleCols(1, dims), true};
}

/// Where pieces go: ends of the axes while there are enough, else by how near their means are.
MatrixD piecePlaces(const MatrixF& features, const std::vector<std::uint32_t>& component, std::size_t count,
                    Index dims) {
    const auto pieces = static_cast<Index>(count);
    if (pieces <= 2 * dims) {
        MatrixD places = MatrixD::Zero(pieces, dims);
        const Index axes = (pieces + 1) / 2;
        for (Index i = 0; i < pieces; ++i)
            places(i, i % axes) = i < axes ? 1.0 : -1.0;
        return places;
    }
    MatrixD means = MatrixD::Zero(pieces, features.cols());
    Eigen::VectorXd size = Eigen::VectorXd::Zero(pieces);
    for (std::size_t i = 0; i < component.size(); ++i) {
        means.row(component[i]) += features.row(static_cast<Index>(i)).cast<double>();
        size(component[i]) += 1.0;
    }
    means.array().colwise() /= size.array();
    Eigen::MatrixXd affinity(pieces, pieces);
    for (Index i = 0; i < pieces; ++i)
        for (Index j = 0; j < pieces; ++j)
            affinity(i, j) = std::exp(-(means.row(i) - means.row(j)).squaredNorm());
    const Eigen::VectorXd roots = affinity.rowwise().sum().cwiseSqrt().cwiseInverse();
    const Eigen::MatrixXd laplacian = Eigen::MatrixXd::Identity(pieces, pieces) -
                                      Eigen::MatrixXd(roots.asDiagonal() * affinity * roots.asDiagonal());
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(laplacian);
    MatrixD places = roots.asDiagonal() * solver.eigenvectors().middleCols(1, dims);
    turnPositive(places);
    return places / places.cwiseAbs().maxCoeff();
}

/// Half the way to the nearest other place.
double roomAround(const MatrixD& places, Index piece) {
    double nearest = std::numeric_limits<double>::infinity();
    for (Index other = 0; other < places.rows(); ++other) {
        const double distance = (places.row(piece) - places.row(other)).norm();
        if (other != piece && distance > 0.0)
            nearest = std::min(nearest, distance);
    }
    return std::isinf(nearest) ? 0.5 : 0.5 * nearest;
}

} // namespace

SpectralVectors spectralVectors(const Graph& graph, std::size_t dims, const SpectralOptions& options,
                                const RunContext& context) {
    const auto n = static_cast<Index>(graph.rows());
    const auto p = static_cast<Index>(dims);
    const Eigen::VectorXd roots = inverseRoots(graph);
    SpectralVectors found;
    if (n < std::max<Index>(denseRows, 4 * p + 8)) {
        found = denseVectors(graph, roots, p);
    } else {
        // 2 I - L = I + D^-1/2 W D^-1/2: its largest eigenvalues are sought, 2 with the vector sqrt(degree)
        // is known.
        const auto multiply = [&](const Eigen::VectorXd& from, Eigen::VectorXd& to) {
            const Eigen::VectorXd scaled = from.cwiseProduct(roots);
            parallelFor(graph.rows(), context.threads, [&](std::size_t begin, std::size_t end) {
                for (std::size_t i = begin; i < end; ++i) {
                    double sum = 0.0;
                    for (std::size_t e = graph.offsets[i]; e < graph.offsets[i + 1]; ++e)
                        sum += static_cast<double>(graph.weight[e]) * scaled(graph.column[e]);
                    const auto row = static_cast<Index>(i);
                    to(row) = from(row) + roots(row) * sum;
                }
            });
        };
        const Eigen::VectorXd known = roots.cwiseInverse().normalized();
        const Eigenpairs pairs = largestEigenpairs(n, multiply, known, p, options.tolerance,
                                                   options.mostProducts, options.seed, context);
        found = {(2.0 - pairs.values.array()).matrix(), pairs.vectors, pairs.converged};
    }
    turnPositive(found.vectors);
    return found;
}

SpectralStart spectralStart(const Graph& graph, const MatrixF& features, std::size_t dims,
                            const SpectralOptions& options, const RunContext& context) {
    SpectralStart start;
    start.component = connectedComponents(graph, start.components);
    const auto p = static_cast<Index>(dims);
    if (start.components == 1) {
        SpectralVectors whole = spectralVectors(graph, dims, options, context);
        start.positions = std::move(whole.vectors);
        start.converged = whole.converged;
        return start;
    }
    const MatrixD places = piecePlaces(features, start.component, start.components, p);
    std::vector<std::vector<std::uint32_t>> members(start.components);
    for (std::size_t i = 0; i < start.component.size(); ++i)
        members[start.component[i]].push_back(static_cast<std::uint32_t>(i));
    start.positions.resize(static_cast<Index>(graph.rows()), p);
    Rng rng(options.seed, 0x57a27);
    for (std::size_t piece = 0; piece < members.size(); ++piece) {
        const auto& rows = members[piece];
        const auto place = places.row(static_cast<Index>(piece));
        const double room = roomAround(places, static_cast<Index>(piece));
        if (rows.size() < 2 * dims || rows.size() <= dims + 1) {
            for (const auto row : rows)
                for (Index c = 0; c < p; ++c)
                    start.positions(row, c) = place(c) + room * (2.0 * rng.uniform() - 1.0);
            continue;
        }
        const SpectralVectors own = spectralVectors(subgraph(graph, rows), dims, options, context);
        start.converged = start.converged && own.converged;
        const double scale = room / own.vectors.cwiseAbs().maxCoeff();
        for (std::size_t i = 0; i < rows.size(); ++i)
            start.positions.row(rows[i]) = place + scale * own.vectors.row(static_cast<Index>(i));
    }
    return start;
}

} // namespace penumbra::manifold
