#include "core/uq/repairs/thresholds.h"

#include "core/base/error.h"
#include "core/base/statistics.h"
#include "core/uq/conformal.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>

namespace penumbra::uq {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

void checkLengths(std::size_t scores, std::size_t others, const char* what) {
    if (scores != others)
        throw Error("There are " + std::to_string(scores) + " calibration scores, but " +
                    std::to_string(others) + " " + what);
}

/// Indices of the scores that are known, ascending by (score, index).
std::vector<std::size_t> ascending(std::span<const double> scores) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < scores.size(); ++i)
        if (!std::isnan(scores[i]))
            order.push_back(i);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
    return order;
}

double quantileOf(std::vector<double> scores, double alpha) {
    std::erase_if(scores, [](double s) { return std::isnan(s); });
    return scores.empty() ? infinite : conformalQuantile(scores, alpha, QuantileRule::FiniteSample);
}

} // namespace

GroupThresholds groupThresholds(std::span<const double> scores, std::span<const double> groups,
                                std::span<const double> testGroups, double alpha) {
    checkLengths(scores.size(), groups.size(), "groups");
    std::map<double, std::vector<double>> byGroup;
    for (std::size_t i = 0; i < scores.size(); ++i)
        if (!std::isnan(scores[i]))
            byGroup[groups[i]].push_back(scores[i]);
    std::map<double, double> threshold;
    for (const auto& [group, own] : byGroup)
        threshold[group] = quantileOf(own, alpha);
    GroupThresholds out;
    for (const double group : testGroups) {
        const auto found = threshold.find(group);
        out.threshold.push_back(found == threshold.end() ? infinite : found->second);
        out.size.push_back(found == threshold.end() ? 0.0 : static_cast<double>(byGroup[group].size()));
    }
    return out;
}

std::vector<double> weightedThresholds(std::span<const double> scores, std::span<const double> weights,
                                       std::span<const double> testWeights, double alpha) {
    checkLengths(scores.size(), weights.size(), "weights");
    const auto order = ascending(scores);
    std::vector<double> cumulated;
    double sum = 0.0;
    for (const std::size_t i : order)
        cumulated.push_back(sum += weights[i]);
    std::vector<double> out;
    for (const double own : testWeights) {
        const double total = sum + own, wanted = (1.0 - alpha) * total;
        // a guard against rounding of the sums, as of conformalRank
        const auto reached =
            std::lower_bound(cumulated.begin(), cumulated.end(), wanted - 1e-12 * std::max(1.0, total));
        out.push_back(reached == cumulated.end()
                          ? infinite
                          : scores[order[static_cast<std::size_t>(reached - cumulated.begin())]]);
    }
    return out;
}

double effectiveRows(std::span<const double> weights) {
    double sum = 0.0, squares = 0.0;
    for (const double weight : weights) {
        sum += weight;
        squares += weight * weight;
    }
    return squares > 0.0 ? sum * sum / squares : 0.0;
}

double smoothedP(std::span<const double> scores, std::span<const double> weights, double ownWeight, double u,
                 double score) {
    checkLengths(scores.size(), weights.size(), "weights");
    double larger = 0.0, equal = ownWeight, total = ownWeight;
    for (std::size_t i = 0; i < scores.size(); ++i) {
        if (std::isnan(scores[i]))
            continue;
        total += weights[i];
        larger += scores[i] > score ? weights[i] : 0.0;
        equal += scores[i] == score ? weights[i] : 0.0;
    }
    return (larger + u * equal) / total;
}

double thresholdOfDescending(std::span<const double> scores, std::span<const double> weights,
                             double ownWeight, double u, double alpha) {
    checkLengths(scores.size(), weights.size(), "weights");
    double total = ownWeight;
    for (const double weight : weights)
        total += weight;
    double above = u * ownWeight; // of scores >= v, beginning at +inf
    if (above > alpha * total)
        return infinite;
    for (std::size_t place = 0; place < scores.size(); ++place) {
        above += weights[place];
        const bool isLastOfTies = place + 1 == scores.size() || scores[place + 1] != scores[place];
        if (isLastOfTies && above > alpha * total)
            return scores[place];
    }
    return -infinite;
}

double smoothedThreshold(std::span<const double> scores, std::span<const double> weights, double ownWeight,
                         double u, double alpha) {
    checkLengths(scores.size(), weights.size(), "weights");
    auto order = ascending(scores);
    std::reverse(order.begin(), order.end());
    std::vector<double> descending, own;
    for (const std::size_t i : order) {
        descending.push_back(scores[i]);
        own.push_back(weights[i]);
    }
    return thresholdOfDescending(descending, own, ownWeight, u, alpha);
}

std::vector<double> gaussianWeights(const MatrixD& rows, std::span<const double> about, double h) {
    const Eigen::Map<const Eigen::RowVectorXd> centre(about.data(), static_cast<Eigen::Index>(about.size()));
    std::vector<double> weights;
    for (Eigen::Index row = 0; row < rows.rows(); ++row)
        weights.push_back(std::exp(-(rows.row(row) - centre).squaredNorm() / (2.0 * h * h)));
    return weights;
}

TwoThresholds twoSidedThresholds(std::span<const double> below, std::span<const double> above, double alpha) {
    return {quantileOf({below.begin(), below.end()}, 0.5 * alpha),
            quantileOf({above.begin(), above.end()}, 0.5 * alpha)};
}

} // namespace penumbra::uq
