#include "core/base/text.h"
#include "core/uq/elsewhere.h"
#include "core/uq/methods/common.h"

#include <cmath>

namespace penumbra::uq {

namespace {

/// What the other code predicts: beside networks trained here a signal of its own.
Signal centreSignal(const Evidence& evidence) {
    return evidence.heldOut->signals.contains(deliveredMeanSignal) ? Signal::storedAs(deliveredMeanSignal)
                                                                   : Signal::mean();
}

/// mean -/+ z sigma with the size of error that came with the predictions.
class DeliveredSpread final : public UqMethod {
public:
    const MethodInfo& info() const override {
        static const MethodInfo info{
            .id = "DeliveredSpread",
            .title = "delivered error, as it is",
            .oneLine = "Gaussian interval from a column of one-sigma errors, as another code delivered them; "
                       "not calibrated.",
            .reference = "the code that made the columns",
            .conformal = false,
            .calibrated = false,
            .delivered = true,
        };
        return info;
    }

    std::vector<Signal> needs(const OptionSet&, double) const override {
        return {Signal::mean(), Signal::deliveredSpread()};
    }

    std::vector<Prediction> intervals(const Evidence& evidence, std::span<const double> alphas, double,
                                      const OptionSet&, const RunContext& context) const override {
        return gaussianIntervals(*this, evidence, alphas, evidence.test(centreSignal(evidence)),
                                 evidence.test(Signal::deliveredSpread()), context);
    }
};

/// The delivered ends, for whatever alpha they were made.
class DeliveredQuantiles final : public UqMethod {
public:
    const MethodInfo& info() const override {
        static const MethodInfo info{
            .id = "DeliveredQuantiles",
            .title = "delivered quantiles, as they are",
            .oneLine = "The interval between two columns of quantiles, as another code delivered them; not "
                       "calibrated.",
            .reference = "the code that made the columns",
            .conformal = false,
            .calibrated = false,
            .delivered = true,
        };
        return info;
    }

    std::vector<Signal> needs(const OptionSet&, double) const override {
        return {Signal::deliveredLower(), Signal::deliveredUpper()};
    }

    std::vector<Prediction> intervals(const Evidence& evidence, std::span<const double> alphas,
                                      double trainedAlpha, const OptionSet&,
                                      const RunContext& context) const override {
        const std::vector<double> lower = evidence.test(Signal::deliveredLower());
        const std::vector<double> upper = evidence.test(Signal::deliveredUpper());
        const std::vector<double> middle = middles(evidence, lower, upper, centreSignal(evidence));
        std::vector<Prediction> predictions;
        for (const double alpha : alphas) {
            context.checkStop();
            checkAlpha(alpha);
            predictions.push_back(startPrediction(*this, evidence, alpha, middle));
            predictions.back().lower = lower;
            predictions.back().upper = upper;
            if (std::abs(alpha - trainedAlpha) > 1e-9)
                predictions.back().note = "as delivered, for alpha " + formatReal(trainedAlpha, 6) +
                                          "; the columns say nothing about alpha " + formatReal(alpha, 6);
        }
        return predictions;
    }
};

} // namespace

const UqMethod& deliveredSpread() {
    static const DeliveredSpread method;
    return method;
}

const UqMethod& deliveredQuantiles() {
    static const DeliveredQuantiles method;
    return method;
}

} // namespace penumbra::uq
