#pragma once

#include "core/eval/study.h"

#include <optional>
#include <vector>

namespace penumbra {

/// Scores |truth - mean| / scale of a local method (LC, LCMAD) on the test rows, in the units of its grid of
/// quantiles: a row is covered at an alpha where the grid's quantile reaches its score. NaN without a label.
struct LocalScores {
    const LocalGrid* grid = nullptr;
    std::vector<double> score; ///< [test rows]
    /// The quantile of a test row at a column of grid->alphas.
    double quantile(std::size_t row, std::size_t column) const {
        return grid->quantiles[row * grid->alphas.size() + column];
    }
    /// Column of an alpha; grid->alphas.size() where the grid lacks it.
    std::size_t column(double alpha) const;
};

/// Nothing for other methods, for a study that keeps no grid, or where the grid does not tell what its scores
/// were divided by. The scale is 1 or eps + |predicted residual|, whichever the intervals were made with.
std::optional<LocalScores> localScores(const TargetStudy& target, const Prediction& prediction);

} // namespace penumbra
