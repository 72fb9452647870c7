#pragma once

#include "core/manifold/fuzzy_graph.h"
#include "core/manifold/layout.h"

#include <functional>

namespace penumbra::manifold {

/// Logarithm of each row's local radius: the mean squared distance to the rows that it is joined to, weighted
/// by strength (Narayan, Berger & Cho 2021, eq. 3). Small where rows are dense.
std::vector<double> logRadii(const Graph& graph, const MatrixF& rows, Metric metric, int threads = 0);
/// The same on a map, where a bond is as strong as the map makes it: 1 / (1 + a d^(2b)).
std::vector<double> logRadiiOnMap(const Graph& graph, const MatrixF& map, const LayoutForces& forces,
                                  int threads = 0);

/// densMAP's part of a layout: pulls and pushes the ends of bonds so that local radii on the map correlate
/// with those of the features, in the last epochs. As umap-learn's `densmap`.
class DensityPull {
public:
    /// @param schedule in the graph's order @param wanted [rows] log radii of the features
    DensityPull(const EdgeSchedule& schedule, const std::vector<double>& wanted, const LayoutForces& forces,
                int epochs);
    bool isOn(int epoch) const { return epoch >= begins_; }
    /// Radii of rows begin .. end - 1 where they stand; rows may be shared out among threads.
    void measure(const MatrixF& positions, std::size_t begin, std::size_t end);
    /// After all rows were measured, by one thread.
    void summarise();
    /// Moves head by factor x difference and tail by the opposite; 0 for rows at one place.
    /// @param weight of the bond @param squared distance
    double factor(std::uint32_t head, std::uint32_t tail, double weight, double squared) const;

private:
    LayoutForces forces_;
    int begins_;
    std::vector<std::size_t> offsets_;
    std::vector<std::uint32_t> tail_;
    std::vector<double> wanted_;          ///< [rows] standardised
    std::vector<double> radius_, strong_; ///< [rows] local radius on the map, sum of the strengths behind it
    double halfWeight_ = 0.0;             ///< of all bonds
    double mean_ = 0.0, variance_ = 1.0, covariance_ = 0.0;
};

} // namespace penumbra::manifold
