#pragma once

// Internal: sees torch.
#include "core/base/team.h"
#include "core/heads/loss.h"
#include "core/heads/resident_step.h"
#include "core/heads/training_plan.h"

#include <atomic>

namespace penumbra::heads {

/// Losses of one epoch, [networks]; floats, so that a restored training reports the same.
struct EpochScores {
    std::vector<float> trainLoss, validationLoss, r2;
};

/// Some networks trained in one batched pass: weights, moments, counters. Epochs are run by a team of lanes;
/// all lanes call runEpoch. A resident training has a team of one, which needs no lanes.
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
    void beginEpoch(int epoch);
    std::vector<float> inverseCounts() const; ///< [steps of the epoch, networks]
    void runResidentEpoch(Team& team);
    void accumulateGradient(Team& team, Lane& lane, int laneIndex, std::int64_t step);
    void update(std::vector<std::unique_ptr<Lane>>& lanes, int laneIndex, std::int64_t step);
    void validate(Team& team, Lane& lane, LossTerms& loss, int laneIndex);
    void finishEpoch(const std::vector<double>& validationSum);
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
    at::Tensor inverseCount_;       ///< [steps of the epoch, networks, 1]: 1 / labelled rows of the minibatch
    std::vector<LossTerms> losses_; ///< a lane
    std::unique_ptr<ResidentStep> resident_;
};

} // namespace penumbra::heads
