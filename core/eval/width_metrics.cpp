#include "core/eval/metrics.h"
#include "core/eval/tied_widths.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace penumbra {

namespace {

/// Average ranks from 1, equal values sharing theirs. Infinite values rank highest.
std::vector<double> midranks(const std::vector<double>& values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    std::vector<double> ranks(values.size());
    for (std::size_t i = 0; i < order.size();) {
        std::size_t past = i;
        while (past < order.size() && values[order[past]] == values[order[i]])
            ++past;
        const double shared = 0.5 * static_cast<double>(i + 1 + past);
        for (; i < past; ++i)
            ranks[order[i]] = shared;
    }
    return ranks;
}

struct Moments {
    double mean = 0.0;
    double variance = 0.0; ///< sample variance
};
Moments momentsOf(const std::vector<double>& values) {
    Moments m;
    for (const double v : values)
        m.mean += v;
    m.mean /= static_cast<double>(values.size()); // exact for equal values
    for (const double v : values)
        m.variance += (v - m.mean) * (v - m.mean) / std::max(1.0, static_cast<double>(values.size()) - 1.0);
    return m;
}

/// Area under the ROC curve and its 95 % interval by DeLong's variance (DeLong et al. 1988).
void setAuroc(Score& score, const std::vector<double>& positive, const std::vector<double>& negative) {
    if (positive.empty() || negative.empty())
        return;
    std::vector<double> both = positive;
    both.insert(both.end(), negative.begin(), negative.end());
    const std::vector<double> rank = midranks(both);
    const std::vector<double> rankInPositive = midranks(positive);
    const std::vector<double> rankInNegative = midranks(negative);
    const auto nPositive = static_cast<double>(positive.size());
    const auto nNegative = static_cast<double>(negative.size());
    std::vector<double> placement(positive.size());
    for (std::size_t i = 0; i < positive.size(); ++i)
        placement[i] = (rank[i] - rankInPositive[i]) / nNegative;
    std::vector<double> counterPlacement(negative.size());
    for (std::size_t j = 0; j < negative.size(); ++j)
        counterPlacement[j] = 1.0 - (rank[positive.size() + j] - rankInNegative[j]) / nPositive;
    const Moments ofPositive = momentsOf(placement);
    const Moments ofNegative = momentsOf(counterPlacement);
    score.value = ofPositive.mean;
    if (positive.size() < 2 || negative.size() < 2)
        return;
    const double half =
        1.959963984540054 * std::sqrt(ofPositive.variance / nPositive + ofNegative.variance / nNegative);
    setInterval(score, {std::max(0.0, score.value - half), std::min(1.0, score.value + half)});
}

/// The (1-alpha) quantile of `values`, interpolated as numpy does.
double upperQuantile(std::vector<double> values, double alpha) {
    std::sort(values.begin(), values.end());
    return quantileOfSorted(values, 1.0 - alpha);
}

/// A mean over the rows with finite intervals, told for both conventions.
template <typename Statistic>
void addFiniteMean(const MetricInput& input, const std::string& metric,
                   const std::vector<std::string>& conventions, const Statistic& statistic,
                   std::vector<Score>& out) {
    const RowSums& sums = input.bootstrap.observed();
    const auto finite = static_cast<std::int64_t>(sums.finiteRows);
    for (const std::string& convention : conventions) {
        Score score = emptyScore(input.prediction, metric, convention);
        setCounts(score, input.prediction);
        score.n = finite;
        score.value = statistic(sums);
        setInterval(score, input.bootstrap.interval(statistic));
        out.push_back(std::move(score));
    }
}

/// The median of a value a row, over all rows and over those with finite intervals.
void addMedians(const MetricInput& input, const std::string& metric, const std::vector<double>& valueOfRow,
                std::vector<Score>& out) {
    const std::vector<std::size_t> finite = finiteRows(input.prediction);
    for (const bool finiteOnly : {false, true}) {
        std::vector<double> values = valueOfRow;
        if (finiteOnly) {
            values.clear();
            for (const std::size_t row : finite)
                values.push_back(valueOfRow[row]);
        }
        Score score = emptyScore(input.prediction, metric, finiteOnly ? "finite" : "all");
        setCounts(score, input.prediction);
        score.n = static_cast<std::int64_t>(values.size());
        score.value = medianOf(values);
        setInterval(score, medianInterval(values));
        out.push_back(std::move(score));
    }
}

} // namespace

