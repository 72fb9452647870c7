#pragma once

#include "core/heads/trainer.h"

#include <vector>

namespace penumbra::heads {

/// Keeps each network as it was after the epoch of its lowest validation loss.
class BestEpoch {
public:
    /// @param networks those of the trainer, which names and shapes are taken from
    explicit BestEpoch(std::vector<NetworkSpec> networks);
    /// To be told of every epoch. @throws Error for a report without validation losses
    void see(const Trainer& trainer, const EpochReport& report);
    /// @returns epoch of each network's weights, from 1; 0: it has no validation loss, and is the last one
    const std::vector<int>& epochs() const { return epoch_; }
    /// @param trainer at its end
    TrainedNetworks networks(const Trainer& trainer) const;

private:
    std::vector<NetworkSpec> specs_;
    std::vector<double> lowest_; ///< [networks]
    std::vector<int> epoch_;     ///< [networks]
    std::vector<NamedArray> kept_;
};

} // namespace penumbra::heads
