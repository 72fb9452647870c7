#include "core/manifold/quality.h"

#include "core/base/error.h"
#include "core/base/parallel_for.h"
#include "core/base/rng.h"
#include "core/manifold/hot_loops.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <string>

namespace penumbra::manifold {

namespace {

constexpr std::size_t drawnPairs = 4000;

/// The k nearest by squared distances from one row, itself at infinity; ties by index.
void nearest(const double* squared, std::size_t n, std::size_t k, std::vector<std::uint32_t>& order) {
    order.resize(n);
    std::iota(order.begin(), order.end(), 0U);
    const auto before = [squared](std::uint32_t a, std::uint32_t b) {
        return squared[a] < squared[b] || (squared[a] == squared[b] && a < b);
    };
    std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k - 1), order.end(), before);
    order.resize(k);
    std::sort(order.begin(), order.end());
}

/// Sum of how far beyond k the neighbours of one space rank in the other.
double excessRanks(const double* squared, std::size_t n, std::size_t k,
                   const std::vector<std::uint32_t>& rows) {
    double excess = 0.0;
    for (const std::uint32_t row : rows) {
        std::size_t rank = 1;
        for (std::size_t j = 0; j < n; ++j)
            rank += squared[j] < squared[row] || (squared[j] == squared[row] && j < row) ? 1 : 0;
        if (rank > k)
            excess += static_cast<double>(rank - k);
    }
    return excess;
}

std::vector<double> ranks(const std::vector<double>& values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    std::vector<double> rank(values.size());
    for (std::size_t i = 0; i < order.size();) { // ties share their mean rank
        std::size_t end = i;
        while (end < order.size() && values[order[end]] == values[order[i]])
            ++end;
        for (std::size_t j = i; j < end; ++j)
            rank[order[j]] = 0.5 * static_cast<double>(i + end - 1);
        i = end;
    }
    return rank;
}

template <typename Matrix>
double between(const Matrix& rows, std::uint32_t a, std::uint32_t b, Metric metric) {
    const auto columns = static_cast<std::size_t>(rows.cols());
    return distanceOf(rows.data() + a * columns, rows.data() + b * columns, columns, metric);
}

MatrixF picked(const MatrixF& rows, const std::vector<std::size_t>& chosen) {
    MatrixF few(static_cast<Eigen::Index>(chosen.size()), rows.cols());
    for (std::size_t i = 0; i < chosen.size(); ++i)
        few.row(static_cast<Eigen::Index>(i)) = rows.row(static_cast<Eigen::Index>(chosen[i]));
    return few;
}

} // namespace

template <typename Matrix>
void neighbourQuality(const Matrix& features, const Matrix& map, std::size_t k, Metric metric,
                      MapQuality& quality, const RunContext& context) {
    const auto n = static_cast<std::size_t>(features.rows());
    if (k == 0 || 2 * k >= n)
        throw UsageError("the quality of a map of " + std::to_string(n) + " rows cannot be judged by " +
                         std::to_string(k) + " neighbours: fewer than half the rows are needed.");
    const PreparedRows<double> high(features, metric, context.threads),
        low(map, Metric::Euclidean, context.threads);
    constexpr std::size_t block = 8;
    const std::size_t pieces = (n + block - 1) / block;
    struct Sums {
        double trust = 0.0, continuity = 0.0, shared = 0.0;
    };
    std::vector<Sums> sums(pieces);
    parallelFor(pieces, context.threads, [&](std::size_t begin, std::size_t end) {
        std::vector<double> highSquares(block * n), lowSquares(block * n);
        std::vector<std::uint32_t> highNear, lowNear, both;
        for (std::size_t piece = begin; piece < end; ++piece) {
            context.checkStop();
            const std::size_t first = piece * block, count = std::min(block, n - first);
            hotLoops().squaredDistancesInDouble(high.row(first), count, high.data(), n, high.width(),
                                                highSquares.data(), n);
            hotLoops().squaredDistancesInDouble(low.row(first), count, low.data(), n, low.width(),
                                                lowSquares.data(), n);
            for (std::size_t i = 0; i < count; ++i) {
                double *here = highSquares.data() + i * n, *there = lowSquares.data() + i * n;
                here[first + i] = there[first + i] = std::numeric_limits<double>::infinity();
                nearest(here, n, k, highNear);
                nearest(there, n, k, lowNear);
                sums[piece].trust += excessRanks(here, n, k, lowNear);
                sums[piece].continuity += excessRanks(there, n, k, highNear);
                both.clear();
                std::set_intersection(highNear.begin(), highNear.end(), lowNear.begin(), lowNear.end(),
                                      std::back_inserter(both));
                sums[piece].shared += static_cast<double>(both.size());
            }
        }
    });
    Sums total;
    for (const Sums& part : sums) {
        total.trust += part.trust;
        total.continuity += part.continuity;
        total.shared += part.shared;
    }
    const auto rows = static_cast<double>(n), neighbours = static_cast<double>(k);
    const double scale = 2.0 / (rows * neighbours * (2.0 * rows - 3.0 * neighbours - 1.0));
    quality.trustworthiness = 1.0 - scale * total.trust;
    quality.continuity = 1.0 - scale * total.continuity;
    quality.recall = total.shared / (rows * neighbours);
    quality.k = k;
    quality.rows = n;
}

