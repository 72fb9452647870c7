#include "core/eval/stability.h"

#include "core/eval/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace penumbra {

namespace {

std::vector<std::uint32_t> sortedBy(std::span<const double> key) {
    std::vector<std::uint32_t> order(key.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return key[a] < key[b]; });
    return order;
}

/// Covered galaxies among the first `wanted` of an order, each counted as often as it was drawn.
template <typename Iterator>
std::uint64_t coveredAmongFirst(Iterator begin, Iterator end, std::uint64_t wanted,
                                std::span<const std::uint8_t> covered,
                                std::span<const std::uint32_t> weight) {
    std::uint64_t taken = 0, hits = 0;
    for (auto at = begin; at != end && taken < wanted; ++at) {
        const std::uint64_t now = std::min<std::uint64_t>(weight[*at], wanted - taken);
        taken += now;
        hits += covered[*at] ? now : 0;
    }
    return hits;
}

} // namespace

GalaxyOrder::GalaxyOrder(std::span<const double> truth, std::span<const double> error)
    : byTruth_(sortedBy(truth)), byError_(sortedBy(error)) {}

RepeatMetrics GalaxyOrder::measure(std::span<const std::uint8_t> covered, std::span<const double> width,
                                   std::span<const std::uint32_t> weight) const {
    std::uint64_t n = 0, hits = 0, finite = 0;
    double widths = 0.0;
    for (std::size_t i = 0; i < covered.size(); ++i) {
        if (weight[i] == 0)
            continue;
        n += weight[i];
        hits += covered[i] ? weight[i] : 0;
        if (std::isfinite(width[i])) {
            finite += weight[i];
            widths += width[i] * weight[i];
        }
    }
    RepeatMetrics out;
    if (n == 0)
        return out;
    out.coverage = static_cast<double>(hits) / static_cast<double>(n);
    out.infiniteShare = static_cast<double>(n - finite) / static_cast<double>(n);
    if (finite > 0)
        out.meanWidth = widths / static_cast<double>(finite);
    const std::uint64_t tenth = n / 10;
    if (tenth == 0)
        return out;
    const std::uint64_t tails = coveredAmongFirst(byTruth_.begin(), byTruth_.end(), tenth, covered, weight) +
                                coveredAmongFirst(byTruth_.rbegin(), byTruth_.rend(), tenth, covered, weight);
    out.tailCoverage = static_cast<double>(tails) / static_cast<double>(2 * tenth);
    out.worstBinCoverage =
        static_cast<double>(coveredAmongFirst(byError_.rbegin(), byError_.rend(), tenth, covered, weight)) /
        static_cast<double>(tenth);
    return out;
}

RepeatSummary summarise(std::span<const double> values) {
    std::vector<double> kept(values.begin(), values.end());
    std::erase_if(kept, [](double v) { return std::isnan(v); });
    RepeatSummary out;
    out.repeats = kept.size();
    if (kept.empty())
        return out;
    std::sort(kept.begin(), kept.end());
    out.median = quantileOfSorted(kept, 0.5);
    out.quartiles = {quantileOfSorted(kept, 0.25), quantileOfSorted(kept, 0.75)};
    out.central95 = {quantileOfSorted(kept, 0.025), quantileOfSorted(kept, 0.975)};
    return out;
}

const StabilityLine* Stability::find(const std::string& target, const std::string& method,
                                     const std::string& metric) const {
    const auto found = std::find_if(lines.begin(), lines.end(), [&](const StabilityLine& line) {
        return line.target == target && line.method == method && line.metric == metric;
    });
    return found == lines.end() ? nullptr : &*found;
}

} // namespace penumbra
