#include "core/eval/score_exchangeability.h"

#include "core/base/text.h"
#include "core/eval/evaluate.h"
#include "core/eval/exchangeability.h"
#include "core/eval/joint_resampling.h"

#include <algorithm>
#include <cmath>

namespace penumbra {

namespace {

constexpr std::size_t fewestRows = 20;

/// Scores of the rows of which something is known.
std::vector<double> known(const std::vector<double>& scores) {
    std::vector<double> kept;
    std::copy_if(scores.begin(), scores.end(), std::back_inserter(kept),
                 [](double score) { return !std::isnan(score); });
    return kept;
}

std::vector<double> knownTestScores(const SplitScores& split) {
    std::vector<double> kept;
    for (std::size_t i = 0; i < split.score.size(); ++i)
        if (!std::isnan(split.score[i]) && std::isfinite(split.scale[i]) && std::isfinite(split.lower[i]))
            kept.push_back(split.score[i]);
    return kept;
}

std::string percent(double share) {
    return formatFixed(100.0 * share, 1) + " %";
}

} // namespace

bool ScoreExchangeability::differ() const {
    return std::any_of(methods.begin(), methods.end(),
                       [](const Method& method) { return method.scoresDiffer || method.belowBand; });
}

ScoreExchangeability testScores(const Study& study, double level) {
    ScoreExchangeability test;
    test.level = level;
    test.alpha = study.alpha;
    for (const TargetStudy& target : study.targets)
        for (const Prediction& prediction : target.predictions) {
            const CalibrationPart* part = target.calibrationPart(prediction.method);
            if (part == nullptr || !part->split) // local methods have no guarantee to test
                continue;
            const SplitScores& split = *part->split;
            const auto calibration = known(split.calibration), scores = knownTestScores(split);
            if (split.interpolated || std::min(calibration.size(), scores.size()) < fewestRows)
                continue;
            ScoreExchangeability::Method found;
            found.target = target.name;
            found.method = prediction.method;
            found.calibrationRows = calibration.size();
            found.testRows = scores.size();
            found.distance = kolmogorovSmirnovDistance(calibration, scores);
            found.p = kolmogorovSmirnovP(found.distance, calibration.size(), scores.size());
            const double q = ScoreOrder(split).quantile(study.alpha);
            found.coverage = static_cast<double>(std::count_if(scores.begin(), scores.end(),
                                                               [q](double score) { return score <= q; })) /
                             static_cast<double>(scores.size());
            test.methods.push_back(std::move(found));
        }
    const auto tests = 2.0 * static_cast<double>(test.methods.size());
    for (auto& method : test.methods) {
        method.lowestCoverage = splitConformalBand(method.calibrationRows, method.testRows, study.alpha,
                                                   1.0 - 2.0 * level / tests)
                                    .low;
        method.scoresDiffer = method.p * tests <= level;
        method.belowBand = method.coverage < method.lowestCoverage;
    }
    return test;
}

std::string inWords(const ScoreExchangeability& test) {
    if (test.methods.empty())
        return {};
    std::vector<std::string> found, looked;
    for (const auto& method : test.methods) {
        const std::string name = method.target + ", " + method.method;
        looked.push_back(name);
        if (!method.scoresDiffer && !method.belowBand)
            continue;
        std::string words = name + ": ";
        if (method.scoresDiffer)
            words += "scores differ (KS " + formatFixed(method.distance, 3) + ", p " +
                     (method.p < 1e-4 ? "< 0.0001" : "= " + formatReal(method.p, 2)) + ")";
        if (method.belowBand)
            words += std::string(method.scoresDiffer ? ", " : "") + "coverage " + percent(method.coverage) +
                     ", where exchangeable galaxies would give " + percent(method.lowestCoverage) +
                     " at the least";
        found.push_back(std::move(words));
    }
    if (found.empty())
        return "calibration and test: no difference found by Kolmogorov-Smirnov between the scores of " +
               joinText(looked, "; ") + ", and no coverage below what chance allows.";
    return "calibration and test are not exchangeable for the guarantee: " + joinText(found, "; ") +
           ". Errors are distributed unlike on the two, whatever the inputs look like: another population, "
           "labels of another quality, or predictions by a code that was trained on the calibration "
           "galaxies.";
}

} // namespace penumbra
