#include "core/manifold/isolation_forest.h"

#include "core/base/error.h"
#include "core/base/parallel_for.h"
#include "core/base/rng.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <string>

namespace penumbra::manifold {

namespace {

/// Grows one tree over rows that it may reorder.
class Grower {
public:
    Grower(const MatrixF& rows, std::vector<std::size_t> sample, Rng rng)
        : rows_(rows), sample_(std::move(sample)), rng_(rng),
          columns_(static_cast<std::size_t>(rows.cols())) {
        std::iota(columns_.begin(), columns_.end(), Eigen::Index{0});
        deepest_ = static_cast<int>(
            std::ceil(std::log2(std::max<double>(2.0, static_cast<double>(sample_.size())))));
    }
    IsolationForest::Tree grow() {
        split(0, sample_.size(), 0);
        return std::move(tree_);
    }

private:
    float value(std::size_t i, Eigen::Index column) const {
        return rows_(static_cast<Eigen::Index>(sample_[i]), column);
    }

    /// A column drawn evenly among those that vary, with its range; -1 if none does.
    Eigen::Index drawColumn(std::size_t begin, std::size_t end, float& low, float& high) {
        for (std::size_t left = columns_.size(); left > 0; --left) {
            std::swap(columns_[rng_.below(left)], columns_[left - 1]);
            const Eigen::Index column = columns_[left - 1];
            low = high = value(begin, column);
            for (std::size_t i = begin + 1; i < end; ++i) {
                low = std::min(low, value(i, column));
                high = std::max(high, value(i, column));
            }
            if (low < high)
                return column;
        }
        return -1;
    }

    std::int32_t split(std::size_t begin, std::size_t end, int depth) {
        const auto node = static_cast<std::int32_t>(tree_.size());
        tree_.emplace_back();
        tree_.back().rows = static_cast<std::int32_t>(end - begin);
        float low = 0.0F, high = 0.0F;
        const Eigen::Index column =
            depth >= deepest_ || end - begin < 2 ? -1 : drawColumn(begin, end, low, high);
        if (column < 0)
            return node;
        const double width = static_cast<double>(high) - static_cast<double>(low);
        double threshold = static_cast<double>(low) + rng_.uniform() * width;
        if (!(threshold < static_cast<double>(high)))
            threshold = static_cast<double>(low);
        const auto middle = std::partition(
            sample_.begin() + static_cast<std::ptrdiff_t>(begin),
            sample_.begin() + static_cast<std::ptrdiff_t>(end), [&](std::size_t row) {
                return static_cast<double>(rows_(static_cast<Eigen::Index>(row), column)) <= threshold;
            });
        const auto parting = static_cast<std::size_t>(middle - sample_.begin());
        const std::int32_t left = split(begin, parting, depth + 1), right = split(parting, end, depth + 1);
        auto& here = tree_[static_cast<std::size_t>(node)];
        here.column = static_cast<std::int32_t>(column);
        here.threshold = threshold;
        here.left = left;
        here.right = right;
        return node;
    }

    const MatrixF& rows_;
    std::vector<std::size_t> sample_;
    Rng rng_;
    std::vector<Eigen::Index> columns_;
    int deepest_ = 0;
    IsolationForest::Tree tree_;
};

double pathLength(const IsolationForest::Tree& tree, const float* row) {
    std::size_t node = 0;
    double edges = 0.0;
    while (tree[node].column >= 0) {
        const bool left = static_cast<double>(row[tree[node].column]) <= tree[node].threshold;
        node = static_cast<std::size_t>(left ? tree[node].left : tree[node].right);
        edges += 1.0;
    }
    return edges + meanPathLength(static_cast<std::size_t>(tree[node].rows));
}

} // namespace

double meanPathLength(std::size_t n) {
    if (n < 2)
        return 0.0;
    if (n == 2)
        return 1.0;
    const auto rows = static_cast<double>(n);
    return 2.0 * (std::log(rows - 1.0) + std::numbers::egamma) - 2.0 * (rows - 1.0) / rows;
}

IsolationForest IsolationForest::fit(const MatrixF& rows, std::span<const std::size_t> chosen,
                                     std::size_t trees, std::size_t sample, std::uint64_t seed,
                                     const RunContext& context) {
    const std::size_t n = chosen.empty() ? static_cast<std::size_t>(rows.rows()) : chosen.size();
    if (n < 2)
        throw UsageError("an isolation forest needs at least 2 rows.");
    IsolationForest forest;
    forest.sample_ = std::min(sample, n);
    forest.trees_.resize(trees);
    parallelFor(trees, context.threads, [&](std::size_t begin, std::size_t end) {
        std::vector<std::size_t> all(n);
        for (std::size_t t = begin; t < end; ++t) {
            context.checkStop();
            Rng rng(seed, 0xf0e57 + t);
            std::iota(all.begin(), all.end(), std::size_t{0});
            std::vector<std::size_t> drawn(forest.sample_);
            for (std::size_t i = 0; i < drawn.size(); ++i) {
                std::swap(all[i], all[i + rng.below(n - i)]);
                drawn[i] = chosen.empty() ? all[i] : chosen[all[i]];
            }
            forest.trees_[t] = Grower(rows, std::move(drawn), rng).grow();
        }
    });
    return forest;
}

IsolationForest IsolationForest::fromTrees(std::vector<Tree> trees, std::size_t sample) {
    for (const Tree& tree : trees)
        for (std::size_t node = 0; node < tree.size(); ++node) {
            const auto& here = tree[node];
            const auto later = [&](std::int32_t child) { // children follow their parent, so that walks end
                return child > static_cast<std::int32_t>(node) &&
                       static_cast<std::size_t>(child) < tree.size();
            };
            if (here.column >= 0 && !(later(here.left) && later(here.right)))
                throw Error("a stored tree of the isolation forest is damaged at node " +
                            std::to_string(node));
        }
    if (trees.empty() || sample < 2 ||
        std::any_of(trees.begin(), trees.end(), [](const Tree& t) { return t.empty(); }))
        throw Error("a stored isolation forest holds no trees");
    IsolationForest forest;
    forest.trees_ = std::move(trees);
    forest.sample_ = sample;
    return forest;
}

std::vector<double> IsolationForest::score(const MatrixF& rows, std::span<const std::size_t> chosen,
                                           const RunContext& context) const {
    const std::size_t n = chosen.empty() ? static_cast<std::size_t>(rows.rows()) : chosen.size();
    for (const Tree& tree : trees_)
        for (const Node& node : tree)
            if (node.column >= rows.cols())
                throw Error("rows with " + std::to_string(rows.cols()) +
                            " columns do not fit a forest that looks at column " +
                            std::to_string(node.column));
    std::vector<double> scores(n);
    const double scale = meanPathLength(sample_) * static_cast<double>(trees_.size());
    parallelFor(n, context.threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            if (i % 1024 == 0)
                context.checkStop();
            const float* row =
                rows.data() + (chosen.empty() ? i : chosen[i]) * static_cast<std::size_t>(rows.cols());
            double total = 0.0;
            for (const Tree& tree : trees_)
                total += pathLength(tree, row);
            scores[i] = std::exp2(-total / scale);
        }
    });
    return scores;
}

} // namespace penumbra::manifold
