#pragma once

#include "core/base/run_context.h"
#include "core/manifold/metric.h"

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace penumbra::manifold {

/// How well a map keeps what is near and far.
struct MapQuality {
    double trustworthiness = 0.0; ///< neighbours on the map that are neighbours (Venna & Kaski 2006)
    double continuity = 0.0;      ///< neighbours that stay neighbours on the map
    double recall = 0.0;          ///< of the k nearest, share that is so on the map too
    double spearman = 0.0;        ///< rank correlation of distances of random pairs
    double triplets = 0.0;        ///< share of random triplets whose order of distances the map keeps
    std::size_t k = 0;            ///< neighbours, without the row itself
    std::size_t rows = 0;         ///< judged
    bool sampled = false;         ///< of more rows
};

using Pair = std::pair<std::uint32_t, std::uint32_t>;
using Triplet = std::array<std::uint32_t, 3>; ///< anchor, first, second

/// The first three numbers, from distances in double. Matrix: MatrixF or MatrixD. @throws UsageError unless 0
/// < k < N / 2
template <typename Matrix>
void neighbourQuality(const Matrix& features, const Matrix& map, std::size_t k, Metric metric,
                      MapQuality& quality, const RunContext& context = {});
template <typename Matrix>
double pairSpearman(const Matrix& features, const Matrix& map, const std::vector<Pair>& pairs, Metric metric);
/// Share of triplets on which "the first is nearer than the second" (strictly) has one answer.
template <typename Matrix>
double tripletAccuracy(const Matrix& features, const Matrix& map, const std::vector<Triplet>& triplets,
                       Metric metric);

/// Pearson's; NaN where one side is constant.
double pearsonCorrelation(const std::vector<double>& first, const std::vector<double>& second);
/// Spearman's: Pearson's of the ranks, ties share their mean rank; NaN where one side is constant.
double rankCorrelation(const std::vector<double>& first, const std::vector<double>& second);

/// All five, on at most `mostRows` random rows, 4,000 random pairs and triplets. Small maps take fewer
/// neighbours where k would reach half the rows.
MapQuality mapQuality(const MatrixF& features, const MatrixF& map, std::size_t k, Metric metric,
                      std::uint64_t seed, std::size_t mostRows = 5000, const RunContext& context = {});

} // namespace penumbra::manifold
