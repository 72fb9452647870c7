#pragma once

// Internal: sees torch.
#include "core/heads/loss.h"
#include "core/heads/training_plan.h"
#include "core/nn/device_stream.h"

namespace penumbra::heads {

/// What the steps of a group read and change, on the device.
struct GroupState {
    const TrainingRows& rows;
    const GroupLabels& labels;
    const RowOrder& order;          ///< of the epoch; its onDevice stays where it is
    const at::Tensor& inverseCount; ///< [steps of the epoch, networks, 1]; stays where it is
    const Parameters &weights, &firstMoment, &secondMoment;
    const at::Tensor& epochLoss; ///< [networks], double
};

/// The training steps of one group without the host: minibatches, step numbers and learning rates are looked
/// up on the device, so that a step is the same sequence of operations every time and can be recorded once as
/// a graph (nn::WorkGraph) and replayed. Steps are queued, not awaited.
class ResidentStep {
public:
    ResidentStep(const TrainingPlan& plan, std::span<const NetworkSpec> networks, const GroupState& state);

    /// Sets the counters: the next step is this one, of all epochs.
    void begin(std::int64_t step);
    /// Queues the next step; waits now and then, so that the queue stays short (some 50 ms on a fast GPU).
    void run();

    const nn::DeviceStream& stream() const { return stream_; }
    Lane& lane() { return lane_; }
    LossTerms& loss() { return loss_; }

private:
    struct Recorded { ///< of steps with the same number of rows
        bool hasRun = false;
        std::unique_ptr<nn::WorkGraph> graph;
    };
    void queue(std::int64_t count);
    void work(std::int64_t count);

    const TrainingPlan& plan_;
    GroupState state_;
    nn::DeviceStream stream_;
    Lane lane_;
    LossTerms loss_;
    std::int64_t next_ = 0;                     ///< step, on the host
    double queued_ = 0.0;                       ///< floating-point operations since the last wait
    at::Tensor countUp_;                        ///< 0, 1, 2, ... [batch], int64
    at::Tensor inEpoch_;                        ///< step within the epoch, int64 [1]
    at::Tensor number_;                         ///< steps so far, float [1]
    at::Tensor rates_;                          ///< learning rates of the epoch's steps, float [steps]
    at::Tensor one_;                            ///< [1, 1]
    std::map<std::int64_t, Recorded> recorded_; ///< by rows
};

} // namespace penumbra::heads
