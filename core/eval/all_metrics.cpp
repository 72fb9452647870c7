#include "core/eval/metrics.h"

#include <algorithm>

namespace penumbra {

namespace {

Registry<Metric>& registry() {
    // Tables and the study file follow this order.
    static Registry<Metric> metrics({
        Metric{.id = "coverage",
               .title = "coverage",
               .definition = "Fraction of test rows with lower <= truth <= upper; strictly between where the "
                             "study's ends are "
                             "open.",
               .unit = MetricUnit::Percent,
               .better = Better::Nominal,
               .bracket = Bracket::Proportion,
               .isMain = true,
               .isCoverage = true,
               .finding = "covers more",
               .ofGalaxy = coveredValue,
               .compute = computeCoverage},
        Metric{.id = "tail_coverage",
               .title = "tail coverage",
               .definition =
                   "Coverage of the floor(n/10) lowest and floor(n/10) highest true values; a perfect "
                   "interval need not reach the nominal level there, for the rows are chosen by the truth.",
               .unit = MetricUnit::Percent,
               .better = Better::Nominal,
               .bracket = Bracket::Proportion,
               .isMain = true,
               .stratum = Stratum::Tail,
               .isCoverage = true,
               .finding = "covers more",
               .ofGalaxy = coveredValue,
               .compute = computeTailCoverage},
        Metric{
            .id = "worst_bin_coverage",
            .title = "worst-bin coverage",
            .definition =
                "Coverage of the floor(n/10) rows with the largest |truth - base prediction|; intervals of "
                "one width with coverage c score max(0, 1 - 10(1 - c)) here by construction.",
            .unit = MetricUnit::Percent,
            .better = Better::Nominal,
            .bracket = Bracket::Proportion,
            .isMain = true,
            .stratum = Stratum::WorstTenth,
            .isCoverage = true,
            .usesCentre = true,
            .finding = "covers more",
            .ofGalaxy = coveredValue,
            .compute = computeWorstBinCoverage},
        Metric{.id = "miss_below",
               .title = "misses below",
               .definition = "Fraction of test rows whose truth lies below their interval; alpha/2 where "
                             "errors and method are symmetric.",
               .unit = MetricUnit::Percent,
               .better = Better::Nominal,
               .bracket = Bracket::Proportion,
               .finding = "misses more below",
               .counted = "missed(METHOD) and truth - lower(METHOD) < upper(METHOD) - truth",
               .ofGalaxy = missBelowValue,
               .compute = computeMissBelow},
        Metric{.id = "miss_above",
               .title = "misses above",
               .definition = "Fraction of test rows whose truth lies above their interval; alpha/2 where "
                             "errors and method are symmetric.",
               .unit = MetricUnit::Percent,
               .better = Better::Nominal,
               .bracket = Bracket::Proportion,
               .finding = "misses more above",
               .counted = "missed(METHOD) and not (truth - lower(METHOD) < upper(METHOD) - truth)",
               .ofGalaxy = missAboveValue,
               .compute = computeMissAbove},
        Metric{.id = "mean_width",
               .title = "mean width",
               .definition = "Mean of upper - lower over the rows with a finite interval, in units of the "
                             "target; a crossed interval (lower > upper) is empty and has width 0.",
               .unit = MetricUnit::Target,
               .better = Better::Lower,
               .bracket = Bracket::Bootstrap,
               .isMain = true,
               .isWidth = true,
               .finding = "is narrower",
               .ofGalaxy = widthValue,
               .compute = computeMeanWidth},
        Metric{.id = "median_width",
               .title = "median width",
               .definition = "Median of upper - lower; in convention 'all' infinite widths count as such.",
               .unit = MetricUnit::Target,
               .better = Better::Lower,
               .bracket = Bracket::OrderStatistics,
               .isWidth = true,
               .finding = "is narrower",
               .compute = computeMedianWidth},
        Metric{.id = "n_infinite",
               .title = "infinite intervals",
               .definition = "Number of test rows without a finite interval.",
               .unit = MetricUnit::Count,
               .better = Better::Lower,
               .counted = "not isfinite(width(METHOD))",
               .compute = computeInfinite},
        Metric{.id = "effective_number",
               .title = "effective calibration galaxies",
               .definition =
                   "Local methods: median over test rows of (sum k)^2 / sum k^2, the number of equally "
                   "weighted calibration galaxies that would set the interval as firmly.",
               .better = Better::Neither,
               .bracket = Bracket::OrderStatistics,
               .compute = computeEffectiveNumber},
        Metric{
            .id = "interval_score",
            .title = "interval score",
            .definition =
                "Mean over finite intervals of the width plus 2/alpha times the distance by which the truth "
                "is missed (Gneiting & Raftery 2007); smaller is better. Ends that cross pay for both, as "
                "the two quantiles' losses have it.",
            .unit = MetricUnit::Target,
            .better = Better::Lower,
            .bracket = Bracket::Bootstrap,
            .ofGalaxy = intervalScoreValue,
            .compute = computeIntervalScore},
        Metric{.id = "pinball",
               .title = "pinball loss",
               .definition =
                   "Mean over finite intervals of the quantile losses of both ends, at alpha/2 and 1 - "
                   "alpha/2 (Koenker & Bassett 1978): alpha/4 times the interval score.",
               .unit = MetricUnit::Target,
               .better = Better::Lower,
               .bracket = Bracket::Bootstrap,
               .ofGalaxy = pinballValue,
               .compute = computePinball},
        Metric{
            .id = "crps",
            .title = "CRPS",
            .definition =
                "Continuous ranked probability score (Gneiting & Raftery 2007): mean over galaxies of the "
                "integral of (F - step at the truth)^2. F: the Gaussian of a method's spread, or the centre "
                "plus the calibration galaxies' signed residuals; of CQR the symmetrised one.",
            .unit = MetricUnit::Target,
            .better = Better::Lower,
            .bracket = Bracket::Bootstrap,
            .ofDistribution = true,
            .ofGalaxy = crpsValue,
            .compute = computeCrps},
        Metric{.id = "cde_loss",
               .title = "CDE loss",
               .definition = "Conditional density estimation loss (Izbicki & Lee 2016): mean of int f^2 - 2 "
                             "f(truth); may be negative. Of methods with a density f, which intervals and "
                             "calibration galaxies do not give.",
               .unit = MetricUnit::PerTarget,
               .better = Better::Lower,
               .bracket = Bracket::Bootstrap,
               .ofDistribution = true,
               .ofGalaxy = cdeLossValue,
               .compute = computeCdeLoss},
        Metric{.id = "error_width_correlation",
               .title = "correlation of width and |error|",
               .definition =
                   "Pearson correlation of upper - lower and |truth - centre| over finite intervals.",
               .better = Better::Higher,
               .bracket = Bracket::Bootstrap,
               .compute = computeErrorCorrelation},
        Metric{.id = "error_width_auroc",
               .title = "AUROC of width for large errors",
               .definition =
                   "Probability that a row with |truth - centre| above its (1-alpha) quantile has a wider "
                   "interval than one below it (Lin, Trivedi & Sun 2021); widths that differ by rounding "
                   "alone are equal.",
               .better = Better::Higher,
               .bracket = Bracket::DeLong,
               .usesCentre = true,
               .compute = computeErrorAuroc},
        Metric{
            .id = "conditional_coverage_error",
            .title = "conditional coverage error",
            .definition =
                "Mean over galaxies of |true probability of the interval - nominal|, the truth being that of "
                "the simulation given all that is true of the galaxy, of which the features show a part.",
            .unit = MetricUnit::Percent,
            .better = Better::Lower,
            .bracket = Bracket::Bootstrap,
            .isMain = true,
            .ofSimulation = true,
            .compute = computeConditionalError},
        Metric{.id = "conditional_coverage_worst",
               .title = "worst tenth of true coverage",
               .definition = "Mean true probability of the floor(n/10) intervals where it is lowest.",
               .unit = MetricUnit::Percent,
               .better = Better::Higher,
               .bracket = Bracket::Bootstrap,
               .ofSimulation = true,
               .compute = computeConditionalWorst},
        Metric{.id = "undercovered_share",
               .title = "undercovered galaxies",
               .definition = "Share of galaxies whose interval has a true probability more than 5 percentage "
                             "points below nominal.",
               .unit = MetricUnit::Percent,
               .better = Better::Lower,
               .bracket = Bracket::Proportion,
               .ofSimulation = true,
               .compute = computeUndercoveredShare},
        Metric{.id = "r2",
               .title = "R2",
               .definition = "1 - sum (truth - centre)^2 / sum (truth - mean truth)^2.",
               .better = Better::Higher,
               .bracket = Bracket::Bootstrap,
               .ofPoint = true,
               .compute = computeR2},
        Metric{.id = "rmse",
               .title = "RMSE",
               .definition = "Square root of the mean of (truth - centre)^2.",
               .unit = MetricUnit::Target,
               .better = Better::Lower,
               .bracket = Bracket::Bootstrap,
               .ofPoint = true,
               .compute = computeRmse},
        Metric{.id = "mae",
               .title = "mean |error|",
               .definition = "Mean of |truth - centre|.",
               .unit = MetricUnit::Target,
               .better = Better::Lower,
               .bracket = Bracket::Bootstrap,
               .ofPoint = true,
               .ofGalaxy = absoluteErrorValue,
               .compute = computeMeanAbsoluteError},
        Metric{.id = "bias",
               .title = "bias",
               .definition = "Mean of d = centre - truth, or d / (1 + truth) for redshifts.",
               .unit = MetricUnit::Target,
               .better = Better::Nominal,
               .bracket = Bracket::Bootstrap,
               .ofPoint = true,
               .compute = computeBias},
        Metric{.id = "sigma_nmad",
               .title = "sigma NMAD",
               .definition = "1.4826 median |d - median d| with d as in the bias (Brammer et al. 2008).",
               .unit = MetricUnit::Target,
               .better = Better::Lower,
               .bracket = Bracket::OrderStatistics,
               .ofPoint = true,
               .compute = computeSigmaNmad},
        Metric{.id = "outlier_fraction",
               .title = "outlier fraction",
               .definition = "Fraction of rows with |d| above the outlier threshold, d as in the bias: 0.15 "
                             "for redshifts, 5 "
                             "times sigma NMAD for other targets unless set.",
               .better = Better::Lower,
               .bracket = Bracket::Proportion,
               .ofPoint = true,
               .compute = computeOutlierFraction},
    });
    return metrics;
}

} // namespace

std::span<const Metric> allMetrics() {
    return registry().all();
}

Added addMetric(Metric metric) {
    return registry().add(std::move(metric));
}

const Metric* findMetric(const std::string& id, std::span<const Metric> metrics) {
    const auto found =
        std::find_if(metrics.begin(), metrics.end(), [&](const Metric& metric) { return metric.id == id; });
    return found == metrics.end() ? nullptr : &*found;
}

std::string bracketName(Bracket bracket, BinomialInterval interval) {
    switch (bracket) {
    case Bracket::Proportion:
        return interval == BinomialInterval::Wilson ? "Wilson" : "Clopper-Pearson";
    case Bracket::Bootstrap:
        return "bootstrap";
    case Bracket::OrderStatistics:
        return "order statistics";
    case Bracket::DeLong:
        return "DeLong";
    case Bracket::None:
        break;
    }
    return "";
}

} // namespace penumbra
