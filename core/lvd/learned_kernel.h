#pragma once

#include "core/base/run_context.h"
#include "core/lvd/kernel_input.h"

#include <optional>

namespace penumbra::lvd {

/// A named array of any shape, row-major; how kernels and checkpoints are stored.
struct NamedArray {
    std::string name;
    std::vector<std::size_t> shape;
    std::vector<double> values;
};

/// A trained similarity k(x, x') = exp(-(1/d) sum_c (p_c - p'_c)^2) of projected rows p = s A z(x)
/// (spec/lvd.md a.2). The smaller the scale s, the wider the kernel.
struct LearnedKernel {
    KernelInput input;
    MatrixD A;          ///< [d, D']
    double scale = 1.0; ///< s: at most 1, set by the guard (guard.h)

    std::size_t outputs() const { return static_cast<std::size_t>(A.rows()); }
    /// Projected rows, [rows, d]. Blocked: memory beyond the answer stays flat.
    /// @throws Error if the columns differ from those of training or a value is not finite.
    MatrixD project(const InputRows& rows, const RunContext& context) const;

    /// Every number to the nearest float32, as arrays of floats keep it.
    void roundToFloats();
    /// The kernel as plain arrays whose names begin with `prefix`, and back.
    std::vector<NamedArray> arrays(const std::string& prefix = {}) const;
    static LearnedKernel fromArrays(std::span<const NamedArray> arrays, const std::string& prefix = {});
};

/// k of two projected rows.
double kernelValue(const double* p, const double* q, std::size_t outputs);

/// The array of this name. @throws Error if it is missing or its shape is not `shape` (where given).
const NamedArray& findArray(std::span<const NamedArray> arrays, const std::string& name,
                            const std::optional<std::vector<std::size_t>>& shape = {});

} // namespace penumbra::lvd
