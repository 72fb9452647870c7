#include "core/eval/class_sets.h"

#include "core/base/error.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

namespace penumbra {

std::vector<double> classProbabilities(std::span<const double> logits) {
    const double largest = *std::max_element(logits.begin(), logits.end());
    std::vector<double> p;
    double sum = 0.0;
    for (const double value : logits) {
        p.push_back(std::exp(value - largest));
        sum += p.back();
    }
    for (double& value : p)
        value /= sum;
    return p;
}

std::vector<double> classScores(std::span<const double> probabilities, const ClassScoreOptions& options,
                                std::span<const double> u) {
    const std::size_t count = probabilities.size();
    std::vector<double> scores(count);
    if (options.score == ClassScore::Lac) {
        std::transform(probabilities.begin(), probabilities.end(), scores.begin(),
                       [](double p) { return 1.0 - p; });
        return scores;
    }
    if (u.size() != 1 && u.size() != count)
        throw Error("scores of classes: " + std::to_string(u.size()) + " uniforms for " +
                    std::to_string(count) + " classes; give one, or one each.");
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return probabilities[a] > probabilities[b]; });
    double sum = 0.0;
    for (std::size_t place = 0; place < count; ++place) {
        const double p = probabilities[order[place]];
        sum += p;
        double score = sum - p * (u.size() == 1 ? u[0] : u[place]);
        if (options.score == ClassScore::Raps && place + 1 > options.freeRanks)
            score += options.penalty * static_cast<double>(place + 1 - options.freeRanks);
        scores[order[place]] = score;
    }
    return scores;
}

double classThreshold(std::vector<double> scores, double alpha) {
    // 1 - alpha is a rounded number: 15 of 19 rows must stay 15.
    const double wanted = static_cast<double>(scores.size() + 1) * (1.0 - alpha);
    const auto rank = static_cast<std::size_t>(std::ceil(wanted - 1e-9));
    if (rank > scores.size())
        return std::numeric_limits<double>::infinity();
    if (rank == 0)
        return -std::numeric_limits<double>::infinity();
    const auto at = scores.begin() + static_cast<std::ptrdiff_t>(rank - 1);
    std::nth_element(scores.begin(), at, scores.end());
    return *at;
}

std::vector<std::uint8_t> classSet(std::span<const double> scores, double threshold,
                                   std::span<const double> probabilities, bool atLeastOne) {
    std::vector<std::uint8_t> set;
    for (const double score : scores)
        set.push_back(score <= threshold ? 1 : 0);
    if (atLeastOne)
        set[static_cast<std::size_t>(std::max_element(probabilities.begin(), probabilities.end()) -
                                     probabilities.begin())] = 1;
    return set;
}

ClassSetSummary summarise(std::span<const std::uint8_t> sets, std::span<const std::size_t> labels,
                          std::size_t classes) {
    ClassSetSummary summary;
    std::vector<double> covered(classes, 0.0), rows(classes, 0.0);
    for (std::size_t r = 0; r < labels.size(); ++r) {
        const auto set = sets.subspan(r * classes, classes);
        const auto size = std::count(set.begin(), set.end(), std::uint8_t{1});
        summary.meanSize += static_cast<double>(size);
        summary.emptyShare += size == 0 ? 1.0 : 0.0;
        rows.at(labels[r]) += 1.0;
        covered[labels[r]] += set[labels[r]];
    }
    const auto n = static_cast<double>(labels.size());
    summary.coverage = std::accumulate(covered.begin(), covered.end(), 0.0) / n;
    summary.meanSize /= n;
    summary.emptyShare /= n;
    for (std::size_t k = 0; k < classes; ++k)
        summary.coverageOfClass.push_back(rows[k] > 0 ? covered[k] / rows[k]
                                                      : std::numeric_limits<double>::quiet_NaN());
    return summary;
}

} // namespace penumbra
