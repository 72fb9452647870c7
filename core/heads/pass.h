#pragma once

// Internal: sees torch.
#include "core/heads/low_precision.h"
#include "core/heads/parameters.h"

#include <optional>

namespace penumbra::heads {

/// Writes the activation of z to `out` (may be z itself).
void activate(Activation activation, const at::Tensor& z, at::Tensor& out);
void activateOutput(OutputActivation activation, const at::Tensor& z, at::Tensor& out);

/// Forward and backward of several networks of one shape at once, hand-written, in buffers that are reused
/// from call to call. The first layer is one wide product when the networks share their input rows; all else
/// is a batched product.
class Pass {
public:
    /// @param maxNetworks, maxRows the largest call to come; sets the memory
    /// @param training keep what backward needs
    Pass(const NetworkShape& shape, std::int64_t maxNetworks, std::int64_t maxRows, bool training,
         at::Device device, Precision precision = Precision::Float32);

    /// @param inputs standardised: [rows, D] shared by all networks, or [networks, rows, D]
    /// @returns outputs in standardised units, [networks, rows], valid until the next call
    const at::Tensor& forward(const Parameters& parameters, const at::Tensor& inputs);

    /// The gradient of a loss whose derivative by the outputs of the last forward is outputSlope [networks,
    /// rows].
    /// @param accumulate add to `gradient` instead of overwriting it
    void backward(const Parameters& parameters, const at::Tensor& inputs, const at::Tensor& outputSlope,
                  Parameters& gradient, bool accumulate);

    /// Activations of the last hidden layer in the last forward, [networks, rows, units].
    const at::Tensor& lastHidden() const { return active_.back(); }

private:
    void prepare(std::int64_t networks, std::int64_t rows, bool sharedRows);
    void forwardLayer(const Parameters& parameters, std::size_t l, const at::Tensor& from);
    void forwardLow(const Parameters& parameters, std::size_t l, const at::Tensor& from);
    void backwardLayer(const Parameters& parameters, std::size_t l, const at::Tensor& inputs,
                       Parameters& gradient, bool accumulate);

    NetworkShape shape_;
    std::vector<Layer> layers_;
    bool training_;
    std::optional<LowPrecision> low_;
    std::int64_t networks_ = -1, rows_ = -1;
    bool sharedRows_ = true;
    // Storage, then views of the present size. Layer 0 is [rows, networks, units] in memory when rows are
    // shared.
    std::vector<at::Tensor> preStorage_, activeStorage_, slopeStorage_;
    std::vector<at::Tensor> pre_, active_,
        slope_; ///< before and after activation, and the loss's slope by the former
    at::Tensor outputStorage_, output_;
    std::vector<at::Tensor> biasSum_; ///< a layer: [networks, units], of one block of rows
};

} // namespace penumbra::heads
