#include "core/uq/elsewhere.h"

#include "core/base/error.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

namespace penumbra::uq {

namespace {

/// The held-out rows as a method sees them that knows only what came from columns.
HeldOut columnsOnly(const HeldOut& heldOut, const std::vector<Signal>& needs) {
    HeldOut out;
    out.rows = heldOut.rows;
    out.isTest = heldOut.isTest;
    out.truth = heldOut.truth;
    out.residualFloor = heldOut.residualFloor;
    if (const auto floor = heldOut.signals.find(deliveredFloorSignal);
        floor != heldOut.signals.end() && floor->second.size() > 0)
        out.residualFloor = floor->second(0, 0);
    const auto take = [&](const Signal& signal) {
        if (const auto found = heldOut.signals.find(deliveredFor(signal)->name());
            found != heldOut.signals.end())
            out.signals[signal.name()] = found->second;
    };
    take(Signal::mean()); // stands in where quantiles are missing
    for (const Signal& need : needs)
        take(need);
    return out;
}

class OnColumns final : public UqMethod {
public:
    OnColumns(const ElsewhereId& id, const UqMethod& base) : base_(base), info_(base.info()) {
        info_.id = id.text();
        info_.title += ", on the predictions " + id.name;
        info_.oneLine +=
            " On predictions that another code made (" + id.name + "), not on networks trained here.";
    }
    const MethodInfo& info() const override { return info_; }

    std::vector<Signal> needs(const OptionSet& options, double trainedAlpha) const override {
        std::vector<Signal> signals = {Signal::storedAs(deliveredMeanSignal),
                                       Signal::storedAs(deliveredFloorSignal)};
        for (const Signal& need : base_.needs(options, trainedAlpha))
            if (const Signal own = *deliveredFor(need);
                std::find(signals.begin(), signals.end(), own) == signals.end())
                signals.push_back(own);
        return signals;
    }

    std::vector<Prediction> intervals(const Evidence& evidence, std::span<const double> alphas,
                                      double trainedAlpha, const OptionSet& options,
                                      const RunContext& context) const override {
        const HeldOut heldOut = columnsOnly(*evidence.heldOut, base_.needs(options, trainedAlpha));
        auto predictions = base_.intervals(seenBy(evidence, heldOut), alphas, trainedAlpha, options, context);
        for (Prediction& prediction : predictions)
            prediction.method = info_.id;
        return predictions;
    }

    std::optional<SplitScores> splitScores(const Evidence& evidence, double alpha, double trainedAlpha,
                                           const OptionSet& options) const override {
        const HeldOut heldOut = columnsOnly(*evidence.heldOut, base_.needs(options, trainedAlpha));
        return base_.splitScores(seenBy(evidence, heldOut), alpha, trainedAlpha, options);
    }

private:
    static Evidence seenBy(Evidence evidence, const HeldOut& heldOut) {
        evidence.heldOut = &heldOut;
        return evidence;
    }

    const UqMethod& base_;
    MethodInfo info_;
};

} // namespace

std::optional<ElsewhereId> parseElsewhereId(const std::string& id) {
    const auto at = id.find('@');
    if (at == std::string::npos || at == 0 || at + 1 == id.size() || id.find('+') != std::string::npos)
        return std::nullopt;
    return ElsewhereId{id.substr(0, at), id.substr(at + 1)};
}

std::string methodKind(const std::string& id) {
    const auto elsewhere = parseElsewhereId(id);
    return elsewhere ? elsewhere->base : id;
}

std::optional<Signal> deliveredFor(const Signal& signal) {
    switch (signal.kind) {
    case Signal::Kind::Mean:
        return Signal::storedAs(deliveredMeanSignal);
    case Signal::Kind::Residual:
        return Signal::deliveredSpread();
    case Signal::Kind::Quantile:
        return signal.level < 0.5 ? Signal::deliveredLower() : Signal::deliveredUpper();
    default:
        return std::nullopt;
    }
}

bool worksOnColumns(const UqMethod& base, const OptionSet& options, double alpha) {
    const auto needs = base.needs(options, alpha);
    const auto quantiles = std::count_if(needs.begin(), needs.end(), [](const Signal& signal) {
        return signal.kind == Signal::Kind::Quantile;
    });
    return !base.info().delivered && quantiles <= 2 &&
           std::all_of(needs.begin(), needs.end(),
                       [](const Signal& signal) { return deliveredFor(signal).has_value(); });
}

const UqMethod& elsewhereMethod(const ElsewhereId& id) {
    static std::mutex mutex;
    static std::map<std::string, std::unique_ptr<UqMethod>> known;
    const UqMethod& base = findMethod(id.base); // before the lock: it may be one of these
    OptionSet options;
    describeMethodOptions(options);
    if (!worksOnColumns(base, options, 0.1))
        throw UsageError("There is no method '" + id.text() + "': columns do not hold what " + id.base +
                         " needs.");
    const std::scoped_lock lock(mutex);
    auto& method = known[id.text()];
    if (!method)
        method = std::make_unique<OnColumns>(id, base);
    return *method;
}

} // namespace penumbra::uq
