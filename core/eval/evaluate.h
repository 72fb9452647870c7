#pragma once

#include "core/catalogue/prediction.h"
#include "core/eval/score.h"
#include "core/eval/study.h"

#include <span>
#include <string>
#include <vector>

namespace penumbra {

/// How a coverage is cut into strata.
struct Binning {
    enum class Kind { EqualCount, EqualWidth, Edges };
    Kind kind = Kind::EqualCount;
    int bins = 10;
    std::vector<double> edges; ///< for Edges: ascending, at least two; rows outside are left out and counted
};

/// The bins of one conditioning variable: which bin each row is in (-1: none) and their names. Bins are
/// [low, high), the last one [low, high].
struct Bins {
    std::vector<double> edges;      ///< bins + 1; empty where no row has a value
    std::vector<int> binOfRow;      ///< [n]
    std::vector<std::size_t> count; ///< [bins]
    std::vector<double> centre;     ///< median of the variable inside; the middle of an empty bin
    std::vector<std::string> label; ///< "[0.05, 0.1)"
    std::size_t outside = 0;        ///< rows beyond the edges; for EqualWidth, infinite rows
    std::size_t missing = 0;        ///< NaN rows
    std::size_t size() const { return count.size(); }
};
/// Ties never straddle an equal-count edge; bins emptied by ties are merged away. NaN rows are in no bin.
/// @throws UsageError for no bins, or edges that are not ascending.
Bins makeBins(std::span<const double> variable, const Binning& binning);

/// 95 % by default. k successes of n. n = 0 gives [0, 1].
/// @throws Error for k > n or a confidence outside (0, 1).
Interval wilson(std::size_t k, std::size_t n, double confidence = 0.95);         ///< Wilson 1927
Interval clopperPearson(std::size_t k, std::size_t n, double confidence = 0.95); ///< Clopper & Pearson 1934
/// The same for a proportion of so many galaxies in effect: a number that need not be whole.
Interval wilsonAt(double fraction, double size, double confidence = 0.95);
Interval clopperPearsonAt(double successes, double failures, double confidence = 0.95);
/// Equal-tailed range of the test coverage of a split-conformal method: Beta-Binomial (Vovk 2012; n_cal,
/// n_test, k of d.1). The count of covered rows lies in it with at least this probability. k > n_cal: [1, 1].
Interval splitConformalBand(std::size_t nCalibration, std::size_t nTest, double alpha,
                            double confidence = 0.95);
enum class BinomialInterval { Wilson, ClopperPearson };

/// By the prediction's own rule of ends (catalogue/prediction.h). Infinite intervals cover.
/// @throws Error if lengths differ.
std::vector<std::uint8_t> coveredRows(const Prediction& prediction, std::span<const double> truth);

/// Pinball (quantile) loss of predicting the `level` quantile: max(t e, (t-1) e), e = truth - predicted.
double pinballLoss(double level, double truth, double predicted);

struct EvaluateOptions {
    BinomialInterval interval = BinomialInterval::Wilson;
    /// Worst bin ranked by the method's own centre instead of the base prediction.
    bool rankByOwnCentre = false;
    int bootstrapReplicates = 1000; ///< for means, R2, RMSE and correlations; 0: no intervals for these
    std::uint64_t seed = 0;         ///< of the bootstrap; methods on the same rows share the same resamples
    int threads = 0;                ///< 0: all cores; results do not depend on it
    /// For redshifts: bias, sigma_nmad and outlier_fraction of (prediction - truth) / (1 + truth).
    bool normaliseByOnePlusTruth = false;
    double outlierThreshold = 0.15; ///< on |prediction - truth|, normalised likewise
    bool outlierInScatters = false; ///< the threshold is in units of sigma_nmad instead
};

class BootstrapSums;    // core/eval/bootstrap.h
class TrueDistribution; // core/eval/true_distribution.h

/// One metric: id, what it is, and how to compute it. A line in the table of metrics.
struct MetricInput {
    const Prediction& prediction;
    std::span<const double> truth;          ///< NaN rows were removed by the caller
    std::span<const double> basePrediction; ///< ranks the worst bin
    const EvaluateOptions& options;
    const BootstrapSums& bootstrap; ///< of these rows; shared by all metrics
    const std::vector<TrueDistribution>* trueDistributions = nullptr; ///< of simulated catalogues
};
struct Metric {
    std::string id;
    std::string title;       ///< "tail coverage"
    std::string definition;  ///< one sentence with the formula's source
    bool isCoverage = false; ///< a fraction whose nominal value is 1 - alpha
    bool isFraction = false; ///< another fraction, shown in per cent
    bool ofPoint = false;    ///< of the centre, not of the interval (R2, RMSE ...); one convention only
    void (*compute)(const MetricInput& input, std::vector<Score>& out); ///< appends one Score per convention
};
std::span<const Metric> allMetrics();

/// All metrics of one prediction, in the table's order; rows whose truth is NaN are left out. An empty
/// basePrediction ranks the worst bin by the method's own centre (the stratum says so); without true
/// distributions the metrics that need them are left out.
/// @throws Error if lengths differ or a centre or bound is NaN.
std::vector<Score> evaluatePrediction(const Prediction& prediction, std::span<const double> truth,
                                      std::span<const double> basePrediction, const EvaluateOptions& options,
                                      const std::vector<TrueDistribution>& trueDistributions);
std::vector<Score> evaluatePrediction(const Prediction& prediction, std::span<const double> truth,
                                      std::span<const double> basePrediction, const EvaluateOptions& options);

/// Coverage and mean width in each bin of a variable (metrics "coverage_by_bin", "width_by_bin"), both
/// conventions, bin after bin; rows whose truth is NaN are left out. @throws Error if lengths differ.
std::vector<Score> evaluateByBin(const Prediction& prediction, std::span<const double> truth,
                                 const Bins& bins, const std::string& conditionedOn,
                                 const EvaluateOptions& options);

} // namespace penumbra
