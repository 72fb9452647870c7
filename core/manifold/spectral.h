#pragma once

#include "core/manifold/fuzzy_graph.h"

#include <cstdint>

namespace penumbra::manifold {

struct SpectralOptions {
    double tolerance = 1e-6; ///< of the residuals of the eigenvectors
    int mostProducts = 2000; ///< with the Laplacian; what is not converged by then is taken as it is
    std::uint64_t seed = 0;
};

struct SpectralVectors {
    Eigen::VectorXd eigenvalues; ///< of I - D^-1/2 W D^-1/2, rising, without the first (0)
    MatrixD vectors;             ///< [N, d], unit columns, entry of largest absolute value positive
    bool converged = true;
};

/// Eigenvectors 2 .. d + 1 of the normalised Laplacian of a connected graph of at least d + 2 rows.
SpectralVectors spectralVectors(const Graph& graph, std::size_t dims, const SpectralOptions& options = {},
                                const RunContext& context = {});

struct SpectralStart {
    MatrixD positions;                    ///< [N, d]
    std::vector<std::uint32_t> component; ///< [N], by first appearance
    std::size_t components = 1;
    bool converged = true;
};

/// Where rows start: eigenvectors of each connected piece, pieces around places of their own (distances
/// between pieces mean nothing).
/// @param features rows behind the graph; the means of many pieces place these
SpectralStart spectralStart(const Graph& graph, const MatrixF& features, std::size_t dims,
                            const SpectralOptions& options = {}, const RunContext& context = {});

} // namespace penumbra::manifold
