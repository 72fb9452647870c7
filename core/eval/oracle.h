#pragma once

#include "core/base/run_context.h"
#include "core/catalogue/prediction.h"
#include "core/eval/evaluate.h"
#include "core/eval/score.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace penumbra {

/// A world in which the truth is known: y* = prediction + scale * e on the test rows, with e drawn from the
/// calibration set's scaled residuals. In it a perfect method is known too: its interval is [prediction +
/// scale * Q(alpha/2), prediction + scale * Q(1 - alpha/2)], Q the quantiles of e; it covers every galaxy
/// with probability 1 - alpha exactly.
struct OracleModel {
    std::vector<double> prediction;      ///< base head on the test rows
    std::vector<double> scale;           ///< [test rows], positive
    std::string scaleName;               ///< "residual_net", "bins of the prediction" ...
    std::vector<double> scaledResiduals; ///< of the calibration rows, (truth - prediction) / scale, ascending
};

/// The scale is the one that tells the sizes of the calibration rows' errors best, by Laplace likelihood:
/// |residual net| + HeldOut::residualFloor ("residual_..." signals), mean |residual| in up to 20 equal-count
/// bins of it, or in bins of the prediction. Test rows without truth are left out.
/// @throws Error for fewer than ten calibration rows.
OracleModel oracleModel(const HeldOut& heldOut);

/// How the rows of a stratum are chosen; outcome-chosen strata do not have a 1 - alpha null.
struct StratumRule {
    enum class Kind {
        Tails,      ///< lowest and highest floor(n/10) by truth
        WorstTenth, ///< highest floor(n/10) by |truth - centre|
        TruthBins,  ///< truth between edges
        ErrorBins,  ///< |truth - centre| between edges
    };
    Kind kind = Kind::Tails;
    std::vector<double> edges;          ///< bins + 1, the last bin closed; for *Bins
    std::span<const double> centre;     ///< for WorstTenth and ErrorBins; empty: the base prediction
    std::span<const std::uint8_t> keep; ///< 1 = row takes part; empty: all
};

struct OracleOptions {
    int draws = 200;
    double confidence = 0.95;
    std::uint64_t seed = 0;
    int threads = 0; ///< results do not depend on it
};

/// What the perfect method would score: for every rule its bins' equal-tailed range of measured coverage over
/// draws of y*, the choice of the stratum repeated in each. NaN where no draw put a row into the bin.
std::vector<std::vector<Interval>> oracleBands(const OracleModel& model, double alpha,
                                               std::span<const StratumRule> rules,
                                               const OracleOptions& options, const RunContext& context);

/// For strata chosen by anything but the outcome each of n rows is covered with probability 1 - alpha: the
/// equal-tailed binomial range of k/n. n = 0 gives NaN.
Interval binomialBand(std::size_t n, double alpha, double confidence = 0.95);

} // namespace penumbra
