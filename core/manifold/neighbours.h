#pragma once

#include "core/base/run_context.h"
#include "core/manifold/metric.h"

#include <cstdint>
#include <vector>

namespace penumbra::manifold {

/// The k nearest reference rows of each of `rows` rows, nearest first, ties by index.
struct Neighbours {
    std::size_t rows = 0, k = 0;
    std::vector<std::uint32_t> index; ///< [rows, k]
    std::vector<float> distance;      ///< [rows, k], in the metric, from sums in double

    const std::uint32_t* indexRow(std::size_t i) const { return index.data() + i * k; }
    const float* distanceRow(std::size_t i) const { return distance.data() + i * k; }
    void resize(std::size_t rowCount, std::size_t neighbours);
};

/// Rows must be finite: callers leave out quarantined ones. @throws UsageError if there are fewer than k
/// reference rows.
///
/// Every row's k nearest among all, itself first at distance 0 (umap-learn's convention: k = 15 means 14
/// others), found by comparing all pairs.
Neighbours exactNeighbours(const MatrixF& rows, std::size_t k, Metric metric, const RunContext& context = {});
/// The same for some rows only: Neighbours of chosen[0], chosen[1], ...
Neighbours exactNeighboursOf(const MatrixF& rows, const std::vector<std::size_t>& chosen, std::size_t k,
                             Metric metric, const RunContext& context = {});
/// The k nearest reference rows of other rows. No row counts as itself.
Neighbours exactNeighboursAmong(const MatrixF& queries, const MatrixF& reference, std::size_t k,
                                Metric metric, const RunContext& context = {});

/// Puts distances, summed in double from the rows themselves, beside the indices and sorts each row of them.
/// self: whether row i is itself among the reference rows and comes first.
void finishNeighbours(const MatrixF& queries, const std::size_t* chosen, const MatrixF& reference,
                      Metric metric, bool self, int threads, Neighbours& neighbours);

/// The first k of each row.
Neighbours firstNeighbours(const Neighbours& all, std::size_t k);

/// Share of the k - 1 others found, mean over `chosen` rows of approximate neighbours, against exact ones. A
/// row as near as the furthest exact one counts as found: ties are free.
double neighbourRecall(const Neighbours& approximate, const std::vector<std::size_t>& chosen,
                       const Neighbours& exact);

} // namespace penumbra::manifold
