#include "core/eval/oracle.h"

#include "core/base/parallel_for.h"
#include "core/base/rng.h"
#include "core/base/statistics.h"
#include "core/eval/bootstrap.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace penumbra {

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// One world: truth, and who is covered by the calibrated and the exact method.
struct Draw {
    std::vector<double> truth;
    std::vector<std::uint8_t> covered[2];
};

/// A split-conformal method with the right scale covers whatever lies between the quantiles (1 - v)/2 and
/// (1 + v)/2 of e, v ~ Beta(k, n + 1 - k): the k-th smallest of n uniform numbers.
double calibratedLevel(std::size_t n, double alpha, Rng& rng) {
    const std::size_t k = conformalRank(n, alpha);
    return k > n ? 2.0 : betaQuantile(rng.uniform(), static_cast<double>(k), static_cast<double>(n + 1 - k));
}

void makeDraw(const OracleWorlds& worlds, double alpha, Rng& rng, Draw& draw) {
    const OracleWorlds::Model model = worlds.draw(rng);
    const double levels[] = {calibratedLevel(worlds.calibrationRows(), alpha, rng), 1.0 - alpha};
    const auto& e = model.scaledResiduals;
    for (std::size_t i = 0; i < draw.truth.size(); ++i) {
        // One uniform number decides both, so coverage is 1 - alpha exactly, ties in e or not. Scatter of few
        // residuals must not pass for asymmetry: the largest errors are those beyond the ends only without.
        const double u = rng.uniform();
        const double at = u * static_cast<double>(e.size()) - 0.5;
        const auto low = static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(e.size() - 1)));
        const std::size_t high = std::min(low + 1, e.size() - 1);
        const double f = std::clamp(at - static_cast<double>(low), 0.0, 1.0);
        const double error = e[low] + f * (e[high] - e[low]);
        const double sign = model.symmetric && rng.uniform() < 0.5 ? -1.0 : 1.0;
        const double level = model.symmetric ? u : std::abs(2.0 * u - 1.0);
        draw.truth[i] = worlds.prediction()[i] + sign * model.scale[i] * error;
        for (const int which : {0, 1})
            draw.covered[which][i] = level <= levels[which] ? 1 : 0;
    }
}

using Two = std::array<double, 2>; ///< calibrated, exact

Two covered(const Draw& draw, std::span<const std::size_t> rows) {
    Two sum{};
    for (const std::size_t row : rows)
        for (const std::size_t which : {0, 1})
            sum[which] += draw.covered[which][row];
    return sum;
}

/// Coverage of the perfect methods in the tenth with the largest key, or in both outer tenths.
Two outerTenths(const Draw& draw, std::vector<std::size_t> rows, const std::vector<double>& key,
                bool bothEnds) {
    const auto less = [&](std::size_t a, std::size_t b) { return key[a] < key[b]; };
    const std::size_t tenth = rows.size() / 10;
    if (tenth == 0)
        return {none, none};
    const auto top = rows.end() - static_cast<std::ptrdiff_t>(tenth);
    std::nth_element(rows.begin(), top, rows.end(), less);
    Two sum = covered(draw, std::span(rows).last(tenth));
    double count = static_cast<double>(tenth);
    if (bothEnds) {
        std::nth_element(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(tenth), top, less);
        const Two more = covered(draw, std::span(rows).first(tenth));
        sum = {sum[0] + more[0], sum[1] + more[1]};
        count *= 2.0;
    }
    return {sum[0] / count, sum[1] / count};
}

/// Coverage of the perfect methods in each bin of a rule in one world; NaN for an empty bin.
std::vector<Two> scoreDraw(const OracleWorlds& worlds, const StratumRule& rule, const Draw& draw) {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < draw.truth.size(); ++i)
        if (rule.keep.empty() || rule.keep[i])
            rows.push_back(i);
    using Kind = StratumRule::Kind;
    const bool byError = rule.kind == Kind::WorstTenth || rule.kind == Kind::ErrorBins;
    const auto centre = rule.centre.empty() ? std::span<const double>(worlds.prediction()) : rule.centre;
    std::vector<double> key(draw.truth.size());
    for (const std::size_t i : rows)
        key[i] = byError ? std::abs(draw.truth[i] - centre[i]) : draw.truth[i];
    if (rule.kind == Kind::Tails || rule.kind == Kind::WorstTenth)
        return {outerTenths(draw, std::move(rows), key, rule.kind == Kind::Tails)};
    const std::size_t bins = rule.edges.size() < 2 ? 0 : rule.edges.size() - 1;
    std::vector<Two> hits(bins, Two{});
    std::vector<double> count(bins, 0.0);
    for (const std::size_t i : rows) {
        if (bins == 0 || !(key[i] >= rule.edges.front() && key[i] <= rule.edges.back()))
            continue;
        const auto above = std::upper_bound(rule.edges.begin(), rule.edges.end(), key[i]);
        const std::size_t bin = std::min(static_cast<std::size_t>(above - rule.edges.begin()) - 1, bins - 1);
        for (const std::size_t which : {0, 1})
            hits[bin][which] += draw.covered[which][i];
        count[bin] += 1.0;
    }
    for (std::size_t b = 0; b < bins; ++b)
        for (double& hit : hits[b])
            hit = count[b] > 0.0 ? hit / count[b] : none;
    return hits;
}

