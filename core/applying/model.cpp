#include "core/applying/model.h"

#include "core/applying/networks.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/catalogue/lower_bound.h"
#include "core/study/choices.h"
#include "core/study/run.h"
#include "core/study/source_signals.h"
#include "core/study/subset.h"
#include "core/uq/elsewhere.h"
#include "core/uq/local_conditional.h"
#include "core/uq/repairs/repaired_method.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace penumbra::workflow {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::vector<std::string> targetNames(const OptionSet& options, const Study& study) {
    std::vector<std::string> names = studyChoices(options).targets;
    if (names.empty())
        for (const TargetStudy& target : study.targets)
            names.push_back(target.name);
    return names;
}

/// A target's calibration rows with the signals that are needed, and no others.
HeldOut calibrationOf(const TargetStudy& target, const std::vector<uq::Signal>& signals) {
    const HeldOut& all = target.heldOut;
    std::vector<Eigen::Index> rows;
    HeldOut part;
    part.residualFloor = all.residualFloor;
    for (std::size_t i = 0; i < all.rows.size(); ++i)
        if (all.isTest[i] == 0) {
            rows.push_back(static_cast<Eigen::Index>(i));
            part.rows.push_back(all.rows[i]);
            part.truth.push_back(all.truth[i]);
        }
    part.isTest.assign(rows.size(), 0);
    for (const uq::Signal& signal : signals) {
        const auto found = all.signals.find(signal.name());
        if (found == all.signals.end())
            throw Error("The study holds no '" + signal.name() + "' of target " + target.name +
                        " on its calibration rows; run it again.");
        part.signals[signal.name()] = found->second(rows, Eigen::all);
    }
    setLowerBound(part, lowerBoundOf(all));
    return part;
}

/// Made from something that networks and columns of new galaxies do not give.
bool needsStored(const uq::UqMethod& method, const OptionSet& options) {
    const auto needs = method.needs(options, studyChoices(options).alpha);
    return std::any_of(needs.begin(), needs.end(),
                       [](const uq::Signal& signal) { return signal.kind == uq::Signal::Kind::Stored; });
}

/// Whether a method shows or calibrates what another code predicts, beside networks.
bool isOnColumns(const std::string& id) {
    return uq::parseElsewhereId(id) || uq::findMethod(id).info().delivered;
}

/// Only columns may say that nothing bounds an error, and never of the prediction itself.
void markUnusable(const std::map<std::string, MatrixD>& signals, bool networks,
                  std::vector<std::uint8_t>& unusable) {
    for (const auto& [name, values] : signals) {
        const bool mayBeInfinite = !networks && name != uq::Signal::mean().name();
        for (Eigen::Index row = 0; row < values.rows(); ++row) {
            const auto ours = values.row(row);
            if (ours.hasNaN() || (!mayBeInfinite && !ours.allFinite()))
                unusable[static_cast<std::size_t>(row)] = 1;
        }
    }
}

} // namespace

PredictModel::PredictModel(Study study, const std::vector<session::StoredArray>& arrays,
                           const OptionSet& chosen)
    : study_(std::move(study)), options_(recordedOptions(study_)),
      trainedAlpha_(studyChoices(options_).alpha), alpha_(wantedAlpha(chosen).value_or(study_.alpha)),
      inputs_(inputsFrom(arrays)), own_(ownGalaxiesFrom(arrays)),
      sources_(studyChoices(options_).trainToo ? std::map<std::string, SourceColumns>()
                                               : sourceColumns(options_, targetNames(options_, study_))),
      recipes_(recipesFrom(arrays)) {
    if (!canRecalibrate(study_))
        throw Error("The study holds no calibration rows and signals (its file has no /state, or one of "
                    "another version), so it cannot predict. Run the study again.");
    leaveOutUnknown(chosen);
    keepChosen(study_, chosen);
    signals_ = wantedSignals();
    findRepairs();
    std::vector<uq::Signal> kept = signals_;
    for (const uq::RepairedId& repair : repairs_)
        kept.push_back(uq::repairSignal(repair));
    for (TargetStudy& target : study_.targets) {
        calibration_.push_back(calibrationOf(target, kept));
        target.heldOut = {};
        target.predictions.clear();
        target.local.clear();
    }
    if (takesFeatures())
        networks_ =
            std::make_unique<Networks>(study_, options_, signals_, arrays, static_cast<int>(inputs_.width));
}

