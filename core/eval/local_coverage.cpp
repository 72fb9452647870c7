#include "core/eval/local_coverage.h"

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/eval/count_laws.h"
#include "core/eval/evaluate.h"
#include "core/eval/exchangeability.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

namespace penumbra {

namespace {

constexpr double equallyLikely = 1.0 + 1e-7; ///< slack of R's and SciPy's rule
constexpr std::size_t calibrationRowsThatSettle =
    50; ///< a row of the window: beyond, the quantile is as good as known

void checkWindows(const CoverageWindows& windows, std::size_t rows) {
    const bool fits =
        windows.k > 0 && windows.rows.size() == rows * windows.k &&
        std::all_of(windows.rows.begin(), windows.rows.end(), [&](auto row) { return row < rows; });
    if (!fits)
        throw Error("windows of " + std::to_string(windows.k) + " rows around " +
                    std::to_string(windows.count()) + " rows do not fit " + std::to_string(rows) + " rows");
}

std::vector<double> countProbabilities(std::size_t k, const LocalCoverageOptions& options) {
    if (options.calibrationRows > 0 && options.calibrationRows < calibrationRowsThatSettle * k)
        return conformalCountProbabilities(options.calibrationRows, k, options.alpha);
    return binomialProbabilities(k, 1.0 - options.alpha);
}

/// P of all counts that are no likelier than each.
std::vector<double> twoSided(const std::vector<double>& probabilities) {
    std::vector<double> p(probabilities.size(), 0.0);
    for (std::size_t seen = 0; seen < p.size(); ++seen) {
        for (const double probability : probabilities)
            if (probability <= probabilities[seen] * equallyLikely)
                p[seen] += probability;
        p[seen] = std::min(1.0, p[seen]);
    }
    return p;
}

/// Windows that share no row with one taken before.
std::vector<std::size_t> takeInOrder(const CoverageWindows& windows, const std::vector<std::size_t>& order) {
    std::vector<std::uint8_t> taken(windows.count(), 0);
    std::vector<std::size_t> chosen;
    for (const std::size_t i : order) {
        const auto window = windows.window(i);
        if (std::any_of(window.begin(), window.end(), [&](auto row) { return taken[row] != 0; }))
            continue;
        for (const auto row : window)
            taken[row] = 1;
        chosen.push_back(i);
    }
    return chosen;
}

std::vector<std::size_t> inRowOrder(std::size_t n) {
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    return order;
}

} // namespace

std::vector<double> benjaminiYekutieli(std::span<const double> p) {
    const auto tested = std::count_if(p.begin(), p.end(), [](double value) { return !std::isnan(value); });
    double factor = 0.0;
    for (std::ptrdiff_t j = 1; j <= tested; ++j)
        factor += 1.0 / static_cast<double>(j);
    std::vector<double> adjusted = benjaminiHochberg(p);
    for (double& value : adjusted)
        value = std::isnan(value) ? value : std::min(1.0, factor * value);
    return adjusted;
}

std::vector<std::size_t> windowsOfRows(const CoverageWindows& windows) {
    std::vector<std::size_t> degree(windows.count(), 0);
    for (const auto row : windows.rows)
        ++degree[row];
    return degree;
}

LocalCoverage localCoverage(const CoverageWindows& windows, std::span<const std::uint8_t> covered,
                            const LocalCoverageOptions& options) {
    const std::size_t n = covered.size(), k = windows.k;
    checkWindows(windows, n);
    const std::vector<double> probabilities = countProbabilities(k, options), both = twoSided(probabilities);
    std::vector<double> under, over;
    std::vector<Interval> brackets;
    for (std::size_t count = 0; count <= k; ++count) {
        under.push_back(probabilityUpTo(probabilities, count));
        over.push_back(probabilityFrom(probabilities, count));
        brackets.push_back(wilson(count, k, 0.95));
    }
    LocalCoverage local;
    for (std::size_t i = 0; i < n; ++i) {
        std::size_t count = 0;
        for (const auto row : windows.window(i))
            count += covered[row] != 0 ? 1 : 0;
        local.covered.push_back(count);
        local.coverage.push_back(static_cast<double>(count) / static_cast<double>(k));
        local.bracket.push_back(brackets[count]);
        local.pUnder.push_back(under[count]);
        local.pOver.push_back(over[count]);
        local.pTwoSided.push_back(both[count]);
    }
    const auto adjust = options.anyDependence ? benjaminiYekutieli : benjaminiHochberg;
    local.adjustedUnder = adjust(local.pUnder);
    local.adjustedOver = adjust(local.pOver);
    for (std::size_t i = 0; i < n; ++i) {
        local.under.push_back(local.adjustedUnder[i] <= options.falseDiscoveryRate ? 1 : 0);
        local.over.push_back(local.adjustedOver[i] <= options.falseDiscoveryRate ? 1 : 0);
    }
    double squares = 0.0;
    for (const std::size_t degree : windowsOfRows(windows))
        squares += static_cast<double>(degree) * static_cast<double>(degree);
    local.independentWindows =
        static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(k) / squares;
    return local;
}

std::vector<std::size_t> disjointWindows(const CoverageWindows& windows) {
    return takeInOrder(windows, inRowOrder(windows.count()));
}

std::vector<std::size_t> displayWindows(const CoverageWindows& windows, std::span<const double> p) {
    std::vector<std::size_t> order = inRowOrder(windows.count());
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
    return takeInOrder(windows, order);
}

std::vector<double> drawnLocalCoverage(const CoverageWindows& windows, std::span<const double> probability,
                                       std::uint64_t seed) {
    const std::size_t n = windows.count();
    if (probability.size() != 1 && probability.size() != n)
        throw Error(std::to_string(probability.size()) + " coverage probabilities do not fit " +
                    std::to_string(n) + " rows");
    Rng rng(seed, 0x10ca1);
    std::vector<double> drawn(n);
    for (std::size_t i = 0; i < n; ++i)
        drawn[i] = rng.uniform() < probability[probability.size() == 1 ? 0 : i] ? 1.0 : 0.0;
    return windowMeans(windows, drawn);
}

std::vector<double> windowMeans(const CoverageWindows& windows, std::span<const double> values) {
    checkWindows(windows, values.size());
    std::vector<double> means;
    for (std::size_t i = 0; i < windows.count(); ++i) {
        double sum = 0.0;
        for (const auto row : windows.window(i))
            sum += values[row];
        means.push_back(sum / static_cast<double>(windows.k));
    }
    return means;
}

} // namespace penumbra
