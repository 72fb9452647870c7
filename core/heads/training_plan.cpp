#include "core/heads/training_plan.h"

#include <algorithm>

namespace penumbra::heads {

std::int64_t TrainingPlan::blockRows(std::int64_t networks, int lanes) const {
    const auto training = static_cast<std::int64_t>(split.training.size());
    const std::int64_t share = (std::min<std::int64_t>(options.batch, training) + lanes - 1) / lanes;
    const double flops = device.is_cpu() ? 1.3e9 : 2.5e11;
    const double affordable = flops / (static_cast<double>(networks) * flopsPerRow(shape));
    const auto cap = static_cast<std::int64_t>(std::clamp(affordable, 16.0, 65536.0));
    const std::int64_t rows = std::min(cap, std::max<std::int64_t>(share, 256));
    return mostRows > 0 ? std::min(rows, mostRows) : rows;
}

Lane::Lane(const TrainingPlan& plan, std::int64_t maxNetworks, int lanes)
    : maxRows(plan.blockRows(maxNetworks, lanes)),
      pass(plan.shape, maxNetworks, maxRows, true, plan.device, plan.options.precision),
      inputStorage(
          nn::floats({(plan.options.ownOrder ? maxNetworks : 1) * maxRows * plan.shape.inputs}, plan.device)),
      labelStorage(nn::floats({maxNetworks * maxRows}, plan.device)),
      gradientStorage(nn::zeros({maxNetworks * parameterCount(plan.shape)}, plan.device)) {}

Parameters& Lane::gradient(const NetworkShape& shape, std::int64_t networks) {
    const auto found = gradients.find(networks);
    if (found != gradients.end())
        return found->second;
    return gradients.emplace(networks, Parameters::over(gradientStorage, shape, networks)).first->second;
}

at::Tensor Lane::inputs(const RowOrder& order, std::int64_t rows, std::int64_t columns) {
    const at::Tensor used = inputStorage.narrow(0, 0, order.lines * rows * columns);
    return order.lines == 1 ? used.view({rows, columns}) : used.view({order.lines, rows, columns});
}

at::Tensor Lane::labels(std::int64_t networks, std::int64_t rows) {
    return labelStorage.narrow(0, 0, networks * rows).view({networks, rows});
}

} // namespace penumbra::heads
