#include "core/manifold/retrieval.h"

#include "core/base/error.h"
#include "core/base/parallel_for.h"
#include "core/base/rng.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <numeric>
#include <string>

namespace penumbra::manifold {

namespace {

double gainOf(double relevance, Gains gains) {
    return gains == Gains::Linear ? relevance : std::exp2(relevance) - 1.0;
}

double discount(std::size_t place) { // from 0
    return 1.0 / std::log2(static_cast<double>(place) + 2.0);
}

double quantileOf(const std::vector<double>& sorted, double level) {
    const double place = level * static_cast<double>(sorted.size() - 1);
    const auto low = static_cast<std::size_t>(place);
    const std::size_t high = std::min(low + 1, sorted.size() - 1);
    return sorted[low] + (place - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

} // namespace

std::vector<double> cosineSimilarities(const MatrixF& rows, const Eigen::VectorXd& query, int threads) {
    if (query.size() != rows.cols())
        throw Error("a query of " + std::to_string(query.size()) + " features does not fit rows of " +
                    std::to_string(rows.cols()));
    const double length = query.norm();
    std::vector<double> similarity(static_cast<std::size_t>(rows.rows()));
    parallelFor(similarity.size(), threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const Eigen::VectorXd row = rows.row(static_cast<Eigen::Index>(i)).cast<double>().transpose();
            const double scale = length * row.norm();
            similarity[i] = scale > 0.0 ? std::clamp(row.dot(query) / scale, -1.0, 1.0) : 0.0; // rounding
        }
    });
    return similarity;
}

Similar mostSimilar(const std::vector<double>& similarity, std::size_t n,
                    const std::vector<std::uint8_t>& leftOut) {
    Similar best;
    for (std::size_t i = 0; i < similarity.size(); ++i)
        if (leftOut.empty() || !leftOut[i])
            best.row.push_back(static_cast<std::uint32_t>(i));
    const auto last = best.row.begin() + static_cast<std::ptrdiff_t>(std::min(n, best.row.size()));
    std::partial_sort(best.row.begin(), last, best.row.end(), [&](std::uint32_t a, std::uint32_t b) {
        return similarity[a] > similarity[b] || (similarity[a] == similarity[b] && a < b);
    });
    best.row.erase(last, best.row.end());
    for (const auto row : best.row)
        best.similarity.push_back(similarity[row]);
    return best;
}

double ndcg(std::span<const double> similarity, std::span<const double> relevance, std::size_t depth,
            Gains gains, Ties ties) {
    const std::size_t n = similarity.size(), deep = std::min(depth, n);
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return similarity[a] > similarity[b]; });
    double reached = 0.0;
    for (std::size_t begin = 0; begin < deep;) {
        std::size_t end = begin + 1;
        while (ties == Ties::Mean && end < n && similarity[order[end]] == similarity[order[begin]])
            ++end;
        double gain = 0.0;
        for (std::size_t i = begin; i < end; ++i)
            gain += gainOf(relevance[order[i]], gains) / static_cast<double>(end - begin);
        for (std::size_t i = begin; i < std::min(end, deep); ++i)
            reached += gain * discount(i);
        begin = end;
    }
    std::vector<double> best(relevance.begin(), relevance.end());
    std::partial_sort(best.begin(), best.begin() + static_cast<std::ptrdiff_t>(deep), best.end(),
                      std::greater<>());
    double possible = 0.0;
    for (std::size_t i = 0; i < deep; ++i)
        possible += gainOf(best[i], gains) * discount(i);
    return possible > 0.0 ? reached / possible : 0.0;
}

std::vector<double> relevanceByValue(const std::vector<double>& values, std::size_t query) {
    std::vector<double> sorted;
    std::copy_if(values.begin(), values.end(), std::back_inserter(sorted),
                 [](double v) { return std::isfinite(v); });
    std::vector<double> relevance(values.size(), 0.0);
    if (sorted.empty() || !std::isfinite(values[query]))
        return relevance;
    std::sort(sorted.begin(), sorted.end());
    const double scale = 0.1 * (quantileOf(sorted, 0.75) - quantileOf(sorted, 0.25));
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double apart = std::abs(values[i] - values[query]);
        if (std::isfinite(apart))
            relevance[i] = scale > 0.0 ? std::max(0.0, 1.0 - apart / scale) : (apart == 0.0 ? 1.0 : 0.0);
    }
    return relevance;
}

RetrievalQuality retrievalQuality(const MatrixF& rows, const std::vector<double>& values,
                                  const std::vector<std::size_t>& queries, std::uint64_t seed,
                                  const RunContext& context) {
    constexpr std::size_t shuffles = 200;
    RetrievalQuality quality;
    quality.queries = queries.size();
    Rng rng(seed, 0x2d1c);
    double found = 0.0, random = 0.0;
    std::size_t counted = 0, shuffled = 0;
    const std::size_t each = std::max<std::size_t>(1, shuffles / std::max<std::size_t>(1, queries.size()));
    for (std::size_t q = 0; q < queries.size(); ++q) {
        context.step(static_cast<double>(q) / static_cast<double>(queries.size()),
                     "looking up similar galaxies");
        const std::size_t query = queries[q];
        std::vector<double> similarity = cosineSimilarities(
            rows, rows.row(static_cast<Eigen::Index>(query)).cast<double>(), context.threads);
        std::vector<double> relevance = relevanceByValue(values, query);
        similarity.erase(similarity.begin() + static_cast<std::ptrdiff_t>(query));
        relevance.erase(relevance.begin() + static_cast<std::ptrdiff_t>(query));
        if (*std::max_element(relevance.begin(), relevance.end()) <= 0.0) {
            ++quality.withoutRelevant;
            continue;
        }
        found += ndcg(similarity, relevance);
        ++counted;
        for (std::size_t i = 0; i < each; ++i, ++shuffled) {
            for (double& value : similarity)
                value = rng.uniform();
            random += ndcg(similarity, relevance);
        }
    }
    quality.ndcg = counted > 0 ? found / static_cast<double>(counted) : 0.0;
    quality.random = shuffled > 0 ? random / static_cast<double>(shuffled) : 0.0;
    return quality;
}

} // namespace penumbra::manifold
