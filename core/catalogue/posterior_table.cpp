#include "core/catalogue/posterior_table.h"

#include "core/base/error.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<double> makeLevels() {
    // The ends of 95 and 99 % intervals and of others that are asked for are among them.
    std::vector<double> lower = {0.0, 0.001, 0.0025, 0.005, 0.0075};
    for (int halfPercent = 2; halfPercent < 20; ++halfPercent)
        lower.push_back(halfPercent / 200.0);
    std::vector<double> levels = lower;
    for (int percent = 10; percent <= 90; ++percent)
        levels.push_back(percent / 100.0);
    for (auto below = lower.rbegin(); below != lower.rend(); ++below)
        levels.push_back(1.0 - *below);
    return levels;
}

/// The step between two levels that holds y: quantiles[k] <= y < quantiles[k + 1]. Inside only.
std::size_t stepOf(std::span<const double> quantiles, double y) {
    const auto above = std::upper_bound(quantiles.begin(), quantiles.end(), y);
    return static_cast<std::size_t>(above - quantiles.begin()) - 1;
}

} // namespace

std::span<const double> posteriorLevels() {
    static const std::vector<double> levels = makeLevels();
    return levels;
}

std::vector<double> posteriorQuantiles(std::span<const double> edges, std::span<const double> masses) {
    if (edges.size() != masses.size() + 1)
        throw Error("internal: " + std::to_string(edges.size()) + " edges of " +
                    std::to_string(masses.size()) + " bins");
    const auto levels = posteriorLevels();
    std::vector<double> quantiles(levels.size(), infinity);
    double total = 0.0;
    bool usable = true;
    for (const double mass : masses) {
        usable = usable && mass >= 0.0 && std::isfinite(mass);
        total += mass;
    }
    if (!usable || !(total > 0.0)) {
        std::fill_n(quantiles.begin(), levels.size() / 2, -infinity);
        return quantiles;
    }
    std::size_t last = masses.size() - 1;
    while (masses[last] == 0.0)
        --last;
    std::size_t bin = 0;
    double before = 0.0;
    for (std::size_t l = 0; l < levels.size(); ++l) {
        const double wanted = levels[l] * total;
        while (bin < last && (masses[bin] == 0.0 || before + masses[bin] < wanted))
            before += masses[bin++];
        const double part = std::clamp((wanted - before) / masses[bin], 0.0, 1.0);
        quantiles[l] =
            l + 1 == levels.size() ? edges[last + 1] : edges[bin] + part * (edges[bin + 1] - edges[bin]);
    }
    return quantiles;
}

bool isKnownPosterior(std::span<const double> quantiles) {
    return !quantiles.empty() && std::isfinite(quantiles.front()) && std::isfinite(quantiles.back());
}

double posteriorQuantile(std::span<const double> quantiles, double level) {
    const auto levels = posteriorLevels();
    if (!isKnownPosterior(quantiles))
        return level < 0.5 ? -infinity : infinity;
    const auto above = std::upper_bound(levels.begin(), levels.end(), level);
    const auto next =
        std::clamp<std::size_t>(static_cast<std::size_t>(above - levels.begin()), 1, levels.size() - 1);
    const double part = (level - levels[next - 1]) / (levels[next] - levels[next - 1]);
    return quantiles[next - 1] + std::clamp(part, 0.0, 1.0) * (quantiles[next] - quantiles[next - 1]);
}

double posteriorCdf(std::span<const double> quantiles, double y) {
    const auto levels = posteriorLevels();
    const auto from = std::lower_bound(quantiles.begin(), quantiles.end(), y);
    const auto to = std::upper_bound(from, quantiles.end(), y);
    if (to != from) { // on quantiles: several of them are a step
        const auto first = static_cast<std::size_t>(from - quantiles.begin()),
                   last = static_cast<std::size_t>(to - quantiles.begin()) - 1;
        return 0.5 * (levels[first] + levels[last]);
    }
    if (from == quantiles.begin())
        return 0.0;
    if (from == quantiles.end())
        return 1.0;
    const std::size_t k = stepOf(quantiles, y);
    return levels[k] + (levels[k + 1] - levels[k]) * (y - quantiles[k]) / (quantiles[k + 1] - quantiles[k]);
}

double posteriorDensity(std::span<const double> quantiles, double y) {
    const auto levels = posteriorLevels();
    if (!(y >= quantiles.front() && y <= quantiles.back()))
        return 0.0;
    const std::size_t k = std::min(stepOf(quantiles, y), levels.size() - 2);
    return (levels[k + 1] - levels[k]) / (quantiles[k + 1] - quantiles[k]);
}

double posteriorSquaredDensity(std::span<const double> quantiles) {
    const auto levels = posteriorLevels();
    double sum = 0.0;
    for (std::size_t k = 0; k + 1 < levels.size(); ++k) {
        const double mass = levels[k + 1] - levels[k];
        sum += mass * mass / (quantiles[k + 1] - quantiles[k]);
    }
    return sum;
}

double posteriorCrps(std::span<const double> quantiles, double y) {
    const auto levels = posteriorLevels();
    // Of a linear piece from a to b, over a distance: the integral of its square.
    const auto squared = [](double a, double b, double distance) {
        return distance * (a * a + a * b + b * b) / 3.0;
    };
    double sum = std::max(0.0, quantiles.front() - y) + std::max(0.0, y - quantiles.back());
    for (std::size_t k = 0; k + 1 < levels.size(); ++k) {
        const double x0 = quantiles[k], x1 = quantiles[k + 1], a = levels[k], b = levels[k + 1];
        if (!(x1 > x0))
            continue;
        const double cut = std::clamp(y, x0, x1), at = a + (b - a) * (cut - x0) / (x1 - x0);
        sum += squared(a, at, cut - x0) + squared(at - 1.0, b - 1.0, x1 - cut);
    }
    return sum;
}

} // namespace penumbra
