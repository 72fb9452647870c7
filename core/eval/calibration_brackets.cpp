#include "core/eval/calibration_brackets.h"

#include "core/base/statistics.h"
#include "core/catalogue/lower_bound.h"
#include "core/eval/metric_roles.h"
#include "core/eval/metrics.h"
#include "core/eval/paired.h"

#include <algorithm>
#include <cmath>

namespace penumbra {

namespace {

/// Sample variance of the finite values; 0 for fewer than two.
double varianceOf(const std::vector<double>& values) {
    double sum = 0.0, squares = 0.0, n = 0.0;
    for (const double value : values)
        if (std::isfinite(value)) {
            sum += value;
            ++n;
        }
    if (n < 2.0)
        return 0.0;
    for (const double value : values)
        if (std::isfinite(value))
            squares += (value - sum / n) * (value - sum / n);
    return squares / (n - 1.0);
}

/// p(1 - p) with two galaxies added on either side, so that no fraction is certain (Agresti & Coull 1998).
double binaryVariance(double fraction, double n) {
    const double p = (fraction * n + 2.0) / (n + 4.0);
    return p * (1.0 - p);
}

/// Variance of the coverage over calibration sets, exact for split conformal prediction: Beta(k, n + 1 - k).
double betaVariance(double n, double alpha) {
    const auto k = static_cast<double>(conformalRank(static_cast<std::size_t>(n), alpha));
    return k > n ? 0.0 : k * (n + 1.0 - k) / ((n + 1.0) * (n + 1.0) * (n + 2.0));
}

/// Adds an independent error of standard error `error` to the halves of an interval about a value.
void widen(Score& score, double error) {
    if (!std::isfinite(score.value) || !std::isfinite(error))
        return;
    const double low = std::isfinite(score.low) ? score.value - score.low : 0.0;
    const double high = std::isfinite(score.high) ? score.high - score.value : 0.0;
    score.low = score.value - std::hypot(low, error);
    score.high = score.value + std::hypot(high, error);
    if (score.value >= 0.0)
        score.low = std::max(0.0, score.low);
}

/// Whether the calibration has a part in it. Scores by bins have ids of their own, all of intervals.
bool isOfIntervals(const std::string& metric) {
    const Metric* known = findMetric(metric);
    return known == nullptr || !known->ofPoint;
}

} // namespace

CalibrationBrackets::CalibrationBrackets(const TargetStudy& target, const Prediction& prediction,
                                         const EvaluateOptions& options)
    : target_(target), prediction_(prediction), options_(options), truth_(target.testTruth()),
      calibrationRows_(static_cast<double>(target.heldOut.calibrationCount())) {
    if (options.bootstrapReplicates < 2 || !target.canDrawCalibration(prediction.method))
        return;
    const CalibrationPart& part = *target.calibrationPart(prediction.method);
    if (part.drawn)
        drawn_ = &*part.drawn;
    if (!part.split)
        return;
    split_ = &*part.split;
    calibrationRows_ -= static_cast<double>(std::count_if(
        split_->calibration.begin(), split_->calibration.end(), [](double s) { return std::isnan(s); }));
    const ScoreOrder order(*split_);
    for (std::size_t r = 0; r < static_cast<std::size_t>(options.bootstrapReplicates); ++r)
        quantiles_.push_back(order.quantile(calibrationResample(split_->calibration.size(), options.seed, r),
                                            prediction.alpha));
}

CalibrationBrackets::Worlds CalibrationBrackets::drawWorlds(const RunContext& context) const {
    JointOptions joint;
    joint.replicates = options_.bootstrapReplicates;
    joint.seed = options_.seed;
    joint.pairs = false;
    RunContext quiet = context.quiet();
    quiet.threads = options_.threads;
    const std::string methods[] = {prediction_.method};
    const auto draw = [&] {
        return std::move(resampleJointly(target_, methods, joint, quiet).methods.front());
    };
    Worlds worlds;
    worlds.all = draw();
    joint.finiteOnly = true;
    const bool infinite = finiteRows(prediction_).size() < prediction_.lower.size();
    worlds.finite = infinite ? draw() : worlds.all;
    return worlds;
}

/// @param variance of the coverage over calibration and test sets
Interval CalibrationBrackets::proportion(const Score& score, double variance) const {
    const auto n = static_cast<double>(score.n);
    const double size = variance > 0.0 ? std::min(n, binaryVariance(score.value, n) / variance) : n;
    return options_.interval == BinomialInterval::Wilson
               ? wilsonAt(score.value, size)
               : clopperPearsonAt(score.value * size, (1.0 - score.value) * size);
}

void CalibrationBrackets::fillProportion(Score& score, const Worlds& drawn) const {
    const auto n = static_cast<double>(score.n);
    const double error = scatterOf(drawn.of(score), worldValue(score.metric)).standardError;
    double variance = std::isfinite(error) ? error * error : 0.0;
    if (isOverallCoverage(score) && split_ != nullptr && !split_->interpolated)
        variance = binaryVariance(score.value, n) / n + betaVariance(calibrationRows_, score.alpha);
    setInterval(score, proportion(score, variance));
}

void CalibrationBrackets::fillMean(Score& score, const Worlds& drawn) const {
    const WorldScatter scatter = scatterOf(drawn.of(score), worldValue(score.metric));
    if (scatter.worlds < 2)
        return;
    const double smallest =
        std::min({calibrationRows_, static_cast<double>(score.n), static_cast<double>(scatter.worlds)});
    const double half = studentQuantile(0.95, std::max(1.0, smallest - 1.0)) * scatter.standardError;
    score.low = score.high = score.value;
    widen(score, half);
}

/// Standard error over calibration sets of the median width: of the split methods half the difference between
/// quantiles one standard error up and down.
double CalibrationBrackets::medianScatter() const {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < truth_.size(); ++i)
        if (!std::isnan(truth_[i]))
            rows.push_back(i);
    const auto medianOver = [&](const auto& widthOf) {
        std::vector<double> widths;
        for (const std::size_t row : rows)
            widths.push_back(widthOf(row));
        return medianOf(widths);
    };
    if (drawn_ != nullptr) {
        std::vector<double> medians;
        for (std::size_t r = 0; r < drawn_->draws; ++r)
            medians.push_back(medianOver([&](std::size_t row) { return 2.0 * drawn_->at(r, row); }));
        return std::sqrt(varianceOf(medians));
    }
    const double q = ScoreOrder(*split_).quantile(prediction_.alpha),
                 error = std::sqrt(varianceOf(quantiles_));
    const auto medianAt = [&](double at) {
        return medianOver([&](std::size_t row) {
            return std::isfinite(split_->scale[row]) ? std::max(0.0, split_->upper[row] - split_->lower[row] +
                                                                         2.0 * at * split_->scale[row])
                                                     : split_->scale[row];
        });
    };
    return 0.5 * (medianAt(q + error) - medianAt(q - error));
}

