#pragma once

// Internal: sees torch.
#include <ATen/core/Tensor.h>
#include <cstdint>
#include <span>
#include <vector>

namespace penumbra::heads {

/// Bernoulli masks from a hash of (seed, key of the row, pass, layer, unit); 16 bits decide about a unit.
struct DropoutMask {
    std::uint64_t seed = 0;
    std::uint32_t dropBelow = 0; ///< of 65536
    float scale = 1.0F;          ///< 1 / probability to keep

    /// @param rate probability to drop, in [0, 1)
    static DropoutMask of(double rate, std::uint64_t seed);
    /// @param keys [rows] @param to [rows, units]: 0 or scale
    void fill(std::span<const std::uint64_t> keys, std::int64_t units, std::uint64_t pass,
              std::uint64_t layer, float* to) const;
};

/// The same masks by tensor arithmetic, on any device.
class DropoutMaskTensors {
public:
    /// @param units of each hidden layer
    DropoutMaskTensors(const DropoutMask& mask, const std::vector<int>& units, at::Device device);
    void begin(std::span<const std::uint64_t> keys); ///< of the rows to come
    /// [rows, units of the layer]: 0 or scale
    at::Tensor mask(std::int64_t pass, std::size_t layer) const;

private:
    DropoutMask mask_;
    std::vector<int> units_;
    std::vector<at::Tensor> unitSteps_; ///< a layer: [1, quadruples of units]
    at::Tensor rowKeys_;                ///< [rows, 1]
};

} // namespace penumbra::heads
