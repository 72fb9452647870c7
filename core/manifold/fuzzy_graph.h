#pragma once

#include "core/manifold/neighbours.h"

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace penumbra::manifold {

/// Per row: the distance within which a neighbour counts fully, and the scale beyond it (McInnes, Healy &
/// Melville 2018, algorithm 3).
struct SmoothDistances {
    std::vector<double> rho, sigma; ///< [N]
};

/// @param localConnectivity neighbours that count fully, 1 as a rule; fractions between two
/// sigma solves sum_{j >= 2} g((d_j - rho) / sigma) = log2 k, where k and the mean distance count the first
/// column, which is the row itself; it has a floor of 1e-3 mean distances.
SmoothDistances smoothDistances(const Neighbours& neighbours, double localConnectivity = 1.0,
                                int threads = 0);

/// Strength of each row's bond to each neighbour, [N, k]: 1 within rho, exp(-(d - rho) / sigma) beyond (0
/// where a float cannot tell it from 0). selfIsFirst: a neighbour that is the row itself gets 0.
std::vector<float> memberships(const Neighbours& neighbours, const SmoothDistances& smooth, bool selfIsFirst);

/// A sparse matrix of weights between rows, compressed by rows; columns rise in each row.
struct Graph {
    std::vector<std::size_t> offsets; ///< [N + 1]
    std::vector<std::uint32_t> column;
    std::vector<float> weight;

    std::size_t rows() const { return offsets.empty() ? 0 : offsets.size() - 1; }
    std::size_t edges() const { return column.size(); }
};

/// Symmetric: m (A + A' - A.A') + (1 - m) A.A', elementwise; zeros left out. mix m: 1 a fuzzy union, 0 an
/// intersection.
Graph fuzzyGraph(const Neighbours& neighbours, const SmoothDistances& smooth, double mix = 1.0,
                 int threads = 0);

/// Component of each row, numbered by first appearance.
std::vector<std::uint32_t> connectedComponents(const Graph& graph, std::size_t& count);
/// The graph of some rows among themselves; rows[i] becomes i.
Graph subgraph(const Graph& graph, std::span<const std::uint32_t> rows);

/// a, b of 1 / (1 + a x^(2b)) by least squares to 1 for x < minDistance and exp(-(x - minDistance) / spread)
/// beyond, on 300 points from 0 to 3 spreads.
std::pair<double, double> fitCurve(double spread, double minDistance);

} // namespace penumbra::manifold
