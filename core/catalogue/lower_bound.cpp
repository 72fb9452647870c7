#include "core/catalogue/lower_bound.h"

#include <algorithm>
#include <limits>

namespace penumbra {

void setLowerBound(HeldOut& heldOut, double bound) {
    if (bound > -std::numeric_limits<double>::infinity())
        heldOut.signals[lowerBoundSignal] =
            MatrixD::Constant(static_cast<Eigen::Index>(heldOut.rows.size()), 1, bound);
    else if (heldOut.signals.contains(lowerBoundSignal))
        heldOut.signals.erase(lowerBoundSignal);
}

double lowerBoundOf(const HeldOut& heldOut) {
    const auto found = heldOut.signals.find(lowerBoundSignal);
    return found == heldOut.signals.end() || found->second.size() == 0
               ? -std::numeric_limits<double>::infinity()
               : found->second(0, 0);
}

void cutAtLowerBound(Prediction& prediction, double bound) {
    for (auto* ends : {&prediction.lower, &prediction.upper})
        for (double& end : *ends)
            end = std::max(end, bound);
}

double cutScore(const SplitScores& split, std::size_t row, double truth, double bound) {
    if (truth < bound)
        return std::numeric_limits<double>::infinity();
    return truth == bound ? (split.lower[row] - truth) / split.scale[row] : split.score[row];
}

} // namespace penumbra
