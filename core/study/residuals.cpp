// Residual nets of a study: they learn |truth - prediction| on the training rows.

#include "core/base/rng.h"
#include "core/base/text.h"
#include "core/heads/schedule.h"
#include "core/study/training_steps.h"
#include "core/uq/elsewhere.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace penumbra::workflow {

namespace {

/// Of |truth - mean| on a target's calibration rows.
std::vector<std::pair<std::size_t, double>>
calibrationErrors(const HeldOut& heldOut, const std::string& signal = uq::Signal::mean().name()) {
    const MatrixD& mean = heldOut.signals.at(signal);
    std::vector<std::pair<std::size_t, double>> errors;
    for (std::size_t i = 0; i < heldOut.rows.size(); ++i)
        if (!heldOut.isTest[i])
            errors.emplace_back(i, std::abs(heldOut.truth[i] - mean(static_cast<Eigen::Index>(i), 0)));
    return errors;
}

double floorByCalibration(const HeldOut& heldOut, const std::string& mean) {
    std::vector<double> errors, labels;
    for (const auto& [row, error] : calibrationErrors(heldOut, mean)) {
        errors.push_back(error);
        labels.push_back(heldOut.truth[row]);
    }
    return uq::relativeResidualFloor(std::move(errors), std::move(labels));
}

int foldCount(const StudyPlan& plan) {
    return plan.chosen.residualFolds;
}

std::vector<int> foldsOf(const StudyPlan& plan, const std::string& target,
                         const std::vector<double>& labels) {
    return drawnFolds(labels, foldCount(plan), derivedSeed(plan.seed, target + ": residual folds"));
}

} // namespace

std::vector<int> drawnFolds(const std::vector<double>& labels, int folds, std::uint64_t seed) {
    std::vector<int> fold(labels.size(), -1);
    int next = 0;
    for (const std::size_t row : Rng(seed).permutation(labels.size()))
        if (std::isfinite(labels[row]))
            fold[row] = next++ % folds;
    return fold;
}

void setResidualFloorsByCalibration(const StudyPlan& plan, std::vector<TargetStudy>& targets) {
    if (plan.trains() && plan.delivers())
        for (TargetStudy& target : targets)
            target.heldOut.signals[uq::deliveredFloorSignal] = MatrixD::Constant(
                static_cast<Eigen::Index>(target.heldOut.rows.size()), 1,
                plan.chosen.relativeFloors ? floorByCalibration(target.heldOut, uq::deliveredMeanSignal)
                                           : referenceResidualFloor);
    const auto isResidual = [](const uq::Signal& s) { return s.kind == uq::Signal::Kind::Residual; };
    if (!plan.chosen.relativeFloors ||
        (plan.trains() && std::any_of(plan.signals.begin(), plan.signals.end(), isResidual)))
        return;
    for (TargetStudy& target : targets) {
        if (!target.heldOut.signals.contains(uq::Signal::mean().name()))
            continue;
        target.heldOut.residualFloor = floorByCalibration(target.heldOut, uq::Signal::mean().name());
    }
}

bool StudyTraining::wantsResiduals() const {
    using Space = uq::Signal::Space;
    return wants(uq::Signal::residual(Space::Net)) || wants(uq::Signal::residual(Space::Aion));
}

bool StudyTraining::wantsFolds() const {
    return plan_.chosen.crossFitted && wantsResiduals();
}

std::vector<heads::NetworkSpec> StudyTraining::foldSpecs(const std::vector<std::size_t>& targets) const {
    std::vector<heads::NetworkSpec> specs;
    const int folds = foldCount(plan_);
    for (const std::size_t t : targets) {
        const TargetStudy& target = plan_.targets[t];
        const auto labels = trainLabels(target.name);
        const auto fold = foldsOf(plan_, target.name, labels);
        for (int left = 0; left < folds; ++left) {
            heads::NetworkSpec spec;
            spec.name = target.name + ": mean without fold " + std::to_string(left + 1);
            spec.shape = shape_;
            spec.seed = derivedSeed(plan_.seed, target.name + ": " + uq::Signal::mean().name());
            spec.labels = labels;
            for (std::size_t row = 0; row < fold.size(); ++row)
                if (fold[row] == left)
                    spec.labels[row] = std::numeric_limits<double>::quiet_NaN(); // not trained on
            specs.push_back(std::move(spec));
        }
    }
    return specs;
}

