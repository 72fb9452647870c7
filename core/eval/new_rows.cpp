#include "core/eval/new_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Calls use(row, below, atOrBelow) for every score: how many of the reference are.
template <typename Use>
void eachRank(std::span<const double> reference, std::span<const double> scores, Use use) {
    std::vector<double> sorted(reference.begin(), reference.end());
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t i = 0; i < scores.size(); ++i) {
        const auto range = std::equal_range(sorted.begin(), sorted.end(), scores[i]);
        if (!std::isnan(scores[i]))
            use(i, static_cast<double>(range.first - sorted.begin()),
                static_cast<double>(range.second - sorted.begin()));
    }
}

/// Numpy's default quantile of sorted values.
double sortedQuantile(const std::vector<double>& sorted, double level) {
    const double position = static_cast<double>(sorted.size() - 1) * level;
    const auto below = static_cast<std::size_t>(position);
    const double high = sorted[std::min(below + 1, sorted.size() - 1)];
    return sorted[below] + (position - static_cast<double>(below)) * (high - sorted[below]);
}

} // namespace

std::vector<double> referencePValues(std::span<const double> reference, std::span<const double> scores) {
    const auto n = static_cast<double>(reference.size());
    std::vector<double> p(scores.size(), nan);
    eachRank(reference, scores,
             [&](std::size_t i, double below, double) { p[i] = (1.0 + n - below) / (n + 1.0); });
    return p;
}

ReferencePercentiles referencePercentiles(std::span<const double> reference, std::span<const double> scores) {
    const auto n = static_cast<double>(reference.size());
    ReferencePercentiles out;
    for (auto* values : {&out.strict, &out.weak, &out.mean})
        values->assign(scores.size(), nan);
    eachRank(reference, scores, [&](std::size_t i, double below, double atOrBelow) {
        out.strict[i] = 100.0 * below / n;
        out.weak[i] = 100.0 * atOrBelow / n;
        out.mean[i] = 50.0 * (below + atOrBelow) / n;
    });
    return out;
}

LabelRange labelRange(std::span<const double> trainingLabels) {
    std::vector<double> sorted(trainingLabels.begin(), trainingLabels.end());
    std::erase_if(sorted, [](double label) { return !std::isfinite(label); });
    std::sort(sorted.begin(), sorted.end());
    return sorted.empty() ? LabelRange{nan, nan}
                          : LabelRange{sortedQuantile(sorted, 0.01), sortedQuantile(sorted, 0.99)};
}

std::vector<std::uint8_t> labelRangeFlags(const LabelRange& range, std::span<const double> predictions) {
    std::vector<std::uint8_t> flags;
    for (const double prediction : predictions)
        flags.push_back(prediction < range.low ? 1 : prediction > range.high ? 2 : 0);
    return flags;
}

} // namespace penumbra
