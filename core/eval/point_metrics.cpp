#include "core/base/statistics.h"
#include "core/eval/metrics.h"

#include <algorithm>
#include <cmath>

namespace penumbra {

namespace {

template <typename Statistic>
void addPoint(const MetricInput& input, const std::string& metric, const Statistic& statistic,
              std::vector<Score>& out) {
    Score score = emptyScore(input.prediction, metric);
    score.n = static_cast<std::int64_t>(input.truth.size());
    if (score.n > 0) {
        score.value = statistic(input.bootstrap.observed());
        setInterval(score, input.bootstrap.interval(statistic));
    }
    out.push_back(std::move(score));
}

std::vector<double> normalisedResiduals(const MetricInput& input) {
    std::vector<double> residuals;
    residuals.reserve(input.truth.size());
    for (std::size_t i = 0; i < input.truth.size(); ++i) {
        const double residual = input.prediction.mean[i] - input.truth[i];
        residuals.push_back(input.options.normaliseByOnePlusTruth ? residual / (1.0 + input.truth[i])
                                                                  : residual);
    }
    return residuals;
}

/// Share of ascending values within `reach` of `at`, over 2 reach.
double densityAt(const std::vector<double>& sorted, double at, double reach) {
    const auto inside = std::upper_bound(sorted.begin(), sorted.end(), at + reach) -
                        std::lower_bound(sorted.begin(), sorted.end(), at - reach);
    return static_cast<double>(inside) / static_cast<double>(sorted.size()) / (2.0 * reach);
}

/// 95 % interval of the median distance from the median: order statistics of the distances (Woodruff 1952)
/// about the ranks that the influence function of the MAD gives (Huber & Ronchetti 2009, 5.1). It holds the
/// error of the centre: where the densities at centre + distance and centre - distance differ, a centre that
/// is off moves the median distance by g per unit. Without that a lognormal's interval held in 76 %.
/// @param sorted,distances ascending
Interval medianDistanceInterval(const std::vector<double>& sorted, double centre,
                                const std::vector<double>& distances, double median) {
    const auto n = static_cast<double>(sorted.size());
    const double reach = median * std::pow(n, -0.2);
    if (distances.size() < 6 || !(reach > 0.0))
        return medianInterval(distances);
    const double g = (densityAt(sorted, centre + median, reach) - densityAt(sorted, centre - median, reach)) /
                     std::max(densityAt(sorted, centre, reach), 1.0 / (2.0 * n * reach));
    double sum = 0.0, squares = 0.0;
    for (const double value : sorted) {
        const double u = (std::abs(value - centre) <= median ? 1.0 : 0.0) - (value <= centre ? g : 0.0);
        sum += u;
        squares += u * u;
    }
    const double half =
        normalQuantile(0.975) * std::sqrt(std::max(0.0, squares - sum * sum / n)); // of a count of rows
    const double first = std::floor(0.5 * n - half), last = std::ceil(0.5 * n + half) + 1.0;
    if (first < 1.0 || last > n)
        return {}; // so few rows cannot reach 95 %
    return {distances[static_cast<std::size_t>(first) - 1], distances[static_cast<std::size_t>(last) - 1]};
}

struct Scatter {
    double value = 0.0;
    Interval interval;
};
Scatter sigmaNmad(std::vector<double> residuals) {
    constexpr double gaussianScale = 1.4826;
    const double centre = medianOf(residuals); // sorts
    std::vector<double> distances;
    for (const double residual : residuals)
        distances.push_back(std::abs(residual - centre));
    const double median = medianOf(distances);
    const Interval interval = medianDistanceInterval(residuals, centre, distances, median);
    return {gaussianScale * median, {gaussianScale * interval.low, gaussianScale * interval.high}};
}

} // namespace

void computeR2(const MetricInput& input, std::vector<Score>& out) {
    const auto n = static_cast<double>(input.truth.size());
    addPoint(
        input, "r2",
        [n](const RowSums& s) {
            const double total = s.truth2 - s.truth * s.truth / n;
            return total > 0.0 ? 1.0 - s.residual2 / total : std::numeric_limits<double>::quiet_NaN();
        },
        out);
}

void computeRmse(const MetricInput& input, std::vector<Score>& out) {
    const auto n = static_cast<double>(input.truth.size());
    addPoint(
        input, "rmse", [n](const RowSums& s) { return std::sqrt(s.residual2 / n); }, out);
}

void computeMeanAbsoluteError(const MetricInput& input, std::vector<Score>& out) {
    const auto n = static_cast<double>(input.truth.size());
    addPoint(
        input, "mae", [n](const RowSums& s) { return s.absResidual / n; }, out);
}

void computeBias(const MetricInput& input, std::vector<Score>& out) {
    const auto n = static_cast<double>(input.truth.size());
    addPoint(
        input, "bias", [n](const RowSums& s) { return s.normalised / n; }, out);
}

void computeSigmaNmad(const MetricInput& input, std::vector<Score>& out) {
    const Scatter scatter = sigmaNmad(normalisedResiduals(input));
    Score score = emptyScore(input.prediction, "sigma_nmad");
    score.n = static_cast<std::int64_t>(input.truth.size());
    score.value = scatter.value;
    setInterval(score, scatter.interval);
    out.push_back(std::move(score));
}

void computeOutlierFraction(const MetricInput& input, std::vector<Score>& out) {
    const std::vector<double> residuals = normalisedResiduals(input);
    const double unit = input.options.outlierInScatters ? sigmaNmad(residuals).value : 1.0;
    std::size_t outliers = 0;
    for (const double residual : residuals)
        outliers += std::abs(residual) > input.options.outlierThreshold * unit ? 1 : 0;
    Score score = emptyScore(input.prediction, "outlier_fraction");
    setProportion(score, outliers, input.truth.size(), input.options);
    out.push_back(std::move(score));
}

} // namespace penumbra
