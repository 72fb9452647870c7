#include "core/base/error.h"
#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/eval/evaluate.h"

#include <algorithm>

namespace penumbra {

namespace {

void checkConfidence(double confidence) {
    if (!(confidence > 0.0 && confidence < 1.0))
        throw Error("A confidence must lie between 0 and 1, but is " + shortestReal(confidence));
}

void checkCounts(std::size_t k, std::size_t n, double confidence) {
    if (k > n)
        throw Error(std::to_string(k) + " successes of " + std::to_string(n) + " trials are impossible");
    checkConfidence(confidence);
}

/// Probabilities of 0..n for a Beta-Binomial(n, a, b): ratios of neighbours from the mode outwards, then
/// normalised, so that no large logarithms cancel.
std::vector<double> betaBinomialProbabilities(std::size_t n, double a, double b) {
    const auto size = static_cast<double>(n);
    const auto ratio = [&](std::size_t j) { // P(j+1) / P(j)
        const auto x = static_cast<double>(j);
        return (size - x) * (x + a) / ((x + 1.0) * (size - x - 1.0 + b));
    };
    std::vector<double> p(n + 1, 0.0);
    const auto mode = std::min(n, static_cast<std::size_t>(size * a / (a + b)));
    p[mode] = 1.0;
    for (std::size_t j = mode; j < n; ++j)
        p[j + 1] = p[j] * ratio(j);
    for (std::size_t j = mode; j > 0; --j)
        p[j - 1] = p[j] / ratio(j - 1);
    double sum = 0.0;
    for (const double value : p)
        sum += value;
    for (double& value : p)
        value /= sum;
    return p;
}

/// Smallest j with P(X <= j) >= level. Sums run from the nearer end: small tails keep their precision.
std::size_t upperQuantile(const std::vector<double>& p, double tailAbove) {
    std::size_t j = p.size() - 1;
    for (double above = p[j]; j > 0 && above <= tailAbove; above += p[j])
        --j;
    return j;
}
std::size_t lowerQuantile(const std::vector<double>& p, double tailBelow) {
    std::size_t j = 0;
    for (double below = p[0]; j + 1 < p.size() && below < tailBelow; below += p[j])
        ++j;
    return j;
}

} // namespace

Interval wilsonAt(double fraction, double size, double confidence) {
    const double z = -normalQuantile(0.5 * (1.0 - confidence)), scale = 1.0 + z * z / size;
    const double centre = (fraction + z * z / (2.0 * size)) / scale;
    const double half =
        z * std::sqrt(fraction * (1.0 - fraction) / size + z * z / (4.0 * size * size)) / scale;
    return {fraction <= 0.0 ? 0.0 : std::max(0.0, centre - half),
            fraction >= 1.0 ? 1.0 : std::min(1.0, centre + half)};
}

Interval clopperPearsonAt(double successes, double failures, double confidence) {
    const double tail = 0.5 * (1.0 - confidence);
    return {successes <= 0.0 ? 0.0 : betaQuantile(tail, successes, failures + 1.0),
            failures <= 0.0 ? 1.0 : betaQuantile(1.0 - tail, successes + 1.0, failures)};
}

Interval wilson(std::size_t k, std::size_t n, double confidence) {
    checkCounts(k, n, confidence);
    if (n == 0)
        return {0.0, 1.0};
    const auto size = static_cast<double>(n);
    return wilsonAt(static_cast<double>(k) / size, size, confidence);
}

Interval clopperPearson(std::size_t k, std::size_t n, double confidence) {
    checkCounts(k, n, confidence);
    return clopperPearsonAt(static_cast<double>(k), static_cast<double>(n - k), confidence);
}

Interval splitConformalBand(std::size_t nCalibration, std::size_t nTest, double alpha, double confidence) {
    checkConfidence(confidence);
    if (!(alpha > 0.0 && alpha < 1.0))
        throw Error("alpha must lie between 0 and 1, but is " + shortestReal(alpha));
    const std::size_t k = conformalRank(nCalibration, alpha);
    if (k > nCalibration)
        return {1.0, 1.0};
    if (nTest == 0)
        return {0.0, 1.0};
    const std::vector<double> p =
        betaBinomialProbabilities(nTest, static_cast<double>(k), static_cast<double>(nCalibration + 1 - k));
    const double tail = 0.5 * (1.0 - confidence);
    const auto size = static_cast<double>(nTest);
    return {static_cast<double>(lowerQuantile(p, tail)) / size,
            static_cast<double>(upperQuantile(p, tail)) / size};
}

} // namespace penumbra
