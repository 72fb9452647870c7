#pragma once

#include "core/eval/coverage_bands.h"
#include "core/eval/study.h"

#include <span>
#include <string>
#include <vector>

namespace penumbra {

/// How often a method covers at every nominal level, recomputed from what the study keeps: calibration
/// scores, spreads, local quantiles.
struct CoverageCurve {
    enum class Kind {
        Fixed,    ///< mean -/+ z spread, or ends that were delivered: never calibrated
        Split,    ///< one order statistic of the calibration scores for all galaxies
        Local,    ///< a quantile of its own for every galaxy
        OneLevel, ///< the study says no more than its own alpha
    };
    std::string method;
    Kind kind = Kind::OneLevel;
    std::size_t n = 0;            ///< test rows with a label
    std::size_t nCalibration = 0; ///< rows that set the quantile; 0: none, or unknown
    std::vector<double> levels;   ///< 1 - alpha, ascending
    std::vector<double>
        expected; ///< what an exact method covers on average: k / (nCalibration + 1), or the level
    std::vector<double> observed; ///< covered fraction; infinite intervals cover
    CoverageBand band;            ///< 95 %, all levels together
    double area = 0.0;            ///< miscalibration: integral of |observed - level| over the levels
    double areaByChance = 0.0;    ///< what an exact method has on average
    /// "test galaxies and one shared calibration set" and the like: what the band takes into account.
    std::string bandHolds;
};

/// @param prediction of the study's own alpha. No rows with a label give an empty curve.
CoverageCurve coverageCurve(const TargetStudy& target, const Prediction& prediction);

/// Covered fractions of |truth - mean| <= z spread. Rows with NaN are left out by the caller.
std::vector<double> gaussianCoverages(std::span<const double> truth, std::span<const double> mean,
                                      std::span<const double> spread, std::span<const double> levels,
                                      Ends ends);
/// Covered fractions of test scores against the k-th smallest calibration score, everything where k exceeds
/// their number. @param closed score <= Q covers, else score < Q
std::vector<double> splitCoverages(const SplitScores& split, std::span<const double> levels, bool closed);

/// Integral of |observed - level| by trapezoids. `split`: those that cross the diagonal are parted there, as
/// in uncertainty-toolbox.
double miscalibrationArea(std::span<const double> levels, std::span<const double> observed,
                          bool split = false);
/// On average of an exact method: 0.31 sqrt(1/nTest + 1/nCalibration), the second only where calibrated.
double areaByChance(std::size_t nTest, std::size_t nCalibration);

} // namespace penumbra
