#pragma once

#include "core/benchmark/galaxies.h"
#include "core/benchmark/heads.h"
#include "core/benchmark/report.h"
#include "core/eval/paired.h"

namespace penumbra::benchmark {

struct RegressionOptions {
    std::vector<std::string> targets; ///< empty: all
    double alpha = 0.1;
    HeadOptions heads;
};

/// One target learned from one input set by several heads.
struct Outcome {
    std::string target, unit, set;
    std::size_t width = 0, training = 0, calibration = 0, test = 0;
    std::vector<double> r2OfSeed;     ///< of each head
    Estimate r2;                      ///< mean over heads; interval: test galaxies drawn anew
    Estimate coverage;                ///< of split-conformal intervals, mean over heads; Wilson
    double meanWidth = 0.0;           ///< in the target's unit, mean over heads
    std::vector<double> squaredError; ///< [test galaxies] mean over heads
    std::vector<double> truth;        ///< [test galaxies]
    Prediction first;                 ///< of the first head, for paired tests of intervals
    SplitScores firstScores;
    std::vector<std::int64_t> rows; ///< catalogue rows of the test galaxies
};
/// The galaxies to learn from, and every galaxy's labels.
struct Lessons {
    MatrixD labels; ///< [rows, targets]
    std::vector<std::int32_t> training;
};
Lessons lessonsOf(const Galaxies& galaxies, const std::vector<const Target*>& targets);

/// Trains on the split's training galaxies, calibrates on its calibration galaxies (finite-sample rank), and
/// judges on its test galaxies. Target after target, input set after input set.
std::vector<Outcome> regress(const Catalogue& catalogue, const Galaxies& galaxies,
                             const RegressionOptions& options, const RunContext& context);

/// 1 - mean squared error / variance, its test galaxies resampled.
Estimate r2Of(std::span<const double> squaredError, std::span<const double> truth, std::uint64_t seed);

/// All pairs of input sets of each target on the same test galaxies: R2 (paired bootstrap over all heads),
/// coverage and mean width (of the first heads, calibration and test galaxies drawn anew). Adjusted by Holm
/// over all of them.
std::vector<PairedTest> pairsOf(const std::vector<Outcome>& outcomes, const RegressionOptions& options,
                                const RunContext& context);

/// Property regression by input set (paper AION-1, Table 1).
Report regressionReport(const Catalogue& catalogue, const Galaxies& galaxies,
                        const RegressionOptions& options, const RunContext& context);

/// The targets asked for, or all. @throws Error where there are none
std::vector<const Target*> targetsOf(const Catalogue& catalogue, const std::vector<std::string>& names);

} // namespace penumbra::benchmark
