#include "core/manifold/nn_descent.h"

#include "core/base/error.h"
#include "core/base/parallel_for.h"
#include "core/base/rng.h"
#include "core/manifold/hot_loops.h"
#include "core/manifold/image_scan.h"
#include "core/manifold/projection_trees.h"
#include "core/manifold/search_heaps.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>

namespace penumbra::manifold {

namespace {

constexpr std::size_t exactBelow = 4096;
constexpr std::size_t scannedUpTo = 50000; ///< rows: above, the descent takes less time
constexpr std::size_t treesOfScan = 4, spareOfScan = 3;
constexpr int mostSteps = 12, mostWidenings = 3;
constexpr double fewUpdates = 0.01; ///< of all neighbours in a step: then it ends

/// Rows that a step looks through, per row at most `most` of each kind.
struct Candidates {
    std::size_t most = 0;
    std::vector<std::uint32_t> fresh, old;           ///< [N, most]
    std::vector<std::uint32_t> freshCount, oldCount; ///< [N]
};

/// Room that a thread keeps: squared distances of images, and those who may be near.
struct Room {
    std::vector<float> images;
    std::vector<std::pair<float, std::uint32_t>> near;
};

/// Measures candidates of a row and keeps the near ones. Returns how many were taken.
std::size_t consider(const Work& work, Heaps& heaps, std::size_t row,
                     const std::vector<std::uint32_t>& others, Room& room) {
    room.images.resize(others.size());
    hotLoops().gatheredDistances(work.screen.row(row), work.screen.data(), others.data(), others.size(),
                                 work.screen.width(), room.images.data());
    const float left = leftOut(work, heaps, row);
    room.near.clear();
    for (std::size_t i = 0; i < others.size(); ++i)
        if (room.images[i] + left <= heaps.worst(row))
            room.near.emplace_back(room.images[i], others[i]);
    if (!work.screen.isWhole())
        std::sort(room.near.begin(), room.near.end()); // near ones first: they leave fewer to be measured
    std::size_t taken = 0;
    for (std::size_t i = 0; i < room.near.size(); ++i) {
        const auto [image, other] = room.near[i];
        const float worst = heaps.worst(row);
        if (image + left > worst)
            continue;
        float squared = image;
        if (!work.screen.isWhole()) {
            if (i + 1 < room.near.size()) // which is anywhere in memory
                for (std::size_t f = 0; f < std::min<std::size_t>(work.rows.width(), 256); f += 16)
                    __builtin_prefetch(work.rows.row(room.near[i + 1].second) + f);
            squared = hotLoops().boundedDistance(work.rows.row(row), work.rows.row(other), work.rows.width(),
                                                 worst);
        }
        taken += heaps.offer(row, other, squared) ? 1 : 0;
    }
    return taken;
}

void startFromTrees(const Work& work, Heaps& heaps, std::size_t count) {
    const std::size_t n = work.rows.count(), leafSize = std::max<std::size_t>(32, heaps.size() + 8);
    std::vector<Leaves> trees(count);
    parallelFor(trees.size(), work.context.threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t t = begin; t < end; ++t) {
            work.context.checkStop();
            trees[t] = growProjectionTree(work.screen, n, leafSize, work.options.seed, t);
        }
    });
    for (const Leaves& tree : trees) // every row is in one leaf of a tree
        parallelFor(tree.offsets.size() - 1, work.context.threads, [&](std::size_t begin, std::size_t end) {
            std::vector<std::uint32_t> others;
            Room room;
            for (std::size_t leaf = begin; leaf < end; ++leaf) {
                work.context.checkStop();
                const auto first = tree.rows.begin() + static_cast<std::ptrdiff_t>(tree.offsets[leaf]);
                const auto last = tree.rows.begin() + static_cast<std::ptrdiff_t>(tree.offsets[leaf + 1]);
                for (auto row = first; row != last; ++row) {
                    others.assign(first, row);
                    others.insert(others.end(), row + 1, last);
                    consider(work, heaps, *row, others, room);
                }
            }
        });
}

