#include "core/uq/methods/common.h"

namespace penumbra::uq {

namespace {

double rateOf(const OptionSet& options) {
    return options.getReal("dropout-rate");
}
int passesOf(const OptionSet& options) {
    return static_cast<int>(options.getInteger("dropout-passes"));
}

/// mean -/+ z std over passes of the trained head with dropout switched on; no calibration (spec/lvd.md d.6).
class McDropout final : public UqMethod {
public:
    const MethodInfo& info() const override {
        static const MethodInfo info{
            .id = "MCDropout",
            .title = "Monte Carlo dropout",
            .oneLine = "Gaussian interval from the scatter of the head's outputs with hidden units dropped "
                       "at random; "
                       "not calibrated.",
            .reference = "Gal & Ghahramani 2016",
            .conformal = false,
            .calibrated = false,
        };
        return info;
    }

    void describeOptions(OptionSet& options) const override {
        options
            .real("dropout-rate", 0.1,
                  "Probability that MCDropout drops a hidden activation; larger values widen its intervals.")
            .range(1e-3, 0.95)
            .in("Methods");
        options
            .integer("dropout-passes", 100,
                     "Random passes of MCDropout; more passes take longer and steady the scatter.")
            .range(2, 100000)
            .in("Methods");
    }

    std::vector<Signal> needs(const OptionSet& options, double) const override {
        return {Signal::dropoutMean(rateOf(options), passesOf(options)),
                Signal::dropoutSpread(rateOf(options), passesOf(options))};
    }

    std::vector<Prediction> intervals(const Evidence& evidence, std::span<const double> alphas,
                                      double trainedAlpha, const OptionSet& options,
                                      const RunContext& context) const override {
        const std::vector<Signal> signals = needs(options, trainedAlpha);
        return gaussianIntervals(*this, evidence, alphas, evidence.test(signals[0]),
                                 evidence.test(signals[1]), context);
    }
};

} // namespace

const UqMethod& mcDropout() {
    static const McDropout method;
    return method;
}

} // namespace penumbra::uq
