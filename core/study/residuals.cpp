// Residual nets of a study: they learn |truth - prediction| on the training rows.

#include "core/base/rng.h"
#include "core/base/text.h"
#include "core/study/training_steps.h"
#include "core/uq/elsewhere.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::workflow {

namespace {

/// Fold of every training row with a label, -1 without: as even as can be, drawn from the seed.
std::vector<int> drawnFolds(const std::vector<double>& labels, int folds, std::uint64_t seed) {
    std::vector<int> fold(labels.size(), -1);
    int next = 0;
    for (const std::size_t row : Rng(seed).permutation(labels.size()))
        if (std::isfinite(labels[row]))
            fold[row] = next++ % folds;
    return fold;
}

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

bool StudyTraining::wantsFolds() const {
    using Space = uq::Signal::Space;
    return plan_.chosen.crossFitted &&
           (wants(uq::Signal::residual(Space::Net)) || wants(uq::Signal::residual(Space::Aion)));
}

std::vector<heads::NetworkSpec> StudyTraining::foldSpecs() const {
    std::vector<heads::NetworkSpec> specs;
    if (!wantsFolds())
        return specs;
    const int folds = foldCount(plan_);
    for (const TargetStudy& target : plan_.targets) {
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

MatrixD StudyTraining::residualCentres(const heads::TrainedNetworks& heads, const RunContext& context) const {
    const MatrixD outputs = heads.predict(trainInputs_, context.quiet());
    MatrixD centres(outputs.rows(), static_cast<Eigen::Index>(plan_.targets.size()));
    for (std::size_t t = 0; t < plan_.targets.size(); ++t)
        centres.col(static_cast<Eigen::Index>(t)) =
            outputs.col(static_cast<Eigen::Index>(headIndex(t, uq::Signal::mean())));
    if (!wantsFolds())
        return centres;
    const int folds = foldCount(plan_);
    const auto firstFoldHead = outputs.cols() - static_cast<Eigen::Index>(plan_.targets.size()) * folds;
    for (std::size_t t = 0; t < plan_.targets.size(); ++t) {
        const auto fold = foldsOf(plan_, plan_.targets[t].name, trainLabels(plan_.targets[t].name));
        const auto first = firstFoldHead + static_cast<Eigen::Index>(t) * folds;
        for (std::size_t row = 0; row < fold.size(); ++row)
            if (fold[row] >= 0)
                centres(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(t)) =
                    outputs(static_cast<Eigen::Index>(row), first + fold[row]);
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
    const MatrixD centres = residualCentres(heads, context);
    setResidualFloors(centres);
    if (!wantsFolds())
        noteOverfittedResiduals(centres);
    if (net)
        trainResidualsOf(Space::Net, centres, heads, context.slice(0.0, aion ? 0.5 : 1.0));
    if (aion)
        trainResidualsOf(Space::Aion, centres, heads, context.slice(net ? 0.5 : 0.0, 1.0));
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
