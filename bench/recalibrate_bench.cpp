// Time and memory of another alpha: all methods' intervals, and the copy that gets the scores.
// bench_recalibrate [test rows] [calibration rows] [targets]
#include "bench/measure.h"
#include "core/base/json_text.h"
#include "core/base/rng.h"
#include "core/study/options.h"
#include "core/study/run.h"
#include "core/uq/uq_method.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

using namespace penumbra;
using namespace penumbra::bench;

namespace {

constexpr Eigen::Index kernelColumns = 100; ///< of a learned metric: as wide as the head's hidden layer

/// A study as its file holds it: every signal of the nine methods, and the local methods' grids.
Study madeStudy(std::size_t testRows, std::size_t calibrationRows, int targets) {
    OptionSet options;
    workflow::describeStudyOptions(options);
    Study study;
    study.optionsJson = jsonText(options.toJson());
    study.methods = {"LCNet",    "LCAion", "LCMADNet",      "LCMADAion", "VanillaSplit",
                     "MADSplit", "CQR",    "DeepEnsembles", "MCDropout"};
    const std::size_t n = testRows + calibrationRows;
    for (int t = 0; t < targets; ++t) {
        Rng rng(static_cast<std::uint64_t>(t) + 1);
        TargetStudy& target = study.targets.emplace_back();
        target.name = "t" + std::to_string(t);
        for (std::size_t i = 0; i < n; ++i) {
            target.heldOut.rows.push_back(static_cast<std::int64_t>(i));
            target.heldOut.isTest.push_back(i >= calibrationRows);
            target.heldOut.truth.push_back(rng.normal());
        }
        for (const std::string& id : study.methods)
            for (const uq::Signal& signal : uq::findMethod(id).needs(options, 0.1)) {
                const bool kernel = signal.name().starts_with("kernel");
                MatrixD values(static_cast<Eigen::Index>(n), kernel ? kernelColumns : 1);
                for (Eigen::Index i = 0; i < values.size(); ++i)
                    values.data()[i] = std::abs(rng.normal());
                target.heldOut.signals[signal.name()] = values;
            }
        auto grid = std::make_shared<LocalGrid>();
        for (int a = 1; a < 100; ++a)
            grid->alphas.push_back(0.01 * a);
        grid->quantiles.assign(testRows * grid->alphas.size(), 1.0);
        grid->effective.assign(testRows, 50.0);
        for (const char* id : {"LCNet", "LCAion", "LCMADNet", "LCMADAion"})
            target.local[id] = grid;
    }
    return study;
}

} // namespace

int main(int argc, char** argv) {
    const auto argument = [&](int i, int otherwise) { return argc > i ? std::atoi(argv[i]) : otherwise; };
    const Study study = madeStudy(static_cast<std::size_t>(argument(1, 11362)),
                                  static_cast<std::size_t>(argument(2, 14934)), argument(3, 5));
    std::size_t bytes = 0;
    for (const TargetStudy& target : study.targets)
        for (const auto& [name, values] : target.heldOut.signals)
            bytes += static_cast<std::size_t>(values.size()) * sizeof(double);
    std::printf("signals %.0f MB, peak so far %.0f MB\n", static_cast<double>(bytes) / 1e6, peakMegabytes());
    const RunContext context;
    for (const double alpha : {0.2, 0.15, 0.32}) {
        const double cpu = cpuSeconds();
        const auto begin = Clock::now();
        const auto other =
            std::make_shared<const Study>(workflow::recalibrateIntervals(study, alpha, context));
        const double seen = secondsSince(begin); // a window can show them now
        const Study scored = *other;             // the copy that gets the scores
        std::printf(
            "alpha %.2f: intervals after %.3f s, with the copy for scores %.3f s, CPU %.3f s; peak %.0f MB\n",
            alpha, seen, secondsSince(begin), cpuSeconds() - cpu, peakMegabytes());
    }
}
