#include "core/base/text.h"
#include "core/uq/elsewhere.h"
#include "core/uq/repairs/repaired_method.h"
#include "core/uq/uq_method.h"

#include <algorithm>

namespace penumbra::uq {

// Each is the one instance defined in methods/.
const UqMethod& lcNet();
const UqMethod& lcAion();
const UqMethod& lcMadNet();
const UqMethod& lcMadAion();
const UqMethod& vanillaSplit();
const UqMethod& madSplit();
const UqMethod& cqr();
const UqMethod& cvPlus();
const UqMethod& deepEnsembles();
const UqMethod& mcDropout();
const UqMethod& deliveredSpread();
const UqMethod& deliveredQuantiles();
const UqMethod& posteriorInterval();
const UqMethod& stretchedPosterior();

namespace {

Registry<const UqMethod*>& registry() {
    // The order of the paper's columns, then what came with the predictions, or is for special samples;
    // tables and forms follow it.
    static Registry<const UqMethod*> methods({
        &lcNet(),
        &lcAion(),
        &lcMadNet(),
        &lcMadAion(),
        &vanillaSplit(),
        &madSplit(),
        &cqr(),
        &deepEnsembles(),
        &mcDropout(),
        &deliveredSpread(),
        &deliveredQuantiles(),
        &posteriorInterval(),
        &stretchedPosterior(),
        &cvPlus(),
    });
    return methods;
}

} // namespace

std::span<const UqMethod* const> allMethods() {
    return registry().all();
}

Added addMethod(const UqMethod& method) {
    return registry().add(&method);
}

const UqMethod& findMethod(const std::string& id) {
    if (const auto repaired = parseRepairedId(id))
        return repairedMethod(*repaired);
    if (const auto elsewhere = parseElsewhereId(id))
        return elsewhereMethod(*elsewhere);
    std::vector<std::string> ids;
    for (const UqMethod* method : allMethods()) {
        if (method->info().id == id)
            return *method;
        ids.push_back(method->info().id);
    }
    std::string message = "There is no method '" + id + "'.";
    const auto near = nearNames(id, ids);
    if (!near.empty())
        message += " Did you mean " + near.front() + "?";
    throw UsageError(message + " The methods are: " + joinText(ids, ", "));
}

void UqMethod::describeOptions(OptionSet&) const {}

std::optional<SplitScores> UqMethod::splitScores(const Evidence&, double, double, const OptionSet&) const {
    return std::nullopt;
}

void describeMethodOptions(OptionSet& options) {
    options
        .choice(
            "quantile-rule", "finite-sample", {"finite-sample", "interpolated"},
            "How conformal methods take the (1-alpha) quantile of the n calibration scores: finite-sample "
            "takes "
            "the ceil((n+1)(1-alpha))-th smallest, which carries the coverage guarantee; interpolated is the "
            "plain sample quantile, slightly narrower at small n, without the guarantee.")
        .in("Methods")
        .asAdvanced();
    options
        .choice("lvd-precision", "fast", {"fast", "reference"},
                "Arithmetic of the learned metric and of local quantiles: fast, float32 products; reference, "
                "double throughout, several times slower. They differ only where a calibration weight falls "
                "on the level to within rounding.")
        .in("Methods")
        .asAdvanced();
    for (const UqMethod* method : allMethods())
        method->describeOptions(options);
}

QuantileRule quantileRule(const OptionSet& options) {
    return options.getText("quantile-rule") == "interpolated" ? QuantileRule::Interpolated
                                                              : QuantileRule::FiniteSample;
}

std::vector<Signal> missingSignals(const UqMethod& method, const OptionSet& options, double trainedAlpha,
                                   std::span<const std::string> available) {
    std::vector<Signal> missing = method.needs(options, trainedAlpha);
    std::erase_if(missing, [&](const Signal& signal) {
        return std::find(available.begin(), available.end(), signal.name()) != available.end();
    });
    return missing;
}

std::vector<const UqMethod*> possibleMethods(const OptionSet& options, double trainedAlpha,
                                             std::span<const std::string> available) {
    std::vector<const UqMethod*> possible;
    for (const UqMethod* method : allMethods())
        if (missingSignals(*method, options, trainedAlpha, available).empty())
            possible.push_back(method);
    return possible;
}

} // namespace penumbra::uq
