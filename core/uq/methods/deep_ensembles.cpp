#include "core/uq/methods/common.h"

#include <cmath>

namespace penumbra::uq {

namespace {

/// mean -/+ z std over members trained from different seeds; no calibration (spec/lvd.md d.5).
class DeepEnsembles final : public UqMethod {
public:
    const MethodInfo& info() const override {
        static const MethodInfo info{
            .id = "DeepEnsembles",
            .title = "deep ensembles",
            .oneLine =
                "Gaussian interval from the scatter between networks trained from different seeds; not "
                "calibrated.",
            .reference = "Lakshminarayanan, Pritzel & Blundell 2017",
            .conformal = false,
            .calibrated = false,
        };
        return info;
    }

    void describeOptions(OptionSet& options) const override {
        options
            .integer(
                "ensemble-members", 5,
                "Networks in DeepEnsembles, the head being the first. More members cost training time and "
                "steady the scatter.")
            .range(2, 1000)
            .in("Methods");
        options
            .integer(
                "ensemble-ddof", 0,
                "What DeepEnsembles subtracts from the number of members M when it averages squared "
                "deviations: "
                "0, population standard deviation; 1, sample standard deviation, wider by sqrt(M/(M-1)).")
            .range(0, 1)
            .in("Methods")
            .asAdvanced();
    }

    std::vector<Signal> needs(const OptionSet& options, double) const override {
        std::vector<Signal> signals;
        const auto members = static_cast<int>(options.getInteger("ensemble-members"));
        for (int member = 0; member < members; ++member)
            signals.push_back(Signal::member(member));
        return signals;
    }

    std::vector<Prediction> intervals(const Evidence& evidence, std::span<const double> alphas,
                                      double trainedAlpha, const OptionSet& options,
                                      const RunContext& context) const override {
        std::vector<std::vector<double>> members;
        for (const Signal& signal : needs(options, trainedAlpha))
            members.push_back(evidence.test(signal));
        const auto count = static_cast<double>(members.size());
        const double divisor = count - static_cast<double>(options.getInteger("ensemble-ddof"));
        std::vector<double> mean(evidence.testIndex.size(), 0.0);
        std::vector<double> spread(mean.size(), 0.0);
        for (std::size_t i = 0; i < mean.size(); ++i) {
            for (const auto& member : members)
                mean[i] += member[i] / count;
            for (const auto& member : members)
                spread[i] += (member[i] - mean[i]) * (member[i] - mean[i]);
            spread[i] = std::sqrt(spread[i] / divisor);
        }
        return gaussianIntervals(*this, evidence, alphas, mean, spread, context);
    }
};

} // namespace

const UqMethod& deepEnsembles() {
    static const DeepEnsembles method;
    return method;
}

} // namespace penumbra::uq
