#include "core/heads/training_rows.h"

#include <ATen/ops/gather.h>
#include <ATen/ops/index_select.h>
#include <algorithm>
#include <cmath>

namespace penumbra::heads {

void RowOrder::upload(at::Device device) {
    const at::Tensor host = at::empty({lines, length()}, at::kLong);
    std::copy(rows.begin(), rows.end(), host.mutable_data_ptr<std::int64_t>());
    if (!onDevice.defined() || onDevice.sizes() != host.sizes())
        onDevice = at::empty(host.sizes(), host.options().device(device));
    onDevice.copy_(host);
}

TrainingRows::TrainingRows(const MatrixF& inputs, const InputScaling& scaling,
                           std::optional<at::Device> resident, const RunContext& context)
    : inputs_(inputs), scaling_(scaling) {
    if (!resident)
        return;
    constexpr std::int64_t rowsPerBlock = 65536;
    onDevice_ = nn::floats({inputs.rows(), inputs.cols()}, *resident);
    for (std::int64_t from = 0; from < inputs.rows(); from += rowsPerBlock) {
        context.checkStop();
        MatrixF block(std::min(rowsPerBlock, inputs.rows() - from), inputs.cols());
        scaling.applyRows(inputs, from, block.rows(), block.data());
        onDevice_.narrow(0, from, block.rows()).copy_(nn::viewOf(block));
    }
}

void TrainingRows::gather(const RowOrder& order, std::int64_t from, std::int64_t count,
                          at::Tensor& out) const {
    if (onDevice_.defined())
        return gatherResident(order.onDevice.narrow(1, from, count), out);
    const std::int64_t columns = inputs_.cols();
    float* to = out.mutable_data_ptr<float>();
    for (std::int64_t line = 0; line < order.lines; ++line) {
        const std::int32_t* rows = order.rows.data() + line * order.length() + from;
        for (std::int64_t i = 0; i < count; ++i, to += columns)
            scaling_.apply(inputs_.data() + rows[i] * columns, to);
    }
}

void TrainingRows::gatherResident(const at::Tensor& rows, at::Tensor& out) const {
    at::Tensor flat = out.view({rows.numel(), inputs_.cols()});
    at::index_select_out(flat, onDevice_, 0, rows.reshape({-1}));
}

GroupLabels::GroupLabels(std::span<const NetworkSpec> networks, std::span<const LabelScaling> scalings,
                         std::optional<at::Device> resident)
    : rows_(static_cast<std::int64_t>(networks.front().labels.size())) {
    values_.reserve(networks.size() * networks.front().labels.size());
    for (std::size_t k = 0; k < networks.size(); ++k) {
        const double shift = scalings[k].shift;
        const double scale = scalings[k].scale;
        bool complete = true;
        for (const double label : networks[k].labels) {
            values_.push_back(static_cast<float>((label - shift) / scale));
            complete = complete && !std::isnan(label);
        }
        complete_.push_back(complete);
    }
    if (resident) {
        onDevice_ = nn::floats({static_cast<std::int64_t>(networks.size()), rows_}, *resident);
        nn::copyInto(values_, onDevice_);
    }
}

float GroupLabels::at(std::int64_t network, std::int32_t row) const {
    return values_[static_cast<std::size_t>(network * rows_ + row)];
}

void GroupLabels::gather(const RowOrder& order, std::int64_t from, std::int64_t count,
                         at::Tensor& out) const {
    if (onDevice_.defined())
        return gatherResident(order.onDevice.narrow(1, from, count), out);
    const std::int64_t networks = out.size(0);
    float* to = out.mutable_data_ptr<float>();
    for (std::int64_t k = 0; k < networks; ++k) {
        const std::int32_t* rows = order.rows.data() + (order.lines == 1 ? 0 : k) * order.length() + from;
        for (std::int64_t i = 0; i < count; ++i)
            *to++ = at(k, rows[i]);
    }
}

void GroupLabels::gatherResident(const at::Tensor& rows, at::Tensor& out) const {
    if (rows.size(0) == 1)
        at::index_select_out(out, onDevice_, 1, rows[0]);
    else
        at::gather_out(out, onDevice_, 1, rows);
}

} // namespace penumbra::heads
