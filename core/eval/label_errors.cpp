#include "core/eval/label_errors.h"

#include "core/base/parallel_for.h"
#include "core/base/rng.h"
#include "core/base/text.h"
#include "core/eval/bootstrap.h"

#include <algorithm>
#include <cmath>

namespace penumbra {

namespace {

constexpr std::size_t replicates = 1000;

struct Pair {
    double variance, square;
};

std::string asPercent(double share) {
    return formatReal(100.0 * share, 3);
}

} // namespace

LabelErrorShare labelErrorShare(const TargetStudy& target, std::uint64_t seed) {
    LabelErrorShare out;
    const auto& signals = target.heldOut.signals;
    const auto errors = signals.find(labelErrorSignal), means = signals.find("mean");
    if (errors == signals.end() || means == signals.end())
        return out;
    std::vector<Pair> pairs;
    for (std::size_t i = 0; i < target.heldOut.truth.size(); ++i) {
        const auto row = static_cast<Eigen::Index>(i);
        const double residual = target.heldOut.truth[i] - means->second(row, 0);
        const double error = errors->second(row, 0);
        out.labelled += std::isfinite(residual);
        if (std::isfinite(residual) && std::isfinite(error))
            pairs.push_back({error * error, residual * residual});
    }
    out.rows = pairs.size();
    if (!out.known())
        return out;
    const auto shareOf = [](const Pair& sum) { return sum.variance / sum.square; };
    Pair all{0.0, 0.0};
    for (const Pair& pair : pairs) {
        all.variance += pair.variance;
        all.square += pair.square;
    }
    out.share = shareOf(all);
    std::vector<double> shares(replicates);
    parallelFor(replicates, 0, [&](std::size_t begin, std::size_t end) {
        for (std::size_t r = begin; r < end; ++r) {
            Rng rng(seed, r);
            Pair sum{0.0, 0.0};
            resample(pairs.size(), rng, [&](std::size_t i) {
                sum.variance += pairs[i].variance;
                sum.square += pairs[i].square;
            });
            shares[r] = shareOf(sum);
        }
    });
    std::sort(shares.begin(), shares.end());
    out.interval = {quantileOfSorted(shares, 0.025), quantileOfSorted(shares, 0.975)};
    return out;
}

std::string inWords(const LabelErrorShare& found) {
    if (!found.known() || !std::isfinite(found.share))
        return {};
    std::string words =
        "the mean variance quoted for the labels is " + asPercent(found.share) + " % [" +
        asPercent(found.interval.low) + ", " + asPercent(found.interval.high) +
        "] of the mean squared residual (" + withThousands(static_cast<std::int64_t>(found.rows)) + " of " +
        withThousands(static_cast<std::int64_t>(found.labelled)) + " labelled galaxies have an error). ";
    if (found.interval.low > 1.0)
        words += "That is more than all of it: the quoted errors are too large, or they are widths of "
                 "posteriors, or label and prediction share errors. ";
    else
        words +=
            "If label errors are noise added to the truth, so much of the scatter is the labels' own; if "
            "they are widths of posteriors, it is no part of it. ";
    return words + "Coverage is of the catalogue's labels either way.";
}

} // namespace penumbra
