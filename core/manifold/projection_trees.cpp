#include "core/manifold/projection_trees.h"

#include "core/base/rng.h"
#include "core/manifold/hot_loops.h"

#include <algorithm>
#include <numeric>

namespace penumbra::manifold {

Leaves growProjectionTree(const Screen& screen, std::size_t rows, std::size_t leafSize, std::uint64_t seed,
                          std::uint64_t tree) {
    Leaves leaves;
    leaves.rows.resize(rows);
    std::iota(leaves.rows.begin(), leaves.rows.end(), 0U);
    leaves.offsets.push_back(0);
    Rng rng(seed, 0x72ee5 + tree);
    std::vector<float> near, far;
    std::vector<std::uint32_t> left, right;
    std::vector<std::pair<std::size_t, std::size_t>> pending = {{0, rows}}; // the leftmost part is on top
    while (!pending.empty()) {
        const auto [begin, end] = pending.back();
        pending.pop_back();
        const std::size_t count = end - begin;
        if (count <= leafSize) {
            leaves.offsets.push_back(end);
            continue;
        }
        std::uint32_t* part = leaves.rows.data() + begin;
        const std::uint32_t a = part[rng.below(count)], b = part[rng.below(count)];
        near.resize(count);
        far.resize(count);
        hotLoops().gatheredDistances(screen.row(a), screen.data(), part, count, screen.width(), near.data());
        hotLoops().gatheredDistances(screen.row(b), screen.data(), part, count, screen.width(), far.data());
        left.clear();
        right.clear();
        for (std::size_t i = 0; i < count; ++i) {
            const bool toLeft =
                near[i] == far[i] ? rng.next() % 2 == 0 : near[i] < far[i]; // duplicates: by lot
            (toLeft ? left : right).push_back(part[i]);
        }
        if (left.empty() || right.empty()) { // ties by lot that all fell one way
            left.assign(part, part + count / 2);
            right.assign(part + count / 2, part + count);
        }
        std::copy(left.begin(), left.end(), part);
        std::copy(right.begin(), right.end(), part + left.size());
        pending.emplace_back(begin + left.size(), end);
        pending.emplace_back(begin, begin + left.size());
    }
    return leaves;
}

} // namespace penumbra::manifold