/// Methods that are none of uq's, and repaired ones whose groups, weights or draws the file does not tell,
/// are left out unless they were asked for, and then refused.
void PredictModel::leaveOutUnknown(const OptionSet& chosen) {
    const auto& asked = chosen.getTextList("methods");
    const bool trainToo = studyChoices(options_).trainToo;
    std::erase_if(study_.methods, [&](const std::string& id) {
        const auto isKnown = [](const std::string& name) {
            if (uq::parseElsewhereId(name))
                return true;
            const auto all = uq::allMethods();
            return std::any_of(all.begin(), all.end(), [&](const auto* m) { return m->info().id == name; });
        };
        const auto repaired = uq::parseRepairedId(id);
        const auto hasRecipe = [&](const TargetStudy& target) {
            const auto own = recipes_.find(target.name);
            return own != recipes_.end() && own->second.contains(uq::repairSignal(*repaired).name());
        };
        std::string why;
        if (repaired && uq::repairInfo(repaired->kind).isStored &&
            !std::all_of(study_.targets.begin(), study_.targets.end(), hasRecipe))
            why = "the study file does not tell its groups, weights or draws (an older version made it); "
                  "repair the "
                  "study again";
        else if (trainToo && (repaired || isKnown(id)) && isOnColumns(repaired ? repaired->base : id))
            why = "it stands on the predictions of another code, and this study gives new galaxies those of "
                  "its networks; study the other code's by themselves";
        else if (repaired ? needsStored(uq::findMethod(repaired->base), options_)
                          : isKnown(id) && needsStored(uq::findMethod(id), options_))
            why = "its posteriors are known of the study's own galaxies alone";
        else if (!repaired && !isKnown(id))
            why = "it is no method that makes intervals of new galaxies";
        if (!why.empty() && asked.empty())
            notes_.push_back(id + " is left out: " + why);
        if (!why.empty() && std::find(asked.begin(), asked.end(), id) != asked.end())
            throw UsageError("--methods: " + id + " cannot make intervals of new galaxies: " + why + ".");
        return !why.empty();
    });
    if (study_.methods.empty())
        throw Error("None of the study's methods can make intervals of new galaxies.");
}

PredictModel::~PredictModel() = default;
PredictModel::PredictModel(PredictModel&&) noexcept = default;

std::vector<uq::Signal> PredictModel::wantedSignals() const {
    std::vector<uq::Signal> signals = {uq::Signal::mean()};
    for (const std::string& method : study_.methods)
        for (const uq::Signal& signal : uq::findMethod(method).needs(options_, trainedAlpha_))
            if (signal.kind != uq::Signal::Kind::Stored &&
                std::find(signals.begin(), signals.end(), signal) == signals.end())
                signals.push_back(signal);
    return signals;
}

std::vector<std::string> PredictModel::columns() const {
    std::vector<std::string> names;
    const auto add = [&](const std::string& name) {
        if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(name);
    };
    using Kind = uq::Signal::Kind;
    const auto wants = [&](std::initializer_list<Kind> kinds) {
        return std::any_of(signals_.begin(), signals_.end(), [&](const uq::Signal& signal) {
            return std::find(kinds.begin(), kinds.end(), signal.kind) != kinds.end();
        });
    };
    for (const TargetStudy& target : study_.targets) {
        const auto source = sources_.find(target.name);
        if (source == sources_.end())
            continue;
        add(source->second.prediction);
        if (wants({Kind::Residual, Kind::DeliveredSpread}))
            add(source->second.spread);
        if (wants({Kind::Quantile, Kind::DeliveredLower, Kind::DeliveredUpper})) {
            add(source->second.lower);
            add(source->second.upper);
        }
    }
    return names;
}

