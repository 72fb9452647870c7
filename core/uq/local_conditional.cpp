#include "core/uq/local_conditional.h"

#include "core/base/error.h"
#include "core/uq/methods/common.h"

#include <array>
#include <cmath>

namespace penumbra::uq {

namespace {

struct Entry {
    const char* id;
    LocalMethod method;
};

std::vector<double> errors(const Evidence& evidence) {
    std::vector<double> scores = evidence.calibration(Signal::mean());
    for (std::size_t i = 0; i < scores.size(); ++i)
        scores[i] = std::abs(evidence.calibrationTruth[i] - scores[i]);
    return scores;
}

std::vector<std::vector<double>> kindsOfScore(const Evidence& evidence, Signal::Space space,
                                              bool withScaled) {
    std::vector<std::vector<double>> kinds = {localScores({space, false}, evidence)};
    if (withScaled)
        kinds.push_back(localScores({space, true}, evidence));
    return kinds;
}

} // namespace

const LocalMethod* localMethod(const std::string& id) {
    using Space = Signal::Space;
    static const std::array<Entry, 4> entries = {{{"LCNet", {Space::Net, false}},
                                                  {"LCAion", {Space::Aion, false}},
                                                  {"LCMADNet", {Space::Net, true}},
                                                  {"LCMADAion", {Space::Aion, true}}}};
    for (const Entry& entry : entries)
        if (id == entry.id)
            return &entry.method;
    return nullptr;
}

std::vector<double> localScores(const LocalMethod& method, const Evidence& evidence) {
    std::vector<double> scores = errors(evidence);
    if (!method.scaled)
        return scores;
    const std::vector<double> scale =
        residualScale(evidence, evidence.calibration(Signal::residual(method.space)));
    for (std::size_t i = 0; i < scores.size(); ++i) {
        if (!std::isfinite(scale[i])) // its score would be 0, and narrow the intervals of all others
            throw Error("Signal '" + Signal::residual(method.space).name() + "' of target '" +
                        evidence.target + "' is not finite on a calibration row; train its network anew");
        scores[i] /= scale[i];
    }
    return scores;
}

std::vector<double> localScale(const LocalMethod& method, const Evidence& evidence) {
    return method.scaled ? residualScale(evidence, evidence.test(Signal::residual(method.space)))
                         : std::vector<double>(evidence.testIndex.size(), 1.0);
}

lvd::Precision localPrecision(const OptionSet& options) {
    return options.getText("lvd-precision") == "reference" ? lvd::Precision::Double : lvd::Precision::Float32;
}

LocalConditionalPass::LocalConditionalPass(const Evidence& evidence, Signal::Space space, bool withScaled,
                                           lvd::Precision precision)
    : local_(evidence.calibrationMatrix(Signal::kernel(space)), kindsOfScore(evidence, space, withScaled),
             precision),
      test_(evidence.testMatrix(Signal::kernel(space))) {}

lvd::LocalQuantiles LocalConditionalPass::quantiles(std::span<const double> alphas,
                                                    const RunContext& context) const {
    context.checkStop();
    for (const double alpha : alphas)
        checkAlpha(alpha);
    return local_.quantiles(test_, alphas, context);
}

lvd::LocalExplanation LocalConditionalPass::explain(std::size_t testPosition, double alpha, bool scaled,
                                                    std::size_t neighbours) const {
    checkAlpha(alpha);
    const auto row = static_cast<Eigen::Index>(testPosition);
    return local_.explain(std::span(test_.row(row).data(), static_cast<std::size_t>(test_.cols())), alpha,
                          scaled ? 1 : 0, neighbours);
}

Prediction localPrediction(const UqMethod& method, const Evidence& evidence, double alpha,
                           std::span<const double> quantile, std::vector<double> effective) {
    const LocalMethod& local = *localMethod(method.info().id);
    Prediction prediction = startPrediction(method, evidence, alpha, evidence.test(Signal::mean()));
    std::vector<double> halfWidth = localScale(local, evidence);
    for (std::size_t i = 0; i < halfWidth.size(); ++i)
        halfWidth[i] *= quantile[i];
    setSymmetric(prediction, halfWidth);
    prediction.effective = std::move(effective);
    return prediction;
}

} // namespace penumbra::uq