/// Who has each row among its neighbours: places in the heaps, by row.
struct Reverse {
    std::vector<std::size_t> offsets, places;
};

Reverse reverseOf(const Heaps& heaps, std::size_t n) {
    Reverse reverse;
    reverse.offsets.assign(n + 1, 0);
    const std::size_t all = n * heaps.size();
    const std::uint32_t* index = heaps.index(0);
    for (std::size_t at = 0; at < all; ++at)
        if (index[at] != Heaps::none)
            ++reverse.offsets[index[at] + 1];
    std::partial_sum(reverse.offsets.begin(), reverse.offsets.end(), reverse.offsets.begin());
    reverse.places.resize(reverse.offsets[n]);
    std::vector<std::size_t> next(reverse.offsets.begin(), reverse.offsets.end() - 1);
    for (std::size_t at = 0; at < all; ++at)
        if (index[at] != Heaps::none)
            reverse.places[next[index[at]]++] = at;
    return reverse;
}

/// Neighbours and those that have the row as theirs, drawn evenly where there are too many. Fresh ones that
/// were drawn become old.
Candidates drawCandidates(const Work& work, Heaps& heaps, std::uint64_t step) {
    const std::size_t n = work.rows.count(), most = work.options.candidates, size = heaps.size();
    const Reverse reverse = reverseOf(heaps, n);
    Candidates drawn{most, std::vector<std::uint32_t>(n * most), std::vector<std::uint32_t>(n * most),
                     std::vector<std::uint32_t>(n), std::vector<std::uint32_t>(n)};
    struct Ticket {
        std::uint32_t lot, row;
        std::size_t own; ///< place in the row's own heap, or size
        bool operator<(const Ticket& other) const {
            return lot < other.lot || (lot == other.lot && row < other.row);
        }
    };
    std::vector<std::uint8_t> used(n * size, 0); // flags change only after all rows have read them
    parallelFor(n, work.context.threads, [&](std::size_t begin, std::size_t end) {
        std::vector<Ticket> tickets[2];
        for (std::size_t i = begin; i < end; ++i) {
            const DrawKey key = drawKey(work.options.seed + 0xca9d, i, step);
            std::uint32_t place = 0;
            tickets[0].clear();
            tickets[1].clear();
            const auto add = [&](bool fresh, std::uint32_t row, std::size_t own) {
                tickets[fresh].push_back(
                    {drawRow(key, place++, std::numeric_limits<std::uint32_t>::max()), row, own});
            };
            for (std::size_t j = 0; j < size && heaps.index(i)[j] != Heaps::none; ++j)
                add(heaps.fresh(i, j) != 0, heaps.index(i)[j], j);
            for (std::size_t r = reverse.offsets[i]; r < reverse.offsets[i + 1]; ++r) {
                const std::size_t at = reverse.places[r];
                add(heaps.fresh(at / size, at % size) != 0, static_cast<std::uint32_t>(at / size), size);
            }
            for (const int fresh : {0, 1}) {
                auto& all = tickets[fresh];
                std::sort(all.begin(), all.end());
                std::uint32_t* to = (fresh ? drawn.fresh : drawn.old).data() + i * most;
                std::uint32_t count = 0;
                for (const Ticket& ticket : all) {
                    if (count == most)
                        break;
                    if (std::find(to, to + count, ticket.row) == to + count)
                        to[count++] = ticket.row;
                    if (fresh && ticket.own < size)
                        used[i * size + ticket.own] = 1;
                }
                (fresh ? drawn.freshCount : drawn.oldCount)[i] = count;
            }
        }
    });
    for (std::size_t at = 0; at < used.size(); ++at)
        if (used[at])
            heaps.fresh(0, at) = 0;
    return drawn;
}

