#include "core/eval/evaluate.h"

#include "core/base/error.h"
#include "core/eval/distributions.h"
#include "core/eval/metrics.h"
#include "core/eval/true_distribution.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

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
    const auto hasCentre = [&](std::size_t i) {
        return std::isfinite(prediction.mean[i]) ||
               (std::isnan(prediction.mean[i]) && !hasFiniteInterval(prediction, i));
    };
    for (std::size_t i = 0; i < prediction.mean.size(); ++i)
        if (!hasCentre(i) || std::isnan(prediction.lower[i]) || std::isnan(prediction.upper[i]))
            throw Error("The " + nameOf(prediction) + " is not a number at test row " + std::to_string(i) +
                        " (counted from 0); leave such rows out");
}

/// Some rows, as metrics want them.
struct Rows {
    Prediction prediction;
    std::vector<double> truth;
    std::vector<double> base;
    std::vector<TrueDistribution> trueDistributions;
    std::optional<Distributions> distributions;
};

/// @param keep which rows, of all
template <typename Keep>
Rows chosenRows(const Prediction& prediction, std::span<const double> truth, std::span<const double> base,
                std::span<const TrueDistribution> trueDistributions, const Distributions* distributions,
                const Keep& keep) {
    Rows kept;
    std::vector<std::size_t> rows;
    kept.prediction.method = prediction.method;
    kept.prediction.target = prediction.target;
    kept.prediction.unit = prediction.unit;
    kept.prediction.alpha = prediction.alpha;
    kept.prediction.ends = prediction.ends;
    for (std::size_t i = 0; i < truth.size(); ++i) {
        if (!keep(i))
            continue;
        rows.push_back(i);
        kept.truth.push_back(truth[i]);
        kept.prediction.mean.push_back(prediction.mean[i]);
        kept.prediction.lower.push_back(prediction.lower[i]);
        kept.prediction.upper.push_back(prediction.upper[i]);
        if (!prediction.effective.empty())
            kept.prediction.effective.push_back(prediction.effective[i]);
        if (!base.empty())
            kept.base.push_back(base[i]);
        if (!trueDistributions.empty())
            kept.trueDistributions.push_back(trueDistributions[i]);
    }
    if (distributions != nullptr)
        kept.distributions = distributions->onRows(rows);
    return kept;
}

void checkBase(const Rows& rows) {
    if (std::any_of(rows.base.begin(), rows.base.end(), [](double v) { return !std::isfinite(v); }))
        throw Error("The base prediction of target '" + rows.prediction.target +
                    "', which ranks the worst bin, holds values that are not finite");
}

void checkNormalisation(const Rows& rows, const EvaluateOptions& options) {
    if (!options.normaliseByOnePlusTruth)
        return;
    if (std::any_of(rows.truth.begin(), rows.truth.end(), [](double v) { return v <= -1.0; }))
        throw Error("Residuals of target '" + rows.prediction.target +
                    "' cannot be divided by 1 + truth: a true value is -1 or less; is it a redshift?");
}

/// The rows of a metric, with what it computes from them.
class Evaluation {
public:
    Evaluation(Rows rows, const EvaluateOptions& options)
        : rows_(std::move(rows)), options_(options), bootstrap_(rows_.prediction, rows_.truth, options) {}
    void compute(const Metric& metric, std::vector<Score>& out) const {
        metric.compute({rows_.prediction, rows_.truth, rows_.base, options_, bootstrap_,
                        rows_.trueDistributions.empty() ? nullptr : &rows_.trueDistributions,
                        rows_.distributions ? &*rows_.distributions : nullptr},
                       out);
    }

private:
    Rows rows_;
    const EvaluateOptions& options_;
    BootstrapSums bootstrap_;
};

/// What one stratum contributes to coverage and width, in one convention.
struct BinRows {
    std::size_t covered = 0;
    std::size_t rows = 0;
    std::size_t below = 0; ///< missed, with the truth below
    std::size_t infinite = 0, crossed = 0;
    std::vector<double> widths; ///< finite ones
};

