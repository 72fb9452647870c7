#include "core/eval/grouped_coverage.h"

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/base/statistics.h"
#include "core/eval/bootstrap.h"
#include "core/eval/count_laws.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace penumbra {

namespace {

constexpr int draws = 9999;

/// E |X/n - level| of a binomial.
double meanDistance(const std::vector<double>& law, double level) {
    const auto n = static_cast<double>(law.size() - 1);
    double sum = 0.0;
    for (std::size_t x = 0; x < law.size(); ++x)
        sum += law[x] * std::abs(static_cast<double>(x) / n - level);
    return sum;
}

struct Drawn {
    double lowest = 1.0, gap = 0.0, gapWeighted = 0.0;
};

/// Binomial(n, p): from one success to the next, their distances being geometric. For p up to 1/2.
std::size_t successes(std::size_t n, double p, Rng& rng) {
    if (p <= 0.0)
        return 0;
    const double logFailure = std::log1p(-p);
    std::size_t count = 0;
    for (double at = -1.0;; ++count) {
        at += 1.0 + std::floor(std::log1p(-rng.uniform()) / logFailure);
        if (at >= static_cast<double>(n))
            return count;
    }
}

/// Counts of exact intervals, drawn from each group's law.
class ExactIntervals {
public:
    ExactIntervals(const std::vector<std::size_t>& n, const CoveragePromise& promise)
        : n_(n), promise_(promise), level_(1.0 - promise.alpha),
          total_(static_cast<double>(std::accumulate(n.begin(), n.end(), std::size_t{0}))) {
        if (promise.nCalibration > 0) {
            k_ = conformalRank(promise.nCalibration, promise.alpha);
        } else {
            for (const std::size_t size : n) {
                std::vector<double> cumulative = binomialProbabilities(size, level_);
                std::partial_sum(cumulative.begin(), cumulative.end(), cumulative.begin());
                cumulative_.push_back(std::move(cumulative));
            }
        }
    }

    Drawn draw(Rng& rng) const {
        const double coverage = sharedCoverage(rng);
        Drawn out;
        for (std::size_t g = 0; g < n_.size(); ++g) {
            const auto size = static_cast<double>(n_[g]);
            const double share = static_cast<double>(countOf(g, coverage, rng)) / size;
            out.lowest = std::min(out.lowest, share);
            out.gap += std::abs(share - level_) / static_cast<double>(n_.size());
            out.gapWeighted += std::abs(share - level_) * size / total_;
        }
        return out;
    }

private:
    double sharedCoverage(Rng& rng) const {
        if (promise_.nCalibration == 0)
            return level_;
        if (k_ > promise_.nCalibration)
            return 1.0;
        return betaQuantile(rng.uniform(), static_cast<double>(k_),
                            static_cast<double>(promise_.nCalibration + 1 - k_));
    }
    std::size_t countOf(std::size_t g, double coverage, Rng& rng) const {
        if (promise_.nCalibration == 0) {
            const auto& cumulative = cumulative_[g];
            const auto at = std::upper_bound(cumulative.begin(), cumulative.end(), rng.uniform());
            return std::min(static_cast<std::size_t>(at - cumulative.begin()), n_[g]);
        }
        return coverage < 0.5 ? successes(n_[g], coverage, rng)
                              : n_[g] - successes(n_[g], 1.0 - coverage, rng);
    }
    const std::vector<std::size_t>& n_;
    CoveragePromise promise_;
    double level_, total_;
    std::size_t k_ = 0;
    std::vector<std::vector<double>> cumulative_; ///< of fixed intervals
};

/// Mean and weighted gap of the groups' counts.
void setGaps(GroupedCoverage& out, double level, double total) {
    out.gap = out.gapWeighted = 0.0;
    for (std::size_t g = 0; g < out.n.size(); ++g) {
        const double distance = std::abs(out.group(g) - level);
        out.gap += distance / static_cast<double>(out.n.size());
        out.gapWeighted += distance * static_cast<double>(out.n[g]) / total;
    }
}

/// Percentiles of the gap over resamples of the rows in groups.
Interval bootstrapGap(const std::vector<std::pair<std::size_t, bool>>& rows, std::size_t groups, double level,
                      std::uint64_t seed) {
    std::vector<double> gaps;
    for (std::uint64_t r = 0; r < 999; ++r) {
        Rng rng(seed, r);
        std::vector<double> n(groups, 0.0), covered(groups, 0.0);
        resample(rows.size(), rng, [&](std::size_t i) {
            n[rows[i].first] += 1.0;
            covered[rows[i].first] += rows[i].second ? 1.0 : 0.0;
        });
        double gap = 0.0, known = 0.0;
        for (std::size_t g = 0; g < groups; ++g)
            if (n[g] > 0.0) {
                gap += std::abs(covered[g] / n[g] - level);
                known += 1.0;
            }
        gaps.push_back(gap / known);
    }
    std::sort(gaps.begin(), gaps.end());
    return {quantileOfSorted(gaps, 0.025), quantileOfSorted(gaps, 0.975)};
}

/// P(lowest share <= observed) of independent groups, exact.
double lowestTail(const std::vector<std::size_t>& n, double observed, double level) {
    double none = 1.0;
    for (const std::size_t size : n) {
        const auto most = static_cast<std::size_t>(std::floor(observed * static_cast<double>(size) + 1e-9));
        none *= 1.0 - probabilityUpTo(binomialProbabilities(size, level), most);
    }
    return 1.0 - none;
}

void setChance(GroupedCoverage& out, const CoveragePromise& promise, std::uint64_t seed) {
    const double level = 1.0 - promise.alpha;
    const ExactIntervals exact(out.n, promise);
    std::vector<double> lowest;
    double gaps = 0.0, weighted = 0.0;
    std::size_t asLow = 0, asLarge = 0;
    for (int d = 0; d < draws; ++d) {
        Rng rng(seed, 1000000 + static_cast<std::uint64_t>(d));
        const Drawn drawn = exact.draw(rng);
        lowest.push_back(drawn.lowest);
        gaps += drawn.gap;
        weighted += drawn.gapWeighted;
        asLow += drawn.lowest <= out.lowest + 1e-12 ? 1 : 0;
        asLarge += drawn.gap >= out.gap - 1e-12 ? 1 : 0;
    }
    std::sort(lowest.begin(), lowest.end());
    out.lowestByChance = {quantileOfSorted(lowest, 0.025), quantileOfSorted(lowest, 0.975)};
    out.gapP = (1.0 + static_cast<double>(asLarge)) / (draws + 1.0);
    out.lowestP = (1.0 + static_cast<double>(asLow)) / (draws + 1.0);
    out.gapByChance = gaps / draws;
    out.gapWeightedByChance = weighted / draws;
    if (promise.nCalibration > 0)
        return;
    out.lowestP = lowestTail(out.n, out.lowest, level);
    out.gapByChance = out.gapWeightedByChance = 0.0;
    const auto total = static_cast<double>(std::accumulate(out.n.begin(), out.n.end(), std::size_t{0}));
    for (const std::size_t size : out.n) {
        const double distance = meanDistance(binomialProbabilities(size, level), level);
        out.gapByChance += distance / static_cast<double>(out.n.size());
        out.gapWeightedByChance += distance * static_cast<double>(size) / total;
    }
}

} // namespace

