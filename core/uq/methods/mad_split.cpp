#include "core/uq/methods/common.h"

#include <cmath>

namespace penumbra::uq {

namespace {

Signal residualSignal(const OptionSet& options) {
    return Signal::residual(options.getText("mad-space") == "aion" ? Signal::Space::Aion
                                                                   : Signal::Space::Net);
}

/// Score |y - mean| / (eps + |r|), r the predicted size of the residual (spec/lvd.md d.3).
class MadSplit final : public UqMethod {
public:
    const MethodInfo& info() const override {
        static const MethodInfo info{
            .id = "MADSplit",
            .title = "split conformal, scaled by a residual net",
            .oneLine = "Width proportional to a learned |residual|, scaled so that it covers on the "
                       "calibration set.",
            .reference = "Papadopoulos et al. 2008; Lei et al. 2018",
            .conformal = true,
            .calibrated = true,
        };
        return info;
    }

    void describeOptions(OptionSet& options) const override {
        options
            .choice(
                "mad-space", "net", {"net", "aion"},
                "What MADSplit's residual net sees: net, the hidden activations of the head; aion, the input "
                "features.")
            .in("Methods")
            .asAdvanced();
    }

    std::vector<Signal> needs(const OptionSet& options, double) const override {
        return {Signal::mean(), residualSignal(options)};
    }

    std::vector<Prediction> intervals(const Evidence& evidence, std::span<const double> alphas, double,
                                      const OptionSet& options, const RunContext& context) const override {
        const Signal residual = residualSignal(options);
        const std::vector<double> scores = calibrationScores(evidence, residual);
        const std::vector<double> mean = evidence.test(Signal::mean());
        const std::vector<double> testScale = residualScale(evidence, evidence.test(residual));
        std::vector<Prediction> predictions;
        std::vector<double> halfWidth(mean.size());
        for (const double alpha : alphas) {
            context.checkStop();
            checkAlpha(alpha);
            const double quantile = conformalQuantile(knownScores(scores), alpha, quantileRule(options));
            for (std::size_t i = 0; i < halfWidth.size(); ++i)
                halfWidth[i] = std::isinf(testScale[i]) ? testScale[i] : quantile * testScale[i];
            predictions.push_back(startPrediction(*this, evidence, alpha, mean));
            setSymmetric(predictions.back(), halfWidth);
        }
        return predictions;
    }

    std::optional<SplitScores> splitScores(const Evidence& evidence, double, double,
                                           const OptionSet& options) const override {
        const Signal residual = residualSignal(options);
        return symmetricSplitScores(evidence, calibrationScores(evidence, residual),
                                    evidence.test(Signal::mean()),
                                    residualScale(evidence, evidence.test(residual)), options);
    }

private:
    /// NaN where the size of the error is unknown: as 0 such rows would narrow the intervals of all others.
    static std::vector<double> calibrationScores(const Evidence& evidence, const Signal& residual) {
        std::vector<double> scores = evidence.calibration(Signal::mean());
        const std::vector<double> scale = residualScale(evidence, evidence.calibration(residual));
        for (std::size_t i = 0; i < scores.size(); ++i)
            scores[i] = std::isinf(scale[i]) ? std::nan("")
                                             : std::abs(evidence.calibrationTruth[i] - scores[i]) / scale[i];
        return scores;
    }
};

} // namespace

const UqMethod& madSplit() {
    static const MadSplit method;
    return method;
}

} // namespace penumbra::uq
