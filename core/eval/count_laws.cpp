#include "core/eval/count_laws.h"

#include "core/base/statistics.h"

#include <algorithm>
#include <numeric>

namespace penumbra {

namespace {

constexpr double negligible = 1e-290; ///< beside the likeliest count: beyond, products are slow and then 0

/// Probabilities by the ratios of neighbours, from the mode outwards, then normalised, so that no large
/// logarithms cancel. @param ratio P(j+1) / P(j)
template <typename Ratio>
std::vector<double> fromMode(std::size_t n, std::size_t mode, const Ratio& ratio) {
    std::vector<double> p(n + 1, 0.0);
    p[mode] = 1.0;
    for (std::size_t j = mode; j < n && p[j] > negligible; ++j)
        p[j + 1] = p[j] * ratio(j);
    for (std::size_t j = mode; j > 0 && p[j] > negligible; --j)
        p[j - 1] = p[j] / ratio(j - 1);
    const double sum = std::accumulate(p.begin(), p.end(), 0.0);
    for (double& value : p)
        value /= sum;
    return p;
}

double sumOf(const std::vector<double>& p, std::size_t from, std::size_t to) {
    double sum = 0.0;
    for (std::size_t j = from; j < to; ++j)
        sum += p[j];
    return sum;
}

} // namespace

std::vector<double> binomialProbabilities(std::size_t n, double p) {
    if (p <= 0.0 || p >= 1.0) {
        std::vector<double> certain(n + 1, 0.0);
        certain[p <= 0.0 ? 0 : n] = 1.0;
        return certain;
    }
    const auto size = static_cast<double>(n);
    const auto mode = std::min(n, static_cast<std::size_t>((size + 1.0) * p));
    return fromMode(n, mode, [&](std::size_t j) {
        const auto x = static_cast<double>(j);
        return (size - x) / (x + 1.0) * p / (1.0 - p);
    });
}

std::vector<double> betaBinomialProbabilities(std::size_t n, double a, double b) {
    const auto size = static_cast<double>(n);
    const auto mode = std::min(n, static_cast<std::size_t>(size * a / (a + b)));
    return fromMode(n, mode, [&](std::size_t j) {
        const auto x = static_cast<double>(j);
        return (size - x) * (x + a) / ((x + 1.0) * (size - x - 1.0 + b));
    });
}

std::vector<double> conformalCountProbabilities(std::size_t nCalibration, std::size_t nTest, double alpha) {
    const std::size_t k = conformalRank(nCalibration, alpha);
    if (k > nCalibration)
        return binomialProbabilities(nTest, 1.0);
    return betaBinomialProbabilities(nTest, static_cast<double>(k),
                                     static_cast<double>(nCalibration + 1 - k));
}

double probabilityUpTo(const std::vector<double>& probabilities, std::size_t k) {
    if (k + 1 >= probabilities.size())
        return 1.0;
    const double below = sumOf(probabilities, 0, k + 1);
    return below < 0.5 ? below : 1.0 - sumOf(probabilities, k + 1, probabilities.size());
}

double probabilityFrom(const std::vector<double>& probabilities, std::size_t k) {
    if (k == 0 || k >= probabilities.size())
        return k == 0 ? 1.0 : 0.0;
    const double above = sumOf(probabilities, k, probabilities.size());
    return above < 0.5 ? above : 1.0 - sumOf(probabilities, 0, k);
}

CountRange centralRange(const std::vector<double>& probabilities, double tail) {
    CountRange range{0, probabilities.size() - 1};
    for (double below = probabilities[0]; range.low + 1 < probabilities.size() && below < tail;
         below += probabilities[range.low])
        ++range.low;
    for (double above = probabilities[range.high]; range.high > 0 && above <= tail;
         above += probabilities[range.high])
        --range.high;
    return range;
}

} // namespace penumbra
