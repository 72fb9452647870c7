#include "core/eval/evaluate.h"

#include "core/base/error.h"
#include "core/eval/metrics.h"
#include "core/eval/true_distribution.h"

#include <algorithm>
#include <cmath>

namespace penumbra {

namespace {

std::string nameOf(const Prediction& prediction) {
    return "prediction of " + prediction.method + " for target '" + prediction.target + "'";
}

void checkLengths(const Prediction& prediction, std::size_t rows) {
    if (prediction.lower.size() == rows && prediction.upper.size() == rows && prediction.mean.size() == rows)
        return;
    throw Error("The " + nameOf(prediction) + " has " + std::to_string(prediction.mean.size()) +
                " centres, " + std::to_string(prediction.lower.size()) + " lower and " +
                std::to_string(prediction.upper.size()) + " upper bounds, but there are " +
                std::to_string(rows) + " true values");
}

void checkNumbers(const Prediction& prediction) {
    for (std::size_t i = 0; i < prediction.mean.size(); ++i)
        if (!std::isfinite(prediction.mean[i]) || std::isnan(prediction.lower[i]) ||
            std::isnan(prediction.upper[i]))
            throw Error("The " + nameOf(prediction) + " is not a number at test row " + std::to_string(i) +
                        " (counted from 0); leave such rows out");
}

/// The rows with a truth, as metrics want them.
struct LabelledRows {
    Prediction prediction;
    std::vector<double> truth;
    std::vector<double> base;
};

LabelledRows labelledRows(const Prediction& prediction, std::span<const double> truth,
                          std::span<const double> base) {
    LabelledRows kept;
    kept.prediction.method = prediction.method;
    kept.prediction.target = prediction.target;
    kept.prediction.unit = prediction.unit;
    kept.prediction.alpha = prediction.alpha;
    kept.prediction.ends = prediction.ends;
    for (std::size_t i = 0; i < truth.size(); ++i) {
        if (std::isnan(truth[i]))
            continue;
        kept.truth.push_back(truth[i]);
        kept.prediction.mean.push_back(prediction.mean[i]);
        kept.prediction.lower.push_back(prediction.lower[i]);
        kept.prediction.upper.push_back(prediction.upper[i]);
        if (!prediction.effective.empty())
            kept.prediction.effective.push_back(prediction.effective[i]);
        if (!base.empty())
            kept.base.push_back(base[i]);
    }
    return kept;
}

void checkBase(const LabelledRows& rows) {
    if (std::any_of(rows.base.begin(), rows.base.end(), [](double v) { return !std::isfinite(v); }))
        throw Error("The base prediction of target '" + rows.prediction.target +
                    "', which ranks the worst bin, holds values that are not finite");
}

void checkNormalisation(const LabelledRows& rows, const EvaluateOptions& options) {
    if (!options.normaliseByOnePlusTruth)
        return;
    if (std::any_of(rows.truth.begin(), rows.truth.end(), [](double v) { return v <= -1.0; }))
        throw Error("Residuals of target '" + rows.prediction.target +
                    "' cannot be divided by 1 + truth: a true value is -1 or less; is it a redshift?");
}

/// What one stratum contributes to coverage and width, in one convention.
struct Stratum {
    std::size_t covered = 0;
    std::size_t rows = 0;
    std::size_t infinite = 0;
    std::vector<double> widths; ///< finite ones
};

void addStratum(const Prediction& prediction, const Stratum& stratum, const Interval& widthInterval,
                const std::string& convention, const std::string& conditionedOn, const std::string& label,
                const EvaluateOptions& options, std::vector<Score>& out) {
    const bool finite = convention == "finite";
    Score coverage = emptyScore(prediction, "coverage_by_bin", convention);
    coverage.conditionedOn = conditionedOn;
    coverage.stratum = label;
    coverage.nInfinite = finite ? 0 : static_cast<std::int64_t>(stratum.infinite);
    setProportion(coverage, stratum.covered, stratum.rows, options);
    Score width = emptyScore(prediction, "width_by_bin", convention);
    width.conditionedOn = conditionedOn;
    width.stratum = label;
    width.n = static_cast<std::int64_t>(stratum.widths.size());
    width.nInfinite = static_cast<std::int64_t>(stratum.infinite);
    if (!stratum.widths.empty()) {
        double sum = 0.0;
        for (const double w : stratum.widths)
            sum += w;
        width.value = sum / static_cast<double>(stratum.widths.size());
        setInterval(width, widthInterval);
    }
    out.push_back(std::move(coverage));
    out.push_back(std::move(width));
}

} // namespace

double pinballLoss(double level, double truth, double predicted) {
    const double error = truth - predicted;
    return std::max(level * error, (level - 1.0) * error);
}

std::vector<std::uint8_t> coveredRows(const Prediction& prediction, std::span<const double> truth) {
    checkLengths(prediction, truth.size());
    std::vector<std::uint8_t> covered(truth.size());
    for (std::size_t i = 0; i < truth.size(); ++i)
        covered[i] = covers(prediction, i, truth[i]) ? 1 : 0;
    return covered;
}

Score emptyScore(const Prediction& prediction, const std::string& metric, const std::string& convention) {
    Score score;
    score.target = prediction.target;
    score.method = prediction.method;
    score.metric = metric;
    score.alpha = prediction.alpha;
    score.convention = convention;
    return score;
}

void setProportion(Score& score, std::size_t k, std::size_t n, const EvaluateOptions& options) {
    score.n = static_cast<std::int64_t>(n);
    if (n == 0)
        return;
    score.value = static_cast<double>(k) / static_cast<double>(n);
    setInterval(score, options.interval == BinomialInterval::Wilson ? wilson(k, n) : clopperPearson(k, n));
}

void setInterval(Score& score, const Interval& interval) {
    score.low = interval.low;
    score.high = interval.high;
}

std::vector<std::size_t> finiteRows(const Prediction& prediction) {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < prediction.lower.size(); ++i)
        if (hasFiniteInterval(prediction, i))
            rows.push_back(i);
    return rows;
}

