#pragma once

#include "core/base/run_context.h"
#include "core/eval/evaluate.h"
#include "core/eval/study.h"

#include <span>
#include <string>
#include <vector>

namespace penumbra {

/// Two-sided exact p-value that n things fall to either side with probability 1/2, so many having fallen to
/// each: Binomial(n, 1/2). 1 without any.
double evenSplitP(std::size_t first, std::size_t second);

/// Two-sided p-value of McNemar's test that two methods cover equally often, from the galaxies that only one
/// of them covers. Given b + c such galaxies, b is Binomial(b + c, 1/2) under the null: exact below 25 of
/// them (never too small), above it the mid-p value, which is neither too small nor needlessly large
/// (Fagerland, Lydersen & Laake 2013). 1 without any.
double mcnemarP(std::size_t onlyFirst, std::size_t onlySecond);
inline constexpr std::size_t exactMcnemarBelow = 25;

/// Holm's step-down adjustment: p-values that hold for all hypotheses together (Holm 1979). NaN stays NaN and
/// does not count.
std::vector<double> holmAdjusted(std::span<const double> p);

/// One pair of methods on the same galaxies, in one metric.
struct PairedTest {
    std::string target;
    std::string metric; ///< one of pairedMetrics()
    std::string convention;
    std::string first, second;                                    ///< methods
    double firstValue = std::numeric_limits<double>::quiet_NaN(); ///< over the galaxies of this comparison
    double secondValue = std::numeric_limits<double>::quiet_NaN();
    double difference = std::numeric_limits<double>::quiet_NaN(); ///< first - second
    Interval interval;                                            ///< 95 % of the difference
    double p = std::numeric_limits<double>::quiet_NaN();
    double adjustedP =
        std::numeric_limits<double>::quiet_NaN(); ///< Holm, over all tests that were made together
    std::string test; ///< "McNemar, exact" | "McNemar, mid-p" | "paired bootstrap" | "paired z" |
                      ///< "resampled calibration and test"
    /// What p and interval hold for: "drawn", any calibration set of this size; "given", this one; "partly",
    /// this one of one method and any of the other; "": neither was calibrated, or it does not matter.
    std::string calibration;
    std::int64_t n = 0;
    /// Proportions: galaxies covered (or missed on that side) by one of the two alone.
    std::int64_t onlyFirst = 0, onlySecond = 0;
};

/// A difference is called shown where its adjusted p is below this.
inline constexpr double pairedLevel = 0.05;

struct PairedOptions {
    std::vector<std::string> metrics = {}; ///< empty: all that can be compared
    std::vector<std::string> methods = {}; ///< empty: all of the target
    std::string convention = "all"; ///< "finite": galaxies where either interval is infinite are left out
    bool rankByOwnCentre = false;   ///< then methods have worst bins of their own, and these are not compared
    int replicates = 4000;
    std::uint64_t seed = 0;
    bool givenCalibration = false; ///< calibration rows are held fixed though they could be drawn
    std::span<const Metric> known = allMetrics();
};
/// Above so many galaxies the bootstrap is replaced by its normal limit, "paired z".
inline constexpr std::size_t normalLimitRows = 50000;

/// Percentile interval, and p from the replicates shifted to the null, of test.difference; at least 1 /
/// (replicates + 1) unless none reaches the difference: then the normal tail beyond it. NaN ones are left
/// out.
void setFromReplicates(PairedTest& test, std::vector<double> replicates);

/// Whether a metric is a proportion of galaxies.
bool isProportion(const std::string& metric);

/// Metrics that pairs can be tested in: those that say what one galaxy adds.
std::vector<std::string> pairedMetrics(std::span<const Metric> known = allMetrics());

/// All pairs of methods of one target, metric after metric, first before second in the order of the study.
/// Where a method has a calibration part, calibration and test galaxies are drawn anew together: Student's t
/// with the scatter of the difference, and for coverages no smaller p than McNemar's. Otherwise and with
/// givenCalibration only test galaxies are. Coverages: McNemar on the same galaxies, difference with the
/// interval of Agresti & Min (2005). Widths, scores, |error|: mean over the galaxies where both methods have
/// a finite one (widths and interval scores: finite intervals; CRPS: predictive distributions, for this
/// calibration set), percentile interval of the paired bootstrap, p from the replicates shifted to the
/// null (Efron & Tibshirani 1993, 16.4), at least 1 / (replicates + 1); where no replicate reaches the
/// difference, the normal tail beyond it. adjustedP: Holm over all tests returned. The tail is that of the
/// truth, the worst bin that of the base prediction; without one, worst bins are not compared.
/// @throws UsageError for metrics or methods that are not there.
std::vector<PairedTest> pairedTests(const TargetStudy& target, const PairedOptions& options,
                                    const RunContext& context);

/// Adjusts by Holm over all of these, whatever target and metric: for tests of several calls.
void adjustTogether(std::vector<PairedTest>& tests);

/// All pairs among `methods` on every target of a study, adjusted together; a target takes those that it has.
/// options.methods is not read.
std::vector<PairedTest> pairedTests(const Study& study, const std::vector<std::string>& methods,
                                    PairedOptions options, const RunContext& context);

/// The methods that share the best mean in a metric where less is better: the smallest value, and all that
/// do not differ from it at the adjusted level. `candidates` may win; pairs are looked up in `tests`.
std::vector<std::string> bestMethods(std::span<const PairedTest> tests, const std::string& target,
                                     const std::string& metric, std::span<const std::string> candidates,
                                     double level = pairedLevel);

} // namespace penumbra