void addStratum(const Prediction& prediction, const BinRows& stratum, const Interval& widthInterval,
                const std::string& convention, const std::string& conditionedOn, const std::string& label,
                const EvaluateOptions& options, std::vector<Score>& out) {
    const bool finite = convention == "finite";
    Score coverage = emptyScore(prediction, "coverage_by_bin", convention);
    coverage.conditionedOn = conditionedOn;
    coverage.stratum = label;
    coverage.nInfinite = finite ? 0 : static_cast<std::int64_t>(stratum.infinite);
    coverage.nCrossed = static_cast<std::int64_t>(stratum.crossed);
    setProportion(coverage, stratum.covered, stratum.rows, options);
    Score width = emptyScore(prediction, "width_by_bin", convention);
    width.conditionedOn = conditionedOn;
    width.stratum = label;
    width.n = static_cast<std::int64_t>(stratum.widths.size());
    width.nInfinite = static_cast<std::int64_t>(stratum.infinite);
    width.nCrossed = coverage.nCrossed;
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

void addMisses(const Prediction& prediction, const BinRows& stratum, const std::string& convention,
               const std::string& conditionedOn, const std::string& label, const EvaluateOptions& options,
               std::vector<Score>& out) {
    const std::size_t above = stratum.rows - stratum.covered - stratum.below;
    for (const auto& [metric, k] :
         {std::pair("miss_below_by_bin", stratum.below), {"miss_above_by_bin", above}}) {
        Score score = emptyScore(prediction, metric, convention);
        score.conditionedOn = conditionedOn;
        score.stratum = label;
        score.nInfinite = convention == "finite" ? 0 : static_cast<std::int64_t>(stratum.infinite);
        score.nCrossed = static_cast<std::int64_t>(stratum.crossed);
        setProportion(score, k, stratum.rows, options);
        out.push_back(std::move(score));
    }
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

std::vector<std::uint8_t> missedRows(const Prediction& prediction, std::span<const double> truth,
                                     bool below) {
    std::vector<std::uint8_t> missed = coveredRows(prediction, truth);
    for (std::size_t i = 0; i < truth.size(); ++i)
        missed[i] =
            !missed[i] && liesBelow(prediction.lower[i], truth[i], prediction.upper[i]) == below ? 1 : 0;
    return missed;
}

void setCounts(Score& score, const Prediction& prediction, std::span<const std::size_t> rows) {
    score.nInfinite = score.nCrossed = 0;
    for (const std::size_t row : rows) {
        score.nInfinite += hasFiniteInterval(prediction, row) ? 0 : 1;
        score.nCrossed += isCrossed(prediction.lower[row], prediction.upper[row]) ? 1 : 0;
    }
}

void setCounts(Score& score, const Prediction& prediction) {
    std::vector<std::size_t> all(prediction.lower.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    setCounts(score, prediction, all);
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
                                      const std::vector<TrueDistribution>& trueDistributions,
                                      std::span<const Metric> metrics, const Distributions* distributions) {
    checkLengths(prediction, truth.size());
    if (!basePrediction.empty() && basePrediction.size() != truth.size())
        throw Error("There are " + std::to_string(basePrediction.size()) + " base predictions, but " +
                    std::to_string(truth.size()) + " true values");
    if (!prediction.effective.empty() && prediction.effective.size() != truth.size())
        throw Error("The " + nameOf(prediction) + " has " + std::to_string(prediction.effective.size()) +
                    " effective numbers, but there are " + std::to_string(truth.size()) + " true values");
    if (!trueDistributions.empty() && trueDistributions.size() != truth.size())
        throw Error("There are " + std::to_string(trueDistributions.size()) + " true distributions, but " +
                    std::to_string(truth.size()) + " true values");
    if (distributions != nullptr && distributions->rows() != truth.size())
        throw Error("There are " + std::to_string(distributions->rows()) + " predictive distributions, but " +
                    std::to_string(truth.size()) + " true values");
    const auto rowsWhere = [&](const auto& keep) {
        return chosenRows(prediction, truth, basePrediction, trueDistributions, distributions, keep);
    };
    Rows labelled = rowsWhere([&](std::size_t i) { return !std::isnan(truth[i]); });
    checkNumbers(labelled.prediction);
    checkBase(labelled);
    checkNormalisation(labelled, options);
    const auto& centres = labelled.prediction.mean;
    std::optional<Evaluation> centred; // where some intervals have no centre
    if (std::any_of(centres.begin(), centres.end(), [](double v) { return std::isnan(v); }))
        centred.emplace(rowsWhere([&](std::size_t i) {
                            return !std::isnan(truth[i]) && !std::isnan(prediction.mean[i]);
                        }),
                        options);
    const Evaluation all(std::move(labelled), options);
    std::vector<Score> scores;
    for (const Metric& metric : metrics)
        (metric.usesCentre && centred ? *centred : all).compute(metric, scores);
    return scores;
}

std::vector<Score> evaluateByBin(const Prediction& prediction, std::span<const double> truth,
                                 const Bins& bins, const std::string& conditionedOn,
                                 const EvaluateOptions& options) {
    const auto covered = coveredRows(prediction, truth), below = missedRows(prediction, truth, true);
    if (bins.binOfRow.size() != truth.size())
        throw Error("The bins of '" + conditionedOn + "' are for " + std::to_string(bins.binOfRow.size()) +
                    " rows, but there are " + std::to_string(truth.size()));
    std::vector<BinRows> all(bins.size()), finite(bins.size());
    for (std::size_t i = 0; i < truth.size(); ++i) {
        if (bins.binOfRow[i] < 0 || std::isnan(truth[i]))
            continue;
        const auto bin = static_cast<std::size_t>(bins.binOfRow[i]);
        all[bin].covered += covered[i];
        all[bin].below += below[i];
        ++all[bin].rows;
        const bool crossed = isCrossed(prediction.lower[i], prediction.upper[i]);
        all[bin].crossed += crossed ? 1 : 0;
        if (!hasFiniteInterval(prediction, i)) {
            ++all[bin].infinite;
            continue;
        }
        finite[bin].covered += covered[i];
        finite[bin].below += below[i];
        finite[bin].crossed += crossed ? 1 : 0;
        ++finite[bin].rows;
        finite[bin].widths.push_back(intervalWidth(prediction, i));
    }
    std::vector<Score> scores;
    for (std::size_t b = 0; b < bins.size(); ++b) {
        all[b].widths = finite[b].widths;
        finite[b].infinite = all[b].infinite;
        const Interval interval = bootstrapMean(finite[b].widths, options);
        addStratum(prediction, all[b], interval, "all", conditionedOn, bins.label[b], options, scores);
        addStratum(prediction, finite[b], interval, "finite", conditionedOn, bins.label[b], options, scores);
    }
    for (std::size_t b = 0; b < bins.size(); ++b) {
        addMisses(prediction, all[b], "all", conditionedOn, bins.label[b], options, scores);
        addMisses(prediction, finite[b], "finite", conditionedOn, bins.label[b], options, scores);
    }
    return scores;
}

} // namespace penumbra
