#include "core/study/local_draws.h"

#include "core/base/text.h"
#include "core/eval/joint_resampling.h"
#include "core/study/calibration_parts.h"
#include "core/study/run.h"
#include "core/uq/local_conditional.h"

#include <algorithm>
#include <memory>

namespace penumbra::workflow {

namespace {

/// The same rows, those of the calibration drawn with replacement.
uq::Evidence drawn(const uq::Evidence& evidence, std::uint64_t seed, std::size_t r) {
    uq::Evidence other = evidence;
    const auto counts = calibrationResample(evidence.calibrationIndex.size(), seed, r);
    std::size_t at = 0;
    for (std::size_t i = 0; i < counts.size(); ++i)
        for (std::uint32_t k = 0; k < counts[i]; ++k, ++at) {
            other.calibrationIndex[at] = evidence.calibrationIndex[i];
            other.calibrationTruth[at] = evidence.calibrationTruth[i];
        }
    return other;
}

/// The methods of one space, which share a pass.
struct Group {
    std::vector<std::string> methods;
    std::vector<std::vector<double>> scale;
    std::vector<std::shared_ptr<CalibrationPart>> parts;
    bool scaled = false;
};

Group groupOf(uq::Signal::Space space, const std::vector<std::string>& methods, const uq::Evidence& evidence,
              std::uint64_t seed) {
    Group group;
    for (const std::string& id : methods) {
        const uq::LocalMethod* local = uq::localMethod(id);
        if (local == nullptr || local->space != space)
            continue;
        group.methods.push_back(id);
        group.scale.push_back(uq::localScale(*local, evidence));
        group.scaled |= local->scaled;
        DrawnHalfWidths half;
        half.seed = seed;
        half.draws = localDraws;
        half.rows = evidence.testIndex.size();
        half.half.reserve(half.draws * half.rows);
        group.parts.push_back(std::make_shared<CalibrationPart>());
        group.parts.back()->drawn = std::move(half);
    }
    return group;
}

bool canBeDrawn(const HeldOut& heldOut) {
    const double cells =
        static_cast<double>(heldOut.calibrationCount()) * static_cast<double>(heldOut.testCount());
    return cells > 0.0 && cells <= mostKernelCells;
}

} // namespace

bool wantsLocalDraws(const Study& study) {
    return canRecalibrate(study) &&
           std::any_of(study.targets.begin(), study.targets.end(), [](const TargetStudy& target) {
               return canBeDrawn(target.heldOut) &&
                      std::any_of(target.predictions.begin(), target.predictions.end(),
                                  [&](const Prediction& prediction) {
                                      return uq::localMethod(prediction.method) != nullptr &&
                                             !target.canDrawCalibration(prediction.method);
                                  });
           });
}

void addLocalDraws(TargetStudy& target, const std::vector<std::string>& methods, double alpha,
                   std::uint64_t seed, const OptionSet& options, const RunContext& context) {
    if (!canBeDrawn(target.heldOut))
        return;
    const auto evidence = uq::makeEvidence(target.name, target.unit, target.heldOut);
    using Space = uq::Signal::Space;
    const double alphas[] = {alpha};
    for (const Space space : {Space::Net, Space::Aion}) {
        const Group group = groupOf(space, methods, evidence, seed);
        if (group.methods.empty())
            continue;
        const RunContext quiet = context.quiet();
        for (std::size_t r = 0; r < localDraws; ++r) {
            context.step((space == Space::Net ? 0.0 : 0.5) +
                             0.5 * static_cast<double>(r) / static_cast<double>(localDraws),
                         target.name + ": drawing the calibration of " + joinText(group.methods, " and "));
            const uq::LocalConditionalPass pass(drawn(evidence, seed, r), space, group.scaled,
                                                uq::localPrecision(options));
            const lvd::LocalQuantiles found = pass.quantiles(alphas, quiet);
            for (std::size_t m = 0; m < group.methods.size(); ++m) {
                const MatrixD& quantile = found.quantiles[uq::localMethod(group.methods[m])->scaled ? 1 : 0];
                for (std::size_t i = 0; i < evidence.testIndex.size(); ++i)
                    group.parts[m]->drawn->half.push_back(
                        static_cast<float>(quantile(static_cast<Eigen::Index>(i), 0) * group.scale[m][i]));
            }
        }
        for (std::size_t m = 0; m < group.methods.size(); ++m)
            target.calibrationParts[group.methods[m]] = group.parts[m];
    }
}

void prepareCalibration(Study& study, bool given, const RunContext& context) {
    addCalibrationParts(study);
    if (!given)
        addLocalDraws(study, context);
}

void addLocalDraws(Study& study, const RunContext& context) {
    if (!canRecalibrate(study))
        return;
    const OptionSet options = recordedOptions(study);
    const auto count = static_cast<double>(study.targets.size());
    for (std::size_t t = 0; t < study.targets.size(); ++t)
        addLocalDraws(study.targets[t], study.methods, study.alpha, study.seed, options,
                      context.slice(static_cast<double>(t) / count, static_cast<double>(t + 1) / count));
}

} // namespace penumbra::workflow
