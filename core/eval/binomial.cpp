#include "core/base/error.h"
#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/eval/count_laws.h"
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
    if (conformalRank(nCalibration, alpha) > nCalibration)
        return {1.0, 1.0};
    if (nTest == 0)
        return {0.0, 1.0};
    const CountRange range =
        centralRange(conformalCountProbabilities(nCalibration, nTest, alpha), 0.5 * (1.0 - confidence));
    const auto size = static_cast<double>(nTest);
    return {static_cast<double>(range.low) / size, static_cast<double>(range.high) / size};
}

} // namespace penumbra
