#pragma once

// Internal: sees torch.
#include "core/heads/scaling.h"
#include "core/nn/tensors.h"

#include <cstdint>
#include <span>
#include <vector>

namespace penumbra::heads {

/// Rows to visit, for all networks of a group together (one line) or for each (a line a network).
struct RowOrder {
    std::int64_t lines = 1;
    std::vector<std::int32_t> rows; ///< [lines, length]
    at::Tensor onDevice;            ///< the same as int64, off the CPU only
    std::int64_t length() const { return static_cast<std::int64_t>(rows.size()) / lines; }
    void upload(at::Device device); ///< call after filling rows
};

/// Training inputs, standardised as they are gathered. On the CPU the caller's matrix is read in place, never
/// copied; a GPU holds one standardised copy.
class TrainingRows {
public:
    TrainingRows(const MatrixF& inputs, const InputScaling& scaling, at::Device device,
                 const RunContext& context);
    /// Positions from..from+count of the order. @param out [count, D] for one line, else [lines, count, D]
    void gather(const RowOrder& order, std::int64_t from, std::int64_t count, at::Tensor& out) const;
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
                at::Device device);
    /// @param out [networks, count]
    void gather(const RowOrder& order, std::int64_t from, std::int64_t count, at::Tensor& out) const;
    bool complete(std::int64_t network) const { return complete_[static_cast<std::size_t>(network)]; }
    float at(std::int64_t network, std::int32_t row) const;

private:
    std::int64_t rows_ = 0;
    std::vector<float> values_;
    std::vector<bool> complete_; ///< every row has a label
    at::Tensor onDevice_;
};

} // namespace penumbra::heads
