#include "core/study/scores.h"

#include "core/base/json_text.h"
#include "core/base/parallel_for.h"
#include "core/eval/distributions.h"
#include "core/eval/label_errors.h"
#include "core/eval/tied_widths.h"
#include "core/eval/true_distribution.h"
#include "core/nn/device.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

namespace penumbra::workflow {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// The prediction that ranks galaxies for all methods alike: the base head's, else the first method's centre.
std::vector<double> rankingPrediction(const TargetStudy& target) {
    std::vector<double> base = target.basePrediction();
    if (base.empty() && !target.predictions.empty())
        base = target.predictions.front().mean;
    return base;
}

std::vector<double> absoluteErrors(const std::vector<double>& truth, const std::vector<double>& prediction) {
    std::vector<double> errors(truth.size());
    for (std::size_t i = 0; i < truth.size(); ++i)
        errors[i] = std::abs(truth[i] - prediction[i]);
    return errors;
}

std::vector<double> finiteWidths(const Prediction& prediction) {
    std::vector<double> widths = tiedWidths(prediction);
    for (std::size_t i = 0; i < widths.size(); ++i) {
        if (!std::isfinite(widths[i]))
            widths[i] = nan;
    }
    return widths;
}

/// Only labelled rows count towards the edges.
std::vector<double> whereLabelled(std::vector<double> values, const std::vector<double>& truth) {
    for (std::size_t i = 0; i < values.size(); ++i)
        if (std::isnan(truth[i]))
            values[i] = nan;
    return values;
}

void append(std::vector<Score>& scores, std::vector<Score> more) {
    scores.insert(scores.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::size_t labelledCount(const std::vector<double>& truth) {
    std::size_t count = 0;
    for (const double value : truth)
        count += !std::isnan(value);
    return count;
}

/// Scores the targets side by side and puts each one's new scores behind its old ones; those of targets that
/// are not in the study stay last.
void addTargetScores(
    Study& study, const RunContext& context, const TargetFilter& wanted,
    const std::function<std::vector<Score>(const TargetStudy&, const RunContext&)>& scoresOf) {
    const std::size_t count = study.targets.size();
    const int threads = nn::threadCount(context);
    RunContext part = context.quiet();
    const auto isWanted = [&](const TargetStudy& target) { return !wanted || wanted(target); };
    const auto sharing =
        static_cast<int>(std::count_if(study.targets.begin(), study.targets.end(), isWanted));
    part.threads = (threads + sharing - 1) / std::max(1, sharing);
    std::vector<std::vector<Score>> added(count);
    parallelFor(count, threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t t = begin; t < end; ++t)
            if (isWanted(study.targets[t]))
                added[t] = scoresOf(study.targets[t], part);
    });
    std::vector<Score> sorted;
    std::size_t old = 0; // scores of targets in order, as earlier calls left them
    for (std::size_t t = 0; t < count; ++t) {
        for (; old < study.scores.size() && study.scores[old].target == study.targets[t].name; ++old)
            sorted.push_back(std::move(study.scores[old]));
        append(sorted, std::move(added[t]));
    }
    for (; old < study.scores.size(); ++old)
        sorted.push_back(std::move(study.scores[old]));
    study.scores = std::move(sorted);
}

} // namespace

StudyOracle::StudyOracle(const Study& study, const Scoring& scoring) : alpha_(study.alpha) {
    options_.seed = scoring.evaluate.seed;
}

OracleScorer& StudyOracle::of(const TargetStudy& target) {
    std::unique_lock lock(mutex_);
    std::optional<OracleScorer>& scorer = scorers_[target.name];
    lock.unlock();
    if (!scorer)
        scorer.emplace(target, alpha_, options_);
    return *scorer;
}

std::vector<Score> scoreByVariable(const TargetStudy& target, const Prediction& prediction,
                                   const std::vector<double>& variable, const std::string& conditionedOn,
                                   const Scoring& scoring, StudyOracle* oracle, const RunContext& context,
                                   const CalibrationBrackets* brackets) {
    const std::vector<double> truth = target.testTruth();
    const Bins bins = makeBins(whereLabelled(variable, truth), scoring.binning);
    EvaluateOptions options = scoring.forTarget(target.name);
    options.threads = context.threads;
    auto scores = evaluateByBin(prediction, truth, bins, conditionedOn, options);
    if (scoring.givenCalibration)
        CalibrationBrackets::markGiven(scores, target, prediction.method);
    else if (brackets != nullptr)
        brackets->fillBins(scores, bins);
    else
        CalibrationBrackets(target, prediction, options).fillBins(scores, bins);
    if (oracle != nullptr)
        oracle->of(target).fillBins(scores, prediction, bins, conditionedOn, context);
    return scores;
}

