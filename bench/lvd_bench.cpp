// Seconds of metric learning and of local intervals at the size of the paper's data.
// bench_lvd [training rows] [columns] [iterations] [targets] [neighbour cap] [threads] [calibration rows]
// [test rows] [loops|cpu|cuda: where metric learning runs; cpu and cuda: on LibTorch tensors]
#include "bench/measure.h"
#include "core/base/rng.h"
#include "core/lvd/local_conditional.h"
#include "core/lvd_device/metric_step_tensors.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

using namespace penumbra;
using namespace penumbra::bench;

namespace {
void learn(const MatrixF& inputs, int iterations, int targets, int cap, const RunContext& context,
           const lvd::StepMaker& steps) {
    std::vector<lvd::MetricTarget> tasks;
    for (int t = 0; t < targets; ++t) {
        lvd::MetricTarget task;
        task.seed = static_cast<std::uint64_t>(t);
        for (Eigen::Index i = 0; i < inputs.rows(); ++i)
            task.values.push_back(std::sin(2.0 * static_cast<double>(inputs(i, t % inputs.cols()))));
        tasks.push_back(std::move(task));
    }
    lvd::MetricOptions options;
    options.iterations = iterations;
    options.maxNeighbours = cap;
    options.patience = -1;
    auto begin = Clock::now();
    lvd::MetricLearner learner(inputs, std::move(tasks), options, context, steps);
    std::printf("standardising %.2f s\n", secondsSince(begin));
    begin = Clock::now();
    const double cpuBefore = cpuSeconds();
    learner.runUntil(iterations, context);
    const double seconds = secondsSince(begin);
    std::printf("metric learning, %d targets, %d iterations, neighbour cap %d: %.2f s (%.2f CPU s), %.4f s "
                "per iteration; loss "
                "%.4f -> %.4f\n",
                targets, iterations, cap, seconds, cpuSeconds() - cpuBefore,
                seconds / std::max(1, iterations), learner.losses(0).front(), learner.losses(0).back());
}

MatrixD normalRows(std::size_t rows, std::uint64_t seed) {
    Rng rng(seed);
    MatrixD p(static_cast<Eigen::Index>(rows), 5);
    for (Eigen::Index i = 0; i < p.size(); ++i)
        p.data()[i] = 2.0 * rng.normal();
    return p;
}

void intervals(std::size_t calibrationRows, std::size_t testRows, const RunContext& context) {
    const MatrixD calibration = normalRows(calibrationRows, 1), test = normalRows(testRows, 2);
    Rng rng(3);
    std::vector<double> plain, scaled;
    for (std::size_t i = 0; i < calibrationRows; ++i) {
        plain.push_back(std::abs(rng.normal()));
        scaled.push_back(plain.back() / (0.5 + rng.uniform()));
    }
    std::vector<double> grid;
    for (int i = 1; i < 100; ++i)
        grid.push_back(0.01 * i);
    const lvd::LocalConditional local(calibration, {plain, scaled});
    for (const std::vector<double>& alphas : {std::vector<double>{0.1}, grid})
        for (int repetition = 0; repetition < 3; ++repetition) {
            const auto begin = Clock::now();
            const double cpuBefore = cpuSeconds();
            const auto answer = local.quantiles(test, alphas, context);
            std::printf("LC and LCMAD, %zu x %zu, %zu alphas: %.3f s (%.3f CPU s); infinite share %.4f\n",
                        testRows, calibrationRows, alphas.size(), secondsSince(begin),
                        cpuSeconds() - cpuBefore, answer.infiniteShare(0.1));
        }
}
} // namespace

int main(int argc, char** argv) {
    const auto argument = [&](int i, int standard) { return argc > i ? std::atoi(argv[i]) : standard; };
    const int rows = argument(1, 34844), columns = argument(2, 768), iterations = argument(3, 500);
    RunContext context;
    context.threads = argument(6, 2);
    lvd::StepMaker steps;
    if (const std::string where = argc > 9 ? argv[9] : "loops"; where != "loops") {
        context.device = where;
        steps = lvd::tensorSteps();
    }
    MatrixF inputs(rows, columns);
    Rng rng(1);
    for (Eigen::Index i = 0; i < inputs.size(); ++i)
        inputs.data()[i] = static_cast<float>(2.0 * rng.uniform() - 1.0);
    if (iterations > 0)
        learn(inputs, iterations, argument(4, 1), argument(5, 0), context, steps);
    std::printf("peak memory %.0f MB, of which inputs %.0f MB\n", peakMegabytes(),
                static_cast<double>(inputs.size()) * sizeof(float) / 1e6);
    intervals(static_cast<std::size_t>(argument(7, 14934)), static_cast<std::size_t>(argument(8, 11362)),
              context);
}
