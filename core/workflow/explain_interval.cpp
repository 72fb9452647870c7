#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/catalogue/lower_bound.h"
#include "core/study/choices.h"
#include "core/study/run.h"
#include "core/uq/conformal.h"
#include "core/uq/elsewhere.h"
#include "core/uq/local_conditional.h"
#include "core/uq/repairs/repaired_method.h"
#include "core/workflow/explain.h"

#include <algorithm>
#include <cmath>

namespace penumbra::workflow {

namespace {

std::string withUnit(double value, const std::string& unit) {
    return formatReal(value, 4) + (unit.empty() ? "" : " " + unit);
}

constexpr const char* listThem = " Test galaxies are listed by: penumbra-cli intervals STUDY";

/// Position of a catalogue row among a target's test rows.
std::size_t testPosition(const TargetStudy& target, std::int64_t row) {
    const HeldOut& heldOut = target.heldOut;
    std::size_t position = 0;
    for (std::size_t i = 0; i < heldOut.rows.size(); ++i) {
        if (heldOut.rows[i] == row && heldOut.isTest[i])
            return position;
        if (heldOut.rows[i] == row)
            throw Error("Catalogue row " + std::to_string(row) + " is a calibration galaxy of target " +
                        target.name + "; intervals are made, and explained, for test galaxies." + listThem);
        position += heldOut.isTest[i];
    }
    throw Error("Catalogue row " + std::to_string(row) + " is not among the " +
                withThousands(static_cast<long long>(position)) + " test galaxies of target " + target.name +
                " (a training galaxy, or left out)." + listThem);
}

void checkKnowsHeldOut(const Study& study) {
    if (!canRecalibrate(study))
        throw Error(
            "The study holds no calibration rows and signals (its file has no /state, or one of another "
            "version), so nothing can be explained. Run the study again.");
}

double signalAt(const TargetStudy& target, const uq::Signal& signal, std::size_t heldOutIndex) {
    return target.heldOut.signals.at(signal.name())(static_cast<Eigen::Index>(heldOutIndex), 0);
}

void explainLocally(Explanation& e, const TargetStudy& target, const uq::LocalMethod& local,
                    std::size_t position, std::size_t neighbours) {
    const auto evidence = uq::makeEvidence(target.name, target.unit, target.heldOut);
    const uq::LocalConditionalPass pass(evidence, local.space, local.scaled, lvd::Precision::Double);
    lvd::LocalExplanation found = pass.explain(position, e.alpha, local.scaled, neighbours);
    e.local = true;
    e.scaled = local.scaled;
    if (local.scaled)
        e.scale = target.heldOut.residualFloor +
                  std::abs(signalAt(target, uq::Signal::residual(local.space), evidence.testIndex[position]));
    e.quantile = found.quantile;
    e.mass = found.mass;
    e.massNeeded = found.massNeeded;
    e.ownWeight = found.ownWeight;
    e.effective = found.effectiveNumber;
    for (const auto& neighbour : found.neighbours) {
        const std::size_t index = evidence.calibrationIndex[neighbour.calibrationRow];
        e.neighbours.push_back({target.heldOut.rows[index], neighbour.weight, neighbour.score,
                                target.heldOut.truth[index], signalAt(target, uq::Signal::mean(), index)});
    }
    e.scores = std::move(found.scores);
    e.cumulativeWeights = std::move(found.cumulativeWeights);
    const std::string counted = "an effective number of " + aboutCount(e.effective) + " of " +
                                withThousands(static_cast<long long>(e.calibrationCount)) +
                                " calibration galaxies";
    if (!found.reason.empty()) {
        e.summary = "The interval is infinite. " + found.reason;
        return;
    }
    e.summary = "The width comes from " + counted +
                ", weighted by how much they resemble this one: " + formatReal(100.0 * (1.0 - e.alpha), 4) +
                " % of the weight lies at scores up to " +
                (local.scaled ? formatReal(e.quantile, 4) +
                                    " predicted residuals. With this galaxy's predicted residual of " +
                                    withUnit(e.scale, e.unit) + " that is a half width of " +
                                    withUnit(e.quantile * e.scale, e.unit)
                              : withUnit(e.quantile, e.unit)) +
                ".";
}

/// Whether a column had nothing to say of this test row (uq::Signal::mayBeInfinite).
bool isUnbounded(const Study& study, const TargetStudy& target, const uq::UqMethod& method,
                 std::size_t position) {
    const OptionSet options = recordedOptions(study);
    const auto evidence = uq::makeEvidence(target.name, target.unit, target.heldOut);
    const auto needs = method.needs(options, studyChoices(options).alpha);
    return std::any_of(needs.begin(), needs.end(), [&](const uq::Signal& signal) {
        return signal.mayBeInfinite() &&
               std::isinf(signalAt(target, signal, evidence.testIndex.at(position)));
    });
}

/// Calibration galaxies that take part: not those of which a column says nothing.
std::size_t calibratedOn(const Explanation& e, const TargetStudy& target, const std::string& method) {
    const CalibrationPart* part = target.calibrationPart(method);
    if (part == nullptr || !part->split)
        return e.calibrationCount;
    const auto& scores = part->split->calibration;
    return static_cast<std::size_t>(
        std::count_if(scores.begin(), scores.end(), [](double score) { return !std::isnan(score); }));
}

std::string globalSummary(const Explanation& e, const TargetStudy& target, const uq::MethodInfo& info,
                          std::size_t position) {
    const bool isCut = std::isfinite(e.lower) && e.lower == lowerBoundOf(target.heldOut);
    const std::string half =
        withUnit(isCut ? std::max(0.0, e.upper - e.mean) : 0.5 * intervalWidth(e.lower, e.upper), e.unit);
    const std::string n = withThousands(static_cast<long long>(calibratedOn(e, target, info.id)));
    const std::string kind = uq::methodKind(info.id);
    if (kind == "DeliveredQuantiles")
        return "No calibration galaxies are involved: the ends are the quantiles that came with the "
               "prediction; the half width is " +
               half + ".";
    if (!info.calibrated) {
        const Prediction& prediction = *target.prediction(info.id);
        const double spread = position < prediction.spread.size() ? prediction.spread[position] : 0.0;
        return "No calibration galaxies are involved: the half width " + half + " is " +
               formatReal(-normalQuantile(0.5 * e.alpha), 4) + " times the " +
               (info.id == "DeliveredSpread" ? "error " : "scatter ") + withUnit(spread, e.unit) +
               (info.id == "DeliveredSpread" ? " that came with this galaxy's prediction."
                                             : " of the networks for this galaxy.");
    }
    if (const auto repaired = uq::parseRepairedId(info.id)) {
        const auto& effective = target.prediction(info.id)->effective;
        return std::string(uq::repairInfo(repaired->kind).oneLine) + " The half width is " + half +
               (position < effective.size() ? ", from " + aboutCount(effective[position]) + " of " + n
                                            : ", from " + n) +
               " calibration galaxies.";
    }
    if (kind == "CVPlus")
        return "The half width " + half + " comes of the errors of all " + n +
               " calibration galaxies, each by a network that has not seen it, about what these networks "
               "predict "
               "for this galaxy. No calibration galaxy counts more than another.";
    if (kind == "VanillaSplit")
        return "One global quantile set the width: the half width " + half +
               " is the same for every galaxy, the " + formatReal(100.0 * (1.0 - e.alpha), 4) +
               " % quantile of all " + n + " calibration errors. No galaxy counts more than another.";
    if (kind == "MADSplit")
        return "One global quantile, of the scaled errors of all " + n +
               " calibration galaxies, set the width; it is multiplied with this galaxy's predicted size of "
               "error to the half width " +
               half + ". No calibration galaxy counts more than another.";
    return "One global correction, from all " + n +
           " calibration galaxies alike, was added to this galaxy's predicted quantiles; the half width is " +
           half + ".";
}

} // namespace

std::string methodToExplain(const std::vector<std::string>& methods) {
    if (std::find(methods.begin(), methods.end(), "LCMADNet") != methods.end())
        return "LCMADNet";
    const auto local = std::find_if(methods.begin(), methods.end(),
                                    [](const std::string& id) { return uq::localMethod(id) != nullptr; });
    if (local != methods.end())
        return *local;
    return methods.empty() ? std::string() : methods.front();
}

Explanation explainInterval(const Study& study, const std::string& targetName, const std::string& method,
                            std::int64_t row, std::size_t neighbours, const RunContext& context) {
    const TargetStudy& target = study.target(targetName);
    const Prediction* prediction = target.prediction(method);
    if (!prediction)
        throw UsageError("--method: the study has no method '" + method + "'; it has " +
                         joinText(study.methods, ", ") + ".");
    checkKnowsHeldOut(study);
    context.checkStop();
    const std::size_t position = testPosition(target, row);
    Explanation e;
    e.target = target.name;
    e.method = method;
    e.unit = target.unit;
    e.row = row;
    e.alpha = prediction->alpha;
    e.mean = prediction->mean.at(position);
    e.lower = prediction->lower.at(position);
    e.upper = prediction->upper.at(position);
    e.truth = target.testTruth().at(position);
    e.ends = prediction->ends;
    e.calibrationCount = target.heldOut.calibrationCount();
    if (const uq::LocalMethod* local = uq::localMethod(method))
        explainLocally(e, target, *local, position, neighbours);
    else if (!std::isfinite(e.upper - e.lower) &&
             isUnbounded(study, target, uq::findMethod(method), position))
        e.summary =
            "The interval is infinite: the columns hold no usable error, or no quantiles, for this galaxy.";
    else
        e.summary = globalSummary(e, target, uq::findMethod(method).info(), position);
    if (const double bound = lowerBoundOf(target.heldOut); std::isfinite(bound) && e.lower == bound)
        e.summary +=
            " Its lower end is cut at " + withUnit(bound, e.unit) + ", below which no " + e.target + " lies.";
    return e;
}

} // namespace penumbra::workflow
