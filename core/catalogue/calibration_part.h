#pragma once

#include <cstddef>
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
    enum class Kind {
        None,  ///< never calibrated
        Split, ///< through one order statistic
        Drawn, ///< told by the intervals of some resamples
    };
    Kind kind = Kind::None;
    SplitScores split;
    /// Drawn: ends of the test rows' intervals, one entry a resample of the calibration rows: those of
    /// calibrationResample 0, 1, ... (eval/joint_resampling.h).
    struct Ends {
        std::vector<double> lower, upper;
    };
    std::vector<Ends> drawn;
};

} // namespace penumbra
