#include "core/manifold/neighbours.h"

#include "core/base/error.h"
#include "core/base/parallel_for.h"
#include "core/manifold/hot_loops.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <string>

namespace penumbra::manifold {

namespace {

struct Candidate {
    float squared;
    std::uint32_t index;
    bool operator<(const Candidate& other) const {
        return squared < other.squared || (squared == other.squared && index < other.index);
    }
};

/// The best few seen so far, the worst of them on top.
class Best {
public:
    explicit Best(std::size_t size) : size_(size) { heap_.reserve(size + 1); }
    void clear() { heap_.clear(); }
    void offer(const Candidate& candidate) {
        if (heap_.size() == size_ && !(candidate < heap_.front()))
            return;
        heap_.push_back(candidate);
        std::push_heap(heap_.begin(), heap_.end());
        if (heap_.size() > size_) {
            std::pop_heap(heap_.begin(), heap_.end());
            heap_.pop_back();
        }
    }
    const std::vector<Candidate>& all() const { return heap_; }

private:
    std::size_t size_;
    std::vector<Candidate> heap_;
};

constexpr std::size_t queryBlock = 16, referenceBlock = 256; ///< a tile of distances stays in the cache

void checkCount(std::size_t k, std::size_t reference) {
    if (k == 0 || k > reference)
        throw UsageError(std::to_string(k) + " neighbours were asked for among " + std::to_string(reference) +
                         " usable rows: choose a number from 1 to " + std::to_string(reference) + ".");
}

/// A few more than k by float sums, since the sums in double may order the last ones anew.
std::size_t searched(std::size_t k, std::size_t reference) {
    return std::min(reference, k + 4);
}

/// Indices of the nearest of each query, some more than asked for, in no order.
Neighbours search(const SearchRows& queries, const SearchRows& reference, std::size_t k,
                  const RunContext& context) {
    Neighbours found;
    found.resize(queries.count(), k);
    std::atomic<std::size_t> done{0};
    parallelFor(
        (queries.count() + queryBlock - 1) / queryBlock, context.threads,
        [&](std::size_t begin, std::size_t end) {
            std::vector<Best> best(queryBlock, Best(k));
            std::vector<float> tile(queryBlock * referenceBlock);
            for (std::size_t block = begin; block < end; ++block) {
                const std::size_t first = block * queryBlock;
                const std::size_t count = std::min(queryBlock, queries.count() - first);
                context.checkStop();
                for (auto& one : best)
                    one.clear();
                for (std::size_t r = 0; r < reference.count(); r += referenceBlock) {
                    const std::size_t rows = std::min(referenceBlock, reference.count() - r);
                    hotLoops().squaredDistances(queries.row(first), count, reference.row(r), rows,
                                                reference.width(), tile.data(), referenceBlock);
                    for (std::size_t q = 0; q < count; ++q)
                        for (std::size_t j = 0; j < rows; ++j)
                            best[q].offer({tile[q * referenceBlock + j], static_cast<std::uint32_t>(r + j)});
                }
                for (std::size_t q = 0; q < count; ++q)
                    for (std::size_t j = 0; j < k; ++j)
                        found.index[(first + q) * k + j] = best[q].all()[j].index;
                done += count;
                if (begin == 0)
                    context.step(static_cast<double>(done) / static_cast<double>(queries.count()),
                                 "comparing all pairs of galaxies");
            }
        });
    return found;
}

} // namespace

void Neighbours::resize(std::size_t rowCount, std::size_t neighbours) {
    rows = rowCount;
    k = neighbours;
    index.assign(rows * k, 0);
    distance.assign(rows * k, 0.0F);
}

void finishNeighbours(const MatrixF& queries, const std::size_t* chosen, const MatrixF& reference,
                      Metric metric, bool self, int threads, Neighbours& neighbours) {
    const auto columns = static_cast<std::size_t>(reference.cols());
    const std::size_t k = neighbours.k;
    parallelFor(neighbours.rows, threads, [&](std::size_t begin, std::size_t end) {
        std::vector<Candidate> row(k);
        for (std::size_t i = begin; i < end; ++i) {
            const std::size_t own = chosen ? chosen[i] : i;
            const float* query = queries.data() + own * columns;
            bool hasSelf = false;
            for (std::size_t j = 0; j < k; ++j) {
                const std::uint32_t other = neighbours.index[i * k + j];
                row[j] = {static_cast<float>(
                              distanceOf(query, reference.data() + other * columns, columns, metric)),
                          other};
                if (self && other == own) {
                    row[j].squared = -1.0F; // before its duplicates
                    hasSelf = true;
                }
            }
            std::sort(row.begin(), row.end());
            if (self && !hasSelf) { // more duplicates than neighbours
                std::copy_backward(row.begin(), row.end() - 1, row.end());
                row.front() = {-1.0F, static_cast<std::uint32_t>(own)};
            }
            for (std::size_t j = 0; j < k; ++j) {
                neighbours.index[i * k + j] = row[j].index;
                neighbours.distance[i * k + j] = std::max(0.0F, row[j].squared);
            }
        }
    });
}

Neighbours exactNeighbours(const MatrixF& rows, std::size_t k, Metric metric, const RunContext& context) {
    const auto count = static_cast<std::size_t>(rows.rows());
    checkCount(k, count);
    const SearchRows prepared(rows, metric, context.threads);
    Neighbours found = search(prepared, prepared, searched(k, count), context);
    finishNeighbours(rows, nullptr, rows, metric, true, context.threads, found);
    return firstNeighbours(found, k);
}

Neighbours exactNeighboursOf(const MatrixF& rows, const std::vector<std::size_t>& chosen, std::size_t k,
                             Metric metric, const RunContext& context) {
    const auto count = static_cast<std::size_t>(rows.rows());
    checkCount(k, count);
    const SearchRows queries(rows, metric, context.threads, chosen), all(rows, metric, context.threads);
    Neighbours found = search(queries, all, searched(k, count), context);
    finishNeighbours(rows, chosen.data(), rows, metric, true, context.threads, found);
    return firstNeighbours(found, k);
}

Neighbours exactNeighboursAmong(const MatrixF& queries, const MatrixF& reference, std::size_t k,
                                Metric metric, const RunContext& context) {
    const auto count = static_cast<std::size_t>(reference.rows());
    checkCount(k, count);
    if (queries.cols() != reference.cols())
        throw Error("rows with " + std::to_string(queries.cols()) +
                    " columns cannot be compared with rows of " + std::to_string(reference.cols()));
    const SearchRows asked(queries, metric, context.threads), all(reference, metric, context.threads);
    Neighbours found = search(asked, all, searched(k, count), context);
    finishNeighbours(queries, nullptr, reference, metric, false, context.threads, found);
    return firstNeighbours(found, k);
}

Neighbours firstNeighbours(const Neighbours& all, std::size_t k) {
    Neighbours few;
    few.resize(all.rows, k);
    for (std::size_t i = 0; i < all.rows; ++i) {
        std::copy_n(all.indexRow(i), k, few.index.begin() + static_cast<std::ptrdiff_t>(i * k));
        std::copy_n(all.distanceRow(i), k, few.distance.begin() + static_cast<std::ptrdiff_t>(i * k));
    }
    return few;
}

double neighbourRecall(const Neighbours& approximate, const std::vector<std::size_t>& chosen,
                       const Neighbours& exact) {
    double found = 0.0;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        const float furthest = exact.distanceRow(i)[exact.k - 1];
        const float* distances = approximate.distanceRow(chosen[i]);
        for (std::size_t j = 1; j < exact.k; ++j)
            found += distances[j] <= furthest ? 1.0 : 0.0;
    }
    return exact.k > 1 ? found / static_cast<double>(chosen.size() * (exact.k - 1)) : 1.0;
}

} // namespace penumbra::manifold