std::vector<Score> scorePrediction(const TargetStudy& target, const Prediction& prediction,
                                   const Scoring& scoring, StudyOracle& oracle, const RunContext& context,
                                   bool bins) {
    const std::vector<double> truth = target.testTruth();
    if (labelledCount(truth) == 0)
        return {};
    context.checkStop();
    EvaluateOptions options = scoring.forTarget(target.name);
    options.threads = context.threads;
    const auto distributions = distributionsOf(target, prediction);
    auto scores =
        evaluatePrediction(prediction, truth, target.basePrediction(), options, trueDistributions(target),
                           allMetrics(), distributions ? &*distributions : nullptr);
    std::optional<CalibrationBrackets> brackets;
    if (scoring.givenCalibration)
        CalibrationBrackets::markGiven(scores, target, prediction.method);
    else
        brackets.emplace(target, prediction, options).fill(scores, context);
    oracle.of(target).fill(scores, prediction, options, context);
    if (!bins)
        return scores;
    const std::vector<double> ranking = rankingPrediction(target);
    const auto byBin = [&](const std::vector<double>& variable, const char* name) {
        context.checkStop();
        append(scores, scoreByVariable(target, prediction, variable, name, scoring, &oracle, context,
                                       brackets ? &*brackets : nullptr));
    };
    byBin(truth, "truth");
    byBin(ranking, "prediction");
    byBin(absoluteErrors(truth, ranking), "|error|");
    byBin(finiteWidths(prediction), "width");
    return scores;
}

void addScores(Study& study, const std::string& method, const Scoring& scoring, StudyOracle& oracle,
               const RunContext& context, const TargetFilter& wanted) {
    context.step(0.0, "scoring " + method);
    addTargetScores(study, context, wanted, [&](const TargetStudy& target, const RunContext& part) {
        const Prediction* prediction = target.prediction(method);
        return prediction ? scorePrediction(target, *prediction, scoring, oracle, part)
                          : std::vector<Score>{};
    });
}

void addTrueOracleScores(Study& study, const Scoring& scoring, StudyOracle& oracle, const RunContext& context,
                         const TargetFilter& wanted) {
    addTargetScores(study, context, wanted, [&](const TargetStudy& target, const RunContext& part) {
        const auto truth = trueDistributions(target);
        return truth.empty() ? std::vector<Score>{}
                             : scorePrediction(target, trueOraclePrediction(target, truth, study.alpha),
                                               scoring, oracle, part);
    });
}

void dropBands(Study& study, const std::set<std::string>& targets) {
    for (Score& score : study.scores)
        if (targets.contains(score.target))
            score.oracleLow = score.oracleHigh = score.exactLow = score.exactHigh = nan;
}

std::shared_ptr<const Study> scoredPart(const Study& study, const RowsOf& rowsOf, const Scoring& scoring,
                                        const RunContext& context) {
    auto part = std::make_shared<Study>(study);
    part->scores.clear();
    std::set<std::string> byOutcome;
    for (TargetStudy& target : part->targets) {
        const NamedRows chosen = rowsOf(target);
        if (chosen.byOutcome)
            byOutcome.insert(target.name);
        keepRows(target, chosen.rows);
    }
    StudyOracle oracle(*part, scoring);
    for (const std::string& method : part->methods)
        addTargetScores(*part, context, {}, [&](const TargetStudy& target, const RunContext& quiet) {
            const Prediction* prediction = target.prediction(method);
            return prediction ? scorePrediction(target, *prediction, scoring, oracle, quiet, false)
                              : std::vector<Score>{};
        });
    dropBands(*part, byOutcome);
    return part;
}

nlohmann::json labelErrorsJson(const Study& study) {
    nlohmann::json json = nlohmann::json::object();
    for (const TargetStudy& target : study.targets)
        if (const LabelErrorShare found = labelErrorShare(target, study.seed); found.known())
            json[target.name] = {{"share_of_squared_residual", found.share},
                                 {"low", found.interval.low},
                                 {"high", found.interval.high},
                                 {"n", found.rows},
                                 {"n_labelled", found.labelled}};
    return json;
}

nlohmann::json toJson(const Score& score) {
    return {{"target", score.target},           {"method", score.method},
            {"metric", score.metric},           {"alpha", score.alpha},
            {"convention", score.convention},   {"conditioned_on", score.conditionedOn},
            {"stratum", score.stratum},         {"value", jsonReal(score.value)},
            {"low", jsonReal(score.low)},       {"high", jsonReal(score.high)},
            {"oracle_low", score.oracleLow},    {"oracle_high", score.oracleHigh},
            {"exact_low", score.exactLow},      {"exact_high", score.exactHigh},
            {"calibration", score.calibration}, {"n", score.n},
            {"n_infinite", score.nInfinite},    {"n_crossed", score.nCrossed}};
}

} // namespace penumbra::workflow
