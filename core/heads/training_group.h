#pragma once

// Internal: sees torch.
#include "core/base/team.h"
#include "core/heads/loss.h"
#include "core/heads/pass.h"
#include "core/heads/schedule.h"
#include "core/heads/training_rows.h"

#include <atomic>
#include <map>

namespace penumbra::heads {

/// What all groups of a training share.
struct TrainingPlan {
    NetworkShape shape;
    TrainingOptions options;
    RowSplit split;
    RowOrder validationOrder;
    at::Device device = at::kCPU;
    std::int64_t stepsPerEpoch() const {
        return (static_cast<std::int64_t>(split.training.size()) + options.batch - 1) / options.batch;
    }
    std::int64_t totalSteps() const { return stepsPerEpoch() * options.epochs; }
    /// Rows that one lane takes at once: bounds memory and the time to a stop (some 20 ms on one core).
    std::int64_t blockRows(std::int64_t networks, int lanes) const;
};

/// Buffers of one thread, used for one group after another.
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

/// Losses of one epoch, [networks]; floats, so that a restored training reports the same.
struct EpochScores {
    std::vector<float> trainLoss, validationLoss, r2;
};

/// Some networks trained in one batched pass: weights, moments, counters. Epochs are run by a team of lanes;
/// all lanes call runEpoch.
class TrainingGroup {
public:
    TrainingGroup(const TrainingPlan& plan, const TrainingRows& rows, std::vector<NetworkSpec> networks,
                  std::span<const LabelScaling> scalings);

    /// Continues to the end of the present epoch. Returns early, at the last finished step, when the team
    /// abandons.
    void runEpoch(Team& team, std::vector<std::unique_ptr<Lane>>& lanes, int lane);

    std::int64_t networks() const { return static_cast<std::int64_t>(specs_.size()); }
    int epochsDone() const { return static_cast<int>(history_.size()); }
    std::int64_t steps() const { return steps_; }
    const std::vector<EpochScores>& history() const { return history_; }
    const Parameters& weights() const { return weights_; }

    void appendCheckpoint(std::int64_t network, const std::string& prefix,
                          std::vector<NamedArray>& arrays) const;
    void restore(std::int64_t firstNetwork, std::span<const NamedArray> arrays,
                 std::vector<EpochScores> history, std::int64_t steps, const std::vector<double>& lossSums);
    std::vector<double> lossSums() const; ///< [networks], of the unfinished epoch

private:
    void beginEpoch(int epoch, std::size_t lanes);
    void accumulateGradient(Team& team, Lane& lane, int laneIndex, std::int64_t step);
    void update(std::vector<std::unique_ptr<Lane>>& lanes, int laneIndex, std::int64_t step);
    void validate(Team& team, Lane& lane, int laneIndex);
    void finishEpoch(std::vector<std::unique_ptr<Lane>>& lanes);
    float r2(double squares, double variation, std::size_t network) const;

    const TrainingPlan& plan_;
    const TrainingRows& rows_;
    std::vector<NetworkSpec> specs_; ///< labels are empty
    GroupLabels labels_;
    Parameters weights_, first_, second_; ///< and Adam's moments
    std::atomic<std::int64_t> steps_{0};
    at::Tensor epochLoss_; ///< [networks], double: finished steps of this epoch
    std::vector<EpochScores> history_;
    std::vector<double> trainCount_, trainVariation_, validationCount_, validationVariation_;
    RowOrder order_;
    at::Tensor inverseCount_; ///< [steps of the epoch, networks, 1]: 1 / labelled rows of the minibatch
    std::vector<LossTerms> losses_;
};

} // namespace penumbra::heads