LabelRange PredictModel::labelRange(const std::string& target) const {
    if (const auto found = inputs_.labelRange.find(target); found != inputs_.labelRange.end())
        return found->second;
    for (std::size_t t = 0; t < study_.targets.size(); ++t) // nothing was trained: what it was calibrated on
        if (study_.targets[t].name == target)
            return centralRange(calibration_[t].truth);
    return {};
}

std::vector<PredictModel::Signals> PredictModel::sourceSignals(const NewRows& rows) const {
    std::vector<Signals> all;
    for (const TargetStudy& target : study_.targets) {
        const SourceColumns& names = sources_.at(target.name);
        const auto column = [&](const std::string& name) {
            const auto found = rows.columns.find(name);
            return found == rows.columns.end() ? std::vector<double>() : found->second;
        };
        SourceValues values{column(names.prediction), column(names.spread), column(names.lower),
                            column(names.upper)};
        for (double& size : values.spread)
            size = usableSpread(size);
        for (std::size_t i = 0; i < values.lower.size(); ++i)
            makeUsable(values.lower[i], values.upper[i]);
        Signals signals;
        for (const auto& [name, numbers] : signalsOf(values, signals_))
            signals[name] =
                Eigen::Map<const MatrixD>(numbers.data(), static_cast<Eigen::Index>(numbers.size()), 1);
        all.push_back(std::move(signals));
    }
    return all;
}

/// New rows as test rows behind the calibration rows, with the signals that they have.
HeldOut PredictModel::withNewRows(std::size_t target, const Signals& signals, std::size_t count) const {
    const HeldOut& calibration = calibration_[target];
    HeldOut both;
    both.rows = calibration.rows;
    both.isTest = calibration.isTest;
    both.truth = calibration.truth;
    both.residualFloor = calibration.residualFloor;
    for (std::size_t i = 0; i < count; ++i)
        both.rows.push_back(static_cast<std::int64_t>(i));
    both.isTest.resize(both.rows.size(), 1);
    both.truth.resize(both.rows.size(), nan);
    for (const auto& [name, values] : calibration.signals) {
        const auto ours = signals.find(name);
        if (ours == signals.end())
            continue;
        MatrixD joined(values.rows() + ours->second.rows(), values.cols());
        joined << values, ours->second;
        both.signals[name] = std::move(joined);
    }
    setLowerBound(both, lowerBoundOf(calibration));
    return both;
}

std::vector<Prediction> PredictModel::intervals(std::size_t target, const Signals& signals,
                                                const RunContext& context) const {
    const TargetStudy& study = study_.targets[target];
    const auto count = static_cast<std::size_t>(signals.at(uq::Signal::mean().name()).rows());
    const HeldOut heldOut = withNewRows(target, signals, count);
    const uq::Evidence evidence = uq::makeEvidence(study.name, study.unit, heldOut);
    const double alphas[] = {alpha_};
    std::map<uq::Signal::Space, lvd::LocalQuantiles> local; // LC and LCMAD share a pass over the kernel
    const auto localQuantiles = [&](uq::Signal::Space space) -> const lvd::LocalQuantiles& {
        if (const auto known = local.find(space); known != local.end())
            return known->second;
        const bool scaled =
            std::any_of(study_.methods.begin(), study_.methods.end(), [&](const std::string& id) {
                const uq::LocalMethod* method = uq::localMethod(id);
                return method != nullptr && method->scaled && method->space == space;
            });
        const uq::LocalConditionalPass pass(evidence, space, scaled, uq::localPrecision(options_));
        return local.emplace(space, pass.quantiles(alphas, context)).first->second;
    };
    std::vector<Prediction> predictions;
    for (const std::string& id : study_.methods) {
        const uq::UqMethod& method = uq::findMethod(id);
        if (const uq::LocalMethod* kind = uq::localMethod(id)) {
            const lvd::LocalQuantiles& found = localQuantiles(kind->space);
            const MatrixD& quantile = found.quantiles[kind->scaled ? 1 : 0];
            predictions.push_back(uq::localPrediction(
                method, evidence, alpha_, std::span(quantile.data(), count), found.effectiveNumber));
        } else {
            predictions.push_back(
                std::move(method.intervals(evidence, alphas, trainedAlpha_, options_, context).front()));
        }
        setEnds(predictions.back(), study_.ends);
        cutAtLowerBound(predictions.back(), lowerBoundOf(heldOut));
    }
    return predictions;
}

