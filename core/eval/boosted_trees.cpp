#include "core/eval/boosted_trees.h"

#include "core/base/error.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace penumbra {

namespace {

using Rows = std::vector<std::uint32_t>;

double logistic(double x) {
    return 1.0 / (1.0 + std::exp(-x));
}

/// A column in bins: bin b holds values in (edges[b - 1], edges[b]].
struct BinnedColumn {
    std::vector<double> edges; ///< inner ones, ascending
    std::vector<std::uint8_t> bin;
};

BinnedColumn binned(const Eigen::MatrixXd& x, Eigen::Index column, std::size_t bins) {
    std::vector<double> sorted(static_cast<std::size_t>(x.rows()));
    for (std::size_t i = 0; i < sorted.size(); ++i)
        sorted[i] = x(static_cast<Eigen::Index>(i), column);
    std::sort(sorted.begin(), sorted.end());
    BinnedColumn out;
    for (std::size_t b = 1; b < bins; ++b) {
        const double edge = sorted[b * (sorted.size() - 1) / bins];
        if (edge < sorted.back() && (out.edges.empty() || edge > out.edges.back()))
            out.edges.push_back(edge);
    }
    for (Eigen::Index i = 0; i < x.rows(); ++i)
        out.bin.push_back(static_cast<std::uint8_t>(
            std::lower_bound(out.edges.begin(), out.edges.end(), x(i, column)) - out.edges.begin()));
    return out;
}

/// Sums of gradients and curvatures of the loss over some rows.
struct Sums {
    double gradient = 0.0, curvature = 0.0, rows = 0.0;
    void add(const Sums& other) {
        gradient += other.gradient;
        curvature += other.curvature;
        rows += other.rows;
    }
    Sums less(const Sums& other) const {
        return {gradient - other.gradient, curvature - other.curvature, rows - other.rows};
    }
    double step() const { return -gradient / std::max(curvature, 1e-12); }
    double gain() const { return gradient * gradient / std::max(curvature, 1e-12); }
};

struct Cut {
    double gain = 0.0; ///< of the loss; 0: none
    std::size_t column = 0, bin = 0;
};

struct Leaf {
    std::size_t node = 0;
    Rows rows;
    Sums sums;
    Cut cut;
};

} // namespace

class TreeGrower {
public:
    TreeGrower(const Eigen::MatrixXd& x, const BoostingOptions& options) : options_(options) {
        for (Eigen::Index c = 0; c < x.cols(); ++c)
            columns_.push_back(binned(x, c, std::min<std::size_t>(options.bins, 255)));
    }

    /// Grows one tree on these gradients and adds its steps to the log odds.
    BoostedTrees::Tree grow(std::span<const double> gradient, std::span<const double> curvature,
                            std::vector<double>& odds) {
        gradient_ = gradient;
        curvature_ = curvature;
        BoostedTrees::Tree tree(1);
        std::vector<Leaf> leaves(1);
        for (std::uint32_t i = 0; i < gradient.size(); ++i)
            leaves[0].rows.push_back(i);
        leaves[0].sums = sumsOf(leaves[0].rows);
        leaves[0].cut = bestCut(leaves[0]);
        while (static_cast<int>(leaves.size()) < options_.leaves) {
            const auto best =
                std::max_element(leaves.begin(), leaves.end(),
                                 [](const Leaf& a, const Leaf& b) { return a.cut.gain < b.cut.gain; });
            if (best->cut.gain <= 0.0)
                break;
            Leaf right = split(*best, tree);
            leaves.push_back(std::move(right));
        }
        for (const Leaf& leaf : leaves) {
            const double step = options_.rate * leaf.sums.step();
            tree[leaf.node].value = step;
            for (const std::uint32_t row : leaf.rows)
                odds[row] += step;
        }
        return tree;
    }

private:
    Sums sumsOf(const Rows& rows) const {
        Sums sums;
        for (const std::uint32_t row : rows)
            sums.add({gradient_[row], curvature_[row], 1.0});
        return sums;
    }

