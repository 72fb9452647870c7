#pragma once

#include "core/heads/network.h"

#include <cstdint>
#include <span>
#include <vector>

namespace penumbra::heads {

/// @throws UsageError naming the option that is out of range.
void checkOptions(const TrainingOptions& options);

/// Cosine annealing, changed every step: within each of `cycles` equal parts of the training the rate falls
/// from learningRate at the first step towards 0, then restarts.
/// @param step 0-based @param totalSteps of all epochs
double learningRateAt(const TrainingOptions& options, std::int64_t step, std::int64_t totalSteps);

/// Rows that are trained on and rows set aside, both ascending; a function of the options' seed only.
struct RowSplit {
    std::vector<std::int32_t> training;
    std::vector<std::int32_t> validation;
};
RowSplit splitRows(std::int64_t rows, const TrainingOptions& options);

/// The order in which an epoch visits the training rows: a function of seed and epoch, so that a resumed
/// training needs no generator state. A batch that holds all rows keeps their order (it cannot matter, and
/// memory is read in order).
/// @param out [training rows]
void minibatchOrder(std::span<const std::int32_t> training, const TrainingOptions& options,
                    std::uint64_t seed, int epoch, std::span<std::int32_t> out);

} // namespace penumbra::heads
