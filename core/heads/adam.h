#pragma once

// Internal: sees torch.
#include "core/heads/network.h"

#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>

namespace penumbra::heads {

/// One fused step of the optimiser on flat tensors of one size.
/// @param number steps so far, this one counted: float, one value
/// @param rate learning rate: double, or a float tensor of one value on the device
template <typename Rate>
void adamStep(const TrainingOptions& options, const at::Tensor& weights, const at::Tensor& gradient,
              const at::Tensor& firstMoment, const at::Tensor& secondMoment, const at::Tensor& number,
              const Rate& rate) {
    constexpr double beta1 = 0.9;
    constexpr double beta2 = 0.999;
    constexpr double epsilon = 1e-8; // beside gradients of losses on standardised labels
    const at::Tensor w[] = {weights}, g[] = {gradient}, first[] = {firstMoment}, second[] = {secondMoment},
                     numbers[] = {number};
    if (options.optimiser == Optimiser::AdamW)
        at::_fused_adamw_(w, g, first, second, {}, numbers, rate, beta1, beta2, options.weightDecay, epsilon,
                          false, false);
    else
        at::_fused_adam_(w, g, first, second, {}, numbers, rate, beta1, beta2, options.weightDecay, epsilon,
                         false, false);
}

} // namespace penumbra::heads
