// Seconds per network and epoch of training and prediction at the size of the paper's data.
// bench_heads [networks] [rows] [inputs] [epochs] [threads] [networks per pass] [batch] [hidden, one layer if
// < 0] [float32|tf32|bfloat16] [cpu|cuda]
#include "bench/measure.h"
#include "core/base/rng.h"
#include "core/heads/trainer.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

using namespace penumbra;
using namespace penumbra::bench;

namespace {
std::vector<heads::NetworkSpec> makeNetworks(int count, const MatrixF& inputs,
                                             const std::vector<int>& hidden) {
    std::vector<heads::NetworkSpec> networks;
    for (int k = 0; k < count; ++k) {
        heads::NetworkSpec spec;
        spec.name = std::to_string(k);
        spec.shape.inputs = static_cast<int>(inputs.cols());
        spec.shape.hidden = hidden;
        spec.seed = static_cast<std::uint64_t>(k);
        for (Eigen::Index i = 0; i < inputs.rows(); ++i)
            spec.labels.push_back(std::sin(static_cast<double>(inputs(i, k % inputs.cols()))));
        networks.push_back(std::move(spec));
    }
    return networks;
}
} // namespace

int main(int argc, char** argv) {
    const auto argument = [&](int i, int standard) { return argc > i ? std::atoi(argv[i]) : standard; };
    const int networks = argument(1, 25), rows = argument(2, 34844), columns = argument(3, 768),
              epochs = argument(4, 3);
    const int width = argument(8, 256);
    RunContext context;
    context.threads = argument(5, 2);
    heads::TrainingOptions options;
    options.epochs = epochs + 3;
    options.networksPerPass = argument(6, 0);
    options.batch = argument(7, 512);
    const std::string precision = argc > 9 ? argv[9] : "float32";
    if (precision != "float32")
        options.precision =
            precision == "tf32" ? heads::Precision::TensorFloat32 : heads::Precision::BFloat16;
    if (argc > 10)
        context.device = argv[10];
    context.say = [](const std::string& line) { std::printf("note: %s\n", line.c_str()); };

    MatrixF inputs(rows, columns);
    Rng rng(1);
    for (Eigen::Index i = 0; i < inputs.size(); ++i)
        inputs.data()[i] = static_cast<float>(2.0 * rng.uniform() - 1.0);
    const std::vector<int> hidden = width < 0 ? std::vector<int>{-width} : std::vector<int>{width, width};
    const double inputMegabytes = peakMegabytes();
    auto begin = Clock::now();
    heads::Trainer trainer(inputs, makeNetworks(networks, inputs, hidden), options, context);
    std::printf("set-up %.2f s\n", secondsSince(begin));
    // A GPU's first epochs load kernels and record graphs.
    const int first = context.device == "cpu" ? 0 : 3;
    begin = Clock::now();
    trainer.runUntil(first, context);
    if (first > 0)
        std::printf("first %d epochs %.3f s\n", first, secondsSince(begin));
    begin = Clock::now();
    const double cpuBefore = cpuSeconds();
    const auto reports = trainer.runUntil(first + epochs, context);
    const double cpu = (cpuSeconds() - cpuBefore) / epochs / networks;
    const double mean = secondsSince(begin) / epochs;
    double best = mean; // a GPU's epochs are shorter than the trainer's looks at the clock
    for (const auto& report : reports)
        if (context.device == "cpu")
            best = std::min(best, report.seconds);
    const double products = 2.0 * columns * std::abs(width) + (width < 0 ? 0.0 : 3.0 * width * width);
    const double gigaflop = 2e-9 * rows * products * networks;
    std::printf(
        "training: %.4f s per epoch (best %.4f) = %.5f s per network and epoch (best %.5f), %.0f GFLOP/s\n",
        mean, best, mean / networks, best / networks, gigaflop / mean);
    std::printf("          %.4f CPU seconds per network and epoch, %.0f GFLOP per CPU second\n", cpu,
                gigaflop / networks / cpu);
    const auto trained = trainer.networks();
    const MatrixF some = inputs.topRows(std::min(rows, 11362));
    if (context.device != "cpu") { // likewise
        trained.predict(some, context);
        trained.dropout(0, some, 0.1, 5, 0, context);
    }
    begin = Clock::now();
    trained.predict(inputs, context);
    std::printf("prediction: %.3f s\n", secondsSince(begin));
    begin = Clock::now();
    const double dropoutBefore = cpuSeconds();
    trained.dropout(0, some, 0.1, 50, 0, context);
    std::printf("dropout, 50 passes over %d rows: %.3f s, %.3f CPU seconds\n", static_cast<int>(some.rows()),
                secondsSince(begin), cpuSeconds() - dropoutBefore);
    std::printf("memory: %.0f MB with the inputs, %.0f MB at most\n", inputMegabytes, peakMegabytes());
    return 0;
}
