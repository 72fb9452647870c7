// Scores of whole predictive distributions.
#include "core/eval/distributions.h"
#include "core/eval/metrics.h"

#include <cmath>
#include <numeric>

namespace penumbra {

namespace {

/// Mean of a score over the rows that have one; nothing where no row does.
template <typename ScoreOf>
void addMean(const MetricInput& input, const char* metric, const ScoreOf& scoreOf, std::vector<Score>& out) {
    if (input.distributions == nullptr)
        return;
    std::vector<double> values;
    for (std::size_t i = 0; i < input.truth.size(); ++i)
        if (const double value = scoreOf(*input.distributions, i, input.truth[i]); !std::isnan(value))
            values.push_back(value);
    if (values.empty())
        return;
    Score score = emptyScore(input.prediction, metric);
    setCounts(score, input.prediction);
    score.n = static_cast<std::int64_t>(values.size());
    score.value = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    if (std::isfinite(score.value))
        setInterval(score, bootstrapMean(values, input.options));
    out.push_back(std::move(score));
}

} // namespace

void computeCrps(const MetricInput& input, std::vector<Score>& out) {
    addMean(
        input, "crps", [](const Distributions& d, std::size_t i, double y) { return d.crps(i, y); }, out);
}

void computeCdeLoss(const MetricInput& input, std::vector<Score>& out) {
    addMean(
        input, "cde_loss", [](const Distributions& d, std::size_t i, double y) { return d.cdeLoss(i, y); },
        out);
}

} // namespace penumbra
