#include "core/heads/dropout_network.h"

#include "core/heads/pass.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/mul.h>

namespace penumbra::heads {

DropoutNetwork::DropoutNetwork(const DropoutTask& task, std::int64_t maxRows, at::Device device)
    : shape_(task.shape) {
    for (std::size_t l = 0; l < task.weights.weight.size(); ++l) {
        weightTransposed_.push_back(task.weights.weight[l][0].to(device).t());
        bias_.push_back(task.weights.bias[l][0].to(device));
        after_.push_back(nn::floats({maxRows, bias_.back().size(0)}, device));
    }
    firstActivation_ = nn::floats({maxRows, bias_.front().size(0)}, device);
    beforeOutput_ = nn::floats({maxRows, 1}, device);
}

void DropoutNetwork::begin(const at::Tensor& inputs) {
    rows_ = inputs.size(0);
    at::Tensor first = firstActivation_.narrow(0, 0, rows_);
    at::addmm_out(first, bias_[0], inputs, weightTransposed_[0]);
    activate(shape_.activation, first, first);
}

at::Tensor DropoutNetwork::pass(const std::function<at::Tensor(std::size_t layer)>& mask) {
    const std::size_t last = bias_.size() - 1;
    for (std::size_t l = 0; l < last; ++l) {
        at::Tensor dropped = after_[l].narrow(0, 0, rows_);
        at::mul_out(dropped, l == 0 ? firstActivation_.narrow(0, 0, rows_) : dropped, mask(l));
        at::Tensor next = (l + 1 == last ? beforeOutput_ : after_[l + 1]).narrow(0, 0, rows_);
        at::addmm_out(next, bias_[l + 1], dropped, weightTransposed_[l + 1]);
        if (l + 1 < last)
            activate(shape_.activation, next, next);
    }
    at::Tensor outputs = after_[last].narrow(0, 0, rows_);
    activateOutput(shape_.output, beforeOutput_.narrow(0, 0, rows_), outputs);
    return outputs;
}

} // namespace penumbra::heads
