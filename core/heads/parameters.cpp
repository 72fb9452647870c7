#include "core/heads/parameters.h"

#include "core/base/error.h"
#include "core/base/rng.h"

#include <algorithm>
#include <cmath>

namespace penumbra::heads {

std::vector<Layer> layersOf(const NetworkShape& shape) {
    std::vector<Layer> layers;
    std::int64_t in = shape.inputs;
    for (const int units : shape.hidden) {
        layers.push_back({in, units});
        in = units;
    }
    layers.push_back({in, 1});
    return layers;
}

std::int64_t parameterCount(const NetworkShape& shape) {
    std::int64_t count = 0;
    for (const Layer& layer : layersOf(shape))
        count += layer.out * (layer.in + 1);
    return count;
}

double flopsPerRow(const NetworkShape& shape) {
    const std::vector<Layer> layers = layersOf(shape);
    double products = 0.0;
    for (std::size_t l = 0; l < layers.size(); ++l) // forward, weights, and inputs except the first layer's
        products += static_cast<double>(layers[l].in * layers[l].out) * (l == 0 ? 2.0 : 3.0);
    return 2.0 * products;
}

void checkShape(const NetworkShape& shape) {
    if (shape.inputs < 1)
        throw Error("a network needs at least one input column");
    for (const int units : shape.hidden)
        if (units < 1)
            throw UsageError("a hidden layer needs at least one unit, not " + std::to_string(units));
}

Parameters Parameters::over(at::Tensor storage, const NetworkShape& shape, std::int64_t networks) {
    Parameters result;
    result.flat = storage.narrow(0, 0, networks * parameterCount(shape));
    std::int64_t at = 0;
    for (const Layer& layer : layersOf(shape)) {
        const std::int64_t weights = networks * layer.out * layer.in;
        result.weight.push_back(result.flat.narrow(0, at, weights).view({networks, layer.out, layer.in}));
        result.bias.push_back(
            result.flat.narrow(0, at + weights, networks * layer.out).view({networks, layer.out}));
        at += weights + networks * layer.out;
    }
    return result;
}

Parameters Parameters::zeros(const NetworkShape& shape, std::int64_t networks, at::Device device) {
    return over(nn::zeros({networks * parameterCount(shape)}, device), shape, networks);
}

Parameters Parameters::slice(std::int64_t from, std::int64_t count) const {
    Parameters result;
    for (std::size_t l = 0; l < weight.size(); ++l) {
        result.weight.push_back(weight[l].narrow(0, from, count));
        result.bias.push_back(bias[l].narrow(0, from, count));
    }
    return result;
}

Parameters Parameters::to(at::Device device) const {
    Parameters result;
    for (std::size_t l = 0; l < weight.size(); ++l) {
        result.weight.push_back(weight[l].to(device));
        result.bias.push_back(bias[l].to(device));
    }
    return result;
}

void Parameters::initialise(std::int64_t network, std::uint64_t seed) {
    Rng rng(seed);
    for (std::size_t l = 0; l < weight.size(); ++l) {
        const double bound = 1.0 / std::sqrt(static_cast<double>(weight[l].size(2)));
        for (const at::Tensor& tensor : {weight[l][network], bias[l][network]}) {
            std::vector<float> values(static_cast<std::size_t>(tensor.numel()));
            for (float& value : values)
                value = static_cast<float>((2.0 * rng.uniform() - 1.0) * bound);
            nn::copyInto(values, tensor);
        }
    }
}

void Parameters::appendArrays(std::int64_t network, const std::string& prefix, const std::string& suffix,
                              std::vector<NamedArray>& arrays) const {
    for (std::size_t l = 0; l < weight.size(); ++l) {
        const std::string layer = std::to_string(l) + suffix;
        const auto& w = weight[l];
        arrays.push_back({prefix + "/weight" + layer, {w.size(1), w.size(2)}, nn::toVector(w[network])});
        arrays.push_back({prefix + "/bias" + layer, {w.size(1)}, nn::toVector(bias[l][network])});
    }
}

void Parameters::readArrays(std::int64_t network, const std::string& prefix, const std::string& suffix,
                            std::span<const NamedArray> arrays) {
    for (std::size_t l = 0; l < weight.size(); ++l) {
        const std::string layer = std::to_string(l) + suffix;
        const auto& w = weight[l];
        nn::copyInto(findArray(arrays, prefix + "/weight" + layer, {w.size(1), w.size(2)}).values,
                     w[network]);
        nn::copyInto(findArray(arrays, prefix + "/bias" + layer, {w.size(1)}).values, bias[l][network]);
    }
}

const NamedArray& findArray(std::span<const NamedArray> arrays, const std::string& name,
                            const std::vector<std::int64_t>& shape) {
    const auto found =
        std::find_if(arrays.begin(), arrays.end(), [&](const auto& array) { return array.name == name; });
    if (found == arrays.end())
        throw Error("array '" + name + "' is missing");
    const auto shapeText = [](const std::vector<std::int64_t>& sizes) {
        std::string text = "[";
        for (std::size_t i = 0; i < sizes.size(); ++i)
            text += (i ? ", " : "") + std::to_string(sizes[i]);
        return text + "]";
    };
    std::int64_t count = 1;
    for (const std::int64_t size : shape)
        count *= size;
    if (found->shape != shape || static_cast<std::int64_t>(found->values.size()) != count)
        throw Error("array '" + name + "' has shape " + shapeText(found->shape) + " and " +
                    std::to_string(found->values.size()) + " values, expected " + shapeText(shape));
    return *found;
}

} // namespace penumbra::heads
