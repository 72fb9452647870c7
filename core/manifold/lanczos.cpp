#include "core/manifold/lanczos.h"

#include "core/base/parallel_for.h"
#include "core/base/rng.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

namespace penumbra::manifold {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Vectors of the basis side by side, with the known one in front.
class Basis {
public:
    Basis(const VectorXd& known, Index capacity, int threads) : threads_(threads) {
        vectors_.resize(known.size(), capacity + 1);
        vectors_.col(0) = known;
    }
    auto vector(Index j) { return vectors_.col(j + 1); }
    /// Takes the parts along the known and the first `size` vectors out of w, twice, and returns them.
    VectorXd orthogonalise(VectorXd& w, Index size) const {
        VectorXd parts = VectorXd::Zero(size + 1);
        for (int pass = 0; pass < 2; ++pass) { // one pass leaves rounding of w along the basis
            VectorXd found(size + 1);
            parallelFor(static_cast<std::size_t>(size + 1), threads_,
                        [&](std::size_t begin, std::size_t end) {
                            for (auto j = static_cast<Index>(begin); j < static_cast<Index>(end); ++j)
                                found(j) = vectors_.col(j).dot(w);
                        });
            inPieces([&](Index first, Index count) {
                w.segment(first, count).noalias() -= vectors_.block(first, 0, count, size + 1) * found;
            });
            parts += found;
        }
        return parts.tail(size);
    }
    /// The first columns become combinations of the first `size` ones.
    void rotate(const MatrixXd& turn, Index size) {
        inPieces([&](Index first, Index count) {
            const MatrixXd piece = vectors_.block(first, 1, count, size) * turn;
            vectors_.block(first, 1, count, turn.cols()) = piece;
        });
    }
    MatrixXd first(Index size) const { return vectors_.middleCols(1, size); }

private:
    template <typename Body>
    void inPieces(const Body& body) const {
        constexpr Index piece = 2048;
        const auto pieces = static_cast<std::size_t>((vectors_.rows() + piece - 1) / piece);
        parallelFor(pieces, threads_, [&](std::size_t begin, std::size_t end) {
            for (auto i = static_cast<Index>(begin); i < static_cast<Index>(end); ++i)
                body(i * piece, std::min(piece, vectors_.rows() - i * piece));
        });
    }
    MatrixXd vectors_;
    int threads_;
};

} // namespace

Eigenpairs largestEigenpairs(Index n, const std::function<void(const VectorXd&, VectorXd&)>& multiply,
                             const VectorXd& known, Index p, double tolerance, int mostProducts,
                             std::uint64_t seed, const RunContext& context) {
    const Index capacity = std::min<Index>(n - 1, std::max<Index>(4 * p + 20, 40));
    const Index kept = std::min<Index>(p + std::max<Index>(4, p), capacity - 2);
    Basis basis(known, capacity + 1, context.threads);
    MatrixXd projected = MatrixXd::Zero(capacity, capacity);
    Rng rng(seed, 0x1a);
    VectorXd w(n), next(n);
    const auto fresh = [&](Index size) { // a random direction orthogonal to all so far
        for (Index i = 0; i < n; ++i)
            w(i) = rng.normal();
        basis.orthogonalise(w, size);
        basis.vector(size) = w / w.norm();
    };
    fresh(0);
    Eigenpairs pairs;
    Index size = 0;
    for (;;) {
        double beta = 0.0;
        for (; size < capacity; ++size) {
            context.checkStop();
            next = basis.vector(size);
            multiply(next, w);
            ++pairs.products;
            const VectorXd parts = basis.orthogonalise(w, size + 1);
            projected.col(size).head(size + 1) = parts;
            projected.row(size).head(size + 1) = parts.transpose();
            beta = w.norm();
            if (size + 1 == capacity)
                break;
            if (beta < 1e-13) { // the space is exhausted: go on in another
                fresh(size + 1);
                beta = 0.0;
            } else {
                basis.vector(size + 1) = w / beta;
            }
        }
        const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(projected);
        const MatrixXd turn = solver.eigenvectors().rowwise().reverse().leftCols(kept);
        const VectorXd values = solver.eigenvalues().reverse().head(kept);
        const VectorXd residual = (beta * turn.row(capacity - 1)).cwiseAbs().transpose();
        const bool done = residual.head(p).maxCoeff() < tolerance || capacity == n - 1;
        // One vector finds one copy of a repeated eigenvalue: what has converged must stand beside a fresh
        // one.
        const bool stands = done && pairs.values.size() == p &&
                            (values.head(p) - pairs.values).cwiseAbs().maxCoeff() < tolerance;
        const VectorXd last = beta > 1e-13 && !done ? VectorXd(w / beta) : VectorXd();
        basis.rotate(turn, capacity);
        pairs.converged = stands || capacity == n - 1;
        if (done)
            pairs.values = values.head(p);
        if (pairs.converged || pairs.products >= mostProducts) {
            pairs.values = values.head(p);
            pairs.vectors = basis.first(p);
            return pairs;
        }
        projected.setZero();
        projected.diagonal().head(kept) = values;
        size = kept;
        if (last.size() > 0)
            basis.vector(kept) = last;
        else
            fresh(kept);
    }
}

} // namespace penumbra::manifold
