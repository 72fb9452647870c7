#pragma once

#include "core/base/run_context.h"
#include "core/catalogue/matrix.h"

#include <cstdint>
#include <span>
#include <vector>

namespace penumbra::manifold {

/// Mean length of an unsuccessful search in a binary tree of n rows: 0 for 1, 1 for 2, else
/// 2 (ln(n - 1) + Euler's gamma) - 2 (n - 1) / n.
double meanPathLength(std::size_t n);

/// Random trees that part rows from one another (Liu, Ting & Zhou 2008): what is parted early is strange.
class IsolationForest {
public:
    struct Node {
        std::int32_t column = -1;           ///< -1: a leaf
        std::int32_t left = -1, right = -1; ///< within the tree; left: x <= threshold
        std::int32_t rows = 0;              ///< that reached it when the tree grew
        double threshold = 0.0;
    };
    using Tree = std::vector<Node>;

    /// `trees` trees of up to `sample` rows each, drawn without replacement, no deeper than log2 of that.
    static IsolationForest fit(const MatrixF& rows, std::span<const std::size_t> chosen = {},
                               std::size_t trees = 100, std::size_t sample = 256, std::uint64_t seed = 0,
                               const RunContext& context = {});
    static IsolationForest fromTrees(std::vector<Tree> trees, std::size_t sample);

    /// 2^(-mean path / c(sample)), in (0, 1); 1 = strange. scikit-learn gives minus this.
    std::vector<double> score(const MatrixF& rows, std::span<const std::size_t> chosen = {},
                              const RunContext& context = {}) const;
    const std::vector<Tree>& trees() const { return trees_; }
    std::size_t sample() const { return sample_; }

private:
    std::vector<Tree> trees_;
    std::size_t sample_ = 0;
};

} // namespace penumbra::manifold
