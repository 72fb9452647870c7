#include "core/eval/tied_widths.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace penumbra {

namespace {

/// Whether finite ends are what single precision can hold, as in tables of float32.
bool isSingle(const std::vector<double>& ends) {
    return std::all_of(ends.begin(), ends.end(), [](double end) {
        return !std::isfinite(end) || static_cast<double>(static_cast<float>(end)) == end;
    });
}

/// By how much rounding can move a row's width: half a unit in the last place of each end and one more where
/// closed ends were moved outwards (setEnds), of centre or end, whichever is larger.
std::vector<double> roundings(const Prediction& prediction) {
    const bool single = isSingle(prediction.lower) && isSingle(prediction.upper);
    const double epsilon = single ? static_cast<double>(std::numeric_limits<float>::epsilon())
                                  : std::numeric_limits<double>::epsilon();
    std::vector<double> out(prediction.lower.size());
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = 4.0 * epsilon * std::max(std::abs(prediction.lower[i]), std::abs(prediction.upper[i]));
    return out;
}

} // namespace

std::vector<double> tiedWidths(const Prediction& prediction) {
    std::vector<double> widths(prediction.lower.size());
    for (std::size_t i = 0; i < widths.size(); ++i)
        widths[i] = intervalWidth(prediction, i);
    std::vector<std::size_t> order(widths.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::erase_if(order, [&](std::size_t i) { return !std::isfinite(widths[i]); });
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return widths[a] < widths[b]; });
    const std::vector<double> rounding = roundings(prediction);
    // From the narrowest of a group on, so that groups do not grow along chains of near neighbours.
    for (std::size_t first = 0, at = 0; at < order.size(); ++at) {
        const double narrowest = widths[order[first]];
        if (widths[order[at]] - narrowest <= rounding[order[first]] + rounding[order[at]])
            widths[order[at]] = narrowest;
        else
            first = at;
    }
    return widths;
}

} // namespace penumbra
