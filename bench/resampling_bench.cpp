// Seconds of drawing calibration and test galaxies anew for a whole study's comparison.
// bench_resampling [calibration rows] [test rows] [resamples] [threads] [methods that can be drawn, of 9]
#include "bench/measure.h"
#include "core/base/rng.h"
#include "core/eval/joint_resampling.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

using namespace penumbra;
using namespace penumbra::bench;

namespace {

constexpr int methodCount = 9;

/// Errors that grow with a scale; methods told the scale more or less well, the last ones never calibrated.
TargetStudy studyOf(std::size_t calibrationRows, std::size_t testRows, int drawable) {
    Rng rng(1);
    TargetStudy target;
    target.name = "z";
    const std::size_t n = calibrationRows + testRows;
    MatrixD mean(static_cast<Eigen::Index>(n), 1);
    std::vector<double> scale, error;
    for (std::size_t i = 0; i < n; ++i) {
        const double prediction = rng.normal();
        scale.push_back(std::exp(0.5 * rng.normal()));
        error.push_back(scale.back() * rng.normal());
        mean(static_cast<Eigen::Index>(i), 0) = prediction;
        target.heldOut.rows.push_back(static_cast<std::int64_t>(i));
        target.heldOut.isTest.push_back(i >= calibrationRows);
        target.heldOut.truth.push_back(prediction + error.back());
    }
    target.heldOut.signals["mean"] = mean;
    for (int m = 0; m < methodCount; ++m) {
        const double power = 0.2 * m; // 0: one width for all
        Prediction prediction;
        prediction.method = "method " + std::to_string(m + 1);
        auto part = std::make_shared<CalibrationPart>();
        SplitScores split;
        for (std::size_t i = 0; i < n; ++i) {
            const double own = std::pow(scale[i], power), centre = mean(static_cast<Eigen::Index>(i), 0);
            const double score = std::abs(error[i]) / own;
            if (i < calibrationRows) {
                split.calibration.push_back(score);
                continue;
            }
            split.lower.push_back(centre);
            split.upper.push_back(centre);
            split.scale.push_back(own);
            split.score.push_back(score);
            prediction.mean.push_back(centre);
            prediction.lower.push_back(centre - 1.64 * own);
            prediction.upper.push_back(centre + 1.64 * own);
        }
        if (m < drawable)
            part->split = std::move(split);
        target.calibrationParts[prediction.method] = std::move(part);
        target.predictions.push_back(std::move(prediction));
    }
    return target;
}

} // namespace

int main(int argc, char** argv) {
    const auto argument = [&](int i, int standard) { return argc > i ? std::atoi(argv[i]) : standard; };
    const int calibrationRows = argument(1, 14934), testRows = argument(2, 11362), threads = argument(4, 2);
    const TargetStudy target = studyOf(static_cast<std::size_t>(calibrationRows),
                                       static_cast<std::size_t>(testRows), argument(5, methodCount));
    std::vector<std::string> methods;
    for (const Prediction& prediction : target.predictions)
        methods.push_back(prediction.method);
    JointOptions options;
    options.replicates = argument(3, 1000);
    RunContext context;
    context.threads = threads;
    for (const bool pairs : {false, true}) {
        options.pairs = pairs;
        const double cpu = cpuSeconds();
        const auto begin = Clock::now();
        const JointWorlds worlds = resampleJointly(target, methods, options, context);
        std::printf(
            "%d methods%s, %d calibration, %d test galaxies, %d resamples, %d threads: %.2f s, %.2f CPU s "
            "(mean width of the first: %.4f)\n",
            methodCount, pairs ? " and all pairs" : "", calibrationRows, testRows, options.replicates,
            threads, secondsSince(begin), cpuSeconds() - cpu, worlds.methods[0][0].meanWidth);
    }
    return 0;
}
