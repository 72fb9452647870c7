#include "core/uq/methods/common.h"

#include <cmath>

namespace penumbra::uq {

namespace {

/// Score |y - mean|; one width for all rows (spec/lvd.md d.2).
class VanillaSplit final : public UqMethod {
public:
    const MethodInfo& info() const override {
        static const MethodInfo info{
            .id = "VanillaSplit",
            .title = "split conformal",
            .oneLine = "One width for every galaxy: the calibration quantile of |truth - prediction|.",
            .reference = "Papadopoulos et al. 2002; Lei et al. 2018",
            .conformal = true,
            .calibrated = true,
        };
        return info;
    }

    std::vector<Signal> needs(const OptionSet&, double) const override { return {Signal::mean()}; }

    std::vector<Prediction> intervals(const Evidence& evidence, std::span<const double> alphas, double,
                                      const OptionSet& options, const RunContext& context) const override {
        const std::vector<double> scores = calibrationScores(evidence);
        const std::vector<double> mean = evidence.test(Signal::mean());
        std::vector<Prediction> predictions;
        for (const double alpha : alphas) {
            context.checkStop();
            checkAlpha(alpha);
            const double quantile = conformalQuantile(scores, alpha, quantileRule(options));
            predictions.push_back(startPrediction(*this, evidence, alpha, mean));
            setSymmetric(predictions.back(), std::vector<double>(mean.size(), quantile));
        }
        return predictions;
    }

    std::optional<SplitScores> splitScores(const Evidence& evidence, double, double,
                                           const OptionSet& options) const override {
        std::vector<double> centre = evidence.test(Signal::mean());
        std::vector<double> scale(centre.size(), 1.0);
        return symmetricSplitScores(evidence, calibrationScores(evidence), std::move(centre),
                                    std::move(scale), options);
    }

private:
    static std::vector<double> calibrationScores(const Evidence& evidence) {
        std::vector<double> scores = evidence.calibration(Signal::mean());
        for (std::size_t i = 0; i < scores.size(); ++i)
            scores[i] = std::abs(evidence.calibrationTruth[i] - scores[i]);
        return scores;
    }
};

} // namespace

const UqMethod& vanillaSplit() {
    static const VanillaSplit method;
    return method;
}

} // namespace penumbra::uq
