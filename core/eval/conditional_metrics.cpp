#include "core/eval/metrics.h"
#include "core/eval/true_distribution.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace penumbra {

namespace {

std::vector<double> coveragesOf(const MetricInput& input) {
    return trueCoverages(input.prediction, *input.trueDistributions);
}

Score startScore(const MetricInput& input, const char* metric) {
    Score score = emptyScore(input.prediction, metric);
    score.n = static_cast<std::int64_t>(input.truth.size());
    setCounts(score, input.prediction);
    return score;
}

} // namespace

void computeConditionalError(const MetricInput& input, std::vector<Score>& out) {
    if (input.trueDistributions == nullptr || input.truth.empty())
        return;
    std::vector<double> errors = coveragesOf(input);
    for (double& c : errors)
        c = std::abs(c - (1.0 - input.prediction.alpha));
    Score score = startScore(input, "conditional_coverage_error");
    score.value = std::accumulate(errors.begin(), errors.end(), 0.0) / static_cast<double>(errors.size());
    setInterval(score, bootstrapMean(errors, input.options));
    out.push_back(std::move(score));
}

void computeConditionalWorst(const MetricInput& input, std::vector<Score>& out) {
    if (input.trueDistributions == nullptr || input.truth.size() < 10)
        return;
    std::vector<double> sorted = coveragesOf(input);
    std::sort(sorted.begin(), sorted.end());
    const std::size_t tenth = sorted.size() / 10;
    const auto lowestMean = [&](const std::vector<std::uint32_t>& weight) {
        double sum = 0.0;
        std::size_t taken = 0;
        for (std::size_t i = 0; i < sorted.size() && taken < tenth; ++i) {
            const std::size_t now = std::min<std::size_t>(weight[i], tenth - taken);
            sum += sorted[i] * static_cast<double>(now);
            taken += now;
        }
        return sum / static_cast<double>(tenth);
    };
    Score score = startScore(input, "conditional_coverage_worst");
    std::vector<std::uint32_t> weight(sorted.size(), 1);
    score.value = lowestMean(weight);
    std::vector<double> replicates;
    for (int r = 0; r < input.options.bootstrapReplicates; ++r) {
        Rng rng(input.options.seed, static_cast<std::uint64_t>(r));
        std::fill(weight.begin(), weight.end(), 0u);
        resample(sorted.size(), rng, [&](std::size_t i) { ++weight[i]; });
        replicates.push_back(lowestMean(weight));
    }
    if (replicates.size() > 1) {
        std::sort(replicates.begin(), replicates.end());
        setInterval(score, {quantileOfSorted(replicates, 0.025), quantileOfSorted(replicates, 0.975)});
    }
    out.push_back(std::move(score));
}

void computeUndercoveredShare(const MetricInput& input, std::vector<Score>& out) {
    if (input.trueDistributions == nullptr || input.truth.empty())
        return;
    const auto coverages = coveragesOf(input);
    const double limit = 1.0 - input.prediction.alpha - 0.05;
    const auto below = static_cast<std::size_t>(
        std::count_if(coverages.begin(), coverages.end(), [&](double c) { return c < limit; }));
    Score score = startScore(input, "undercovered_share");
    setProportion(score, below, coverages.size(), input.options);
    out.push_back(std::move(score));
}

} // namespace penumbra