/// Every row looks at the candidates of its candidates. Returns how many neighbours were taken.
std::size_t descend(const Work& work, Heaps& heaps, std::uint64_t step) {
    const Candidates drawn = drawCandidates(work, heaps, step);
    const std::size_t n = work.rows.count(), most = drawn.most;
    std::atomic<std::size_t> taken{0};
    parallelFor(n, work.context.threads, [&](std::size_t begin, std::size_t end) {
        std::vector<std::uint32_t> seen(n, Heaps::none), others;
        Room room;
        std::size_t mine = 0;
        for (std::size_t p = begin; p < end; ++p) {
            if (p % 256 == 0)
                work.context.checkStop();
            others.clear();
            const auto mark = static_cast<std::uint32_t>(p);
            seen[p] = mark;
            for (std::size_t j = 0; j < heaps.size() && heaps.index(p)[j] != Heaps::none; ++j)
                seen[heaps.index(p)[j]] = mark;
            const auto take = [&](const std::uint32_t* rows, std::uint32_t count) {
                for (std::uint32_t i = 0; i < count; ++i)
                    if (seen[rows[i]] != mark) {
                        seen[rows[i]] = mark;
                        others.push_back(rows[i]);
                    }
            };
            const auto freshOf = [&](std::size_t u) {
                take(drawn.fresh.data() + u * most, drawn.freshCount[u]);
            };
            for (std::uint32_t i = 0; i < drawn.freshCount[p]; ++i) {
                const std::size_t u = drawn.fresh[p * most + i];
                freshOf(u);
                take(drawn.old.data() + u * most, drawn.oldCount[u]);
            }
            for (std::uint32_t i = 0; i < drawn.oldCount[p]; ++i)
                freshOf(drawn.old[p * most + i]);
            mine += consider(work, heaps, p, others, room);
        }
        taken += mine;
    });
    return taken;
}

void descendUntilFew(const Work& work, Heaps& heaps, std::uint64_t& step) {
    const auto all = static_cast<double>(work.rows.count() * heaps.size());
    for (int i = 0; i < mostSteps; ++i) {
        work.context.step(0.2 + 0.6 * i / mostSteps, "searching neighbours of neighbours");
        if (static_cast<double>(descend(work, heaps, step++)) < fewUpdates * all)
            break;
    }
}

/// The true k nearest of some rows, itself first: whatever its image puts beyond the furthest found is left
/// out.
Neighbours provenNeighbours(const Work& work, const MatrixF& rows, const Heaps& heaps,
                            const std::vector<std::size_t>& chosen, std::size_t k, Metric metric) {
    Neighbours proven;
    proven.resize(chosen.size(), k);
    const std::size_t n = work.rows.count();
    parallelFor(chosen.size(), work.context.threads, [&](std::size_t begin, std::size_t end) {
        std::vector<float> bounds(n);
        std::vector<std::pair<float, std::uint32_t>> near;
        for (std::size_t i = begin; i < end; ++i) {
            work.context.checkStop();
            const std::size_t own = chosen[i];
            const float limit = heaps.squared(own, k - 1) * 1.0001F; // rounding of the images
            hotLoops().squaredDistances(work.screen.row(own), 1, work.screen.data(), n, work.screen.width(),
                                        bounds.data(), n);
            near.clear();
            for (std::size_t j = 0; j < n; ++j)
                if (bounds[j] <= limit && j != own)
                    near.emplace_back(hotLoops().boundedDistance(work.rows.row(own), work.rows.row(j),
                                                                 work.rows.width(), limit),
                                      static_cast<std::uint32_t>(j));
            const auto last = near.begin() + static_cast<std::ptrdiff_t>(std::min(k - 1, near.size()));
            std::partial_sort(near.begin(), last, near.end());
            proven.index[i * k] = static_cast<std::uint32_t>(own);
            for (std::size_t j = 1; j < k; ++j)
                proven.index[i * k + j] = near[std::min(j, near.size()) - 1].second;
        }
    });
    finishNeighbours(rows, chosen.data(), rows, metric, true, work.context.threads, proven);
    return proven;
}