template <typename Matrix>
double pairSpearman(const Matrix& features, const Matrix& map, const std::vector<Pair>& pairs,
                    Metric metric) {
    std::vector<double> high, low;
    for (const auto& [a, b] : pairs) {
        high.push_back(between(features, a, b, metric));
        low.push_back(between(map, a, b, Metric::Euclidean));
    }
    return rankCorrelation(high, low);
}

template <typename Matrix>
double tripletAccuracy(const Matrix& features, const Matrix& map, const std::vector<Triplet>& triplets,
                       Metric metric) {
    std::size_t kept = 0;
    for (const auto& [anchor, first, second] : triplets) {
        const bool high =
            between(features, anchor, first, metric) < between(features, anchor, second, metric);
        const bool low =
            between(map, anchor, first, Metric::Euclidean) < between(map, anchor, second, Metric::Euclidean);
        kept += high == low ? 1 : 0;
    }
    return static_cast<double>(kept) / static_cast<double>(triplets.size());
}

double pearsonCorrelation(const std::vector<double>& first, const std::vector<double>& second) {
    const auto n = static_cast<Eigen::Index>(first.size());
    const Eigen::ArrayXd x = Eigen::Map<const Eigen::ArrayXd>(first.data(), n),
                         y = Eigen::Map<const Eigen::ArrayXd>(second.data(), n);
    const Eigen::ArrayXd dx = x - x.mean(), dy = y - y.mean();
    return (dx * dy).sum() / std::sqrt(dx.square().sum() * dy.square().sum());
}

double rankCorrelation(const std::vector<double>& first, const std::vector<double>& second) {
    return pearsonCorrelation(ranks(first), ranks(second));
}

MapQuality mapQuality(const MatrixF& features, const MatrixF& map, std::size_t k, Metric metric,
                      std::uint64_t seed, std::size_t mostRows, const RunContext& context) {
    const auto n = static_cast<std::size_t>(features.rows());
    if (n < 4)
        throw UsageError("a map of " + std::to_string(n) + " rows has no quality to judge.");
    Rng rng(seed, 0x9a117);
    MapQuality quality;
    quality.sampled = n > mostRows;
    std::vector<std::size_t> chosen;
    if (quality.sampled) {
        chosen = rng.permutation(n);
        chosen.resize(mostRows);
    }
    const MatrixF few = picked(features, chosen), fewPlaces = picked(map, chosen);
    const MatrixF &high = quality.sampled ? few : features, &low = quality.sampled ? fewPlaces : map;
    const auto rows = static_cast<std::size_t>(high.rows());
    neighbourQuality(high, low, std::clamp<std::size_t>(k, 1, (rows - 1) / 2), metric, quality, context);
    const auto draw = [&] { return static_cast<std::uint32_t>(rng.below(rows)); };
    std::vector<Pair> pairs;
    std::vector<Triplet> triplets;
    while (pairs.size() < drawnPairs)
        if (const Pair pair{draw(), draw()}; pair.first != pair.second)
            pairs.push_back(pair);
    while (triplets.size() < drawnPairs)
        if (const Triplet t{draw(), draw(), draw()}; t[0] != t[1] && t[0] != t[2] && t[1] != t[2])
            triplets.push_back(t);
    quality.spearman = pairSpearman(high, low, pairs, metric);
    quality.triplets = tripletAccuracy(high, low, triplets, metric);
    return quality;
}

template void neighbourQuality(const MatrixF&, const MatrixF&, std::size_t, Metric, MapQuality&,
                               const RunContext&);
template void neighbourQuality(const MatrixD&, const MatrixD&, std::size_t, Metric, MapQuality&,
                               const RunContext&);
template double pairSpearman(const MatrixF&, const MatrixF&, const std::vector<Pair>&, Metric);
template double pairSpearman(const MatrixD&, const MatrixD&, const std::vector<Pair>&, Metric);
template double tripletAccuracy(const MatrixF&, const MatrixF&, const std::vector<Triplet>&, Metric);
template double tripletAccuracy(const MatrixD&, const MatrixD&, const std::vector<Triplet>&, Metric);

} // namespace penumbra::manifold
