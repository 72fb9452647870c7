#pragma once

// Internal: sees torch.
#include "core/heads/parameters.h"
#include "core/heads/pass.h"
#include "core/heads/schedule.h"
#include "core/heads/training_rows.h"
#include "core/nn/work_graph.h"

#include <map>
#include <optional>

namespace penumbra::heads {

/// What all groups of a training share.
struct TrainingPlan {
    NetworkShape shape;
    TrainingOptions options;
    RowSplit split;
    RowOrder validationOrder;
    at::Device device = at::kCPU;
    /// Rows, labels and counters stay on the device and a step is a fixed sequence of tensor operations, for
    /// one thread (resident_step.h). What a GPU needs; on the CPU lanes of threads are quicker.
    bool resident = false;
    std::int64_t mostRows = 0; ///< of a block; 0: as many as blockRows allows
    nn::GraphMaker makeGraph;  ///< records the steps of a resident training; empty: they run one by one

    std::int64_t stepsPerEpoch() const {
        return (static_cast<std::int64_t>(split.training.size()) + options.batch - 1) / options.batch;
    }
    std::int64_t totalSteps() const { return stepsPerEpoch() * options.epochs; }
    std::optional<at::Device> residence() const { return resident ? std::optional(device) : std::nullopt; }
    /// Rows of the minibatch that is the step-th of an epoch.
    std::int64_t rowsOfStep(std::int64_t step) const {
        return std::min<std::int64_t>(options.batch, static_cast<std::int64_t>(split.training.size()) -
                                                         step * options.batch);
    }
    /// Rows that one lane takes at once: bounds memory and the time to a stop (some 20 ms on one core).
    std::int64_t blockRows(std::int64_t networks, int lanes) const;
};

/// Buffers of one thread, used for one group after another; of a resident training, for one group.
struct Lane {
    Lane(const TrainingPlan& plan, std::int64_t maxNetworks, int lanes);
    Parameters& gradient(const NetworkShape& shape, std::int64_t networks);
    at::Tensor inputs(const RowOrder& order, std::int64_t rows, std::int64_t columns);
    at::Tensor labels(std::int64_t networks, std::int64_t rows);

    std::int64_t maxRows;
    Pass pass;
    at::Tensor inputStorage, labelStorage, gradientStorage;
    std::map<std::int64_t, Parameters> gradients; ///< views by number of networks
    at::Tensor lossSum;                           ///< [networks], double: of the present step
};

} // namespace penumbra::heads
