#include "core/eval/calibration_brackets.h"

#include "core/base/statistics.h"
#include "core/eval/metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace penumbra {

namespace {

using Kind = CalibrationPart::Kind;

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

Interval wilsonAt(double fraction, double size) {
    const double z = normalQuantile(0.975), scale = 1.0 + z * z / size;
    const double centre = (fraction + z * z / (2.0 * size)) / scale;
    const double half =
        z * std::sqrt(fraction * (1.0 - fraction) / size + z * z / (4.0 * size * size)) / scale;
    return {fraction <= 0.0 ? 0.0 : std::max(0.0, centre - half),
            fraction >= 1.0 ? 1.0 : std::min(1.0, centre + half)};
}

Interval clopperPearsonAt(double fraction, double size) {
    const double hits = fraction * size, misses = size - hits;
    return {hits <= 0.0 ? 0.0 : betaQuantile(0.025, hits, misses + 1.0),
            misses <= 0.0 ? 1.0 : betaQuantile(0.975, hits + 1.0, misses)};
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

bool isCoverage(const std::string& metric) {
    return metric == "coverage" || metric == "tail_coverage" || metric == "worst_bin_coverage" ||
           metric == "coverage_by_bin";
}
bool isMean(const std::string& metric) {
    return metric == "mean_width" || metric == "interval_score";
}
bool ofWidths(const std::string& metric) {
    return metric == "median_width" || metric == "error_width_correlation" || metric == "error_width_auroc" ||
           metric == "width_by_bin";
}

} // namespace

CalibrationBrackets::CalibrationBrackets(const TargetStudy& target, const Prediction& prediction,
                                         const EvaluateOptions& options, const RunContext& context)
    : target_(target), prediction_(prediction), options_(options), truth_(target.testTruth()),
      calibrationRows_(static_cast<double>(target.heldOut.calibrationCount())) {
    const auto found = target.calibrationParts.find(prediction.method);
    if (found == target.calibrationParts.end())
        return;
    part_ = found->second.get();
    if (part_->kind == Kind::None || options.bootstrapReplicates < 2)
        return;
    JointOptions joint;
    joint.replicates = options.bootstrapReplicates;
    joint.seed = options.seed;
    joint.pairs = false;
    RunContext quiet = context.quiet();
    quiet.threads = options.threads;
    const std::string methods[] = {prediction.method};
    all_ = std::move(resampleJointly(target, methods, joint, quiet).methods.front());
    const bool infinite = finiteRows(prediction_).size() < prediction_.lower.size();
    joint.finiteOnly = true;
    finite_ = infinite ? std::move(resampleJointly(target, methods, joint, quiet).methods.front()) : all_;
    if (part_->kind != Kind::Split)
        return;
    const ScoreOrder order(part_->split);
    for (std::size_t r = 0; r < all_.size(); ++r)
        quantiles_.push_back(order.quantile(
            calibrationResample(part_->split.calibration.size(), options.seed, r), prediction.alpha));
}

const std::vector<WorldValues>& CalibrationBrackets::worldsOf(const Score& score) const {
    return score.convention == "finite" ? finite_ : all_;
}

/// @param variance of the coverage over calibration and test sets
Interval CalibrationBrackets::proportion(const Score& score, double variance) const {
    const auto n = static_cast<double>(score.n);
    const double size = variance > 0.0 ? std::min(n, binaryVariance(score.value, n) / variance) : n;
    return options_.interval == BinomialInterval::Wilson ? wilsonAt(score.value, size)
                                                         : clopperPearsonAt(score.value, size);
}

void CalibrationBrackets::fillCoverage(Score& score) const {
    const auto n = static_cast<double>(score.n);
    const auto& worlds = worldsOf(score);
    const double error = scatterOf(worlds, worldValue(score.metric)).standardError;
    double variance = std::isfinite(error) ? error * error : 0.0;
    if (score.metric == "coverage" && part_->kind == Kind::Split && !part_->split.interpolated)
        variance = binaryVariance(score.value, n) / n + betaVariance(calibrationRows_, score.alpha);
    const Interval interval = proportion(score, variance);
    score.low = interval.low;
    score.high = interval.high;
}

void CalibrationBrackets::fillMean(Score& score) const {
    const WorldScatter scatter = scatterOf(worldsOf(score), worldValue(score.metric));
    if (scatter.worlds < 2)
        return;
    const double smallest =
        std::min({calibrationRows_, static_cast<double>(score.n), static_cast<double>(scatter.worlds)});
    const double half = studentQuantile(0.95, std::max(1.0, smallest - 1.0)) * scatter.standardError;
    score.low = score.high = score.value;
    widen(score, half);
}

/// The median of widths at quantiles one standard error up and down.
void CalibrationBrackets::fillMedian(Score& score) const {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < truth_.size(); ++i)
        if (!std::isnan(truth_[i]))
            rows.push_back(i);
    if (part_->kind == Kind::Drawn) {
        std::vector<double> medians;
        for (const auto& ends : part_->drawn) {
            std::vector<double> widths;
            for (const std::size_t row : rows)
                if (const double width = ends.upper[row] - ends.lower[row];
                    score.convention == "all" || std::isfinite(width))
                    widths.push_back(std::max(0.0, width));
            medians.push_back(medianOf(widths));
        }
        widen(score, normalQuantile(0.975) * std::sqrt(varianceOf(medians)));
        return;
    }
    const double q = ScoreOrder(part_->split).quantile(score.alpha),
                 error = std::sqrt(varianceOf(quantiles_));
    const auto medianAt = [&](double at) {
        std::vector<double> widths;
        for (const std::size_t row : rows)
            widths.push_back(std::max(0.0, part_->split.upper[row] - part_->split.lower[row] +
                                               2.0 * at * part_->split.scale[row]));
        return medianOf(widths);
    };
    widen(score, normalQuantile(0.975) * 0.5 * (medianAt(q + error) - medianAt(q - error)));
}

