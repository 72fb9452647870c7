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

/// The bins of one conditioning variable: which bin each row is in (-1: none) and their names.
struct Bins {
    std::vector<double> edges;      ///< bins + 1
    std::vector<int> binOfRow;      ///< [n]
    std::vector<std::size_t> count; ///< [bins]
    std::vector<double> centre;     ///< median of the variable inside
    std::vector<std::string> label; ///< "[0.05, 0.10)"
    std::size_t size() const { return count.size(); }
};
/// Ties never straddle an equal-count edge; bins emptied by ties are merged away. NaN rows are in no bin.
Bins makeBins(std::span<const double> variable, const Binning& binning);

/// 95 % by default. k successes of n. n = 0 gives [0, 1].
Interval wilson(std::size_t k, std::size_t n, double confidence = 0.95);         ///< Wilson 1927
Interval clopperPearson(std::size_t k, std::size_t n, double confidence = 0.95); ///< Clopper & Pearson 1934
/// Equal-tailed range of the test coverage of a split-conformal method: Beta-Binomial (Vovk 2012; n_cal,
/// n_test, k of d.1).
Interval splitConformalBand(std::size_t nCalibration, std::size_t nTest, double alpha,
                            double confidence = 0.95);
enum class BinomialInterval { Wilson, ClopperPearson };

/// lower < truth < upper, strictly (spec/lvd.md e). Infinite intervals cover.
std::vector<std::uint8_t> coveredRows(const Prediction& prediction, std::span<const double> truth);

struct EvaluateOptions {
    BinomialInterval interval = BinomialInterval::Wilson;
    bool rankByOwnCentre =
        false; ///< worst bin ranked by the method's own centre instead of the base prediction
    int bootstrapReplicates = 1000; ///< for means and medians
    std::uint64_t seed = 0;
};

/// One metric: id, what it is, and how to compute it. A line in the table of metrics.
struct MetricInput {
    const Prediction& prediction;
    std::span<const double> truth;          ///< NaN rows were removed by the caller
    std::span<const double> basePrediction; ///< ranks the worst bin
    const EvaluateOptions& options;
};
struct Metric {
    std::string id;
    std::string title;       ///< "tail coverage"
    std::string definition;  ///< one sentence with the formula's source
    bool isCoverage = false; ///< a fraction whose nominal value is 1 - alpha
    bool ofPoint = false;    ///< of the centre, not of the interval (R2, RMSE ...); one convention only
    void (*compute)(const MetricInput& input, std::vector<Score>& out); ///< appends one Score per convention
};
std::span<const Metric> allMetrics();

/// All metrics of one prediction. @throws Error if lengths differ.
std::vector<Score> evaluatePrediction(const Prediction& prediction, std::span<const double> truth,
                                      std::span<const double> basePrediction, const EvaluateOptions& options);

/// Coverage and mean width in each bin of a variable (metrics "coverage_by_bin", "width_by_bin").
std::vector<Score> evaluateByBin(const Prediction& prediction, std::span<const double> truth,
                                 const Bins& bins, const std::string& conditionedOn,
                                 const EvaluateOptions& options);

} // namespace penumbra
