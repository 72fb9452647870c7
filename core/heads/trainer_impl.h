#pragma once

// Internal: sees torch.
#include "core/heads/trainer.h"
#include "core/heads/training_group.h"

#include <memory>

namespace penumbra::heads {

/// Where and how a training's steps run.
struct Residence {
    at::Device device = at::kCPU;
    bool resident = false;
    nn::GraphMaker makeGraph;
    std::int64_t mostRows = 0; ///< of a block, so that tests need not be large; 0: by the device
};

struct Trainer::Impl {
    static std::unique_ptr<Impl> make(const MatrixF& inputs, std::vector<NetworkSpec> networks,
                                      const TrainingOptions& options, const Residence& residence,
                                      const RunContext& context);

    std::vector<NetworkSpec> specs; ///< labels are empty
    InputScaling inputScaling;
    std::vector<LabelScaling> labelScalings;
    TrainingPlan plan;
    std::unique_ptr<TrainingRows> rows;
    std::vector<std::unique_ptr<TrainingGroup>> groups; ///< of networks in their order
    std::vector<std::int64_t> firstNetwork;             ///< of each group
    std::vector<double> epochSeconds;

    int epochsDone() const; ///< by every group
    EpochReport report(int epoch) const;
    std::int64_t maxGroupSize() const;
};

} // namespace penumbra::heads
