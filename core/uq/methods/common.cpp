#include "core/uq/methods/common.h"

#include "core/base/text.h"

#include <cmath>

namespace penumbra::uq {

Prediction startPrediction(const UqMethod& method, const Evidence& evidence, double alpha,
                           std::vector<double> mean) {
    Prediction prediction;
    prediction.method = method.info().id;
    prediction.target = evidence.target;
    prediction.unit = evidence.unit;
    prediction.alpha = alpha;
    prediction.lower.reserve(mean.size());
    prediction.upper.reserve(mean.size());
    prediction.mean = std::move(mean);
    return prediction;
}

void setSymmetric(Prediction& prediction, std::span<const double> halfWidth) {
    for (std::size_t i = 0; i < halfWidth.size(); ++i) {
        prediction.lower.push_back(prediction.mean[i] - halfWidth[i]);
        prediction.upper.push_back(prediction.mean[i] + halfWidth[i]);
    }
}

std::vector<Prediction> gaussianIntervals(const UqMethod& method, const Evidence& evidence,
                                          std::span<const double> alphas, const std::vector<double>& mean,
                                          const std::vector<double>& spread, const RunContext& context) {
    std::vector<Prediction> predictions;
    std::vector<double> halfWidth(spread.size());
    for (const double alpha : alphas) {
        context.checkStop();
        checkAlpha(alpha);
        const double z = -normalQuantile(0.5 * alpha);
        for (std::size_t i = 0; i < spread.size(); ++i)
            halfWidth[i] = z * spread[i];
        predictions.push_back(startPrediction(method, evidence, alpha, mean));
        predictions.back().spread = spread;
        setSymmetric(predictions.back(), halfWidth);
    }
    return predictions;
}

std::vector<double> knownScores(std::vector<double> scores) {
    std::erase_if(scores, [](double score) { return std::isnan(score); });
    return scores;
}

std::vector<double> residualScale(const Evidence& evidence, std::vector<double> residual) {
    for (double& r : residual)
        r = evidence.heldOut->residualFloor + std::abs(r);
    return residual;
}

SplitScores symmetricSplitScores(const Evidence& evidence, std::vector<double> calibration,
                                 std::vector<double> centre, std::vector<double> scale,
                                 const OptionSet& options) {
    SplitScores split;
    split.calibration = std::move(calibration);
    split.score = evidence.testTruth();
    for (std::size_t i = 0; i < centre.size(); ++i)
        split.score[i] = std::abs(split.score[i] - centre[i]) / scale[i];
    split.lower = split.upper = std::move(centre);
    split.scale = std::move(scale);
    split.interpolated = quantileRule(options) == QuantileRule::Interpolated;
    return split;
}

std::vector<double> middles(const Evidence& evidence, const std::vector<double>& lower,
                            const std::vector<double>& upper, const Signal& elsewhere) {
    std::vector<double> middle(lower.size()), base;
    for (std::size_t i = 0; i < middle.size(); ++i) {
        middle[i] = 0.5 * (lower[i] + upper[i]);
        if (std::isfinite(middle[i]))
            continue;
        if (base.empty())
            base = evidence.test(elsewhere);
        middle[i] = base[i];
    }
    return middle;
}

void checkAlpha(double alpha) {
    if (!(alpha > 0.0 && alpha < 1.0))
        throw UsageError("alpha must lie between 0 and 1, but is " + shortestReal(alpha));
}

} // namespace penumbra::uq
