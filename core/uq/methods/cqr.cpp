#include "core/base/text.h"
#include "core/uq/methods/common.h"

#include <algorithm>
#include <cmath>

namespace penumbra::uq {

namespace {

/// The alphas whose pairs alpha/2, 1 - alpha/2 are trained: the study's own first, then those of cqr-levels.
std::vector<double> trainedPairs(const OptionSet& options, double trainedAlpha) {
    std::vector<double> alphas = {trainedAlpha};
    for (const double level : options.getRealList("cqr-levels")) {
        if (!(level > 0.0 && level < 1.0) || level == 0.5)
            throw UsageError("cqr-levels must lie between 0 and 1 and differ from 0.5, but one is " +
                             shortestReal(level));
        const double alpha = 2.0 * std::min(level, 1.0 - level);
        const auto same = [&](double known) { return std::abs(known - alpha) < 1e-9; };
        if (std::none_of(alphas.begin(), alphas.end(), same))
            alphas.push_back(alpha);
    }
    return alphas;
}

Signal lowerOf(double pairAlpha) {
    return Signal::quantile(0.5 * pairAlpha);
}
Signal upperOf(double pairAlpha) {
    return Signal::quantile(1.0 - 0.5 * pairAlpha);
}

double nearestPair(const std::vector<double>& pairs, double alpha) {
    return *std::min_element(pairs.begin(), pairs.end(),
                             [&](double a, double b) { return std::abs(a - alpha) < std::abs(b - alpha); });
}

/// Score max(q_lo - y, y - q_hi); a negative quantile narrows the interval. Crossed pairs stay crossed
/// (spec/lvd.md d.4).
class Cqr final : public UqMethod {
public:
    const MethodInfo& info() const override {
        static const MethodInfo info{
            .id = "CQR",
            .title = "conformalised quantile regression",
            .oneLine = "A lower and an upper quantile, learned by networks or taken from columns; "
                       "calibration shifts "
                       "both until they cover.",
            .reference = "Romano, Patterson & Candes 2019",
            .conformal = true,
            .calibrated = true,
        };
        return info;
    }

    void describeOptions(OptionSet& options) const override {
        options
            .realList("cqr-levels", {},
                      "Further quantile levels trained for CQR, each together with its mirror 1 - level. "
                      "More levels "
                      "cost training time and sharpen CQR at alphas other than the study's; empty: only "
                      "alpha/2 and "
                      "1 - alpha/2.")
            .in("Methods")
            .asAdvanced();
    }

    std::vector<Signal> needs(const OptionSet& options, double trainedAlpha) const override {
        std::vector<Signal> signals;
        for (const double pair : trainedPairs(options, trainedAlpha)) {
            signals.push_back(lowerOf(pair));
            signals.push_back(upperOf(pair));
        }
        return signals;
    }

    std::vector<Prediction> intervals(const Evidence& evidence, std::span<const double> alphas,
                                      double trainedAlpha, const OptionSet& options,
                                      const RunContext& context) const override {
        const std::vector<double> pairs = trainedPairs(options, trainedAlpha);
        std::vector<Prediction> predictions;
        for (const double alpha : alphas) {
            context.checkStop();
            checkAlpha(alpha);
            predictions.push_back(atAlpha(evidence, alpha, nearestPair(pairs, alpha), quantileRule(options)));
        }
        return predictions;
    }

    std::optional<SplitScores> splitScores(const Evidence& evidence, double alpha, double trainedAlpha,
                                           const OptionSet& options) const override {
        const double pair = nearestPair(trainedPairs(options, trainedAlpha), alpha);
        SplitScores split;
        split.calibration = calibrationScores(evidence, pair);
        split.lower = evidence.test(lowerOf(pair));
        split.upper = evidence.test(upperOf(pair));
        split.scale.assign(split.lower.size(), 1.0);
        split.score = evidence.testTruth();
        for (std::size_t i = 0; i < split.score.size(); ++i) // std::max would drop a NaN
            if (!std::isnan(split.score[i]))
                split.score[i] = std::max(split.lower[i] - split.score[i], split.score[i] - split.upper[i]);
        split.interpolated = quantileRule(options) == QuantileRule::Interpolated;
        return split;
    }

private:
    static std::vector<double> calibrationScores(const Evidence& evidence, double pair) {
        std::vector<double> scores = evidence.calibration(lowerOf(pair));
        const std::vector<double> upper = evidence.calibration(upperOf(pair));
        for (std::size_t i = 0; i < scores.size(); ++i) {
            const double truth = evidence.calibrationTruth[i];
            scores[i] = std::isinf(scores[i]) || std::isinf(upper[i])
                            ? std::nan("") // no quantiles: not calibrated on
                            : std::max(scores[i] - truth, truth - upper[i]);
        }
        return scores;
    }

    Prediction atAlpha(const Evidence& evidence, double alpha, double pair, QuantileRule rule) const {
        const double correction =
            conformalQuantile(knownScores(calibrationScores(evidence, pair)), alpha, rule);
        std::vector<double> lower = evidence.test(lowerOf(pair));
        std::vector<double> upper = evidence.test(upperOf(pair));
        std::vector<double> centre = middles(evidence, lower, upper);
        for (std::size_t i = 0; i < centre.size(); ++i) {
            lower[i] = std::isinf(lower[i]) ? lower[i] : lower[i] - correction;
            upper[i] = std::isinf(upper[i]) ? upper[i] : upper[i] + correction;
        }
        Prediction prediction = startPrediction(*this, evidence, alpha, std::move(centre));
        prediction.lower = std::move(lower);
        prediction.upper = std::move(upper);
        if (std::abs(pair - alpha) > 1e-9)
            prediction.note = "quantiles of alpha " + formatReal(pair, 6) + ", recalibrated to alpha " +
                              formatReal(alpha, 6);
        return prediction;
    }
};

} // namespace

const UqMethod& cqr() {
    static const Cqr method;
    return method;
}

} // namespace penumbra::uq
