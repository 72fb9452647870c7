#pragma once

#include <optional>
#include <vector>

namespace penumbra {

/// A split method as a function of its calibration scores: the interval of test row i is [lower_i - Q
/// scale_i, upper_i + Q scale_i], Q the conformal order statistic of `calibration`, and it holds the truth
/// where Q >= score_i.
struct SplitScores {
    std::vector<double> calibration;                ///< [calibration rows] nonconformity scores
    std::vector<double> lower, upper, scale, score; ///< [test rows]; a score is NaN where the truth is
    bool interpolated = false;                      ///< Q by linear interpolation (quantile rule)
};

/// What the calibration rows do to a method's intervals: all that is needed to draw them anew.
struct CalibrationPart {
    std::optional<SplitScores> split; ///< through one order statistic; none: the method was never calibrated
};

} // namespace penumbra
