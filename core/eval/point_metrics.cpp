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
    constexpr double gaussianScale = 1.4826;
    std::vector<double> residuals = normalisedResiduals(input);
    Score score = emptyScore(input.prediction, "sigma_nmad");
    score.n = static_cast<std::int64_t>(residuals.size());
    const double centre = medianOf(residuals);
    for (double& residual : residuals)
        residual = std::abs(residual - centre);
    score.value = gaussianScale * medianOf(residuals);
    // The error of the centre itself enters at second order only for symmetric residuals, and is left out.
    const Interval interval = medianInterval(residuals);
    setInterval(score, {gaussianScale * interval.low, gaussianScale * interval.high});
    out.push_back(std::move(score));
}

void computeOutlierFraction(const MetricInput& input, std::vector<Score>& out) {
    std::size_t outliers = 0;
    for (const double residual : normalisedResiduals(input))
        outliers += std::abs(residual) > input.options.outlierThreshold ? 1 : 0;
    Score score = emptyScore(input.prediction, "outlier_fraction");
    setProportion(score, outliers, input.truth.size(), input.options);
    out.push_back(std::move(score));
}

} // namespace penumbra
