#include "core/study/availability.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/catalogue/posterior_table.h"
#include "core/study/choices.h"
#include "core/study/posterior_features.h"
#include "core/uq/elsewhere.h"

#include <algorithm>

namespace penumbra::workflow {

namespace {

using Kind = uq::Signal::Kind;

/// What prediction columns can provide of the signals a method needs.
bool columnsProvide(const SourceColumns& columns, const uq::Signal& signal, double alpha) {
    if (signal.name() == uq::deliveredMeanSignal || signal.name() == uq::deliveredFloorSignal)
        return true;
    switch (signal.kind) {
    case Kind::Mean:
        return true;
    case Kind::Residual:
    case Kind::DeliveredSpread:
        return !columns.spread.empty();
    case Kind::DeliveredLower:
    case Kind::DeliveredUpper:
        return !columns.lower.empty();
    case Kind::Quantile:
        return !columns.lower.empty() &&
               (signal == uq::Signal::quantile(alpha / 2) || signal == uq::Signal::quantile(1 - alpha / 2));
    default:
        return false;
    }
}

Lack lackOf(const uq::Signal& signal, const SourceColumns& columns, const std::string& target) {
    if (signal.kind == Kind::Residual || signal.kind == Kind::DeliveredSpread)
        return {Lack::Kind::Spread, target, {}};
    if (columns.lower.empty() && (signal.kind == Kind::Quantile || signal.isDelivered()))
        return {Lack::Kind::Quantiles, target, {}};
    if (signal.kind == Kind::Kernel)
        return {Lack::Kind::Metric, {}, {}};
    return {Lack::Kind::Networks, {}, signal.name()};
}

/// From no network and no column, but from posteriors that a model gave.
bool isPosterior(const uq::Signal& signal) {
    return signal.name() == posteriorSignal;
}

/// Networks of folds that nobody has chosen a number for.
bool isUnfolded(const uq::Signal& signal) {
    return signal.kind == Kind::FoldMeans && signal.index < 2;
}

std::size_t countOf(const std::vector<uq::Signal>& needs, Kind kind) {
    return static_cast<std::size_t>(std::count_if(
        needs.begin(), needs.end(), [kind](const uq::Signal& signal) { return signal.kind == kind; }));
}

} // namespace

Lack lackOf(const uq::UqMethod& method, const OptionSet& options, double alpha,
            const std::map<std::string, SourceColumns>& sources, const std::vector<std::string>& targets) {
    const auto needs = method.needs(options, alpha);
    if (std::any_of(needs.begin(), needs.end(), isPosterior)) {
        const auto posteriors = posteriorFeatures(options, targets);
        for (const std::string& target : targets)
            if (!posteriors.contains(target))
                return {Lack::Kind::Posterior, target, {}};
        return {};
    }
    if (std::any_of(needs.begin(), needs.end(), isUnfolded))
        return {Lack::Kind::Folds, {}, {}};
    const bool onColumns = method.info().delivered || uq::parseElsewhereId(method.info().id);
    if (!sources.empty() && !onColumns && studyChoices(options).trainToo)
        return {};
    if (sources.empty())
        return method.info().delivered ? Lack{Lack::Kind::Columns, {}, {}} : Lack{};
    for (const auto& [target, columns] : sources)
        for (const uq::Signal& signal : needs)
            if (!columnsProvide(columns, signal, alpha))
                return lackOf(signal, columns, target);
    return {};
}

std::string inFlags(const Lack& lack) {
    switch (lack.kind) {
    case Lack::Kind::Nothing:
        return {};
    case Lack::Kind::Columns:
        return "shows error bars that came with predictions made elsewhere: it needs --prediction-column and "
               "--spread-column or --quantile-columns";
    case Lack::Kind::Spread:
        return "needs --spread-column for target " + lack.target;
    case Lack::Kind::Quantiles:
        return "needs --quantile-columns for target " + lack.target;
    case Lack::Kind::Metric:
        return "weighs calibration galaxies by a learned metric, but with --prediction-column nothing is "
               "trained";
    case Lack::Kind::Posterior:
        return "shows the posterior that AION itself gives: it needs --posterior for target " + lack.target;
    case Lack::Kind::Folds:
        return "is for samples too small to be split, and trains as many more networks as there are folds: "
               "it "
               "needs --cv-folds, such as 10";
    case Lack::Kind::Networks:
        break;
    }
    return "needs trained networks (" + lack.signal + "), but with --prediction-column nothing is trained";
}

std::string inWords(const Lack& lack) {
    switch (lack.kind) {
    case Lack::Kind::Nothing:
        return {};
    case Lack::Kind::Columns:
        return "shows error bars that came with predictions made elsewhere: choose their columns first";
    case Lack::Kind::Spread:
        return "needs a column with the sizes of the errors of " + lack.target;
    case Lack::Kind::Quantiles:
        return "needs two columns with quantiles of " + lack.target;
    case Lack::Kind::Metric:
        return "weighs galaxies by a metric that is learned, and with predictions from a column nothing is "
               "trained";
    case Lack::Kind::Posterior:
        return "shows the posterior that AION itself gives: choose the features that hold it first";
    case Lack::Kind::Folds:
        return "is for samples too small to be split, and trains many more networks: choose its number of "
               "folds "
               "first, such as 10";
    case Lack::Kind::Networks:
        break;
    }
    return "needs networks that are trained here, and the predictions come from a column";
}

std::string needsInWords(const uq::UqMethod& method, const OptionSet& options, double alpha) {
    const std::vector<uq::Signal> needs = method.needs(options, alpha);
    if (std::any_of(needs.begin(), needs.end(), isPosterior))
        return "posteriors from AION";
    if (method.info().delivered)
        return "columns of another code";
    std::vector<std::string> parts;
    const auto add = [&](std::size_t count, const std::string& one, const std::string& many) {
        if (count > 0)
            parts.push_back(count == 1 ? one : std::to_string(count) + " " + many);
    };
    add(countOf(needs, Kind::Mean), "the base network", "networks");
    add(countOf(needs, Kind::Quantile), "a quantile network", "quantile networks");
    add(countOf(needs, Kind::Member), "another network", "more networks");
    add(countOf(needs, Kind::Residual), "a residual net", "residual nets");
    add(countOf(needs, Kind::Kernel), "a learned metric", "learned metrics");
    for (const uq::Signal& signal : needs)
        if (signal.kind == Kind::FoldMeans)
            parts.push_back(signal.index > 0 ? std::to_string(signal.index) + " networks of folds"
                                             : "a network for each fold");
    for (const uq::Signal& signal : needs)
        if (signal.kind == Kind::DropoutMean)
            parts.push_back(std::to_string(signal.index) + " passes with dropout");
    return joinText(parts, ", ");
}

std::vector<std::string> StudyOffer::possible() const {
    std::vector<std::string> ids;
    for (const Method& offered : methods)
        if (!offered.lack.any())
            ids.push_back(offered.method->info().id);
    return ids;
}

const Lack& StudyOffer::lackOf(const std::string& id) const {
    static const Lack nothing;
    for (const Method& offered : methods)
        if (offered.method->info().id == id)
            return offered.lack;
    return nothing;
}

StudyOffer offerOf(const Catalogue& catalogue, const OptionSet& options) {
    const OptionSet resolved = resolvePreset(options);
    const StudyChoices chosen = studyChoices(resolved);
    std::vector<std::string> targets = chosen.targets;
    if (targets.empty())
        for (const Target& target : catalogue.targets)
            targets.push_back(target.name);
    StudyOffer offer;
    std::map<std::string, SourceColumns> sources;
    try {
        if (!targets.empty())
            sources = sourceColumns(resolved, targets);
    } catch (const Error& error) {
        offer.problem = error.what();
    }
    for (const uq::UqMethod* method : uq::allMethods())
        try {
            offer.methods.push_back(
                {method, workflow::lackOf(*method, resolved, chosen.alpha, sources, targets)});
        } catch (const Error& error) {
            offer.problem = error.what();
        }
    return offer;
}

} // namespace penumbra::workflow