std::vector<std::size_t> StudyTraining::overfittedTargets(const MatrixD& outputs) {
    // Measured: above this cross-fitted errors make better intervals on average, below it five more heads a
    // target buy nothing (README).
    constexpr double overfitRatio = 1.1;
    const auto split = heads::splitRows(outputs.rows(), headTraining(plan_.options));
    std::vector<std::size_t> overfitted;
    for (std::size_t t = 0; t < plan_.targets.size(); ++t) {
        const auto labels = trainLabels(plan_.targets[t].name);
        const auto column = static_cast<Eigen::Index>(headIndex(t, uq::Signal::mean()));
        const auto meanError = [&](const std::vector<std::int32_t>& rows) {
            double sum = 0.0, n = 0.0;
            for (const std::int32_t row : rows)
                if (const double label = labels[static_cast<std::size_t>(row)]; std::isfinite(label)) {
                    sum += std::abs(label - outputs(row, column));
                    n += 1.0;
                }
            return sum / std::max(n, 1.0);
        };
        const double trained = meanError(split.training), aside = meanError(split.validation);
        const bool overfits = aside > overfitRatio * trained;
        if (overfits)
            overfitted.push_back(t);
        outcome_.notes.push_back(
            plan_.targets[t].name + ": residual nets learn from " +
            (overfits ? "cross-fitted" : "in-sample") + " errors, because the head's mean |error| is " +
            formatReal(aside, 3) + " on training rows set aside and " + formatReal(trained, 3) +
            " on those it learned from (" +
            formatFixed(aside / std::max(trained, std::numeric_limits<double>::min()), 2) +
            " times; above 1.1 cross-fitted errors make better intervals).");
    }
    return overfitted;
}

MatrixD StudyTraining::residualCentres(const heads::TrainedNetworks& heads, const RunContext& context) {
    const MatrixD outputs = heads.predict(trainInputs_, context.quiet());
    MatrixD centres(outputs.rows(), static_cast<Eigen::Index>(plan_.targets.size()));
    for (std::size_t t = 0; t < plan_.targets.size(); ++t)
        centres.col(static_cast<Eigen::Index>(t)) =
            outputs.col(static_cast<Eigen::Index>(headIndex(t, uq::Signal::mean())));
    const int folds = foldCount(plan_);
    std::vector<std::size_t> targets;
    MatrixD byFolds; // of these targets, fold after fold
    if (wantsFolds()) {
        targets.resize(plan_.targets.size());
        std::iota(targets.begin(), targets.end(), std::size_t{0});
        byFolds = outputs.rightCols(static_cast<Eigen::Index>(targets.size()) * folds);
    } else if (plan_.chosen.crossFittedIfOverfit) {
        targets = overfittedTargets(outputs);
        if (!targets.empty())
            byFolds = train(trainInputs_, foldSpecs(targets), headTraining(plan_.options), "heads of folds",
                            context)
                          .predict(trainInputs_, context.quiet());
    }
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const std::string& name = plan_.targets[targets[i]].name;
        const auto fold = foldsOf(plan_, name, trainLabels(name));
        for (std::size_t row = 0; row < fold.size(); ++row)
            if (fold[row] >= 0)
                centres(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(targets[i])) =
                    byFolds(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(i) * folds + fold[row]);
    }
    return centres;
}

/// Labels |truth - centre| on the training rows; NaN without label.
std::vector<heads::NetworkSpec> StudyTraining::residualSpecs(const MatrixD& centres, const uq::Signal& signal,
                                                             int inputs) const {
    const bool net = signal.space == uq::Signal::Space::Net;
    std::vector<heads::NetworkSpec> specs;
    for (std::size_t t = 0; t < plan_.targets.size(); ++t) {
        heads::NetworkSpec spec;
        spec.name = plan_.targets[t].name + ": " + signal.name();
        spec.shape = residualShape(plan_.options, net, inputs);
        spec.seed = derivedSeed(plan_.seed, spec.name);
        spec.labels = trainLabels(plan_.targets[t].name);
        for (std::size_t i = 0; i < spec.labels.size(); ++i)
            spec.labels[i] = std::abs(spec.labels[i] -
                                      centres(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(t)));
        specs.push_back(std::move(spec));
    }
    return specs;
}

void StudyTraining::setResidualFloors(const MatrixD& centres) {
    if (!plan_.chosen.relativeFloors)
        return;
    for (std::size_t t = 0; t < plan_.targets.size(); ++t) {
        const auto labels = trainLabels(plan_.targets[t].name);
        std::vector<double> errors = labels;
        for (std::size_t i = 0; i < errors.size(); ++i)
            errors[i] =
                std::abs(errors[i] - centres(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(t)));
        plan_.targets[t].heldOut.residualFloor = uq::relativeResidualFloor(std::move(errors), labels);
    }
}

/// In-sample errors of heads that overfit say little about where errors are large (spec/lvd.md c).
void StudyTraining::noteOverfittedResiduals(const MatrixD& centres) {
    constexpr double tellableRatio = 2.0;
    for (std::size_t t = 0; t < plan_.targets.size(); ++t) {
        const TargetStudy& target = plan_.targets[t];
        const auto labels = trainLabels(target.name);
        double trained = 0.0, calibration = 0.0;
        std::size_t rows = 0;
        for (std::size_t i = 0; i < labels.size(); ++i)
            if (std::isfinite(labels[i])) {
                trained +=
                    std::abs(labels[i] - centres(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(t)));
                ++rows;
            }
        const auto errors = calibrationErrors(target.heldOut);
        for (const auto& [row, error] : errors)
            calibration += error;
        trained /= static_cast<double>(std::max<std::size_t>(1, rows));
        calibration /= static_cast<double>(std::max<std::size_t>(1, errors.size()));
        if (calibration > tellableRatio * trained)
            outcome_.notes.push_back(
                target.name + ": the head's mean |error| is " + formatReal(calibration, 3) +
                " on calibration rows, " + formatReal(trained, 3) +
                " on its own training rows: it overfits, so the residual nets learn from errors that are too "
                "small. Intervals scaled by them stay valid but may be wider than they need be; what helps: "
                "residuals cross-fitted, fewer epochs, more weight-decay.");
    }
}

