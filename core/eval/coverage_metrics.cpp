#include "core/eval/metrics.h"
#include "core/eval/strata.h"

#include <cmath>
#include <numeric>

namespace penumbra {

namespace {

/// The rows of a convention and which of them are covered.
struct Convention {
    std::string name;
    std::vector<std::size_t> rows;
};

std::vector<Convention> conventions(const Prediction& prediction) {
    Convention all{"all", std::vector<std::size_t>(prediction.lower.size())};
    std::iota(all.rows.begin(), all.rows.end(), std::size_t{0});
    return {std::move(all), {"finite", finiteRows(prediction)}};
}

/// @param counted 1 for the rows that count, [all rows]
void addProportion(const MetricInput& input, Score score, const std::vector<std::uint8_t>& counted,
                   std::span<const std::size_t> rows, std::vector<Score>& out) {
    std::size_t hits = 0;
    for (const std::size_t row : rows)
        hits += counted[row];
    setCounts(score, input.prediction, rows);
    setProportion(score, hits, rows.size(), input.options);
    out.push_back(std::move(score));
}

void addMisses(const MetricInput& input, const char* metric, bool below, std::vector<Score>& out) {
    const auto missed = missedRows(input.prediction, input.truth, below);
    for (const Convention& convention : conventions(input.prediction))
        addProportion(input, emptyScore(input.prediction, metric, convention.name), missed, convention.rows,
                      out);
}

} // namespace

void computeCoverage(const MetricInput& input, std::vector<Score>& out) {
    const auto covered = coveredRows(input.prediction, input.truth);
    for (const Convention& convention : conventions(input.prediction))
        addProportion(input, emptyScore(input.prediction, "coverage", convention.name), covered,
                      convention.rows, out);
}

void computeMissBelow(const MetricInput& input, std::vector<Score>& out) {
    addMisses(input, "miss_below", true, out);
}

void computeMissAbove(const MetricInput& input, std::vector<Score>& out) {
    addMisses(input, "miss_above", false, out);
}

void computeTailCoverage(const MetricInput& input, std::vector<Score>& out) {
    const auto covered = coveredRows(input.prediction, input.truth);
    for (Convention& convention : conventions(input.prediction)) {
        const auto tails = tailRows(std::move(convention.rows), input.truth);
        Score score = emptyScore(input.prediction, "tail_coverage", convention.name);
        score.conditionedOn = "truth";
        score.stratum = "lowest and highest 10 %";
        addProportion(input, std::move(score), covered, tails, out);
    }
}

void computeWorstBinCoverage(const MetricInput& input, std::vector<Score>& out) {
    const auto covered = coveredRows(input.prediction, input.truth);
    const bool own = input.options.rankByOwnCentre || input.basePrediction.empty();
    std::vector<double> error(input.truth.begin(), input.truth.end());
    for (std::size_t i = 0; i < error.size(); ++i)
        error[i] = std::abs(error[i] - (own ? input.prediction.mean[i] : input.basePrediction[i]));
    for (Convention& convention : conventions(input.prediction)) {
        Score score = emptyScore(input.prediction, "worst_bin_coverage", convention.name);
        score.conditionedOn = "|error|";
        score.stratum = own ? "highest 10 %, own centre" : "highest 10 %";
        addProportion(input, std::move(score), covered, worstRows(std::move(convention.rows), error), out);
    }
}

} // namespace penumbra