GroupedCoverage groupedCoverage(std::span<const std::uint8_t> covered, std::span<const int> groupOfRow,
                                const CoveragePromise& promise, std::uint64_t seed) {
    if (covered.size() != groupOfRow.size())
        throw Error("There are groups for " + std::to_string(groupOfRow.size()) + " rows, but " +
                    std::to_string(covered.size()) + " rows");
    const int last = groupOfRow.empty() ? -1 : *std::max_element(groupOfRow.begin(), groupOfRow.end());
    std::vector<std::size_t> n(static_cast<std::size_t>(last + 1), 0), place(n.size(), 0);
    for (const int group : groupOfRow)
        if (group >= 0)
            ++n[static_cast<std::size_t>(group)];
    GroupedCoverage out;
    for (std::size_t g = 0; g < n.size(); ++g) {
        place[g] = out.n.size();
        if (n[g] > 0)
            out.n.push_back(n[g]);
    }
    if (out.n.empty())
        return out;
    out.covered.assign(out.n.size(), 0);
    std::vector<std::pair<std::size_t, bool>> rows; // group, covered
    for (std::size_t i = 0; i < covered.size(); ++i)
        if (groupOfRow[i] >= 0) {
            rows.emplace_back(place[static_cast<std::size_t>(groupOfRow[i])], covered[i] != 0);
            out.covered[rows.back().first] += covered[i] != 0 ? 1 : 0;
        }
    const double level = 1.0 - promise.alpha;
    out.lowest = 1.0;
    for (std::size_t g = 0; g < out.n.size(); ++g) {
        out.bracket.push_back(clopperPearson(out.covered[g], out.n[g]));
        out.lowest = std::min(out.lowest, out.group(g));
    }
    setGaps(out, level, static_cast<double>(rows.size()));
    out.gapBracket = bootstrapGap(rows, out.n.size(), level, seed);
    setChance(out, promise, seed);
    return out;
}

std::vector<int> groupsBySize(std::span<const double> values, std::size_t groups) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (!std::isnan(values[i]))
            order.push_back(i);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    std::vector<int> group(values.size(), -1);
    const std::size_t small = order.size() / groups, larger = order.size() % groups;
    for (std::size_t i = 0; i < order.size(); ++i) {
        const std::size_t inLarger = larger * (small + 1);
        group[order[i]] = static_cast<int>(i < inLarger ? i / (small + 1) : larger + (i - inLarger) / small);
    }
    return group;
}

} // namespace penumbra
