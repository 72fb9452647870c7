#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace penumbra {

/// A split method as a function of its calibration scores: the interval of test row i is [lower_i - Q
/// scale_i, upper_i + Q scale_i], Q the conformal order statistic of `calibration`, and it holds the truth
/// where Q >= score_i. Rows of which a column says nothing: a calibration row takes no part (NaN score), a
/// test row's interval is infinite whatever Q (infinite scale or ends).
struct SplitScores {
    std::vector<double> calibration;                ///< [calibration rows] nonconformity scores
    std::vector<double> lower, upper, scale, score; ///< [test rows]; a score is NaN where the truth is
    bool interpolated = false;                      ///< Q by linear interpolation (quantile rule)
};

/// Half widths of a method that has a quantile of its own for every galaxy (LC, LCMAD), the calibration rows
/// drawn anew a stated number of times.
struct DrawnHalfWidths {
    std::uint64_t seed = 0; ///< draw r is calibrationResample(n, seed, r) of core/eval/joint_resampling.h
    std::size_t draws = 0;
    std::size_t rows = 0;    ///< test rows
    std::vector<float> half; ///< [draws, test rows] in units of the target; may be infinite
    float at(std::size_t draw, std::size_t row) const { return half[draw * rows + row]; }
};

/// What the calibration rows do to a method's intervals: all that is needed to draw them anew. Neither: the
/// method was never calibrated.
struct CalibrationPart {
    std::optional<SplitScores> split; ///< through one order statistic
    std::optional<DrawnHalfWidths> drawn;
    bool canBeDrawn() const { return split || drawn; }
};

} // namespace penumbra
