#pragma once

#include "core/base/run_context.h"
#include "core/eval/study.h"

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace penumbra {

/// How often each of n calibration rows is drawn (n of n, with replacement) in resample r: the same for all
/// methods, so that their errors of calibration stay as alike as they are.
std::vector<std::uint32_t> calibrationResample(std::size_t n, std::uint64_t seed, std::size_t r);

/// The order of a method's calibration scores, made once: the quantile of a resample is a walk over the upper
/// alpha of them.
class ScoreOrder {
public:
    ScoreOrder() = default;
    explicit ScoreOrder(const SplitScores& split);
    /// Q_{1-alpha} of the resample. @param counts [calibration rows]
    double quantile(std::span<const std::uint32_t> counts, double alpha) const;
    double quantile(double alpha) const; ///< of the scores as they are

private:
    double fromTop(std::span<const std::uint32_t> counts, std::size_t place) const;
    std::size_t drawnCount(std::span<const std::uint32_t> counts) const;
    std::vector<std::uint32_t> order_; ///< descending; without rows that take no part
    std::vector<double> sorted_;       ///< descending
    bool interpolated_ = false;
};

/// What a method scores in one world, or by how much two differ in it. NaN where there is nothing to score.
struct WorldValues {
    double coverage = std::numeric_limits<double>::quiet_NaN();
    double tailCoverage = std::numeric_limits<double>::quiet_NaN();
    double worstBinCoverage = std::numeric_limits<double>::quiet_NaN();
    double missBelow = std::numeric_limits<double>::quiet_NaN();
    double missAbove = std::numeric_limits<double>::quiet_NaN();
    double meanWidth = std::numeric_limits<double>::quiet_NaN(); ///< of finite intervals
    double intervalScore = std::numeric_limits<double>::quiet_NaN();
    WorldValues operator-(const WorldValues& other) const;
};
bool isResampled(const std::string& metric); ///< by the id of a metric
/// By the id of a metric. @throws Error for one that is not resampled.
double WorldValues::*worldValue(const std::string& metric);

/// Enough for a standard error within 5 %.
inline constexpr int jointReplicates = 1000;

struct JointOptions {
    int replicates = jointReplicates;
    std::uint64_t seed = 0;
    bool finiteOnly = false; ///< convention "finite": galaxies without a finite interval are left out
    bool pairs = true;       ///< differences of all pairs of methods, too
};

/// Worlds drawn anew: calibration rows and labelled test rows, n of n with replacement, independently; one
/// calibration resample and one test resample a world, shared by all methods; strata are chosen anew among
/// the drawn rows. Methods whose calibration cannot be drawn keep their intervals; local ones
/// (DrawnHalfWidths) are in the first worlds only, NaN after.
struct JointWorlds {
    std::vector<std::vector<WorldValues>> methods; ///< [method][world]
    /// [pair][world] in the order (0, 1), (0, 2) ... (1, 2) ...: first minus second. Widths and interval
    /// scores over the galaxies where both are finite; with finiteOnly coverages too.
    std::vector<std::vector<WorldValues>> pairs;
};
/// @param methods ids, all of them in `target`
JointWorlds resampleJointly(const TargetStudy& target, std::span<const std::string> methods,
                            const JointOptions& options, const RunContext& context);

/// The scatter of a difference (or value) over the worlds where it is finite. p-values and intervals are made
/// from it by Student's t: percentile and shifted bootstraps of an order statistic are too liberal or too
/// strict at small n, and end at 1 / (worlds + 1) (measured in the simulation suite).
struct WorldScatter {
    double standardError = std::numeric_limits<double>::quiet_NaN();
    std::size_t worlds = 0;
};
WorldScatter scatterOf(std::span<const WorldValues> worlds, double WorldValues::*value);
/// P(|T| >= t) of Student's t.
double studentTwoSidedP(double t, double degrees);
/// The point that Student's t exceeds in absolute value with probability 1 - confidence.
double studentQuantile(double confidence, double degrees);

} // namespace penumbra
