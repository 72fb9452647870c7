#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

namespace penumbra {

struct BoostingOptions {
    int trees = 60;
    int leaves = 15;        ///< of a tree, at most
    double rate = 0.06;     ///< share of each tree's step that is taken
    double fewestRows = 40; ///< in a leaf
    std::size_t bins = 64;  ///< of a column; fewer are quicker and coarser, 255 at most
};

/// P(label = 1 | x) by gradient boosting of trees on binned columns (Friedman 2001; histograms and the
/// growing of the leaf that gains most as in LightGBM, Ke et al. 2017). It sees interactions and steps, which
/// a logistic regression does not. Deterministic.
class BoostedTrees {
public:
    /// @param x [rows, columns] finite @param label [rows] 0 or 1, both there
    /// @throws Error for lengths that disagree, or one label alone
    BoostedTrees(const Eigen::MatrixXd& x, std::span<const std::uint8_t> label,
                 const BoostingOptions& options = {});
    std::vector<double> probabilities(const Eigen::MatrixXd& x) const; ///< [rows of x]

private:
    struct Node {
        Eigen::Index column = -1; ///< -1: a leaf
        double threshold = 0.0;   ///< at most: left, else right
        std::size_t left = 0, right = 0;
        double value = 0.0; ///< of a leaf, in log odds
    };
    using Tree = std::vector<Node>;
    static double valueOf(const Tree& tree, const Eigen::MatrixXd& x, Eigen::Index row);
    friend class TreeGrower; ///< boosted_trees.cpp

    double start_ = 0.0; ///< log odds of all rows
    std::vector<Tree> trees_;
};

} // namespace penumbra
