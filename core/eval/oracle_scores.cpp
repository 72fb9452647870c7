#include "core/eval/oracle_scores.h"

#include "core/eval/bootstrap.h"
#include "core/eval/evaluate.h"
#include "core/eval/metric_roles.h"

#include <algorithm>
#include <cmath>

namespace penumbra {

namespace {

void set(Score& score, const OracleBand& band) {
    score.oracleLow = band.calibrated.low;
    score.oracleHigh = band.calibrated.high;
    score.exactLow = band.exact.low;
    score.exactHigh = band.exact.high;
}

} // namespace

OracleScorer::OracleScorer(const TargetStudy& target, double alpha, const OracleOptions& options)
    : alpha_(alpha), options_(options), calibrationRows_(target.heldOut.calibrationCount()) {
    const std::vector<double> truth = target.testTruth();
    for (std::size_t i = 0; i < truth.size(); ++i)
        if (!std::isnan(truth[i]))
            labelled_.push_back(i);
    if (target.heldOut.signals.contains("mean") && calibrationRows_ >= ErrorScales::fewestCalibrationRows)
        worlds_.emplace(target.heldOut);
}

OracleBand OracleScorer::bandOfRows(std::int64_t n) const {
    const auto rows = static_cast<std::size_t>(n);
    const Interval exact = binomialBand(rows, alpha_);
    if (calibrationRows_ == 0 || rows == 0)
        return {exact, exact};
    return {splitConformalBand(calibrationRows_, rows, alpha_), exact};
}

std::vector<OracleBand> OracleScorer::bands(StratumRule rule, const Prediction& prediction, bool finiteOnly,
                                            bool ownCentre, const RunContext& context) {
    const auto key = std::make_pair(static_cast<int>(rule.kind), rule.edges);
    const bool shared = !finiteOnly && !ownCentre;
    if (shared && known_.contains(key))
        return known_.at(key);
    std::vector<std::uint8_t> keep;
    std::vector<double> centre;
    for (const std::size_t row : labelled_) {
        if (finiteOnly)
            keep.push_back(hasFiniteInterval(prediction, row) ? 1 : 0);
        if (ownCentre)
            centre.push_back(prediction.mean[row]);
    }
    rule.keep = keep;
    rule.centre = centre;
    OracleOptions options = options_;
    options.threads = context.threads;
    auto found = oracleBands(*worlds_, alpha_, std::span(&rule, 1), options, context).front();
    if (shared)
        known_[key] = found;
    return found;
}

void OracleScorer::fill(std::vector<Score>& scores, const Prediction& prediction,
                        const EvaluateOptions& options, const RunContext& context) {
    const bool anyInfinite = std::any_of(labelled_.begin(), labelled_.end(), [&](std::size_t row) {
        return !hasFiniteInterval(prediction, row);
    });
    for (Score& score : scores) {
        if (isOverallCoverage(score)) {
            set(score, bandOfRows(score.n));
            continue;
        }
        const Metric* metric = findMetric(score.metric);
        const Stratum stratum = metric != nullptr && metric->isCoverage ? metric->stratum : Stratum::All;
        const bool tail = stratum == Stratum::Tail, worst = stratum == Stratum::WorstTenth;
        if (!worlds_ || (!tail && !worst))
            continue;
        StratumRule rule;
        rule.kind = tail ? StratumRule::Kind::Tails : StratumRule::Kind::WorstTenth;
        const bool finiteOnly = anyInfinite && score.convention == "finite";
        set(score, bands(rule, prediction, finiteOnly, worst && options.rankByOwnCentre, context).front());
    }
}

void OracleScorer::fillBins(std::vector<Score>& scores, const Prediction& prediction, const Bins& bins,
                            const std::string& conditionedOn, const RunContext& context) {
    const bool byOutcome = conditionedOn == "truth" || conditionedOn == "|error|";
    if (byOutcome && !worlds_)
        return;
    std::map<std::string, std::vector<OracleBand>> byConvention;
    for (Score& score : scores) {
        if (score.metric != "coverage_by_bin")
            continue;
        if (!byOutcome) {
            set(score, bandOfRows(score.n));
            continue;
        }
        if (!byConvention.contains(score.convention)) {
            StratumRule rule;
            rule.kind =
                conditionedOn == "truth" ? StratumRule::Kind::TruthBins : StratumRule::Kind::ErrorBins;
            rule.edges = bins.edges;
            const bool anyInfinite = std::any_of(labelled_.begin(), labelled_.end(), [&](std::size_t row) {
                return !hasFiniteInterval(prediction, row);
            });
            byConvention[score.convention] =
                bands(rule, prediction, anyInfinite && score.convention == "finite", false, context);
        }
        const auto at = std::find(bins.label.begin(), bins.label.end(), score.stratum);
        const auto bin = static_cast<std::size_t>(at - bins.label.begin());
        if (bin < byConvention[score.convention].size())
            set(score, byConvention[score.convention][bin]);
    }
}

} // namespace penumbra
