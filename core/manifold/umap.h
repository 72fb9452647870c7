#pragma once

#include "core/manifold/layout.h"
#include "core/manifold/nn_descent.h"
#include "core/manifold/pca.h"
#include "core/manifold/spectral.h"

#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace penumbra::manifold {

/// UMAP (McInnes, Healy & Melville 2018) with umap-learn's meaning of every number.
struct UmapOptions {
    std::size_t dims = 2;        ///< 2 or 3
    std::size_t neighbours = 15; ///< the row itself counts: 14 others
    Metric metric = Metric::Euclidean;
    double minDistance = 0.1, spread = 1.0;
    double localConnectivity = 1.0, mix = 1.0, repulsion = 1.0;
    int negativeRate = 5;
    int epochs = 0; ///< 0: 500 for up to 10,000 rows, else 200
    enum class Start {
        Automatic,
        Spectral,
        Pca,
        Random
    } start = Start::Automatic; ///< Automatic: spectral up to 200,000 rows
    LayoutOptions::Order order = LayoutOptions::Order::Parts;
    SearchOptions search;
    std::uint64_t seed = 0;
    bool density = false; ///< keep local densities (densMAP, Narayan, Berger & Cho 2021): 200 epochs more
};

/// Wall seconds of the parts.
struct UmapSeconds {
    double neighbours = 0.0, graph = 0.0, start = 0.0, layout = 0.0;
};

struct UmapMap {
    MatrixF positions; ///< [N, dims]
    LayoutForces forces;
    UmapOptions options;
    FoundNeighbours found;
    /// Correlation of logarithms of local radii of features and map; NaN unless local densities were kept.
    double densityCorrelation = std::numeric_limits<double>::quiet_NaN();
    std::size_t components = 1; ///< pieces that no bond joins: distances between them mean nothing
    UmapSeconds seconds;
    std::vector<std::string> notes; ///< worth telling
};

/// Partial maps on the way, every 10 epochs: positions and the share of the epochs that are done.
using PartialMap = std::function<void(const MatrixF& positions, double done)>;

/// Maps finite rows. The same map for the same seed and build, whatever the number of threads.
/// @throws UsageError for fewer rows than neighbours
UmapMap fitUmap(const MatrixF& rows, const UmapOptions& options, const RunContext& context = {},
                const PartialMap& partial = {});

/// New rows among those of a map, which stay where they are. Rows on top of a map may be strange all the
/// same.
MatrixF transformUmap(const UmapMap& map, const MatrixF& mappedRows, const MatrixF& newRows,
                      const RunContext& context = {});

/// Weights of new rows' bonds to their neighbours: nothing counts fully, the second neighbour is the first to
/// be summed (umap-learn's code path).
std::vector<float> newRowStrengths(const Neighbours& neighbours, double localConnectivity,
                                   SmoothDistances& smooth);

} // namespace penumbra::manifold
