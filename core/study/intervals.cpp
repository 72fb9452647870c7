#include "core/study/intervals.h"

#include "core/base/parallel_for.h"
#include "core/catalogue/lower_bound.h"
#include "core/nn/device.h"
#include "core/study/calibration_parts.h"
#include "core/study/choices.h"
#include "core/study/local.h"
#include "core/uq/local_conditional.h"
#include "core/uq/repairs/repaired_method.h"

#include <algorithm>

namespace penumbra::workflow {

namespace {

/// Of calibrated intervals: how their ends count, and where they are cut.
void finish(Prediction& prediction, const TargetStudy& target, Ends ends) {
    setEnds(prediction, ends);
    cutAtLowerBound(prediction, lowerBoundOf(target.heldOut));
}

} // namespace

Prediction intervalsOf(const TargetStudy& target, const uq::Evidence& evidence, const uq::UqMethod& method,
                       const Calibrating& how, const RunContext& context) {
    context.checkStop();
    const double alpha[] = {how.alpha};
    auto known = predictionFromGrid(target, method, evidence, how.alpha);
    Prediction prediction =
        known ? std::move(*known)
              : std::move(method.intervals(evidence, alpha, how.trainedAlpha, how.options, context).front());
    finish(prediction, target, how.ends);
    return prediction;
}

void addIntervals(Study& study, const std::string& id, const OptionSet& options, const RunContext& context) {
    const uq::UqMethod& method = uq::findMethod(id);
    const Calibrating how{study.alpha, studyChoices(options).alpha, study.ends, options};
    for (TargetStudy& target : study.targets) {
        context.step(0.0, target.name + ": calibrating " + id);
        const auto evidence = uq::makeEvidence(target.name, target.unit, target.heldOut);
        addCalibrationPart(target, method, evidence, how.alpha, how.trainedAlpha, options);
        target.predictions.push_back(intervalsOf(target, evidence, method, how, context.quiet()));
    }
}

void addAllIntervals(Study& study, const Calibrating& how, const RunContext& context) {
    const std::size_t methods = study.methods.size(), count = study.targets.size() * methods;
    std::vector<uq::Evidence> evidence;
    for (TargetStudy& target : study.targets) {
        evidence.push_back(uq::makeEvidence(target.name, target.unit, target.heldOut));
        target.predictions.resize(methods);
    }
    std::vector<std::shared_ptr<const CalibrationPart>> parts(count);
    const auto calibrate = [&](std::size_t i, const RunContext& own) {
        TargetStudy& target = study.targets[i / methods];
        const uq::UqMethod& method = uq::findMethod(study.methods[i % methods]);
        const uq::Evidence& known = evidence[i / methods];
        parts[i] = calibrationPartOf(method, known, how.alpha, how.trainedAlpha, how.options);
        target.predictions[i % methods] = intervalsOf(target, known, method, how, own);
    };
    std::vector<std::size_t> quick; // the others use all threads themselves
    for (std::size_t i = 0; i < count; ++i) {
        const std::string& id = study.methods[i % methods];
        const bool isLocal = uq::localMethod(id) != nullptr;
        if (isLocal ? knowsQuantilesAt(study.targets[i / methods], id, how.alpha) : !uq::isRepaired(id))
            quick.push_back(i);
        else
            calibrate(i, context.quiet());
    }
    RunContext one = context.quiet();
    one.threads = 1;
    parallelFor(quick.size(), nn::threadCount(context), [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i)
            calibrate(quick[i], one);
    });
    for (std::size_t i = 0; i < count; ++i)
        if (parts[i])
            study.targets[i / methods].calibrationParts[study.methods[i % methods]] = std::move(parts[i]);
}

} // namespace penumbra::workflow
