#include "core/eval/paired_drawn.h"

#include "core/base/statistics.h"
#include "core/eval/joint_resampling.h"

#include <algorithm>
#include <cmath>

namespace penumbra {

namespace {

/// Where pair (a, b) of n methods stands.
std::size_t pairIndex(std::size_t a, std::size_t b, std::size_t n) {
    return a * n - a * (a + 1) / 2 + (b - a - 1);
}

/// @param smallest rows of the smaller of calibration and test set
void setFromWorlds(PairedTest& test, const WorldScatter& scatter, double smallest) {
    test.test = "resampled calibration and test";
    if (scatter.worlds < 2 || std::isnan(test.difference))
        return;
    const bool coverage = isProportion(test.metric);
    const double degrees = std::max(1.0, std::min(smallest, static_cast<double>(scatter.worlds)) - 1.0);
    double error = scatter.standardError;
    double p = error > 0.0 ? studentTwoSidedP(test.difference / error, degrees)
                           : (test.difference == 0.0 ? 1.0 : 0.0);
    if (coverage) { // never firmer than what test galaxies alone allow
        error = std::max(error, 0.5 * (test.interval.high - test.interval.low) / normalQuantile(0.975));
        p = std::max(p, test.p);
    }
    const double half = studentQuantile(0.95, degrees) * error;
    test.p = p;
    test.interval = {test.difference - half, test.difference + half};
    if (coverage)
        test.interval = {std::max(-1.0, test.interval.low), std::min(1.0, test.interval.high)};
}

} // namespace

std::string calibrationOf(const TargetStudy& target, const PairedTest& test, const Metric& metric,
                          const PairedOptions& options) {
    if (metric.ofPoint)
        return "";
    const auto neverCalibrated = [&](const std::string& method) {
        const CalibrationPart* part = target.calibrationPart(method);
        return part != nullptr && !part->canBeDrawn();
    };
    const bool draws[] = {target.canDrawCalibration(test.first), target.canDrawCalibration(test.second)};
    const bool never[] = {neverCalibrated(test.first), neverCalibrated(test.second)};
    if (never[0] && never[1])
        return "";
    if (options.givenCalibration || !isResampled(test.metric) || (!draws[0] && !draws[1]))
        return "given";
    return (draws[0] || never[0]) && (draws[1] || never[1]) ? "drawn" : "partly";
}

bool isDrawn(const PairedTest& test) {
    return test.calibration == "drawn" || test.calibration == "partly";
}

void drawCalibration(const TargetStudy& target, std::span<const std::string> methods,
                     const PairedOptions& options, std::vector<PairedTest>& tests,
                     const RunContext& context) {
    if (std::none_of(tests.begin(), tests.end(), isDrawn))
        return;
    JointOptions joint;
    joint.replicates = std::min(options.replicates, jointReplicates);
    joint.seed = options.seed;
    joint.finiteOnly = options.convention == "finite";
    const JointWorlds worlds = resampleJointly(target, methods, joint, context);
    const auto place = [&](const std::string& method) {
        return static_cast<std::size_t>(std::find(methods.begin(), methods.end(), method) - methods.begin());
    };
    const auto calibrationRows = static_cast<double>(target.heldOut.calibrationCount());
    for (PairedTest& test : tests) {
        if (!isDrawn(test))
            continue;
        const std::size_t pair = pairIndex(place(test.first), place(test.second), methods.size());
        setFromWorlds(test, scatterOf(worlds.pairs[pair], worldValue(test.metric)),
                      std::min(calibrationRows, static_cast<double>(test.n)));
    }
}

} // namespace penumbra
