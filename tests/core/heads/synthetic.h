#pragma once

#include "core/base/rng.h"
#include "core/heads/trainer.h"

#include <cmath>

namespace penumbra::heads {

inline MatrixF normalInputs(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
    Rng rng(seed);
    MatrixF inputs(rows, columns);
    for (Eigen::Index i = 0; i < rows; ++i)
        for (Eigen::Index j = 0; j < columns; ++j)
            inputs(i, j) = static_cast<float>(rng.normal() * (1.0 + static_cast<double>(j)) + 3.0);
    return inputs;
}

/// Smooth labels with a little noise, different for each `kind`.
inline std::vector<double> smoothLabels(const MatrixF& inputs, int kind) {
    Rng rng(1000 + static_cast<std::uint64_t>(kind));
    std::vector<double> labels;
    for (Eigen::Index i = 0; i < inputs.rows(); ++i)
        labels.push_back(10.0 + std::sin(static_cast<double>(inputs(i, 0)) + kind) +
                         0.3 * static_cast<double>(inputs(i, inputs.cols() - 1)) + 0.1 * rng.normal());
    return labels;
}

inline NetworkSpec network(const MatrixF& inputs, std::vector<int> hidden, int kind) {
    NetworkSpec spec;
    spec.name = "network " + std::to_string(kind);
    spec.shape.inputs = static_cast<int>(inputs.cols());
    spec.shape.hidden = std::move(hidden);
    spec.seed = 100 + static_cast<std::uint64_t>(kind);
    spec.labels = smoothLabels(inputs, kind);
    return spec;
}

inline RunContext threads(int count) {
    RunContext context;
    context.threads = count;
    return context;
}

inline MatrixD trainAndPredict(const MatrixF& inputs, std::vector<NetworkSpec> specs,
                               const TrainingOptions& options, int threadCount) {
    Trainer trainer(inputs, std::move(specs), options, threads(threadCount));
    trainer.runUntil(options.epochs, threads(threadCount));
    return trainer.networks().predict(inputs, threads(threadCount));
}

} // namespace penumbra::heads
