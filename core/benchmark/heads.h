#pragma once

#include "core/base/run_context.h"
#include "core/catalogue/matrix.h"

#include <cstdint>
#include <span>
#include <vector>

namespace penumbra::benchmark {

/// Heads of the paper's protocols: D -> 256 (GELU) -> 1 on standardised inputs, squared error. What the paper
/// leaves open is ours: AdamW, cosine to 0, a tenth of the training galaxies watched, the best epoch kept.
struct HeadOptions {
    int seeds = 3;    ///< heads a target, that differ in everything drawn
    int epochs = 100; ///< at most
    int batch = 256;  ///< at most an eighth of the training galaxies, at least 16
    int hidden = 256;
    double learningRate = 1e-3, weightDecay = 1e-2;
    double validationFraction = 0.1;
    std::uint64_t seed = 0;
};

/// Trains a head a target and seed on the rows `training`, all in one pass, and lets them predict every row.
/// @param inputs [rows, D] @param labels [rows, targets], NaN = none @param others more matrices of the same
/// width to predict @returns of inputs, then of each of the others: [rows, targets x seeds], seed fastest
std::vector<MatrixD> trainHeads(const MatrixF& inputs, std::span<const std::int32_t> training,
                                const MatrixD& labels, const HeadOptions& options, const RunContext& context,
                                std::span<const MatrixF* const> others = {});

} // namespace penumbra::benchmark
