#include "core/eval/label_posteriors.h"

#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/eval/bootstrap.h"
#include "core/eval/label_errors.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace penumbra {

namespace {

double gaussianCdf(double z) {
    return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

double upperPoint(double alpha) {
    return -normalQuantile(0.5 * alpha);
}

std::vector<double> drawsOf(const LabelDistributions& labels, std::size_t row) {
    std::vector<double> draws;
    for (std::size_t s = 0; s < labels.drawsPerRow; ++s)
        if (const float draw = labels.draws[row * labels.drawsPerRow + s]; std::isfinite(draw))
            draws.push_back(draw);
    return draws;
}

std::string percent(double fraction) {
    return formatReal(100.0 * fraction, 3) + " %";
}

} // namespace

double truthCoverageIfNoise(double alpha, double ratio) {
    return 2.0 * gaussianCdf(upperPoint(alpha) * std::sqrt(1.0 + ratio * ratio)) - 1.0;
}

double truthCoverageIfPosterior(double alpha, double ratio) {
    return 2.0 * gaussianCdf(upperPoint(alpha) / std::sqrt(1.0 + ratio * ratio)) - 1.0;
}

double halfWidthWithoutNoise(double q, double labelError, double alpha) {
    if (std::isnan(labelError) || std::isinf(q))
        return q;
    const double noise = upperPoint(alpha) * labelError;
    return std::sqrt(std::max(0.0, q * q - noise * noise));
}

bool LabelDistributions::known(std::size_t row) const {
    return std::isfinite(label[row]) && (drawsPerRow > 0 ? !drawsOf(*this, row).empty() : error[row] > 0.0);
}

double LabelDistributions::probability(std::size_t row, double lower, double upper) const {
    if (!(lower <= upper))
        return 0.0;
    if (drawsPerRow == 0)
        return gaussianCdf((upper - label[row]) / error[row]) -
               gaussianCdf((lower - label[row]) / error[row]);
    const auto own = drawsOf(*this, row);
    const auto inside =
        std::count_if(own.begin(), own.end(), [&](double draw) { return lower <= draw && draw <= upper; });
    return static_cast<double>(inside) / static_cast<double>(own.size());
}

double LabelDistributions::width(std::size_t row, double alpha) const {
    if (drawsPerRow == 0)
        return 2.0 * upperPoint(alpha) * error[row];
    auto own = drawsOf(*this, row);
    std::sort(own.begin(), own.end());
    return quantileOfSorted(own, 1.0 - 0.5 * alpha) - quantileOfSorted(own, 0.5 * alpha);
}

std::optional<LabelDistributions> labelDistributions(const TargetStudy& target) {
    const auto signal = target.heldOut.signals.find(labelErrorSignal);
    if (signal == target.heldOut.signals.end())
        return {};
    LabelDistributions out;
    out.label = target.testTruth();
    bool any = false;
    for (std::size_t i = 0; i < target.heldOut.rows.size(); ++i)
        if (target.heldOut.isTest[i] != 0) {
            out.error.push_back(signal->second(static_cast<Eigen::Index>(i), 0));
            any = any || out.known(out.error.size() - 1);
        }
    return any ? std::optional(std::move(out)) : std::nullopt;
}

LabelPosteriorFinding againstLabelPosteriors(const Prediction& prediction, const LabelDistributions& labels,
                                             std::uint64_t seed) {
    LabelPosteriorFinding out;
    std::vector<double> probabilities, shares, widths, halves;
    double variance = 0.0, squares = 0.0, covered = 0.0;
    for (std::size_t i = 0; i < labels.label.size(); ++i) {
        if (!labels.known(i))
            continue;
        probabilities.push_back(labels.probability(i, prediction.lower[i], prediction.upper[i]));
        covered += covers(prediction, i, labels.label[i]) ? 1.0 : 0.0;
        const double own = labels.width(i, prediction.alpha), all = intervalWidth(prediction, i);
        const double sigma = own / (2.0 * upperPoint(prediction.alpha));
        variance += sigma * sigma;
        squares += std::pow(labels.label[i] - prediction.mean[i], 2.0);
        if (!std::isfinite(all))
            continue;
        halves.push_back(0.5 * all);
        shares.push_back(own / all);
        out.narrower += all < own ? 1 : 0;
    }
    out.n = probabilities.size();
    out.finite = shares.size();
    if (out.n == 0)
        return out;
    const auto n = static_cast<double>(out.n);
    out.ofLabels = covered / n;
    out.expected = 0.0;
    for (const double p : probabilities)
        out.expected += p / n;
    EvaluateOptions bootstrap;
    bootstrap.seed = seed;
    out.expectedBracket = bootstrapMean(probabilities, bootstrap);
    out.widthShare = medianOf(shares);
    out.ifPosterior = out.expected;
    if (squares > variance) // else the labels' errors are all there is
        out.ifNoise = truthCoverageIfNoise(1.0 - std::clamp(out.ofLabels, 1e-6, 1.0 - 1e-6),
                                           std::sqrt(variance / (squares - variance)));
    double without = 0.0, with = 0.0;
    for (const double half : halves) {
        without += halfWidthWithoutNoise(half, std::sqrt(variance / n), prediction.alpha);
        with += half;
    }
    if (with > 0.0)
        out.widthWithoutNoise = without / with;
    return out;
}

std::string inWords(const LabelPosteriorFinding& finding, LabelWorld world, double alpha) {
    if (finding.n == 0)
        return {};
    std::string words =
        "Coverage is of the catalogue's labels. Of draws from the labels' own distributions " +
        percent(finding.expected) + " [" + percent(finding.expectedBracket.low) + ", " +
        percent(finding.expectedBracket.high) + "] are covered (" +
        withThousands(static_cast<long long>(finding.n)) + " galaxies); half of the intervals owe " +
        "more than " + percent(finding.widthShare) + " of their width to the label.";
    if (finding.narrower > 0)
        words += std::string(" ") + withThousands(static_cast<long long>(finding.narrower)) + " of " +
                 withThousands(static_cast<long long>(finding.finite)) +
                 " intervals are narrower than the central " + percent(1.0 - alpha) +
                 " of their own label: no prediction can promise that.";
    if (world == LabelWorld::Unknown)
        return words;
    const bool noise = world == LabelWorld::Noise;
    words += std::string(" If label errors are ") +
             (noise ? "noise added to the truth" : "widths of posteriors") +
             " and independent of the prediction's errors, ";
    const double value = noise ? finding.ifNoise : finding.ifPosterior;
    if (std::isnan(value))
        return words + "they are larger than the residuals: nothing can be said of the truths.";
    words += "the intervals cover " + percent(value) + " of the truths";
    if (!std::isnan(finding.ifNoise))
        words += " (from " + percent(finding.ifPosterior) + " for posteriors to " + percent(finding.ifNoise) +
                 " for noise)";
    words += ".";
    if (noise && std::isfinite(finding.widthWithoutNoise))
        words += " Intervals for the truth would be " + percent(finding.widthWithoutNoise) +
                 " as wide (model-based: Gaussian noise of one size, no guarantee).";
    return words;
}

} // namespace penumbra
