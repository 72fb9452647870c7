#include "core/manifold/umap.h"

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/manifold/local_density.h"
#include "core/manifold/quality.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <tuple>

namespace penumbra::manifold {

namespace {

constexpr std::size_t spectralUpTo = 200000;
constexpr double startWidth = 10.0, startNoise = 1e-4;
constexpr int epochsAtOnce = 10, epochsForDensity = 200;

class Stopwatch {
public:
    /// Seconds since the last call or the beginning.
    double lap() {
        const auto now = std::chrono::steady_clock::now();
        const double seconds = std::chrono::duration<double>(now - last_).count();
        last_ = now;
        return seconds;
    }

private:
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

MatrixD randomStart(std::size_t rows, std::size_t dims, std::uint64_t seed) {
    Rng rng(seed, 0x2a2d);
    MatrixD start(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(dims));
    for (Eigen::Index i = 0; i < start.size(); ++i)
        start.data()[i] = startWidth * (2.0 * rng.uniform() - 1.0);
    return start;
}

/// Largest coordinate 10, a little noise, then every axis from 0 to 10.
void spreadOut(MatrixD& start, std::uint64_t seed) {
    Rng rng(seed, 0x5012e);
    const double largest = start.cwiseAbs().maxCoeff();
    start *= largest > 0.0 ? startWidth / largest : 1.0;
    for (Eigen::Index i = 0; i < start.size(); ++i)
        start.data()[i] += startNoise * rng.normal();
    for (Eigen::Index c = 0; c < start.cols(); ++c) {
        const double low = start.col(c).minCoeff(), high = start.col(c).maxCoeff();
        if (high > low)
            start.col(c) = startWidth * (start.col(c).array() - low) / (high - low);
    }
}

MatrixD pcaStart(const MatrixF& rows, std::size_t dims, std::uint64_t seed, const RunContext& context) {
    const auto usable = static_cast<std::size_t>(std::min(rows.rows() - 1, rows.cols()));
    const Pca pca = fitPca(rows, std::min(dims, usable), PcaSolver::Automatic, seed, context);
    MatrixD start = MatrixD::Zero(rows.rows(), static_cast<Eigen::Index>(dims));
    start.leftCols(pca.components.rows()) = pca.transform(rows, context);
    return start;
}

MatrixD startOf(const MatrixF& rows, const Graph& graph, UmapMap& map, const RunContext& context) {
    const UmapOptions& options = map.options;
    const auto n = static_cast<std::size_t>(rows.rows());
    auto kind = options.start;
    if (kind == UmapOptions::Start::Automatic)
        kind = n <= spectralUpTo ? UmapOptions::Start::Spectral : UmapOptions::Start::Pca;
    if (kind != UmapOptions::Start::Spectral)
        connectedComponents(graph, map.components);
    if (kind == UmapOptions::Start::Random)
        return randomStart(n, options.dims, options.seed);
    MatrixD start;
    if (kind == UmapOptions::Start::Spectral) {
        SpectralOptions wanted; // the layout forgets more than these four digits
        wanted.tolerance = 1e-4;
        wanted.mostProducts = 400;
        wanted.seed = options.seed;
        SpectralStart spectral = spectralStart(graph, rows, options.dims, wanted, context);
        map.components = spectral.components;
        start = std::move(spectral.positions);
        if (!spectral.converged)
            map.notes.push_back(
                "the spectral start stopped before it had converged; the map starts from what it "
                "had");
    } else {
        start = pcaStart(rows, options.dims, options.seed, context);
    }
    spreadOut(start, options.seed);
    return start;
}

void checkOptions(const MatrixF& rows, const UmapOptions& options) {
    if (options.dims < 2 || options.dims > 3)
        throw UsageError("Maps have 2 or 3 dimensions, not " + std::to_string(options.dims) + ".");
    if (options.neighbours < 2)
        throw UsageError("A map needs at least 2 neighbours: the galaxy itself counts.");
    if (static_cast<std::size_t>(rows.rows()) <= options.neighbours)
        throw UsageError("A map by " + std::to_string(options.neighbours) +
                         " neighbours needs more usable rows than " + std::to_string(rows.rows()) + ".");
}

} // namespace

UmapMap fitUmap(const MatrixF& rows, const UmapOptions& options, const RunContext& context,
                const PartialMap& partial) {
    checkOptions(rows, options);
    UmapMap map;
    map.options = options;
    map.options.search.seed = options.seed;
    Stopwatch watch;
    map.found =
        findNeighbours(rows, options.neighbours, options.metric, map.options.search, context.slice(0.0, 0.4));
    map.seconds.neighbours = watch.lap();
    if (map.found.recall < options.search.recallWanted)
        map.notes.push_back("only " + std::to_string(static_cast<int>(100.0 * map.found.recall)) +
                            " % of the nearest neighbours were found");
    context.step(0.4, "joining neighbours to a graph");
    const SmoothDistances smooth =
        smoothDistances(map.found.neighbours, options.localConnectivity, context.threads);
    const Graph graph = fuzzyGraph(map.found.neighbours, smooth, options.mix, context.threads);
    map.seconds.graph = watch.lap();
    context.step(0.45, "finding where to start");
    const MatrixD start = startOf(rows, graph, map, context.quiet());
    map.seconds.start = watch.lap();
    if (map.components > 1)
        map.notes.push_back("the map falls into " + std::to_string(map.components) +
                            " separate pieces: distances between them mean nothing");
    std::tie(map.forces.a, map.forces.b) = fitCurve(options.spread, options.minDistance);
    map.forces.repulsion = options.repulsion;
    LayoutOptions wanted{map.forces, options.epochs, options.negativeRate, options.seed, options.order, {}};
    if (options.density) {
        wanted.logRadii = logRadii(graph, rows, options.metric, context.threads);
        if (wanted.epochs == 0)
            wanted.epochs = defaultEpochs(graph.rows()) + epochsForDensity;
    }
    Layout layout(graph, start, wanted);
    while (layout.epoch() < layout.epochs()) {
        const double done = static_cast<double>(layout.epoch()) / layout.epochs();
        context.step(0.5 + 0.5 * done, "laying out the map");
        if (partial)
            partial(layout.positions(), done);
        layout.runUntil(layout.epoch() + epochsAtOnce, context);
    }
    map.positions = layout.positions();
    if (options.density)
        map.densityCorrelation = pearsonCorrelation(
            wanted.logRadii, logRadiiOnMap(graph, map.positions, map.forces, context.threads));
    map.seconds.layout = watch.lap();
    return map;
}

std::vector<float> newRowStrengths(const Neighbours& neighbours, double localConnectivity,
                                   SmoothDistances& smooth) {
    smooth = smoothDistances(neighbours, std::max(0.0, localConnectivity - 1.0));
    return memberships(neighbours, smooth, false);
}

MatrixF transformUmap(const UmapMap& map, const MatrixF& mappedRows, const MatrixF& newRows,
                      const RunContext& context) {
    const UmapOptions& options = map.options;
    const Neighbours neighbours = exactNeighboursAmong(newRows, mappedRows, options.neighbours,
                                                       options.metric, context.slice(0.0, 0.7));
    SmoothDistances smooth;
    const auto strength = newRowStrengths(neighbours, options.localConnectivity, smooth);
    return placeNewRows(neighbours, strength, map.positions,
                        {map.forces, options.epochs, options.negativeRate, options.seed, options.order, {}},
                        context.slice(0.7, 1.0));
}

} // namespace penumbra::manifold
