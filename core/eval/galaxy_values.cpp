#include "core/eval/distributions.h"
#include "core/eval/metrics.h"

#include <cmath>
#include <limits>

namespace penumbra {

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

bool isMissed(const GalaxyInput& galaxy, bool below) {
    const Prediction& p = galaxy.prediction;
    return !covers(p, galaxy.row, galaxy.truth) &&
           liesBelow(p.lower[galaxy.row], galaxy.truth, p.upper[galaxy.row]) == below;
}

} // namespace

double coveredValue(const GalaxyInput& galaxy) {
    return covers(galaxy.prediction, galaxy.row, galaxy.truth) ? 1.0 : 0.0;
}

double missBelowValue(const GalaxyInput& galaxy) {
    return isMissed(galaxy, true) ? 1.0 : 0.0;
}

double missAboveValue(const GalaxyInput& galaxy) {
    return isMissed(galaxy, false) ? 1.0 : 0.0;
}

double widthValue(const GalaxyInput& galaxy) {
    return hasFiniteInterval(galaxy.prediction, galaxy.row) ? intervalWidth(galaxy.prediction, galaxy.row)
                                                            : none;
}

double intervalScoreValue(const GalaxyInput& galaxy) {
    const Prediction& p = galaxy.prediction;
    if (!hasFiniteInterval(p, galaxy.row))
        return none;
    const double halfAlpha = 0.5 * p.alpha;
    return (pinballLoss(halfAlpha, galaxy.truth, p.lower[galaxy.row]) +
            pinballLoss(1.0 - halfAlpha, galaxy.truth, p.upper[galaxy.row])) /
           halfAlpha;
}

double pinballValue(const GalaxyInput& galaxy) {
    return 0.25 * galaxy.prediction.alpha * intervalScoreValue(galaxy);
}

double crpsValue(const GalaxyInput& galaxy) {
    return galaxy.distributions == nullptr ? none : galaxy.distributions->crps(galaxy.row, galaxy.truth);
}

double cdeLossValue(const GalaxyInput& galaxy) {
    return galaxy.distributions == nullptr ? none : galaxy.distributions->cdeLoss(galaxy.row, galaxy.truth);
}

double absoluteErrorValue(const GalaxyInput& galaxy) {
    return std::abs(galaxy.truth - galaxy.prediction.mean[galaxy.row]);
}

} // namespace penumbra
