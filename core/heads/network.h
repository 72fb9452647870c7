#pragma once

#include "core/catalogue/matrix.h"

#include <cstdint>
#include <string>
#include <vector>

namespace penumbra::heads {

enum class Activation { Gelu, Relu };
enum class OutputActivation { None, Softplus };
enum class Loss { SquaredError, Pinball };

/// Everything that decides whether two networks can be trained in one batched pass.
struct NetworkShape {
    int inputs = 0;
    std::vector<int> hidden = {256, 256};
    Activation activation = Activation::Gelu;
    OutputActivation output = OutputActivation::None;
    bool operator==(const NetworkShape&) const = default;
};

/// One small regression network D -> hidden... -> 1 and what it learns.
struct NetworkSpec {
    std::string name; ///< "z: mean"; used in progress, training curves and checkpoints
    NetworkShape shape;
    Loss loss = Loss::SquaredError;
    double level = 0.5;         ///< Pinball: the quantile level
    std::uint64_t seed = 0;     ///< initial weights
    std::vector<double> labels; ///< [rows of the training matrix]; NaN rows do not count for this network
};

enum class Optimiser { AdamW, Adam }; ///< Adam: weight decay as an L2 term of the loss
/// Of the operands of training's matrix products; weights, moments, activations' functions and losses stay in
/// float32. TensorFloat32: a GPU rounds them to 10 bits of mantissa; the CPU does not. BFloat16: rounded to 8
/// bits, on the CPU the products' results too; quick on devices with bfloat16 units only.
enum class Precision { Float32, TensorFloat32, BFloat16 };
struct TrainingOptions {
    int epochs = 500;
    int batch = 512;
    double learningRate = 1e-3;
    double weightDecay = 1e-4;
    /// Cosine annealing of the learning rate, step by step, to 0, restarted this many times.
    int cycles = 1;
    Optimiser optimiser = Optimiser::AdamW;
    /// Every network draws its own minibatches; default: shared (quicker, narrows the spread of an ensemble).
    bool ownOrder = false;
    /// Of the training rows, set aside to report a validation loss; never trained on.
    double validationFraction = 0.0;
    std::uint64_t seed = 0; ///< minibatch order and rows set aside
    /// Networks computed together; 0: what fits the caches (CPU) or all (GPU). Changes speed and last digits
    /// only.
    int networksPerPass = 0;
    Precision precision = Precision::Float32;
};

/// Named arrays in a fixed order: checkpoints and stored networks.
struct NamedArray {
    std::string name;
    std::vector<std::int64_t> shape;
    std::vector<float> values;
};

} // namespace penumbra::heads
