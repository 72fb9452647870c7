#pragma once

#include "core/base/run_context.h"
#include "core/catalogue/matrix.h"
#include "core/heads/network.h"
#include "core/heads/scaling.h"

#include <cstdint>
#include <span>
#include <vector>

namespace penumbra::heads {

struct ClassTrainingOptions {
    int hidden = 256;     ///< units of the hidden layer; 0: one linear layer
    double dropout = 0.1; ///< of the hidden units, in training
    int epochs = 100;     ///< at most; the weights of the epoch with the lowest validation loss are kept
    int batch = 256;
    double learningRate = 1e-3; ///< AdamW, cosine to 0
    double weightDecay = 1e-2;
    double validationFraction = 0.1; ///< of the training rows; 0: the last epoch's weights
    std::uint64_t seed = 0;          ///< weights, minibatches, dropout, rows set aside
};

/// A classifier on an encoder's pooled vectors: D -> hidden (GELU, dropout) -> classes, mean cross-entropy
/// (paper AION-1, 7.2). Inputs are standardised with the training rows.
class ClassNetwork {
public:
    /// @param rows of `inputs` [N, D] to learn from, at least 2 @param labels [N]; of those rows below
    /// `classes` @throws Error for labels and values that cannot be, or if it diverges
    static ClassNetwork train(const MatrixF& inputs, std::span<const std::int32_t> rows,
                              std::span<const std::size_t> labels, std::size_t classes,
                              const ClassTrainingOptions& options, const RunContext& context);

    MatrixD logits(const MatrixF& inputs, const RunContext& context) const; ///< [N, classes], without dropout
    int bestEpoch() const { return bestEpoch_; }                            ///< counts from 1

private:
    InputScaling scaling_;
    std::vector<NamedArray> weights_; ///< in the order of the head's parameters
    int bestEpoch_ = 0;
};

} // namespace penumbra::heads
