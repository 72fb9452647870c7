#include "core/eval/repeats.h"

#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/catalogue/sky_match.h"
#include "core/eval/evaluate.h"
#include "core/eval/miss_tails.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace penumbra {

namespace {

struct Close {
    double separation;
    std::size_t first, second;
};

/// All pairs within the tolerance: a sweep over declination.
std::vector<Close> closePairs(std::span<const double> ra, std::span<const double> dec, double tolerance,
                              const std::vector<bool>& taken) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < dec.size(); ++i)
        if (!taken[i] && std::isfinite(ra[i]) && std::isfinite(dec[i]))
            order.push_back(i);
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return dec[a] < dec[b]; });
    std::vector<Close> close;
    const double degrees = tolerance / 3600.0 * (1.0 + 1e-9);
    for (std::size_t a = 0; a < order.size(); ++a)
        for (std::size_t b = a + 1; b < order.size() && dec[order[b]] - dec[order[a]] <= degrees; ++b) {
            const std::size_t first = std::min(order[a], order[b]), second = std::max(order[a], order[b]);
            const double separation = angularSeparationArcsec(ra[first], dec[first], ra[second], dec[second]);
            if (separation <= tolerance)
                close.push_back({separation, first, second});
        }
    return close;
}

} // namespace

RepeatedRows repeatedRows(std::span<const std::string> ids, std::span<const double> ra,
                          std::span<const double> dec, double toleranceArcsec) {
    RepeatedRows pairs;
    std::vector<bool> taken(std::max(ids.size(), dec.size()), false);
    const auto pair = [&](std::size_t first, std::size_t second) {
        pairs.emplace_back(first, second);
        taken[first] = taken[second] = true;
    };
    std::map<std::string, std::size_t> waiting; // a first row without its second
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (ids[i].empty())
            continue;
        const auto [found, isNew] = waiting.emplace(ids[i], i);
        if (isNew)
            continue;
        pair(found->second, i);
        waiting.erase(found);
    }
    auto close = closePairs(ra, dec, toleranceArcsec, taken);
    std::stable_sort(close.begin(), close.end(),
                     [](const Close& a, const Close& b) { return a.separation < b.separation; });
    for (const Close& candidate : close)
        if (!taken[candidate.first] && !taken[candidate.second])
            pair(candidate.first, candidate.second);
    std::sort(pairs.begin(), pairs.end());
    return pairs;
}

RepeatFinding compareRepeats(const Prediction& prediction, const RepeatedRows& pairs) {
    RepeatFinding out;
    const double z = -normalQuantile(0.5 * prediction.alpha);
    double squares = 0.0;
    for (const auto& [first, second] : pairs) {
        const double difference = prediction.mean[first] - prediction.mean[second];
        const double bars =
            std::hypot(0.5 * intervalWidth(prediction, first), 0.5 * intervalWidth(prediction, second));
        if (!std::isfinite(difference) || !std::isfinite(bars) || !(bars > 0.0)) {
            ++out.leftOut;
            continue;
        }
        ++out.pairs;
        out.within += std::abs(difference) <= bars ? 1 : 0;
        squares += std::pow(z * difference / bars, 2.0);
    }
    if (out.pairs == 0)
        return out;
    const auto n = static_cast<double>(out.pairs);
    out.share = static_cast<double>(out.within) / n;
    out.bracket = clopperPearson(out.within, out.pairs);
    out.rms = std::sqrt(squares / n);
    out.p = missTail(out.pairs - out.within, out.pairs, prediction.alpha, 0);
    return out;
}

std::string inWords(const RepeatFinding& finding, double alpha) {
    if (finding.pairs == 0)
        return {};
    const auto percent = [](double share) { return formatReal(100.0 * share, 3) + " %"; };
    std::string words = withThousands(static_cast<long long>(finding.pairs)) +
                        " galaxies measured twice: predictions agree within the combined error bars in " +
                        percent(finding.share) + " [" + percent(finding.bracket.low) + ", " +
                        percent(finding.bracket.high) + "], rms " + formatReal(finding.rms, 2) + " sigma";
    if (finding.p < 0.05)
        return words + "; at least " + percent(1.0 - alpha) +
               " would, were the bars right: they miss noise of the measurement (p = " +
               formatReal(finding.p, 2) + ").";
    return words +
           ". That is no more scatter than the bars allow; it does not show that they are right, for most "
           "of an error is the same in both.";
}

} // namespace penumbra