Neighbours resultOf(const Work& work, const MatrixF& rows, const Heaps& heaps, std::size_t k, Metric metric) {
    // One or two more than asked for: sums in double may order the last ones anew.
    const std::size_t n = work.rows.count(), wide = std::min(heaps.size() + 1, k + 2);
    Neighbours found;
    found.resize(n, wide);
    for (std::size_t i = 0; i < n; ++i) {
        found.index[i * wide] = static_cast<std::uint32_t>(i);
        std::copy_n(heaps.index(i), wide - 1,
                    found.index.begin() + static_cast<std::ptrdiff_t>(i * wide + 1));
    }
    finishNeighbours(rows, nullptr, rows, metric, true, work.context.threads, found);
    return firstNeighbours(found, k);
}

FoundNeighbours descentNeighbours(const MatrixF& rows, std::size_t k, Metric metric, SearchOptions options,
                                  const RunContext& context) {
    const std::size_t n = static_cast<std::size_t>(rows.rows());
    const SearchRows prepared(rows, metric, context.threads);
    const Screen screen(prepared, options.seed, context);
    const bool scans =
        options.search == Search::Images || (options.search == Search::Automatic && n <= scannedUpTo);
    const Work work{prepared, screen, options, context};
    Heaps heaps(n, std::min(n - 1, k - 1 + (scans ? std::min(options.spare, spareOfScan) : options.spare)));
    context.step(0.05, "growing projection trees");
    startFromTrees(work, heaps, scans ? std::min(options.trees, treesOfScan) : options.trees);
    std::uint64_t step = 0;
    Rng rng(options.seed, 0x2eca11);
    auto chosen = rng.permutation(n);
    chosen.resize(std::min(n, options.recallRows));
    FoundNeighbours found;
    found.exact = false;
    for (int attempt = 0;; ++attempt) {
        if (scans && attempt == 0) // else walks on from what it has found
            scanImages(work, heaps);
        else
            descendUntilFew(work, heaps, step);
        context.step(0.85, "measuring how many neighbours were found");
        found.neighbours = resultOf(work, rows, heaps, k, metric);
        found.recall =
            neighbourRecall(found.neighbours, chosen, provenNeighbours(work, rows, heaps, chosen, k, metric));
        if (found.recall >= options.recallWanted || attempt == mostWidenings)
            return found;
        options.candidates += options.candidates / 2;
        heaps = heaps.widened(std::min(n - 1, heaps.size() + options.spare));
        heaps.freshen();
    }
}

} // namespace

float leftOut(const Work& work, const Heaps& heaps, std::size_t row) {
    if (work.screen.isWhole() || heaps.index(row)[heaps.size() - 1] == Heaps::none)
        return 0.0F;
    float sum = 0.0F, squares = 0.0F;
    for (std::size_t j = 0; j < heaps.size(); ++j) {
        const float image = hotLoops().boundedDistance(
            work.screen.row(row), work.screen.row(heaps.index(row)[j]), work.screen.width(), Heaps::infinite);
        const float rest = heaps.squared(row, j) - image;
        sum += rest;
        squares += rest * rest;
    }
    const auto count = static_cast<float>(heaps.size());
    const float mean = sum / count;
    return std::max(0.0F, mean - std::sqrt(std::max(0.0F, squares / count - mean * mean)));
}

FoundNeighbours findNeighbours(const MatrixF& rows, std::size_t k, Metric metric,
                               const SearchOptions& options, const RunContext& context) {
    const auto n = static_cast<std::size_t>(rows.rows());
    // Trees and candidates find their way only where there are many more rows than neighbours.
    const bool all = options.search == Search::Exact || n < 8 * k ||
                     (options.search == Search::Automatic && n < exactBelow);
    if (all || k < 2)
        return {exactNeighbours(rows, k, metric, context), 1.0, true};
    return descentNeighbours(rows, k, metric, options, context);
}

} // namespace penumbra::manifold
