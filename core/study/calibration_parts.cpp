#include "core/study/calibration_parts.h"

#include "core/eval/calibration_brackets.h"
#include "core/eval/metric_roles.h"
#include "core/study/choices.h"
#include "core/study/run.h"

#include <algorithm>

namespace penumbra::workflow {

namespace {

/// Whether the brackets of this method's scores are of the wanted kind already.
bool areOf(const Study& study, const TargetStudy& target, const std::string& method, bool given) {
    const bool drawable = target.canDrawCalibration(method);
    const std::string wanted = drawable && !given ? "drawn" : "given";
    const bool calibrated = target.calibrationPart(method) == nullptr || drawable;
    return std::all_of(study.scores.begin(), study.scores.end(), [&](const Score& score) {
        return score.target != target.name || score.method != method || !isOverallCoverage(score) ||
               score.calibration == (calibrated ? wanted : "");
    });
}

bool sameCell(const Score& a, const Score& b) {
    return a.metric == b.metric && a.convention == b.convention && a.conditionedOn == b.conditionedOn &&
           a.stratum == b.stratum;
}

} // namespace

std::shared_ptr<const CalibrationPart> calibrationPartOf(const uq::UqMethod& method,
                                                         const uq::Evidence& evidence, double alpha,
                                                         double trainedAlpha, const OptionSet& options) {
    auto part = std::make_shared<CalibrationPart>();
    if (!method.info().calibrated)
        return part;
    part->split = method.splitScores(evidence, alpha, trainedAlpha, options);
    return part->split ? part : nullptr; // local methods: see local_draws.h
}

void addCalibrationPart(TargetStudy& target, const uq::UqMethod& method, const uq::Evidence& evidence,
                        double alpha, double trainedAlpha, const OptionSet& options) {
    if (auto part = calibrationPartOf(method, evidence, alpha, trainedAlpha, options))
        target.calibrationParts[method.info().id] = std::move(part);
}

void addCalibrationParts(Study& study) {
    if (!canRecalibrate(study))
        return;
    const OptionSet options = recordedOptions(study);
    const double trainedAlpha = studyChoices(options).alpha;
    for (TargetStudy& target : study.targets) {
        const auto evidence = uq::makeEvidence(target.name, target.unit, target.heldOut);
        for (const Prediction& prediction : target.predictions)
            addCalibrationPart(target, uq::findMethod(prediction.method), evidence, study.alpha, trainedAlpha,
                               options);
    }
}

void setBrackets(Study& study, const Scoring& scoring, const RunContext& context) {
    if (scoring.evaluate.bootstrapReplicates < 2)
        return;
    for (const TargetStudy& target : study.targets)
        for (const Prediction& prediction : target.predictions) {
            if (target.calibrationParts.empty() ||
                areOf(study, target, prediction.method, scoring.givenCalibration))
                continue;
            context.checkStop();
            EvaluateOptions options = scoring.forTarget(target.name);
            options.threads = context.threads;
            auto fresh = evaluatePrediction(prediction, target.testTruth(), target.basePrediction(), options);
            if (!scoring.givenCalibration)
                CalibrationBrackets(target, prediction, options).fill(fresh, context);
            else
                CalibrationBrackets::markGiven(fresh, target, prediction.method);
            for (Score& score : study.scores)
                for (const Score& made : fresh)
                    if (score.target == target.name && score.method == prediction.method &&
                        sameCell(score, made)) {
                        score.low = made.low;
                        score.high = made.high;
                        score.calibration = made.calibration;
                    }
        }
}

} // namespace penumbra::workflow
