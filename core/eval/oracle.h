#pragma once

#include "core/base/run_context.h"
#include "core/catalogue/prediction.h"
#include "core/eval/evaluate.h"
#include "core/eval/oracle_scale.h"
#include "core/eval/score.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace penumbra {

/// Worlds in which the truth is known: y* = prediction + scale * e on the test rows, e drawn from the
/// labelled held-out rows' scaled residuals. In each, perfect methods are known too: the exact interval
/// [prediction
/// + scale * Q(alpha/2), prediction + scale * Q(1 - alpha/2)], Q the quantiles of e, covers every galaxy with
/// probability 1 - alpha; the calibrated one takes its level from a calibration set of that world, of as many
/// rows as here.
///
/// Every world chooses its scale anew by the weights of ErrorScales and fits it, and the residuals, to rows
/// drawn anew, so that what the rows leave open is in the bands. The bands hold
/// given that errors depend on nothing but what the candidates know.
class OracleWorlds {
public:
    /// Test rows without truth are left out. @throws Error without a base prediction or with fewer than ten
    /// calibration rows.
    explicit OracleWorlds(const HeldOut& heldOut);
    const std::string& scaleName() const { return scales_.name(scales_.best()); } ///< of the largest weight

    /// One world's model of the errors.
    struct Model {
        std::vector<double> scale;           ///< [labelled test rows]
        std::vector<double> scaledResiduals; ///< of drawn rows, ascending; symmetric: sizes
        bool symmetric = false;              ///< the sign of an error is tossed
    };
    Model draw(Rng& rng) const;
    const std::vector<double>& prediction() const { return scales_.testPrediction(); }
    std::size_t calibrationRows() const { return scales_.calibrationRows(); }

private:
    ErrorScales scales_;
    double symmetry_ = 1.0; ///< weight of symmetric errors against two-sided ones, by BIC
};

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

struct OracleBand {
    Interval calibrated; ///< of the perfect method calibrated on as many rows as here
    Interval exact;      ///< of the exact interval
};

/// What perfect methods would score: for every rule its bins' equal-tailed ranges of measured coverage over
/// worlds, the choice of the stratum repeated in each. NaN where no world put a row into the bin.
std::vector<std::vector<OracleBand>> oracleBands(const OracleWorlds& worlds, double alpha,
                                                 std::span<const StratumRule> rules,
                                                 const OracleOptions& options, const RunContext& context);

/// For strata chosen by anything but the outcome each of n rows is covered with probability 1 - alpha: the
/// equal-tailed binomial range of k/n. n = 0 gives NaN.
Interval binomialBand(std::size_t n, double alpha, double confidence = 0.95);

} // namespace penumbra