/// Errors many times the predicted residual: a few galaxies then set every scaled width.
void StudyTraining::noteTooSmallResiduals(std::size_t target, const uq::Signal& signal) {
    constexpr double tooManyTimes = 20.0; // a sensible scale is not far from the mean error
    constexpr double tellableShare = 0.01;
    const HeldOut& heldOut = plan_.targets[target].heldOut;
    const MatrixD& predicted = heldOut.signals.at(signal.name());
    const auto errors = calibrationErrors(heldOut);
    std::size_t count = 0;
    for (const auto& [row, error] : errors)
        count += error > tooManyTimes * std::abs(predicted(static_cast<Eigen::Index>(row), 0));
    if (static_cast<double>(count) <= tellableShare * static_cast<double>(errors.size()))
        return;
    outcome_.notes.push_back(
        plan_.targets[target].name + ", residual net on " +
        (signal.space == uq::Signal::Space::Net ? "the head's hidden layer" : "the input features") + ": " +
        withThousands(static_cast<long long>(count)) + " of " +
        withThousands(static_cast<long long>(errors.size())) +
        " calibration galaxies have errors more than 20 times what it predicts (it predicts next to nothing "
        "for them). They set the widths of MADSplit and LCMAD, whose mean then says little: look at the "
        "median "
        "width. What helps: more residual-epochs, residuals cross-fitted.");
}

void StudyTraining::trainResiduals(const heads::TrainedNetworks& heads, const RunContext& context) {
    using Space = uq::Signal::Space;
    const bool net = wants(uq::Signal::residual(Space::Net));
    const bool aion = wants(uq::Signal::residual(Space::Aion));
    if (!net && !aion)
        return;
    const bool chooses = plan_.chosen.crossFittedIfOverfit;
    const double foldsEnd = chooses ? 0.7 : 0.0; // of the progress bar
    const MatrixD centres = residualCentres(heads, context.slice(0.0, foldsEnd));
    setResidualFloors(centres);
    if (!wantsFolds() && !chooses)
        noteOverfittedResiduals(centres);
    const double middle = foldsEnd + (1.0 - foldsEnd) * (net && aion ? 0.5 : net ? 1.0 : 0.0);
    if (net)
        trainResidualsOf(Space::Net, centres, heads, context.slice(foldsEnd, middle));
    if (aion)
        trainResidualsOf(Space::Aion, centres, heads, context.slice(middle, 1.0));
}

void StudyTraining::trainResidualsOf(uq::Signal::Space space, const MatrixD& centres,
                                     const heads::TrainedNetworks& heads, const RunContext& context) {
    const uq::Signal signal = uq::Signal::residual(space);
    const RunContext quiet = context.quiet();
    const auto options = residualTraining(plan_.options, static_cast<int>(plan_.trainRows.size()));
    if (space == uq::Signal::Space::Aion) { // all targets share the inputs: one pass
        const auto specs = residualSpecs(centres, signal, static_cast<int>(trainInputs_.cols()));
        const auto nets = train(trainInputs_, specs, options, "residual nets", context);
        const MatrixD outputs = nets.predict(heldOutInputs_, quiet);
        for (std::size_t t = 0; t < plan_.targets.size(); ++t)
            put(t, signal, outputs.col(static_cast<Eigen::Index>(t)));
        for (std::size_t t = 0; t < plan_.targets.size(); ++t)
            noteTooSmallResiduals(t, signal);
        store(nets, signal.name());
        return;
    }
    const auto specs = residualSpecs(centres, signal, shape_.hidden.back());
    const auto targets = static_cast<double>(plan_.targets.size());
    for (std::size_t t = 0; t < plan_.targets.size(); ++t) { // every target has its own hidden activations
        const auto part =
            context.slice(static_cast<double>(t) / targets, static_cast<double>(t + 1) / targets);
        const std::size_t head = headIndex(t, uq::Signal::mean());
        const MatrixF inputs = heads.hidden(head, trainInputs_, quiet);
        const auto nets = train(inputs, {specs[t]}, options, "residual nets", part);
        put(t, signal, nets.predict(heads.hidden(head, heldOutInputs_, quiet), quiet));
        noteTooSmallResiduals(t, signal);
        store(nets, signal.name() + "/" + plan_.targets[t].name);
    }
}

} // namespace penumbra::workflow