void PredictModel::markOwn(const NewRows& rows, NewPredictions& result) const {
    result.trainedOn.assign(rows.size(), 0);
    result.calibratedOn.assign(rows.size(), 0);
    const auto mark = [&](std::size_t row, std::uint64_t key) {
        result.trainedOn[row] |= static_cast<std::uint8_t>(own_.trainedOn(key));
        result.calibratedOn[row] |=
            static_cast<std::uint8_t>(own_.calibratedOn(key) && result.trainedOn[row] == 0);
    };
    for (std::size_t row = 0; knowsOwn() && row < rows.size(); ++row) {
        const std::string id = rows.ids.asText(row);
        if (takesFeatures())
            mark(row, ownKey(id, {rows.features.row(static_cast<Eigen::Index>(row)).data(),
                                  static_cast<std::size_t>(rows.features.cols())}));
        else
            for (const TargetStudy& target : study_.targets)
                mark(row, ownKey(id, target.name, rows.columns.at(sources_.at(target.name).prediction)[row]));
    }
}

NewPredictions PredictModel::predict(const NewRows& rows, const RunContext& context) const {
    const RunContext quiet = context.quiet();
    NewPredictions result;
    result.unusable.assign(rows.size(), 0);
    markOwn(rows, result);
    std::vector<Signals> signals;
    if (takesFeatures()) {
        MatrixF features = rows.features;
        for (Eigen::Index row = 0; row < features.rows(); ++row)
            if (!features.row(row).allFinite()) {
                result.unusable[static_cast<std::size_t>(row)] = 1;
                features.row(row).setZero();
            }
        std::vector<std::int64_t> all(rows.size());
        std::iota(all.begin(), all.end(), std::int64_t{0});
        signals = networks_->signals(features, objectKeys(rows.ids, all), quiet);
    } else {
        signals = sourceSignals(rows);
    }
    for (const Signals& ofTarget : signals)
        markUnusable(ofTarget, takesFeatures(), result.unusable);
    result.ungrouped.assign(rows.size(), 0);
    for (std::size_t t = 0; t < study_.targets.size(); ++t) {
        for (auto& [name, values] : signals[t])
            for (std::size_t row = 0; row < rows.size(); ++row)
                if (result.unusable[row])
                    values.row(static_cast<Eigen::Index>(row)).setZero();
        addRepairSignals(t, rows, signals[t], result.ungrouped, quiet);
        NewPredictions::OfTarget ofTarget;
        ofTarget.name = study_.targets[t].name;
        ofTarget.predictions = intervals(t, signals[t], quiet);
        const MatrixD& base = signals[t].at(uq::Signal::mean().name());
        ofTarget.base.assign(base.data(), base.data() + base.size());
        for (std::size_t row = 0; row < rows.size(); ++row) {
            if (!result.unusable[row])
                continue;
            ofTarget.base[row] = nan;
            for (Prediction& prediction : ofTarget.predictions)
                for (auto* values : {&prediction.mean, &prediction.lower, &prediction.upper,
                                     &prediction.spread, &prediction.effective})
                    if (!values->empty())
                        (*values)[row] = nan;
        }
        result.targets.push_back(std::move(ofTarget));
    }
    return result;
}

} // namespace penumbra::workflow
