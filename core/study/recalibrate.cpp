// A study at another alpha, from what its file holds.
#include "core/base/text.h"
#include "core/study/choices.h"
#include "core/study/intervals.h"
#include "core/study/run.h"
#include "core/study/scores.h"

#include <algorithm>
#include <functional>

namespace penumbra::workflow {

namespace {

/// All that does not depend on alpha. Copies share signals and grids, which are most of it; predictions of a
/// million galaxies would be 300 MB for nothing.
Study withoutResults(const Study& study) {
    Study bare;
    bare.cataloguePath = study.cataloguePath;
    bare.catalogueHash = study.catalogueHash;
    bare.featuresName = study.featuresName;
    bare.optionsJson = study.optionsJson;
    bare.version = study.version;
    bare.alpha = study.alpha;
    bare.seed = study.seed;
    bare.ends = study.ends;
    bare.methods = study.methods;
    bare.training = study.training;
    bare.kernels = study.kernels;
    bare.checks = study.checks;
    bare.notes = study.notes;
    for (const TargetStudy& target : study.targets) {
        TargetStudy& own = bare.targets.emplace_back();
        own.name = target.name;
        own.unit = target.unit;
        own.label = target.label;
        own.heldOut = target.heldOut;
        own.trainCount = target.trainCount;
        own.local = target.local;
    }
    return bare;
}

} // namespace

bool canRecalibrate(const Study& study) {
    return std::none_of(study.targets.begin(), study.targets.end(), [](const TargetStudy& target) {
        return target.heldOut.signals.empty() || target.heldOut.calibrationCount() == 0;
    });
}

Study recalibrateIntervals(const Study& study, double alpha, const RunContext& context) {
    if (!(alpha > 0.0 && alpha < 1.0))
        throw UsageError("alpha must lie between 0 and 1, but is " + shortestReal(alpha) + ".");
    if (!canRecalibrate(study))
        throw Error(
            "The study holds no calibration rows and signals (its file has no /state, or one of another "
            "version), so it cannot be recalibrated. Run the study again.");
    const OptionSet options = recordedOptions(study);
    const double trainedAlpha = studyChoices(options).alpha;
    Study other = withoutResults(study);
    other.alpha = alpha;
    const Calibrating how{alpha, trainedAlpha, other.ends, options};
    addAllIntervals(other, how, context);
    if (alpha != trainedAlpha)
        for (TargetStudy& target : other.targets)
            for (Prediction& prediction : target.predictions)
                if (prediction.note.empty())
                    prediction.note = uq::findMethod(prediction.method).info().calibrated
                                          ? "of a study at alpha " + shortestReal(trainedAlpha) +
                                                ", recalibrated to alpha " + shortestReal(alpha)
                                          : "never calibrated; another alpha only rescales its width";
    return other;
}

std::shared_ptr<const Study> recalibrate(const Study& study, double alpha, const RunContext& context,
                                         const std::string& first, const StudyListener& listener) {
    const auto intervals = std::make_shared<const Study>(recalibrateIntervals(study, alpha, context));
    if (listener)
        listener(intervals); // before the copy that gets the scores is made
    Study other = *intervals;
    const Scoring scoring = scoringFrom(recordedOptions(study), study.seed);
    StudyOracle oracle(other, scoring);
    const auto score = [&](const TargetFilter& wanted) {
        for (const std::string& method : other.methods)
            addScores(other, method, scoring, oracle, context, wanted);
        addTrueOracleScores(other, scoring, oracle, context, wanted);
    };
    const auto isFirst = [&](const TargetStudy& target) { return target.name == first; };
    if (listener && other.targets.size() > 1 &&
        std::any_of(other.targets.begin(), other.targets.end(), isFirst)) {
        score(isFirst);
        listener(std::make_shared<const Study>(other));
        score(std::not_fn(isFirst));
    } else {
        score({});
    }
    return std::make_shared<const Study>(std::move(other));
}

} // namespace penumbra::workflow
