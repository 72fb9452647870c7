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

} // namespace

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
