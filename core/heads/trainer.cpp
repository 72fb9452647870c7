#include "core/heads/trainer.h"

#include "core/base/error.h"
#include "core/heads/trained_impl.h"
#include "core/heads/trainer_impl.h"
#include "core/nn/device.h"
#include "core/nn/worker_scope.h"

#include <algorithm>

namespace penumbra::heads {

namespace {
void checkNetworks(const MatrixF& inputs, const std::vector<NetworkSpec>& networks) {
    if (networks.empty())
        throw Error("there is no network to train");
    checkShape(networks.front().shape);
    for (const NetworkSpec& network : networks) {
        if (!(network.shape == networks.front().shape))
            throw Error("networks " + networks.front().name + " and " + network.name +
                        " differ in shape; train them apart");
        if (network.shape.inputs != inputs.cols())
            throw Error("network " + network.name + " takes " + std::to_string(network.shape.inputs) +
                        " inputs, but the rows have " + std::to_string(inputs.cols()) + " columns");
        if (static_cast<Eigen::Index>(network.labels.size()) != inputs.rows())
            throw Error("network " + network.name + " has " + std::to_string(network.labels.size()) +
                        " labels for " + std::to_string(inputs.rows()) + " rows");
        if (network.loss == Loss::Pinball && !(network.level > 0.0 && network.level < 1.0))
            throw UsageError("network " + network.name + ": a quantile level must lie between 0 and 1");
    }
}

/// On a CPU a group's weights, moments and activations should stay in the cache, while narrow layers gain
/// from being computed side by side; a GPU wants everything at once. Never depends on the number of threads.
std::size_t groupSize(const TrainingPlan& plan, std::size_t networks) {
    if (plan.options.networksPerPass > 0)
        return std::min(networks, static_cast<std::size_t>(plan.options.networksPerPass));
    if (!plan.device.is_cpu())
        return networks;
    const auto widest =
        plan.shape.hidden.empty() ? 1 : *std::max_element(plan.shape.hidden.begin(), plan.shape.hidden.end());
    return std::clamp<std::size_t>(512 / static_cast<std::size_t>(widest), 1, networks);
}

Residence residenceFor(const RunContext& context) {
    const at::Device device = nn::deviceFor(context.device);
    if (device.is_cpu())
        return {};
    return {device, true, nn::graphSupport(context.device).make};
}
} // namespace

Trainer::Trainer(const MatrixF& inputs, std::vector<NetworkSpec> networks, const TrainingOptions& options,
                 const RunContext& context)
    : impl_(Impl::make(inputs, std::move(networks), options, residenceFor(context), context)) {}

Trainer::Trainer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

std::unique_ptr<Trainer::Impl> Trainer::Impl::make(const MatrixF& inputs, std::vector<NetworkSpec> networks,
                                                   const TrainingOptions& options, const Residence& residence,
                                                   const RunContext& context) {
    checkOptions(options);
    checkNetworks(inputs, networks);
    checkFinite(inputs, context);
    const nn::WorkerScope scope;
    auto made = std::make_unique<Impl>();
    Impl& impl = *made;
    impl.plan.shape = networks.front().shape;
    impl.plan.options = options;
    impl.plan.device = residence.device;
    impl.plan.resident = residence.resident;
    impl.plan.makeGraph = residence.makeGraph;
    impl.plan.mostRows = residence.mostRows;
    impl.plan.split = splitRows(inputs.rows(), options);
    if (impl.plan.split.training.empty())
        throw Error("no training row is left (" + std::to_string(inputs.rows()) + " rows, " +
                    std::to_string(impl.plan.split.validation.size()) + " set aside for validation)");
    impl.plan.validationOrder.rows = impl.plan.split.validation;
    if (impl.plan.resident)
        impl.plan.validationOrder.upload(impl.plan.device);
    impl.inputScaling = fitInputScaling(inputs, impl.plan.split.training, context);
    for (const NetworkSpec& network : networks)
        impl.labelScalings.push_back(fitLabelScaling(network, impl.plan.split.training));
    impl.rows = std::make_unique<TrainingRows>(inputs, impl.inputScaling, impl.plan.residence(), context);

    // Groups differ by at most one network.
    const std::size_t most = groupSize(impl.plan, networks.size());
    const std::size_t count = (networks.size() + most - 1) / most;
    for (std::size_t g = 0; g < count; ++g) {
        const std::size_t from = networks.size() * g / count;
        const std::size_t to = networks.size() * (g + 1) / count;
        std::vector<NetworkSpec> members;
        for (std::size_t k = from; k < to; ++k) {
            std::vector<double> labels = std::move(networks[k].labels); // held once
            networks[k].labels.clear();
            impl.specs.push_back(networks[k]);
            members.push_back(std::move(networks[k]));
            members.back().labels = std::move(labels);
        }
        impl.firstNetwork.push_back(static_cast<std::int64_t>(from));
        impl.groups.push_back(
            std::make_unique<TrainingGroup>(impl.plan, *impl.rows, std::move(members),
                                            std::span(impl.labelScalings).subspan(from, to - from)));
    }
    return made;
}

Trainer::~Trainer() = default;
Trainer::Trainer(Trainer&&) noexcept = default;

int Trainer::Impl::epochsDone() const {
    int done = groups.front()->epochsDone();
    for (const auto& group : groups)
        done = std::min(done, group->epochsDone());
    return done;
}

std::int64_t Trainer::Impl::maxGroupSize() const {
    std::int64_t most = 0;
    for (const auto& group : groups)
        most = std::max(most, group->networks());
    return most;
}

EpochReport Trainer::Impl::report(int epoch) const {
    const auto index = static_cast<std::size_t>(epoch - 1);
    EpochReport result;
    result.epoch = epoch;
    result.seconds = index < epochSeconds.size() ? epochSeconds[index] : 0.0;
    for (const auto& group : groups) {
        const EpochScores& scores = group->history()[index];
        result.trainLoss.insert(result.trainLoss.end(), scores.trainLoss.begin(), scores.trainLoss.end());
        result.validationLoss.insert(result.validationLoss.end(), scores.validationLoss.begin(),
                                     scores.validationLoss.end());
        result.r2.insert(result.r2.end(), scores.r2.begin(), scores.r2.end());
    }
    return result;
}

int Trainer::epochsDone() const {
    return impl_->epochsDone();
}

std::vector<EpochReport> Trainer::reports() const {
    std::vector<EpochReport> reports;
    for (int epoch = 1; epoch <= impl_->epochsDone(); ++epoch)
        reports.push_back(impl_->report(epoch));
    return reports;
}

TrainedNetworks Trainer::networks() const {
    const nn::WorkerScope scope;
    auto trained = std::make_shared<TrainedNetworks::Impl>();
    trained->specs = impl_->specs;
    trained->shape = impl_->plan.shape;
    trained->inputScaling = impl_->inputScaling;
    trained->labelScalings = impl_->labelScalings;
    trained->weights =
        Parameters::zeros(trained->shape, static_cast<std::int64_t>(trained->specs.size()), at::kCPU);
    for (std::size_t g = 0; g < impl_->groups.size(); ++g) {
        const Parameters& from = impl_->groups[g]->weights();
        const Parameters to = trained->weights.slice(impl_->firstNetwork[g], from.networks());
        for (std::size_t l = 0; l < from.weight.size(); ++l) {
            to.weight[l].copy_(from.weight[l]);
            to.bias[l].copy_(from.bias[l]);
        }
    }
    TrainedNetworks result;
    result.impl_ = std::move(trained);
    return result;
}

} // namespace penumbra::heads