void CalibrationBrackets::markGiven(std::vector<Score>& scores, const TargetStudy& target,
                                    const std::string& method) {
    if (target.heldOut.calibrationCount() == 0)
        return;
    const auto part = target.calibrationParts.find(method);
    if (part != target.calibrationParts.end() && part->second->kind == Kind::None)
        return;
    for (Score& score : scores)
        if (isCoverage(score.metric) || isMean(score.metric) || ofWidths(score.metric))
            score.calibration = "given";
}

void CalibrationBrackets::fill(std::vector<Score>& scores) const {
    markGiven(scores, target_, prediction_.method);
    if (all_.empty())
        return;
    for (Score& score : scores) {
        const bool coverage = isCoverage(score.metric), mean = isMean(score.metric);
        if (!(coverage || mean || score.metric == "median_width") || std::isnan(score.value))
            continue;
        score.calibration = "drawn";
        if (coverage)
            fillCoverage(score);
        else if (mean)
            fillMean(score);
        else
            fillMedian(score);
    }
}

/// Variance over calibration sets of the coverage of these test rows.
double CalibrationBrackets::calibrationVariance(const std::vector<std::size_t>& rows) const {
    std::vector<double> coverages;
    if (part_->kind == Kind::Split) {
        std::vector<double> sorted;
        for (const std::size_t row : rows)
            sorted.push_back(part_->split.score[row]);
        std::sort(sorted.begin(), sorted.end());
        for (const double q : quantiles_)
            coverages.push_back(
                static_cast<double>(std::upper_bound(sorted.begin(), sorted.end(), q) - sorted.begin()) /
                static_cast<double>(rows.size()));
        return varianceOf(coverages);
    }
    for (const auto& ends : part_->drawn) {
        double hits = 0.0;
        for (const std::size_t row : rows)
            hits += covers(ends.lower[row], truth_[row], ends.upper[row], prediction_.ends) ? 1.0 : 0.0;
        coverages.push_back(hits / static_cast<double>(rows.size()));
    }
    return varianceOf(coverages);
}

/// Standard error over calibration sets of the mean width of these test rows.
double CalibrationBrackets::widthScatter(const std::vector<std::size_t>& rows) const {
    if (rows.empty())
        return 0.0;
    if (part_->kind == Kind::Split) {
        double scale = 0.0;
        for (const std::size_t row : rows)
            scale += part_->split.scale[row] / static_cast<double>(rows.size());
        return 2.0 * scale * std::sqrt(varianceOf(quantiles_));
    }
    std::vector<double> means;
    for (const auto& ends : part_->drawn) {
        double sum = 0.0, n = 0.0;
        for (const std::size_t row : rows)
            if (const double width = ends.upper[row] - ends.lower[row]; std::isfinite(width)) {
                sum += std::max(0.0, width);
                ++n;
            }
        means.push_back(sum / n);
    }
    return std::sqrt(varianceOf(means));
}

void CalibrationBrackets::fillBins(std::vector<Score>& scores, const Bins& bins) const {
    markGiven(scores, target_, prediction_.method);
    if (all_.empty())
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
        const auto n = static_cast<double>(score.n);
        const Interval interval =
            proportion(score, binaryVariance(score.value, n) / n + calibrationVariance(rows));
        score.low = interval.low;
        score.high = interval.high;
    }
}

} // namespace penumbra
