#include "core/eval/uniformity.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/eval/count_laws.h"
#include "core/eval/coverage_bands.h"

#include <algorithm>
#include <cmath>

namespace penumbra {

namespace {

void checkUniform(std::span<const double> values) {
    for (const double value : values)
        if (!(value >= 0.0 && value <= 1.0))
            throw Error("A probability integral transform must lie in 0..1, but one is " +
                        shortestReal(value));
}

} // namespace

UniformityTests testUniformity(std::vector<double> values) {
    checkUniform(values);
    std::sort(values.begin(), values.end());
    UniformityTests out;
    out.n = values.size();
    if (values.empty())
        return out;
    const auto n = static_cast<double>(values.size());
    out.cvm = 1.0 / (12.0 * n);
    double logs = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto rank = static_cast<double>(i);
        const double u = values[i];
        out.atEnds += u == 0.0 || u == 1.0 ? 1 : 0;
        out.ksPlus = std::max(out.ksPlus, (rank + 1.0) / n - u);
        out.ksMinus = std::max(out.ksMinus, u - rank / n);
        const double step = (2.0 * rank + 1.0) / (2.0 * n) - u;
        out.cvm += step * step;
        logs += (2.0 * rank + 1.0) * (std::log(u) + std::log1p(-values[values.size() - 1 - i]));
    }
    out.ks = std::max(out.ksPlus, out.ksMinus);
    out.ad = -n - logs / n;
    out.ksP = kolmogorovTail(out.ks, out.n);
    out.cvmP = cramerVonMisesTail(out.cvm, out.n);
    out.adP = andersonDarlingTail(out.ad, out.n);
    return out;
}

SharedUniformity testSharedUniformity(std::vector<double> calibrationScores, std::vector<double> testScores) {
    for (const auto* scores : {&calibrationScores, &testScores})
        if (std::any_of(scores->begin(), scores->end(), [](double s) { return std::isnan(s); }))
            throw Error("A score is NaN; leave out rows without truth or prediction");
    std::sort(calibrationScores.begin(), calibrationScores.end());
    std::sort(testScores.begin(), testScores.end());
    SharedUniformity out;
    out.nCalibration = calibrationScores.size();
    out.nTest = testScores.size();
    if (out.nTest == 0 || out.nCalibration == 0)
        return out;
    const std::size_t stride = out.nCalibration > 2000 ? (out.nCalibration + 999) / 1000 : 1;
    const auto n = static_cast<double>(out.nCalibration + 1), m = static_cast<double>(out.nTest);
    std::vector<std::size_t> ranks;
    for (std::size_t k = stride; k <= out.nCalibration; k += stride)
        ranks.push_back(k);
    for (const std::size_t k : ranks) {
        const auto below = std::upper_bound(testScores.begin(), testScores.end(), calibrationScores[k - 1]) -
                           testScores.begin();
        out.distance =
            std::max(out.distance, std::abs(static_cast<double>(below) / m - static_cast<double>(k) / n));
    }
    // P(D* >= D): no count may come that far.
    constexpr double guard = 1e-9;
    std::vector<CountStep> steps;
    std::size_t before = 0;
    for (const std::size_t k : ranks) {
        const double centre = static_cast<double>(k) / n;
        const double low = m * (centre - out.distance + guard), high = m * (centre + out.distance - guard);
        CountStep step;
        step.amount = static_cast<double>(k - before);
        step.low = static_cast<std::size_t>(std::max(0.0, std::ceil(low)));
        step.high = static_cast<std::size_t>(std::clamp(std::floor(high), 0.0, m));
        if (low > high || high < 0.0 || step.low > step.high) {
            out.p = 1.0; // nothing fits between: every path comes that far
            return out;
        }
        steps.push_back(step);
        before = k;
    }
    const double inside = probabilityInside({out.nTest, out.nCalibration}, steps,
                                            static_cast<double>(out.nCalibration + 1 - before));
    out.p = std::clamp(1.0 - inside, 0.0, 1.0);
    return out;
}

std::size_t usualBins(std::size_t n) {
    return n < 500 ? 10 : 20;
}

UniformHistogram uniformHistogram(std::span<const double> values, std::size_t bins,
                                  std::size_t nCalibration) {
    checkUniform(values);
    UniformHistogram out;
    out.counts.assign(bins, 0);
    const auto width = static_cast<double>(bins);
    const auto edge = [step = 1.0 / width](std::size_t b) {
        return static_cast<double>(b) * step;
    }; // numpy's
    for (const double value : values) {
        auto bin = std::min(bins - 1, static_cast<std::size_t>(value * width));
        while (bin > 0 && value < edge(bin))
            --bin;
        while (bin + 1 < bins && value >= edge(bin + 1))
            ++bin;
        ++out.counts[bin];
    }
    const std::size_t n = values.size();
    const double share = 1.0 / width;
    const auto scores = static_cast<double>(nCalibration + 1) * share;
    const auto law =
        nCalibration == 0
            ? binomialProbabilities(n, share)
            : betaBinomialProbabilities(n, scores, static_cast<double>(nCalibration + 1) - scores);
    const CountRange one = centralRange(law, 0.025), all = centralRange(law, 0.025 * share);
    out.low = one.low;
    out.high = one.high;
    out.lowAll = all.low;
    out.highAll = all.high;
    const double expected = static_cast<double>(n) * share;
    for (const std::size_t count : out.counts)
        out.chiSquare += n == 0 ? 0.0
                                : (static_cast<double>(count) - expected) *
                                      (static_cast<double>(count) - expected) / expected;
    if (nCalibration == 0 && n > 0)
        out.chiSquareP = chiSquareTail(out.chiSquare, width - 1.0);
    return out;
}

} // namespace penumbra
