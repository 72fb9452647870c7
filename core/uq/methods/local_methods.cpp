#include "core/uq/local_conditional.h"

namespace penumbra::uq {

namespace {

/// Scores |y - mean| (LC), or |y - mean| / (eps + |r|) (LCMAD), each calibration row weighted by its learned
/// similarity to the test row; the test row itself stands at +inf (spec/lvd.md b.1, b.2).
class LocalConditionalMethod final : public UqMethod {
public:
    explicit LocalConditionalMethod(MethodInfo info) : info_(std::move(info)) {}

    const MethodInfo& info() const override { return info_; }

    std::vector<Signal> needs(const OptionSet&, double) const override {
        const LocalMethod& local = *localMethod(info_.id);
        std::vector<Signal> signals = {Signal::mean(), kernelOf(local)};
        if (local.scaled)
            signals.push_back(Signal::residual(local.space));
        return signals;
    }

    std::vector<Prediction> intervals(const Evidence& evidence, std::span<const double> alphas, double,
                                      const OptionSet& options, const RunContext& context) const override {
        const LocalMethod& local = *localMethod(info_.id);
        const LocalConditionalPass pass(evidence, local.space, local.scaled, localPrecision(options));
        const lvd::LocalQuantiles found = pass.quantiles(alphas, context);
        const MatrixD& quantiles = found.quantiles[local.scaled ? 1 : 0];
        std::vector<Prediction> predictions;
        for (std::size_t a = 0; a < alphas.size(); ++a) {
            const Eigen::VectorXd column = quantiles.col(static_cast<Eigen::Index>(a));
            predictions.push_back(localPrediction(
                *this, evidence, alphas[a], std::span(column.data(), static_cast<std::size_t>(column.size())),
                found.effectiveNumber));
        }
        return predictions;
    }

private:
    MethodInfo info_;
};

constexpr const char* paper = "Lin, Trivedi & Sun 2021 (LVD)";

MethodInfo localInfo(std::string id, std::string title, std::string oneLine) {
    return {.id = std::move(id),
            .title = std::move(title),
            .oneLine = std::move(oneLine),
            .reference = paper,
            .conformal =
                false, // local validity is approximate; nominal on average as far as the kernel is wide
            .calibrated = true};
}

} // namespace

const UqMethod& lcNet() {
    static const LocalConditionalMethod method(
        localInfo("LCNet", "local conditional quantile, hidden layer",
                  "Width from calibration galaxies that look alike to the head (learned metric on its hidden "
                  "layer); infinite where too few do."));
    return method;
}

const UqMethod& lcAion() {
    static const LocalConditionalMethod method(
        localInfo("LCAion", "local conditional quantile, input features",
                  "Width from calibration galaxies with like input features (learned metric); infinite where "
                  "too few are alike."));
    return method;
}

const UqMethod& lcMadNet() {
    static const LocalConditionalMethod method(
        localInfo("LCMADNet", "local conditional quantile, scaled, hidden layer",
                  "LCNet with errors measured in units of a learned |residual|: local in similarity and in "
                  "difficulty."));
    return method;
}

const UqMethod& lcMadAion() {
    static const LocalConditionalMethod method(
        localInfo("LCMADAion", "local conditional quantile, scaled, input features",
                  "LCAion with errors measured in units of a learned |residual|: local in similarity and in "
                  "difficulty."));
    return method;
}

} // namespace penumbra::uq
