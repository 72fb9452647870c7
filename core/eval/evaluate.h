#pragma once

#include "core/base/registry.h"
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

/// Rows that are not covered and whose truth lies below (else above) the interval: 1. @throws Error as above
std::vector<std::uint8_t> missedRows(const Prediction& prediction, std::span<const double> truth, bool below);

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
class Distributions;    // core/eval/distributions.h

/// One metric: id, what it is, and how to compute it. A line in the table of metrics.
struct MetricInput {
    const Prediction& prediction;
    std::span<const double> truth;          ///< NaN rows were removed by the caller
    std::span<const double> basePrediction; ///< ranks the worst bin
    const EvaluateOptions& options;
    const BootstrapSums& bootstrap; ///< of these rows; shared by all metrics
    const std::vector<TrueDistribution>* trueDistributions = nullptr; ///< of simulated catalogues
    const Distributions* distributions = nullptr; ///< what the method predicts of these rows
};
/// What a metric's value is counted in.
enum class MetricUnit {
    None,      ///< a pure number
    Percent,   ///< a fraction, shown in per cent
    Target,    ///< the target's unit
    PerTarget, ///< one over it
    Count,     ///< whole galaxies
};
/// Which of two methods a metric favours. Nominal: the one nearer to its nominal value, so neither by size.
enum class Better { Neither, Nominal, Lower, Higher };
/// How the 95 % interval of a score is made where test galaxies alone are drawn.
enum class Bracket { None, Proportion, Bootstrap, OrderStatistics, DeLong };

/// Which galaxies a metric is of. Strata chosen by the outcome have no nominal level.
enum class Stratum {
    All,
    Tail,       ///< the lowest and the highest tenth by true value
    WorstTenth, ///< the tenth with the largest |truth - base prediction|
};
/// One labelled galaxy as a metric sees it.
struct GalaxyInput {
    const Prediction& prediction;
    std::size_t row; ///< among the test rows
    double truth;
    const Distributions* distributions = nullptr;
};

/// All that tables, comparisons and brackets need to know of a metric: a new one is one entry.
struct Metric {
    std::string id;
    std::string title;      ///< "tail coverage"
    std::string definition; ///< one sentence with the formula's source
    MetricUnit unit = MetricUnit::None;
    Better better = Better::Neither;
    Bracket bracket = Bracket::None;
    bool isMain = false; ///< in tables unless others are asked for
    Stratum stratum = Stratum::All;
    bool isWidth = false;              ///< less of it is a merit of methods that cover, and of no others
    bool isCoverage = false;           ///< its nominal value is 1 - alpha, and a perfect method has a band
    bool ofPoint = false;              ///< of the centre, not of the interval (R2, RMSE ...)
    bool usesCentre = ofPoint;         ///< looks at the centre: rows without one are left out
    bool ofSimulation = false;         ///< needs true distributions
    bool ofDistribution = false;       ///< needs a predictive distribution: some methods have none
    std::string finding = "is better"; ///< said in comparisons of the method ahead (that with more, where
                                       ///< neither more nor less is better)
    /// The galaxies that it counts, where these are not all of its stratum: a formula (GalaxyExpression) with
    /// METHOD for the method's id. A click on the number selects them.
    std::string counted = {};
    /// What one galaxy adds, where the metric is a mean over galaxies; NaN: nothing. Lets pairs of methods be
    /// tested; proportions give 0 or 1.
    double (*ofGalaxy)(const GalaxyInput& galaxy) = nullptr;
    void (*compute)(const MetricInput& input, std::vector<Score>& out) = nullptr; ///< one Score a convention
};
std::span<const Metric> allMetrics();
/// Adds a metric for this process, behind the table's own (base/registry.h).
[[nodiscard]] Added addMetric(Metric metric);
/// Null for an id that is not there (scores by bins have ids of their own).
const Metric* findMetric(const std::string& id, std::span<const Metric> metrics = allMetrics());
/// "Wilson", "bootstrap", ...; "" without an interval.
std::string bracketName(Bracket bracket, BinomialInterval interval);

/// All metrics of one prediction, in the table's order; rows whose truth is NaN are left out. An empty
/// basePrediction ranks the worst bin by the method's own centre (the stratum says so); without true or
/// predictive distributions the metrics that need them are left out. Infinite intervals may lack a centre
/// (NaN): they are left out of the metrics that look at it, and of no other.
/// @throws Error if lengths differ, a bound is NaN or a finite interval has no centre.
std::vector<Score> evaluatePrediction(const Prediction& prediction, std::span<const double> truth,
                                      std::span<const double> basePrediction, const EvaluateOptions& options,
                                      const std::vector<TrueDistribution>& trueDistributions,
                                      std::span<const Metric> metrics = allMetrics(),
                                      const Distributions* distributions = nullptr);
std::vector<Score> evaluatePrediction(const Prediction& prediction, std::span<const double> truth,
                                      std::span<const double> basePrediction, const EvaluateOptions& options);

/// Coverage and mean width in each bin of a variable (metrics "coverage_by_bin", "width_by_bin"), both
/// conventions, bin after bin; rows whose truth is NaN are left out. @throws Error if lengths differ.
std::vector<Score> evaluateByBin(const Prediction& prediction, std::span<const double> truth,
                                 const Bins& bins, const std::string& conditionedOn,
                                 const EvaluateOptions& options);

} // namespace penumbra
