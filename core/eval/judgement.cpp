#include "core/eval/judgement.h"

#include "core/eval/evaluate.h"
#include "core/eval/metric_roles.h"
#include "core/eval/oracle.h"

#include <algorithm>
#include <cmath>

namespace penumbra {

namespace {

Interval bandOfRows(std::size_t n, std::size_t calibrationRows, double alpha, double confidence) {
    return calibrationRows > 0 ? splitConformalBand(calibrationRows, n, alpha, confidence)
                               : binomialBand(n, alpha, confidence);
}

/// Labelled test rows, with the base prediction that cuts them.
struct CutRows {
    std::vector<std::size_t> row; ///< among the test rows
    std::vector<double> truth;
    Bins bins;
};

CutRows cutByPrediction(const TargetStudy& target) {
    CutRows cut;
    const std::vector<double> truth = target.testTruth(), base = target.basePrediction();
    std::vector<double> variable;
    for (std::size_t i = 0; i < base.size(); ++i)
        if (std::isfinite(truth[i]) && std::isfinite(base[i])) {
            cut.row.push_back(i);
            cut.truth.push_back(truth[i]);
            variable.push_back(base[i]);
        }
    if (!variable.empty())
        cut.bins = makeBins(variable, Binning());
    return cut;
}

std::vector<WeakBin> weakBins(const CutRows& cut, const Prediction& prediction, const TargetStudy& target,
                              double alpha, std::size_t methods) {
    std::vector<WeakBin> weak;
    const std::size_t calibrationRows = target.heldOut.calibrationCount();
    std::vector<std::size_t> covered(cut.bins.size(), 0);
    for (std::size_t i = 0; i < cut.row.size(); ++i)
        if (cut.bins.binOfRow[i] >= 0)
            covered[static_cast<std::size_t>(cut.bins.binOfRow[i])] +=
                covers(prediction, cut.row[i], cut.truth[i]) ? 1 : 0;
    const double level = 0.05 / static_cast<double>(std::max<std::size_t>(1, cut.bins.size() * methods));
    for (std::size_t bin = 0; bin < cut.bins.size(); ++bin) {
        const std::size_t n = cut.bins.count[bin];
        const double coverage = static_cast<double>(covered[bin]) / static_cast<double>(n);
        if (n > 0 && coverage < bandOfRows(n, calibrationRows, alpha, 1.0 - level).low)
            weak.push_back({cut.bins.edges[bin], cut.bins.edges[bin + 1], coverage,
                            static_cast<std::int64_t>(n), bin + 1 == cut.bins.size(),
                            bandOfRows(n, calibrationRows, alpha, 0.95)});
    }
    std::stable_sort(weak.begin(), weak.end(),
                     [](const WeakBin& a, const WeakBin& b) { return a.coverage < b.coverage; });
    return weak;
}

/// Strata without a band (too few calibration rows) are not judged.
bool isBelowItsBand(const Score* stratum) {
    return stratum != nullptr && stratum->value < stratum->oracleLow;
}

} // namespace

Interval perfectBand(const Score& score, std::size_t calibrationRows) {
    if (isOverallCoverage(score))
        return bandOfRows(static_cast<std::size_t>(score.n), calibrationRows, score.alpha, 0.95);
    return {score.oracleLow, score.oracleHigh};
}

bool couldBePerfect(const Score& score, std::size_t calibrationRows) {
    return perfectBand(score, calibrationRows).low <= score.value &&
           score.nInfinite < std::max<std::int64_t>(1, score.n);
}

bool coversEnough(const Score& score, std::size_t calibrationRows) {
    return score.value >= 1.0 - score.alpha || couldBePerfect(score, calibrationRows);
}

std::vector<Judgement> judge(const Study& study, const TargetStudy& target) {
    std::vector<Judgement> judgements;
    const std::size_t calibrationRows = target.heldOut.calibrationCount();
    const CutRows cut = cutByPrediction(target);
    for (const std::string& method : study.methods) {
        const Prediction* prediction = target.prediction(method);
        Judgement one;
        one.method = method;
        one.overall = study.score(target.name, method, mainCoverage(Stratum::All).id);
        if (prediction == nullptr || one.overall == nullptr || one.overall->n == 0)
            continue;
        one.tail = study.score(target.name, method, mainCoverage(Stratum::Tail).id);
        one.worst = study.score(target.name, method, mainCoverage(Stratum::WorstTenth).id);
        one.width = study.score(target.name, method, mainWidth().id);
        one.weakTail = isBelowItsBand(one.tail);
        one.weakWorst = isBelowItsBand(one.worst);
        one.above = one.overall->value > perfectBand(*one.overall, calibrationRows).high;
        one.weakBins = weakBins(cut, *prediction, target, study.alpha, target.predictions.size());
        using Verdict = Judgement::Verdict;
        one.verdict = one.overall->nInfinite >= one.overall->n                 ? Verdict::SaysNothing
                      : !coversEnough(*one.overall, calibrationRows)           ? Verdict::CoversTooLittle
                      : one.weakTail || one.weakWorst || !one.weakBins.empty() ? Verdict::OnAverageOnly
                                                                               : Verdict::Holds;
        judgements.push_back(std::move(one));
    }
    return judgements;
}

} // namespace penumbra