void CalibrationBrackets::fillMedian(Score& score) const {
    widen(score, normalQuantile(0.975) * medianScatter());
}

void CalibrationBrackets::markGiven(std::vector<Score>& scores, const TargetStudy& target,
                                    const std::string& method) {
    if (target.heldOut.calibrationCount() == 0)
        return;
    const CalibrationPart* part = target.calibrationPart(method);
    if (part != nullptr && !part->canBeDrawn())
        return;
    for (Score& score : scores)
        if (isOfIntervals(score.metric))
            score.calibration = "given";
}

void CalibrationBrackets::fill(std::vector<Score>& scores, const RunContext& context) const {
    markGiven(scores, target_, prediction_.method);
    if (split_ == nullptr && drawn_ == nullptr)
        return;
    const Worlds worlds = drawWorlds(context);
    for (Score& score : scores) {
        const bool resampled = isResampled(score.metric);
        if (!(resampled || score.metric == "median_width") || std::isnan(score.value))
            continue;
        score.calibration = "drawn";
        if (!resampled)
            fillMedian(score);
        else if (isProportion(score.metric))
            fillProportion(score, worlds);
        else
            fillMean(score, worlds);
    }
}

/// Share of these test rows that are missed on a side, with every calibration set drawn.
/// @param side of the interval, by row
std::vector<double> CalibrationBrackets::drawnMisses(const std::vector<std::size_t>& rows,
                                                     const std::function<bool(std::size_t)>& side) const {
    const auto n = static_cast<double>(rows.size());
    std::vector<double> sorted, misses;
    const double bound = lowerBoundOf(target_.heldOut);
    if (drawn_ != nullptr) {
        for (std::size_t r = 0; r < drawn_->draws; ++r) {
            const auto missed = [&](std::size_t row) {
                const double centre = prediction_.mean[row], half = drawn_->at(r, row);
                return side(row) && !covers(std::max(bound, centre - half), truth_[row],
                                            std::max(bound, centre + half), prediction_.ends);
            };
            misses.push_back(static_cast<double>(std::count_if(rows.begin(), rows.end(), missed)) / n);
        }
        return misses;
    }
    for (const std::size_t row : rows)
        if (side(row))
            sorted.push_back(cutScore(*split_, row, truth_[row], bound));
    std::sort(sorted.begin(), sorted.end());
    const bool closed = prediction_.ends == Ends::Closed;
    for (const double q : quantiles_) {
        const auto end = closed ? std::upper_bound(sorted.begin(), sorted.end(), q)
                                : std::lower_bound(sorted.begin(), sorted.end(), q);
        misses.push_back(static_cast<double>(sorted.end() - end) / n);
    }
    return misses;
}

