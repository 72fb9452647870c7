#include "core/manifold/metric.h"

#include "core/base/error.h"
#include "core/base/parallel_for.h"
#include "core/manifold/hot_loops.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace penumbra::manifold {

std::string_view metricName(Metric metric) {
    return metric == Metric::Cosine ? "cosine" : "euclidean";
}

Metric metricFromName(std::string_view name) {
    if (name == "cosine")
        return Metric::Cosine;
    if (name == "euclidean")
        return Metric::Euclidean;
    throw UsageError("There is no metric '" + std::string(name) + "': choose euclidean or cosine.");
}

namespace {

/// Sum of term(c) over columns, in four chains of additions that need not wait for each other.
template <typename Term>
double sumOver(std::size_t columns, const Term& term) {
    double chains[4] = {};
    std::size_t c = 0;
    for (; c + 4 <= columns; c += 4)
        for (std::size_t chain = 0; chain < 4; ++chain)
            chains[chain] += term(c + chain);
    for (; c < columns; ++c)
        chains[0] += term(c);
    return (chains[0] + chains[1]) + (chains[2] + chains[3]);
}

} // namespace

template <typename T>
double distanceOf(const T* a, const T* b, std::size_t columns, Metric metric) {
    const auto product = [&](const T* x, const T* y) {
        return sumOver(columns,
                       [&](std::size_t c) { return static_cast<double>(x[c]) * static_cast<double>(y[c]); });
    };
    if (metric == Metric::Euclidean)
        return std::sqrt(sumOver(columns, [&](std::size_t c) {
            const double difference = static_cast<double>(a[c]) - static_cast<double>(b[c]);
            return difference * difference;
        }));
    const double first = product(a, a), second = product(b, b);
    if (first == 0.0 || second == 0.0)
        return first == second ? 0.0 : 1.0;
    return std::max(0.0, 1.0 - product(a, b) / std::sqrt(first * second));
}

template <typename T>
template <typename Matrix>
PreparedRows<T>::PreparedRows(const Matrix& rows, Metric metric, int threads,
                              std::span<const std::size_t> chosen)
    : count_(chosen.empty() ? static_cast<std::size_t>(rows.rows()) : chosen.size()) {
    const auto columns = static_cast<std::size_t>(rows.cols());
    const bool cosine = metric == Metric::Cosine;
    width_ = paddedWidth(columns + (cosine ? 1 : 0));
    values_.assign(count_ * width_, T(0));
    parallelFor(count_, threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const auto* from = rows.data() + (chosen.empty() ? i : chosen[i]) * columns;
            T* to = values_.data() + i * width_;
            double square = 0.0;
            for (std::size_t c = 0; c < columns; ++c)
                square += static_cast<double>(from[c]) * static_cast<double>(from[c]);
            const double scale = cosine && square > 0.0 ? 1.0 / std::sqrt(square) : 1.0;
            for (std::size_t c = 0; c < columns; ++c)
                to[c] = static_cast<T>(scale * static_cast<double>(from[c]));
            if (cosine && square == 0.0)
                to[columns] = T(1);
        }
    });
}

template double distanceOf(const float*, const float*, std::size_t, Metric);
template double distanceOf(const double*, const double*, std::size_t, Metric);
template PreparedRows<float>::PreparedRows(const MatrixF&, Metric, int, std::span<const std::size_t>);
template PreparedRows<double>::PreparedRows(const MatrixF&, Metric, int, std::span<const std::size_t>);
template PreparedRows<double>::PreparedRows(const MatrixD&, Metric, int, std::span<const std::size_t>);

} // namespace penumbra::manifold