    Cut bestCut(const Leaf& leaf) const {
        Cut best;
        if (leaf.sums.rows < 2.0 * options_.fewestRows)
            return best;
        std::vector<Sums> bins;
        for (std::size_t c = 0; c < columns_.size(); ++c) {
            const BinnedColumn& column = columns_[c];
            bins.assign(column.edges.size() + 1, {});
            for (const std::uint32_t row : leaf.rows)
                bins[column.bin[row]].add({gradient_[row], curvature_[row], 1.0});
            Sums left;
            for (std::size_t b = 0; b + 1 < bins.size(); ++b) {
                left.add(bins[b]);
                const Sums right = leaf.sums.less(left);
                if (left.rows < options_.fewestRows || right.rows < options_.fewestRows)
                    continue;
                const double gain = left.gain() + right.gain() - leaf.sums.gain();
                if (gain > best.gain + 1e-12)
                    best = {gain, c, b};
            }
        }
        return best;
    }

    /// Turns the leaf into its left half and gives the right one.
    Leaf split(Leaf& leaf, BoostedTrees::Tree& tree) const {
        const BinnedColumn& column = columns_[leaf.cut.column];
        Leaf left, right;
        for (const std::uint32_t row : leaf.rows)
            (column.bin[row] <= leaf.cut.bin ? left : right).rows.push_back(row);
        left.node = tree.size();
        right.node = tree.size() + 1;
        BoostedTrees::Node& node = tree[leaf.node];
        node.column = static_cast<Eigen::Index>(leaf.cut.column);
        node.threshold = column.edges[leaf.cut.bin];
        node.left = left.node;
        node.right = right.node;
        tree.resize(tree.size() + 2);
        for (Leaf* part : {&left, &right}) {
            part->sums = sumsOf(part->rows);
            part->cut = bestCut(*part);
        }
        leaf = std::move(left);
        return right;
    }

    BoostingOptions options_;
    std::vector<BinnedColumn> columns_;
    std::span<const double> gradient_, curvature_;
};

BoostedTrees::BoostedTrees(const Eigen::MatrixXd& x, std::span<const std::uint8_t> label,
                           const BoostingOptions& options) {
    if (static_cast<std::size_t>(x.rows()) != label.size())
        throw Error("There are " + std::to_string(x.rows()) + " rows, but " + std::to_string(label.size()) +
                    " labels");
    const auto ones = static_cast<double>(
        std::count_if(label.begin(), label.end(), [](std::uint8_t own) { return own != 0; }));
    const auto n = static_cast<double>(label.size());
    if (ones == 0.0 || ones == n)
        throw Error("A classifier needs rows of both kinds");
    start_ = std::log(ones / (n - ones));
    TreeGrower grower(x, options);
    std::vector<double> odds(label.size(), start_), gradient(label.size()), curvature(label.size());
    for (int t = 0; t < options.trees; ++t) {
        for (std::size_t i = 0; i < label.size(); ++i) {
            const double p = logistic(odds[i]);
            gradient[i] = p - (label[i] != 0 ? 1.0 : 0.0);
            curvature[i] = p * (1.0 - p);
        }
        trees_.push_back(grower.grow(gradient, curvature, odds));
    }
}

double BoostedTrees::valueOf(const Tree& tree, const Eigen::MatrixXd& x, Eigen::Index row) {
    std::size_t at = 0;
    while (tree[at].column >= 0)
        at = x(row, tree[at].column) <= tree[at].threshold ? tree[at].left : tree[at].right;
    return tree[at].value;
}

std::vector<double> BoostedTrees::probabilities(const Eigen::MatrixXd& x) const {
    std::vector<double> p;
    for (Eigen::Index row = 0; row < x.rows(); ++row) {
        double odds = start_;
        for (const Tree& tree : trees_)
            odds += valueOf(tree, x, row);
        p.push_back(logistic(odds));
    }
    return p;
}

} // namespace penumbra