/// Equal-tailed range of the draws' values, by linear interpolation.
Interval range(std::vector<double> values, double confidence) {
    std::erase_if(values, [](double v) { return std::isnan(v); });
    if (values.empty())
        return {};
    std::sort(values.begin(), values.end());
    return {quantileOfSorted(values, 0.5 * (1.0 - confidence)),
            quantileOfSorted(values, 0.5 * (1.0 + confidence))};
}

} // namespace

/// Laplace errors whose sides have a size and a share of their own cost two parameters more.
OracleWorlds::OracleWorlds(const HeldOut& heldOut) : scales_(heldOut) {
    const std::vector<double> scale = scales_.fit(scales_.best(), {});
    double sum[2] = {0.0, 0.0}, count[2] = {0.0, 0.0};
    for (std::size_t i = 0; i < scale.size(); ++i) {
        const double e = scales_.residuals()[i] / scale[i];
        const std::size_t side = e > 0.0 ? 1 : 0;
        sum[side] += std::abs(e);
        count[side] += 1.0;
    }
    const double n = count[0] + count[1];
    if (!(sum[0] > 0.0 && sum[1] > 0.0))
        return; // all on one side: too few rows, or exact ones
    double gain = n * std::log(2.0 * (sum[0] + sum[1]) / n) - std::log(n);
    for (const int side : {0, 1})
        gain += count[side] * std::log(count[side] / n / (sum[side] / count[side]));
    symmetry_ = 1.0 / (1.0 + std::exp(gain));
}

OracleWorlds::Model OracleWorlds::draw(Rng& rng) const {
    const auto& residuals = scales_.residuals();
    const std::size_t n = residuals.size();
    const std::size_t chosen = scales_.drawn(rng.uniform());
    std::vector<std::uint32_t> counts(n, 0u);
    resample(n, rng, [&](std::size_t i) { ++counts[i]; });
    const std::vector<double> scale = scales_.fit(chosen, counts);
    Model model{{scale.end() - static_cast<std::ptrdiff_t>(prediction().size()), scale.end()},
                {},
                rng.uniform() < symmetry_};
    for (std::size_t i = 0; i < n; ++i)
        model.scaledResiduals.insert(model.scaledResiduals.end(), counts[i], residuals[i] / scale[i]);
    if (model.symmetric)
        for (double& e : model.scaledResiduals)
            e = std::abs(e);
    std::sort(model.scaledResiduals.begin(), model.scaledResiduals.end());
    return model;
}

std::vector<std::vector<OracleBand>> oracleBands(const OracleWorlds& worlds, double alpha,
                                                 std::span<const StratumRule> rules,
                                                 const OracleOptions& options, const RunContext& context) {
    const auto draws = static_cast<std::size_t>(options.draws);
    std::vector<std::vector<std::vector<Two>>> scored(draws); // [draw][rule][bin]
    parallelFor(draws, options.threads, [&](std::size_t begin, std::size_t end) {
        const std::size_t n = worlds.prediction().size();
        Draw draw{std::vector<double>(n), {std::vector<std::uint8_t>(n), std::vector<std::uint8_t>(n)}};
        for (std::size_t k = begin; k < end; ++k) {
            context.checkStop();
            Rng rng(options.seed, k);
            makeDraw(worlds, alpha, rng, draw);
            for (const StratumRule& rule : rules)
                scored[k].push_back(scoreDraw(worlds, rule, draw));
        }
    });
    std::vector<std::vector<OracleBand>> bands(rules.size());
    for (std::size_t r = 0; r < rules.size(); ++r) {
        const std::size_t bins = draws == 0 ? 0 : scored.front()[r].size();
        for (std::size_t b = 0; b < bins; ++b) {
            std::vector<double> values[2];
            for (const auto& draw : scored)
                for (const std::size_t which : {0, 1})
                    values[which].push_back(draw[r][b][which]);
            bands[r].push_back({range(std::move(values[0]), options.confidence),
                                range(std::move(values[1]), options.confidence)});
        }
    }
    return bands;
}

Interval binomialBand(std::size_t n, double alpha, double confidence) {
    if (n == 0)
        return {};
    const double trials = static_cast<double>(n);
    // P(K <= k) = I_{1-p}(n - k, k + 1); smallest k that reaches the level.
    const auto quantile = [&](double level) {
        std::size_t low = 0, high = n;
        while (low < high) {
            const std::size_t k = (low + high) / 2;
            const double cumulative =
                regularisedBeta(alpha, trials - static_cast<double>(k), static_cast<double>(k) + 1.0);
            (cumulative >= level ? high : low) = cumulative >= level ? k : k + 1;
        }
        return static_cast<double>(low) / trials;
    };
    return {quantile(0.5 * (1.0 - confidence)), quantile(0.5 * (1.0 + confidence))};
}

} // namespace penumbra
