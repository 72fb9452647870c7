#pragma once

// Internal: sees torch.
#include "core/heads/scaling.h"
#include "core/nn/tensors.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace penumbra::heads {

/// Rows to visit, for all networks of a group together (one line) or for each (a line a network).
struct RowOrder {
    std::int64_t lines = 1;
    std::vector<std::int32_t> rows; ///< [lines, length]
    at::Tensor onDevice;            ///< the same as int64 [lines, length], for resident rows
    std::int64_t length() const { return static_cast<std::int64_t>(rows.size()) / lines; }
    void upload(at::Device device); ///< after filling rows; memory of the same length stays where it is
};

/// Training inputs, standardised as they are gathered. On the CPU the caller's matrix is read in place, never
/// copied; resident rows are one standardised copy on the device.
class TrainingRows {
public:
    /// @param resident the device that is to hold them, if any
    TrainingRows(const MatrixF& inputs, const InputScaling& scaling, std::optional<at::Device> resident,
                 const RunContext& context);
    /// Positions from..from+count of the order. @param out [count, D] for one line, else [lines, count, D]
    void gather(const RowOrder& order, std::int64_t from, std::int64_t count, at::Tensor& out) const;
    /// Resident rows only. @param rows [lines, count], int64 on the device
    void gatherResident(const at::Tensor& rows, at::Tensor& out) const;
    std::int64_t rows() const { return inputs_.rows(); }

private:
    const MatrixF& inputs_;
    const InputScaling& scaling_;
    at::Tensor onDevice_;
};

/// Standardised labels of a group, [networks, rows]; NaN = none.
class GroupLabels {
public:
    /// @param scalings one a network
    GroupLabels(std::span<const NetworkSpec> networks, std::span<const LabelScaling> scalings,
                std::optional<at::Device> resident);
    /// @param out [networks, count]
    void gather(const RowOrder& order, std::int64_t from, std::int64_t count, at::Tensor& out) const;
    void gatherResident(const at::Tensor& rows, at::Tensor& out) const;
    bool complete(std::int64_t network) const { return complete_[static_cast<std::size_t>(network)]; }
    float at(std::int64_t network, std::int32_t row) const;

private:
    std::int64_t rows_ = 0;
    std::vector<float> values_;
    std::vector<bool> complete_; ///< every row has a label
    at::Tensor onDevice_;
};

} // namespace penumbra::heads