void computeMeanWidth(const MetricInput& input, std::vector<Score>& out) {
    addFiniteMean(
        input, "mean_width", {"all", "finite"}, [](const RowSums& s) { return s.width / s.finiteRows; }, out);
}

void computeIntervalScore(const MetricInput& input, std::vector<Score>& out) {
    addFiniteMean(
        input, "interval_score", {"all", "finite"},
        [](const RowSums& s) { return s.intervalScore / s.finiteRows; }, out);
}

void computePinball(const MetricInput& input, std::vector<Score>& out) {
    const double part = 0.25 * input.prediction.alpha; // of both ends' losses over alpha/2
    addFiniteMean(
        input, "pinball", {"all", "finite"},
        [part](const RowSums& s) { return part * s.intervalScore / s.finiteRows; }, out);
}

void computeErrorCorrelation(const MetricInput& input, std::vector<Score>& out) {
    const auto correlation = [](const RowSums& s) {
        const double n = s.finiteRows;
        const double covariance = s.widthError / n - (s.width / n) * (s.finiteError / n);
        const double widthVariance = s.width2 / n - (s.width / n) * (s.width / n);
        const double errorVariance = s.finiteError2 / n - (s.finiteError / n) * (s.finiteError / n);
        // Equal widths leave a variance of rounding only.
        if (!(widthVariance > 1e-13 * s.width2 / n && errorVariance > 1e-13 * s.finiteError2 / n))
            return std::numeric_limits<double>::quiet_NaN();
        return covariance / std::sqrt(widthVariance * errorVariance);
    };
    addFiniteMean(input, "error_width_correlation", {"finite"}, correlation, out);
}

void computeMedianWidth(const MetricInput& input, std::vector<Score>& out) {
    std::vector<double> widths;
    for (std::size_t i = 0; i < input.truth.size(); ++i)
        widths.push_back(intervalWidth(input.prediction, i));
    addMedians(input, "median_width", widths, out);
}

void computeInfinite(const MetricInput& input, std::vector<Score>& out) {
    Score score = emptyScore(input.prediction, "n_infinite");
    score.n = static_cast<std::int64_t>(input.truth.size());
    setCounts(score, input.prediction);
    score.value = static_cast<double>(score.nInfinite);
    out.push_back(std::move(score));
}

void computeEffectiveNumber(const MetricInput& input, std::vector<Score>& out) {
    if (!input.prediction.effective.empty())
        addMedians(input, "effective_number", input.prediction.effective, out);
}

void computeErrorAuroc(const MetricInput& input, std::vector<Score>& out) {
    Score score = emptyScore(input.prediction, "error_width_auroc");
    score.n = static_cast<std::int64_t>(input.truth.size());
    setCounts(score, input.prediction);
    if (input.truth.empty()) {
        out.push_back(std::move(score));
        return;
    }
    std::vector<double> error;
    for (std::size_t i = 0; i < input.truth.size(); ++i)
        error.push_back(std::abs(input.truth[i] - input.prediction.mean[i]));
    const double threshold = upperQuantile(error, input.prediction.alpha);
    const std::vector<double> width = tiedWidths(input.prediction);
    std::vector<double> positive, negative;
    for (std::size_t i = 0; i < error.size(); ++i)
        (error[i] > threshold ? positive : negative).push_back(width[i]);
    setAuroc(score, positive, negative);
    out.push_back(std::move(score));
}

} // namespace penumbra
