#pragma once

// Internal: sees torch.
#include <ATen/core/Tensor.h>
#include <memory>
#include <string>
#include <vector>

namespace penumbra::heads {

/// What a head is given, in the type of its parameters (float to train, double to test).
struct HeadInput {
    at::Tensor values;  ///< pooled vectors [B, D] or tokens [B, n, D]
    at::Tensor padded;  ///< attentive probe: [B, n] bool, true = no token; undefined: all are tokens
    at::Tensor dropout; ///< class head: [B, hidden], 0 or 1 / (1 - rate); undefined: none
};

/// A forward pass and what its gradient needs.
struct HeadPass {
    at::Tensor output;
    std::vector<at::Tensor> kept;
};

struct HeadParameter {
    std::string name;
    at::Tensor value;
};

/// A small network on an encoder's output for one task, forward and backward by hand.
class TaskHead {
public:
    explicit TaskHead(std::vector<HeadParameter> parameters) : parameters_(std::move(parameters)) {}
    virtual ~TaskHead() = default;
    TaskHead(const TaskHead&) = delete;
    TaskHead& operator=(const TaskHead&) = delete;

    virtual HeadPass forward(const HeadInput& input) const = 0;
    /// Gradients of the parameters, in their order, and last that of the values.
    /// @param slope of the loss by the output
    virtual std::vector<at::Tensor> backward(const HeadInput& input, const HeadPass& pass,
                                             const at::Tensor& slope) const = 0;
    const std::vector<HeadParameter>& parameters() const { return parameters_; }

protected:
    const at::Tensor& value(std::size_t parameter) const { return parameters_[parameter].value; }

private:
    std::vector<HeadParameter> parameters_;
};

/// The heads check that the tensors fit each other. Layouts are those of nn.Linear and nn.ConvTranspose2d.
/// @throws Error naming the tensor

/// Linear - GELU - dropout - Linear, D -> hidden -> classes (paper AION-1, 7.2). An empty first weight: one
/// linear layer.
std::unique_ptr<TaskHead> classHead(at::Tensor weight0, at::Tensor bias0, at::Tensor weight1,
                                    at::Tensor bias1);
/// One learned query looks at the tokens through H heads, then a linear layer (eq. 8). Rows need a token.
struct ProbeTensors {
    at::Tensor query;                     ///< [1, D]
    at::Tensor qWeight, kWeight, vWeight; ///< [D, D]
    at::Tensor weight, bias;              ///< [targets, D], [targets]
};
std::unique_ptr<TaskHead> attentiveProbe(ProbeTensors tensors, std::int64_t heads);
/// Tokens of a square grid, row by row, to maps of four times its side: the upsampler of Segment Anything's
/// mask decoder without its hypernetworks (spec 2, 5.5). Output [B, maps, 4 side, 4 side], logits.
struct MapTensors {
    at::Tensor up1Weight, up1Bias;   ///< [D, D/4, 2, 2]
    at::Tensor normWeight, normBias; ///< over channels
    at::Tensor up2Weight, up2Bias;   ///< [D/4, D/8, 2, 2]
    at::Tensor outWeight, outBias;   ///< [maps, D/8, 1, 1]
};
std::unique_ptr<TaskHead> mapHead(MapTensors tensors);

/// A mean loss and its slope by the output.
struct LossSlope {
    double loss = 0.0;
    at::Tensor slope;
};
LossSlope crossEntropy(const at::Tensor& logits, const at::Tensor& labels); ///< labels [B], int64
LossSlope meanSquaredError(const at::Tensor& output, const at::Tensor& target);
LossSlope binaryCrossEntropy(const at::Tensor& logits, const at::Tensor& target); ///< target in 0..1

} // namespace penumbra::heads
