#pragma once

#include "core/manifold/fuzzy_graph.h"
#include "core/manifold/hot_loops.h"

#include <cstdint>
#include <functional>
#include <memory>

namespace penumbra::manifold {

/// When each bond of a graph pulls, and how many random rows push then (b.6 of UMAP's reference: strong bonds
/// pull in every epoch, weak ones seldom).
class EdgeSchedule {
public:
    /// Bonds weaker than max / epochs never pull and are left out (with 10 epochs or fewer: as if there were
    /// the default number of them).
    EdgeSchedule(const Graph& graph, int epochs, int negativeRate = 5);

    std::size_t rows() const { return offsets_.size() - 1; }
    std::size_t edges() const { return tail_.size(); }
    std::size_t firstEdge(std::size_t row) const { return offsets_[row]; } ///< in the graph's order
    std::uint32_t head(std::size_t edge) const { return head_[edge]; }
    std::uint32_t tail(std::size_t edge) const { return tail_[edge]; }
    void reorder(const std::vector<std::size_t>& order); ///< edge order[e] becomes e
    double weight(std::size_t edge) const { return strongest_ / period_[edge]; }
    double epochsPerSample(std::size_t edge) const { return period_[edge]; } ///< max weight / weight
    const std::uint32_t* heads() const { return head_.data(); }
    const std::uint32_t* tails() const { return tail_.data(); }
    /// Which of the edges first .. last - 1 pull in this epoch, into `edges` [last - first]; how many.
    std::size_t due(std::size_t first, std::size_t last, int epoch, std::uint32_t* edges) const {
        const auto now = static_cast<double>(epoch);
        std::size_t count = 0;
        for (std::size_t e = first; e < last; ++e) { // without a branch, which would be guessed wrongly
            edges[count] = static_cast<std::uint32_t>(e);
            count += next_[e] <= now ? 1 : 0;
        }
        return count;
    }
    /// Number of pushes that go with the pull of this epoch, and on to the edge's next one; -1: no pull.
    /// To be asked for each epoch in turn.
    int advance(std::size_t edge, int epoch) {
        const auto now = static_cast<double>(epoch);
        if (next_[edge] > now)
            return -1;
        next_[edge] += period_[edge];
        const double negative = period_[edge] / rate_;
        const int pushes = static_cast<int>((now - nextNegative_[edge]) / negative);
        nextNegative_[edge] += static_cast<double>(pushes) * negative;
        return pushes;
    }

private:
    std::vector<std::size_t> offsets_;
    std::vector<std::uint32_t> head_, tail_;
    std::vector<double> period_, next_, nextNegative_;
    double rate_, strongest_ = 0.0;
};

/// 500 for up to 10,000 rows, else 200.
int defaultEpochs(std::size_t rows);
/// 1 in epochs 0 and 1, then 1 - (n - 1) / epochs: umap-learn sets it after an epoch.
double learningRate(int epoch, int epochs);

/// The forces of UMAP's cross entropy as factors of the difference of two positions, by squared distance.
struct LayoutForces {
    double a = 1.0, b = 1.0, repulsion = 1.0;
    double attraction(double squared) const; ///< -2 a b D^(2(b-1)) / (1 + a D^(2b)), 0 at 0
    double push(double squared) const;       ///< 2 gamma b / ((0.001 + D^2) (1 + a D^(2b)))
};

struct LayoutOptions {
    LayoutForces forces;
    int epochs = 0; ///< 0: the default for so many rows
    int negativeRate = 5;
    std::uint64_t seed = 0;
    /// Parts: rows are dealt to parts, and edges between two parts are worked off by whoever has both; rows
    /// are pushed by where others stood when the epoch began; tabulated forces in float32. Sequential: edge
    /// after edge on one thread with exact forces in double, as umap-learn's own loop; slow.
    enum class Order { Parts, Sequential } order = Order::Parts;
    /// [rows] logarithms of local radii that the map is to keep (densMAP, see local_density.h); empty: UMAP
    /// as it is. Not for Sequential.
    std::vector<double> logRadii;
};

/// One epoch of umap-learn's loop: edges in order, both ends move at once, positions [N, d] change at once.
/// @param negative row number `place` drawn to push the head of an edge
void sequentialEpoch(EdgeSchedule& schedule, int epoch, double rate, const LayoutForces& forces,
                     const std::function<std::uint32_t(std::size_t edge, int place)>& negative,
                     MatrixD& positions);

class DensityPull;

/// A map on its way: the same bits for any number of threads and however the epochs are cut into runs.
class Layout {
public:
    /// @param start [N, 2 or 3]
    Layout(const Graph& graph, const MatrixD& start, const LayoutOptions& options);
    ~Layout();
    /// Goes on to before epoch `epoch` (epochs(): the end). @throws Cancelled; the map is then of no more use
    void runUntil(int epoch, const RunContext& context = {});
    int epoch() const { return epoch_; }
    int epochs() const { return options_.epochs; }
    MatrixF positions() const;

private:
    void dealEdges();
    void runParts(int until, const RunContext& context);
    /// Edges that pull now and how many rows push with each: room that a thread keeps.
    struct Due {
        std::vector<std::uint32_t> edges, pushes;
    };
    void runTask(std::size_t task, int epoch, Due& due);
    void settleDensely(const EdgeWork& work);
    LayoutOptions options_;
    EdgeSchedule schedule_;
    int epoch_ = 0;
    MatrixD exact_;                      ///< Sequential
    MatrixF current_, snapshot_;         ///< Parts: now, and when the epoch began
    std::vector<std::size_t> taskEdges_; ///< [tasks + 1] first edge of each task
    std::vector<std::size_t>
        roundTasks_; ///< [rounds + 1] first task of each round; tasks of a round share no row
    ForceTable attraction_, push_;
    std::unique_ptr<DensityPull> density_; ///< null: UMAP as it is
};

/// Where new rows start among a map's: on the first training row at distance 0, else at the mean of their
/// neighbours weighted by strength, [M, d]. strength: [M, k].
MatrixD startOfNewRows(const Neighbours& neighbours, const std::vector<float>& strength, const MatrixF& map);
/// Settles new rows among the rows of a map, which stay: each on its own, pushed by rows of the map.
/// @param epochs 0: 100 for up to 10,000 new rows, else 30
MatrixF placeNewRows(const Neighbours& neighbours, const std::vector<float>& strength, const MatrixF& map,
                     const LayoutOptions& options, const RunContext& context = {});

} // namespace penumbra::manifold
