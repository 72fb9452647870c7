#include "core/uq/conformal.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace penumbra::uq {

namespace {

/// The k-th smallest (1-based); leaves everything after position k-1 at least as large.
double orderStatistic(std::vector<double>& scores, std::size_t k) {
    const auto kth = scores.begin() + static_cast<std::ptrdiff_t>(k - 1);
    std::nth_element(scores.begin(), kth, scores.end());
    return *kth;
}

double interpolatedQuantile(std::vector<double>& scores, double alpha) {
    const double position = static_cast<double>(scores.size() - 1) * (1.0 - alpha);
    const auto below = static_cast<std::size_t>(position);
    const double fraction = position - static_cast<double>(below);
    const double low = orderStatistic(scores, below + 1);
    if (fraction == 0.0 || below + 1 >= scores.size())
        return low;
    const double high =
        *std::min_element(scores.begin() + static_cast<std::ptrdiff_t>(below + 1), scores.end());
    if (low == high) // also where both are infinite
        return low;
    return low + fraction * (high - low);
}

double meanOf(const std::vector<double>& values) {
    double sum = 0.0;
    for (const double value : values)
        sum += value / static_cast<double>(values.size());
    return sum;
}

/// Median, or the mean where the median is 0; 0 for none.
double sizeOf(std::vector<double> values) {
    if (values.empty())
        return 0.0;
    const double median = orderStatistic(values, (values.size() + 1) / 2);
    return median > 0.0 ? median : meanOf(values);
}

} // namespace

double relativeResidualFloor(std::vector<double> errors, std::vector<double> labels) {
    constexpr double part = 1e-5; // of LVD's eps, whose targets have errors of order 1
    for (auto* values : {&errors, &labels})
        std::erase_if(*values, [](double v) { return !std::isfinite(v); });
    if (const double size = sizeOf(errors); size > 0.0)
        return part * size;
    const double centre = meanOf(labels);
    std::vector<double> deviations = labels;
    for (double& value : deviations)
        value = std::abs(value - centre);
    if (const double size = sizeOf(std::move(deviations)); size > 0.0)
        return part * size;
    return centre != 0.0 ? part * std::abs(centre) : part; // all labels are 0: any number does
}

double conformalQuantile(std::span<const double> scores, double alpha, QuantileRule rule) {
    if (!(alpha > 0.0 && alpha < 1.0))
        throw Error("alpha must lie between 0 and 1, but is " + shortestReal(alpha));
    if (scores.empty())
        throw Error(
            "There are no calibration rows, so no conformal quantile; give the calibration set some rows");
    if (std::any_of(scores.begin(), scores.end(), [](double s) { return std::isnan(s); }))
        throw Error("A nonconformity score is NaN; remove calibration rows without truth or prediction");
    std::vector<double> copy(scores.begin(), scores.end());
    if (rule == QuantileRule::Interpolated)
        return interpolatedQuantile(copy, alpha);
    const std::size_t k = conformalRank(copy.size(), alpha);
    return k > copy.size() ? std::numeric_limits<double>::infinity() : orderStatistic(copy, k);
}

} // namespace penumbra::uq
