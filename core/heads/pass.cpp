#include "core/heads/pass.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/baddbmm.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/clamp_min.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/gelu_backward.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/softplus_backward.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/threshold_backward.h>

namespace penumbra::heads {

namespace {
constexpr double softplusThreshold = 20.0; // torch's: above it softplus is the identity

/// [networks, rows, units] as [rows, networks * units] without a copy; needs the layout of shared rows.
at::Tensor wideRows(const at::Tensor& values) {
    return values.transpose(0, 1).view({values.size(1), values.size(0) * values.size(2)});
}

/// Likewise as [networks * units, rows].
at::Tensor wideTransposed(const at::Tensor& values) {
    return values.permute({0, 2, 1}).reshape({values.size(0) * values.size(2), values.size(1)});
}

/// out = keep * out + a b. [n, k] x [k, m], or batched.
void addProduct(at::Tensor out, const at::Tensor& a, const at::Tensor& b, bool keep) {
    const double factor = keep ? 1.0 : 0.0; // 0: the old values are not even read
    if (a.dim() == 3)
        out.baddbmm_(a, b, factor, 1.0);
    else
        out.addmm_(a, b, factor, 1.0);
}

void activationSlope(Activation activation, const at::Tensor& z, at::Tensor& slope) {
    if (activation == Activation::Gelu)
        at::gelu_backward_out(slope, slope, z);
    else
        at::threshold_backward_out(slope, slope, z, 0.0);
}
} // namespace

void activate(Activation activation, const at::Tensor& z, at::Tensor& out) {
    if (activation == Activation::Gelu)
        at::gelu_out(out, z);
    else
        at::clamp_min_out(out, z, 0.0);
}

void activateOutput(OutputActivation activation, const at::Tensor& z, at::Tensor& out) {
    if (activation == OutputActivation::Softplus)
        at::softplus_out(out, z, 1.0, softplusThreshold);
    else
        out.copy_(z);
}

Pass::Pass(const NetworkShape& shape, std::int64_t maxNetworks, std::int64_t maxRows, bool training,
           at::Device device, Precision precision)
    : shape_(shape), layers_(layersOf(shape)), training_(training) {
    if (precision == Precision::BFloat16)
        low_.emplace(layers_, maxNetworks, maxRows, device);
    const std::int64_t cells = maxNetworks * maxRows;
    for (const Layer& layer : layers_) {
        const bool last = &layer == &layers_.back();
        preStorage_.push_back(nn::floats({cells * layer.out}, device));
        if (!last)
            activeStorage_.push_back(training ? nn::floats({cells * layer.out}, device) : preStorage_.back());
        if (training) {
            slopeStorage_.push_back(nn::floats({cells * layer.out}, device));
            biasSum_.push_back(nn::floats({maxNetworks, layer.out}, device));
        }
    }
    outputStorage_ = nn::floats({cells}, device);
}

void Pass::prepare(std::int64_t networks, std::int64_t rows, bool sharedRows) {
    if (networks == networks_ && rows == rows_ && sharedRows == sharedRows_)
        return;
    networks_ = networks;
    rows_ = rows;
    sharedRows_ = sharedRows;
    const auto view = [&](const at::Tensor& storage, std::size_t l) {
        const std::int64_t units = layers_[l].out;
        const at::Tensor used = storage.narrow(0, 0, networks * rows * units);
        return l == 0 && sharedRows ? used.view({rows, networks, units}).transpose(0, 1)
                                    : used.view({networks, rows, units});
    };
    pre_.clear();
    active_.clear();
    slope_.clear();
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        pre_.push_back(view(preStorage_[l], l));
        if (l + 1 < layers_.size())
            active_.push_back(view(activeStorage_[l], l));
        if (training_)
            slope_.push_back(view(slopeStorage_[l], l));
    }
    output_ = outputStorage_.narrow(0, 0, networks * rows).view({networks, rows});
}