/// Standard error over calibration sets of the mean width of these test rows.
double CalibrationBrackets::widthScatter(const std::vector<std::size_t>& rows) const {
    if (rows.empty())
        return 0.0;
    const double bound = lowerBoundOf(target_.heldOut);
    if (drawn_ != nullptr) {
        std::vector<double> means;
        for (std::size_t r = 0; r < drawn_->draws; ++r) {
            double sum = 0.0, n = 0.0;
            for (const std::size_t row : rows)
                if (const double half = drawn_->at(r, row); std::isfinite(half)) {
                    sum += std::max(bound, prediction_.mean[row] + half) -
                           std::max(bound, prediction_.mean[row] - half);
                    ++n;
                }
            means.push_back(sum / n);
        }
        return std::sqrt(varianceOf(means));
    }
    double scale = 0.0;
    for (const std::size_t row : rows) { // an end that is cut stays where it is
        const auto isCut = [&](double end) { return std::isfinite(bound) && end <= bound; };
        const int moving = (isCut(prediction_.lower[row]) ? 0 : 1) + (isCut(prediction_.upper[row]) ? 0 : 1);
        scale += moving * split_->scale[row] / static_cast<double>(rows.size());
    }
    return scale * std::sqrt(varianceOf(quantiles_));
}

void CalibrationBrackets::fillBins(std::vector<Score>& scores, const Bins& bins) const {
    markGiven(scores, target_, prediction_.method);
    if (split_ == nullptr && drawn_ == nullptr)
        return;
    std::vector<std::vector<std::size_t>> all(bins.size()), finite(bins.size());
    for (std::size_t i = 0; i < truth_.size(); ++i) {
        if (bins.binOfRow[i] < 0 || std::isnan(truth_[i]))
            continue;
        const auto bin = static_cast<std::size_t>(bins.binOfRow[i]);
        all[bin].push_back(i);
        if (hasFiniteInterval(prediction_, i))
            finite[bin].push_back(i);
    }
    for (Score& score : scores) {
        const auto bin = static_cast<std::size_t>(
            std::find(bins.label.begin(), bins.label.end(), score.stratum) - bins.label.begin());
        if (bin >= bins.size() || std::isnan(score.value))
            continue;
        score.calibration = "drawn";
        if (score.metric == "width_by_bin") {
            widen(score, normalQuantile(0.975) * widthScatter(finite[bin]));
            continue;
        }
        const auto& rows = score.convention == "finite" ? finite[bin] : all[bin];
        const auto side = [&](std::size_t row) {
            const bool below = liesBelow(prediction_.lower[row], truth_[row], prediction_.upper[row]);
            return score.metric == "coverage_by_bin" || below == (score.metric == "miss_below_by_bin");
        };
        const auto n = static_cast<double>(score.n);
        setInterval(score, proportion(score, binaryVariance(score.value, n) / n +
                                                 varianceOf(drawnMisses(rows, side))));
    }
}

} // namespace penumbra
