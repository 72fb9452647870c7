#include "core/heads/loss.h"

#include <ATen/ops/isnan.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/sign.h>
#include <ATen/ops/sub.h>
#include <ATen/ops/sum.h>
#include <functional>

namespace penumbra::heads {

namespace {
at::Tensor column(std::span<const NetworkSpec> networks, at::Device device,
                  const std::function<double(const NetworkSpec&)>& value) {
    std::vector<float> values;
    for (const NetworkSpec& network : networks)
        values.push_back(static_cast<float>(value(network)));
    at::Tensor result = nn::floats({static_cast<std::int64_t>(values.size()), 1}, device);
    nn::copyInto(values, result);
    return result;
}

bool isPinball(const NetworkSpec& network) {
    return network.loss == Loss::Pinball;
}
} // namespace

LossTerms::LossTerms(std::span<const NetworkSpec> networks, std::int64_t maxRows, at::Device device)
    : maxRows_(maxRows) {
    for (const NetworkSpec& network : networks)
        (isPinball(network) ? anyPinball_ : anySquared_) = true;
    // With r = output - label: squared error r^2 has slope 2r; pinball has slope [r > 0] - level and is r
    // times that.
    isSquared_ = column(networks, device, [](const auto& n) { return isPinball(n) ? 0.0 : 2.0; });
    isPinball_ = column(networks, device, [](const auto& n) { return isPinball(n) ? 1.0 : 0.0; });
    lossPerSlope_ = column(networks, device, [](const auto& n) { return isPinball(n) ? 1.0 : 0.5; });
    level_ = column(networks, device, [](const auto& n) { return n.level; });
    for (at::Tensor* storage : {&residualStorage_, &slopeStorage_, &workStorage_})
        *storage = nn::floats({static_cast<std::int64_t>(networks.size()) * maxRows}, device);
}

const at::Tensor& LossTerms::slope(const at::Tensor& outputs, const at::Tensor& labels) {
    if (!residual_.defined() || residual_.sizes() != outputs.sizes()) {
        const auto view = [&](const at::Tensor& storage) {
            return storage.narrow(0, 0, outputs.numel()).view(outputs.sizes());
        };
        residual_ = view(residualStorage_);
        slope_ = view(slopeStorage_);
        work_ = view(workStorage_);
    }
    missing_ = at::isnan(labels);
    at::sub_out(residual_, outputs, labels);
    residual_.masked_fill_(missing_, 0.0);
    if (anySquared_)
        at::mul_out(slope_, residual_, isSquared_);
    if (anyPinball_) {
        // sign(0) = 0 gives 1/2 - level, the middle of the subdifferential, as autograd does
        at::sign_out(work_, residual_);
        work_.add_(1.0).mul_(0.5).sub_(level_).mul_(isPinball_);
        if (anySquared_)
            slope_.add_(work_);
        else
            slope_.copy_(work_);
        slope_.masked_fill_(missing_, 0.0);
    }
    return slope_;
}

at::Tensor LossTerms::lossSum() const {
    return at::mul(residual_, slope_).mul_(lossPerSlope_).sum(1, false, at::kDouble);
}

} // namespace penumbra::heads