const at::Tensor& Pass::forward(const Parameters& parameters, const at::Tensor& inputs) {
    const bool sharedRows = inputs.dim() == 2;
    prepare(parameters.networks(), inputs.size(sharedRows ? 0 : 1), sharedRows);
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        const at::Tensor& from = l == 0 ? inputs : active_[l - 1];
        if (low_ && low_->covers(l))
            forwardLow(parameters, l, from);
        else
            forwardLayer(parameters, l, from);
        if (l + 1 < layers_.size())
            activate(shape_.activation, pre_[l], active_[l]);
    }
    activateOutput(shape_.output, pre_.back().squeeze(2), output_);
    return output_;
}

void Pass::forwardLayer(const Parameters& parameters, std::size_t l, const at::Tensor& from) {
    if (from.dim() == 3) {
        at::baddbmm_out(pre_[l], parameters.bias[l].unsqueeze(1), from, parameters.weight[l].transpose(1, 2));
        return;
    }
    at::Tensor wide = wideRows(pre_[l]);
    at::addmm_out(wide, parameters.bias[l].reshape({wide.size(1)}), from,
                  parameters.weight[l].reshape({wide.size(1), layers_[l].in}).t());
}

void Pass::forwardLow(const Parameters& parameters, std::size_t l, const at::Tensor& from) {
    low_->roundForward(l, from, parameters.weight[l]);
    const at::Tensor& weight = low_->weight(l);
    if (from.dim() == 3) {
        low_->addProduct(pre_[l], low_->rows(l), weight.transpose(1, 2), false);
        pre_[l].add_(parameters.bias[l].unsqueeze(1));
        return;
    }
    at::Tensor wide = wideRows(pre_[l]);
    low_->addProduct(wide, low_->rows(l), weight.reshape({wide.size(1), layers_[l].in}).t(), false);
    wide.add_(parameters.bias[l].reshape({wide.size(1)}));
}

void Pass::backward(const Parameters& parameters, const at::Tensor& inputs, const at::Tensor& outputSlope,
                    Parameters& gradient, bool accumulate) {
    at::Tensor last = slope_.back().squeeze(2);
    if (shape_.output == OutputActivation::Softplus)
        at::softplus_backward_out(last, outputSlope, pre_.back().squeeze(2), 1.0, softplusThreshold);
    else
        last.copy_(outputSlope);
    for (std::size_t l = layers_.size(); l-- > 0;)
        backwardLayer(parameters, l, inputs, gradient, accumulate);
}

void Pass::backwardLayer(const Parameters& parameters, std::size_t l, const at::Tensor& inputs,
                         Parameters& gradient, bool accumulate) {
    const at::Tensor& slope = slope_[l];
    const bool low = low_ && low_->covers(l);
    if (low)
        low_->roundSlope(l, slope);
    const at::Tensor& left = low ? low_->slope(l) : slope;
    const at::Tensor& from = low ? low_->rows(l) : l == 0 ? inputs : active_[l - 1];
    const auto add = [&](const at::Tensor& out, const at::Tensor& a, const at::Tensor& b, bool keep) {
        if (low)
            low_->addProduct(out, a, b, keep);
        else
            addProduct(out, a, b, keep);
    };
    if (l == 0 && sharedRows_)
        add(gradient.weight[0].view({networks_ * layers_[0].out, layers_[0].in}), wideTransposed(left), from,
            accumulate);
    else
        add(gradient.weight[l], left.transpose(1, 2), from, accumulate);

    if (accumulate) {
        at::Tensor sum = biasSum_[l].narrow(0, 0, networks_);
        at::sum_out(sum, slope, 1);
        gradient.bias[l].add_(sum);
    } else {
        at::sum_out(gradient.bias[l], slope, 1);
    }
    if (l == 0)
        return;
    if (layers_[l].out == 1)
        at::mul_out(slope_[l - 1], slope, parameters.weight[l]);
    else if (low)
        low_->addProduct(slope_[l - 1], left, low_->weight(l), false);
    else
        at::bmm_out(slope_[l - 1], slope, parameters.weight[l]);
    activationSlope(shape_.activation, pre_[l - 1], slope_[l - 1]);
}

} // namespace penumbra::heads