std::vector<Score> evaluatePrediction(const Prediction& prediction, std::span<const double> truth,
                                      std::span<const double> basePrediction,
                                      const EvaluateOptions& options) {
    return evaluatePrediction(prediction, truth, basePrediction, options, {});
}

std::vector<Score> evaluatePrediction(const Prediction& prediction, std::span<const double> truth,
                                      std::span<const double> basePrediction, const EvaluateOptions& options,
                                      const std::vector<TrueDistribution>& trueDistributions) {
    checkLengths(prediction, truth.size());
    if (!basePrediction.empty() && basePrediction.size() != truth.size())
        throw Error("There are " + std::to_string(basePrediction.size()) + " base predictions, but " +
                    std::to_string(truth.size()) + " true values");
    if (!prediction.effective.empty() && prediction.effective.size() != truth.size())
        throw Error("The " + nameOf(prediction) + " has " + std::to_string(prediction.effective.size()) +
                    " effective numbers, but there are " + std::to_string(truth.size()) + " true values");
    const LabelledRows rows = labelledRows(prediction, truth, basePrediction);
    checkNumbers(rows.prediction);
    checkBase(rows);
    checkNormalisation(rows, options);
    const BootstrapSums bootstrap(rows.prediction, rows.truth, options);
    if (!trueDistributions.empty() && trueDistributions.size() != truth.size())
        throw Error("There are " + std::to_string(trueDistributions.size()) + " true distributions, but " +
                    std::to_string(truth.size()) + " true values");
    std::vector<TrueDistribution> labelled;
    for (std::size_t i = 0; i < trueDistributions.size(); ++i)
        if (!std::isnan(truth[i]))
            labelled.push_back(trueDistributions[i]);
    const MetricInput input{rows.prediction, rows.truth, rows.base,
                            options,         bootstrap,  labelled.empty() ? nullptr : &labelled};
    std::vector<Score> scores;
    for (const Metric& metric : allMetrics())
        metric.compute(input, scores);
    return scores;
}

std::vector<Score> evaluateByBin(const Prediction& prediction, std::span<const double> truth,
                                 const Bins& bins, const std::string& conditionedOn,
                                 const EvaluateOptions& options) {
    const auto covered = coveredRows(prediction, truth);
    if (bins.binOfRow.size() != truth.size())
        throw Error("The bins of '" + conditionedOn + "' are for " + std::to_string(bins.binOfRow.size()) +
                    " rows, but there are " + std::to_string(truth.size()));
    std::vector<Stratum> all(bins.size()), finite(bins.size());
    for (std::size_t i = 0; i < truth.size(); ++i) {
        if (bins.binOfRow[i] < 0 || std::isnan(truth[i]))
            continue;
        const auto bin = static_cast<std::size_t>(bins.binOfRow[i]);
        all[bin].covered += covered[i];
        ++all[bin].rows;
        if (!hasFiniteInterval(prediction, i)) {
            ++all[bin].infinite;
            continue;
        }
        finite[bin].covered += covered[i];
        ++finite[bin].rows;
        finite[bin].widths.push_back(prediction.upper[i] - prediction.lower[i]);
    }
    std::vector<Score> scores;
    for (std::size_t b = 0; b < bins.size(); ++b) {
        all[b].widths = finite[b].widths;
        finite[b].infinite = all[b].infinite;
        const Interval interval = bootstrapMean(finite[b].widths, options);
        addStratum(prediction, all[b], interval, "all", conditionedOn, bins.label[b], options, scores);
        addStratum(prediction, finite[b], interval, "finite", conditionedOn, bins.label[b], options, scores);
    }
    return scores;
}

} // namespace penumbra
