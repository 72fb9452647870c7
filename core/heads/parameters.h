#pragma once

// Internal: sees torch.
#include "core/heads/network.h"
#include "core/nn/tensors.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace penumbra::heads {

struct Layer {
    std::int64_t in = 0;
    std::int64_t out = 0;
};
std::vector<Layer> layersOf(const NetworkShape& shape);
std::int64_t parameterCount(const NetworkShape& shape); ///< of one network
double flopsPerRow(const NetworkShape& shape);          ///< forward and backward of one network

/// @throws Error: no inputs, a hidden layer without units.
void checkShape(const NetworkShape& shape);

/// Numbers for each weight and bias of `networks` networks of one shape (weights, gradients or moments): one
/// flat tensor, with views of nn.Linear's layout. All networks' first weights follow each other, so that
/// [networks * out, in] is one wide matrix.
struct Parameters {
    at::Tensor flat;
    std::vector<at::Tensor> weight; ///< a layer: [networks, out, in]
    std::vector<at::Tensor> bias;   ///< a layer: [networks, out]

    /// @param storage flat tensor of at least networks * parameterCount(shape) values
    static Parameters over(at::Tensor storage, const NetworkShape& shape, std::int64_t networks);
    static Parameters zeros(const NetworkShape& shape, std::int64_t networks, at::Device device);
    std::int64_t networks() const { return weight.front().size(0); }
    Parameters slice(std::int64_t from, std::int64_t count) const; ///< views; flat is undefined
    Parameters to(at::Device device) const;                        ///< copy

    /// PyTorch's initialisation of nn.Linear, uniform in +-1/sqrt(in), drawn from the network's own seed.
    void initialise(std::int64_t network, std::uint64_t seed);

    /// "prefix/weight0", "prefix/bias0", ... of one network.
    void appendArrays(std::int64_t network, const std::string& prefix, const std::string& suffix,
                      std::vector<NamedArray>& arrays) const;
    void readArrays(std::int64_t network, const std::string& prefix, const std::string& suffix,
                    std::span<const NamedArray> arrays);
};

/// @throws Error naming an array that is absent or has another shape.
const NamedArray& findArray(std::span<const NamedArray> arrays, const std::string& name,
                            const std::vector<std::int64_t>& shape);

} // namespace penumbra::heads
