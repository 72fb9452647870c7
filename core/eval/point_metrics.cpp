#include "core/eval/metrics.h"

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

struct Scatter {
    double value = 0.0;
    Interval interval;
};
Scatter sigmaNmad(std::vector<double> residuals) {
    constexpr double gaussianScale = 1.4826;
    const double centre = medianOf(residuals);
    for (double& residual : residuals)
        residual = std::abs(residual - centre);
    const double median = medianOf(residuals);
    // The error of the centre itself enters at second order only for symmetric residuals, and is left out.
    const Interval interval = medianInterval(residuals);
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
