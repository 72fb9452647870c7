#include "core/heads/best_epoch.h"

#include "core/base/error.h"

#include <limits>
#include <string>

namespace penumbra::heads {

namespace {

/// Copies the weights of one network. @param from, to stored networks of the same shape
void copyNetwork(std::size_t network, const std::vector<NamedArray>& from, std::vector<NamedArray>& to) {
    const std::string prefix = "network" + std::to_string(network) + "/";
    for (std::size_t a = 0; a < from.size(); ++a)
        if (from[a].name.starts_with(prefix))
            to[a].values = from[a].values;
}

} // namespace

BestEpoch::BestEpoch(std::vector<NetworkSpec> networks)
    : specs_(std::move(networks)), lowest_(specs_.size(), std::numeric_limits<double>::infinity()),
      epoch_(specs_.size(), 0) {
    for (NetworkSpec& spec : specs_)
        spec.labels.clear();
}

void BestEpoch::see(const Trainer& trainer, const EpochReport& report) {
    if (report.validationLoss.size() != specs_.size())
        throw Error("The best epoch is told by validation losses, and there are none: set rows aside for "
                    "validation.");
    std::vector<std::size_t> better;
    for (std::size_t k = 0; k < specs_.size(); ++k)
        if (report.validationLoss[k] < lowest_[k]) {
            lowest_[k] = report.validationLoss[k];
            epoch_[k] = report.epoch;
            better.push_back(k);
        }
    if (better.empty())
        return;
    const std::vector<NamedArray> now = trainer.networks().arrays();
    if (kept_.empty())
        kept_ = now;
    for (const std::size_t k : better)
        copyNetwork(k, now, kept_);
}

TrainedNetworks BestEpoch::networks(const Trainer& trainer) const {
    std::vector<NamedArray> arrays = trainer.networks().arrays();
    for (std::size_t k = 0; k < specs_.size(); ++k)
        if (epoch_[k] > 0)
            copyNetwork(k, kept_, arrays);
    return TrainedNetworks::fromArrays(specs_, arrays);
}

} // namespace penumbra::heads
