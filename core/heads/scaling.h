#pragma once

#include "core/base/run_context.h"
#include "core/catalogue/matrix.h"
#include "core/heads/network.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace penumbra::heads {

/// Standardisation of input columns: (x - mean) * inverseStd. Floats, so that stored networks predict the
/// same bits.
struct InputScaling {
    std::vector<float> mean;
    std::vector<float>
        inverseStd; ///< 1 / population standard deviation; 0 for constant columns, which become 0

    /// Writes one standardised row. @param row [D] @param scaled [D]
    void apply(const float* row, float* scaled) const;
    /// Standardises rows from..from+count of `inputs` into `scaled` [count, D].
    /// @throws Error naming the row and column of a value that is not finite.
    void applyRows(const MatrixF& inputs, std::int64_t from, std::int64_t count, float* scaled) const;
};

/// @param rows which rows of inputs count (two passes in double). Nothing is copied.
InputScaling fitInputScaling(const MatrixF& inputs, std::span<const std::int32_t> rows,
                             const RunContext& context);

/// @throws Error naming the first row and column that is not finite.
void checkFinite(const MatrixF& inputs, const RunContext& context);

/// Standardisation of one network's labels: (y - shift) / scale, in double: a label of 59000 +- 1e-4 or of
/// 1e-50 must reach the networks' floats, and come back, with all its digits. Softplus output: shift 0, scale
/// = mean.
struct LabelScaling {
    double shift = 0.0;
    double scale = 1.0;
};

/// @param rows rows that are trained on; NaN labels are skipped.
/// @throws Error naming the network: no labelled row, an infinite label, or softplus with a mean below 0.
LabelScaling fitLabelScaling(const NetworkSpec& network, std::span<const std::int32_t> rows);

} // namespace penumbra::heads
