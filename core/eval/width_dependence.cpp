#include "core/eval/width_dependence.h"

#include "core/base/rng.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace penumbra {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// exp(-d^2) between all rows as a sum over waves: sum_k weight_k (cos_k(a) cos_k(b) + sin_k(a) sin_k(b)),
/// its Fourier series on a period so long that neighbours' images are nothing.
struct Waves {
    Eigen::MatrixXd values; ///< [2 waves, rows], each times the root of its weight
    explicit Waves(std::span<const double> widths) {
        const auto [least, most] = std::minmax_element(widths.begin(), widths.end());
        constexpr double apart = 7.0, highest = 13.0; // exp(-49), exp(-42)
        const double period = *most - *least + apart;
        const auto waves = static_cast<Eigen::Index>(std::ceil(highest * period / (2.0 * std::numbers::pi)));
        values.resize(2 * (waves + 1), static_cast<Eigen::Index>(widths.size()));
        for (Eigen::Index k = 0; k <= waves; ++k) {
            const double omega = 2.0 * std::numbers::pi * static_cast<double>(k) / period;
            const double weight = std::sqrt((k == 0 ? 1.0 : 2.0) * std::sqrt(std::numbers::pi) / period *
                                            std::exp(-0.25 * omega * omega));
            for (std::size_t i = 0; i < widths.size(); ++i) {
                const double phase = omega * (widths[i] - *least);
                values(2 * k, static_cast<Eigen::Index>(i)) = weight * std::cos(phase);
                values(2 * k + 1, static_cast<Eigen::Index>(i)) = weight * std::sin(phase);
            }
        }
    }
};

double standardDeviation(std::span<const double> values) {
    const auto n = static_cast<double>(values.size());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
    double squares = 0.0;
    for (const double value : values)
        squares += (value - mean) * (value - mean);
    return std::sqrt(squares / n);
}

} // namespace

std::vector<double> independenceCriteria(std::span<const double> widths,
                                         std::span<const std::uint8_t> covered,
                                         const std::vector<std::vector<std::size_t>>& orders) {
    const auto n = static_cast<double>(widths.size());
    double mean = 0.0;
    for (const std::uint8_t c : covered)
        mean += c != 0 ? 1.0 / n : 0.0;
    const Waves waves(widths);
    std::vector<double> out;
    Eigen::VectorXd centred(static_cast<Eigen::Index>(widths.size()));
    for (const auto& order : orders) {
        for (std::size_t i = 0; i < order.size(); ++i)
            centred[static_cast<Eigen::Index>(i)] = (covered[order[i]] != 0 ? 1.0 : 0.0) - mean;
        out.push_back(2.0 * (1.0 - std::exp(-1.0)) * (waves.values * centred).squaredNorm() /
                      ((n - 1.0) * (n - 1.0)));
    }
    return out;
}

double independenceCriterion(std::span<const double> widths, std::span<const std::uint8_t> covered) {
    std::vector<std::vector<std::size_t>> asIs(1, std::vector<std::size_t>(widths.size()));
    std::iota(asIs[0].begin(), asIs[0].end(), std::size_t{0});
    return independenceCriteria(widths, covered, asIs)[0];
}

double widthCorrelation(std::span<const double> widths, std::span<const std::uint8_t> covered) {
    const auto n = static_cast<double>(widths.size());
    const double meanWidth = std::accumulate(widths.begin(), widths.end(), 0.0) / n;
    double meanCovered = 0.0, both = 0.0, ofWidth = 0.0, ofCovered = 0.0;
    for (const std::uint8_t c : covered)
        meanCovered += c != 0 ? 1.0 / n : 0.0;
    for (std::size_t i = 0; i < widths.size(); ++i) {
        const double w = widths[i] - meanWidth, c = (covered[i] != 0 ? 1.0 : 0.0) - meanCovered;
        both += w * c;
        ofWidth += w * w;
        ofCovered += c * c;
    }
    return ofWidth > 0.0 && ofCovered > 0.0 ? both / std::sqrt(ofWidth * ofCovered) : nan;
}

WidthDependence widthDependence(std::span<const double> widths, std::span<const std::uint8_t> covered,
                                std::size_t permutations, std::uint64_t seed, const RunContext& context) {
    std::vector<double> finite;
    std::vector<std::uint8_t> outcome;
    for (std::size_t i = 0; i < widths.size(); ++i)
        if (std::isfinite(widths[i])) {
            finite.push_back(widths[i]);
            outcome.push_back(covered[i]);
        }
    WidthDependence out;
    out.n = finite.size();
    out.oneWidth = out.n == 0 ||
                   std::all_of(finite.begin(), finite.end(), [&](double w) { return w == finite.front(); });
    if (out.n < 10 || out.oneWidth)
        return out;
    const double scatter = standardDeviation(finite);
    for (double& width : finite)
        width /= scatter;
    out.correlation = -widthCorrelation(finite, outcome);
    if (std::isnan(out.correlation)) // all covered, or none
        return out;
    const double half = 1.959963984540054 / std::sqrt(static_cast<double>(out.n) - 3.0);
    out.bracket = {std::tanh(std::atanh(out.correlation) - half),
                   std::tanh(std::atanh(out.correlation) + half)};
    out.hsic = independenceCriterion(finite, outcome);
    std::size_t asLarge = 0, asCorrelated = 0;
    double sum = 0.0;
    std::vector<std::vector<std::size_t>> orders; // a block of them at a time
    std::vector<std::uint8_t> shuffled(out.n);
    const auto takeBlock = [&] {
        for (const double drawn : independenceCriteria(finite, outcome, orders)) {
            asLarge += drawn >= out.hsic * (1.0 - 1e-12) ? 1 : 0;
            sum += drawn;
        }
        orders.clear();
    };
    for (std::size_t r = 0; r < permutations; ++r) {
        context.checkStop();
        orders.push_back(Rng(seed, r).permutation(out.n));
        for (std::size_t i = 0; i < out.n; ++i)
            shuffled[i] = outcome[orders.back()[i]];
        asCorrelated +=
            std::abs(widthCorrelation(finite, shuffled)) >= std::abs(out.correlation) - 1e-12 ? 1 : 0;
        if (orders.size() == 200)
            takeBlock();
    }
    takeBlock();
    const auto of = static_cast<double>(permutations + 1);
    out.hsicP = static_cast<double>(asLarge + 1) / of;
    out.correlationP = static_cast<double>(asCorrelated + 1) / of;
    out.hsicByChance = permutations == 0 ? nan : sum / static_cast<double>(permutations);
    return out;
}

} // namespace penumbra
