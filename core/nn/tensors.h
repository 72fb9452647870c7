#pragma once

// Internal: sees torch. For .cpp files and internal headers of nn, aion and heads only; never for a public
// header. Lists the operators we use one by one: ATen/ATen.h costs several times as long to compile.
#include "core/catalogue/matrix.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace penumbra::nn {

/// "cpu" or "cuda", opened if need be (see openDevice). @throws Error
at::Device deviceFor(const std::string& name);

/// Views of the caller's memory, which must outlive them; nothing is copied.
at::Tensor viewOf(std::span<float> values, at::IntArrayRef shape);
at::Tensor viewOf(MatrixF& rows);

/// Copies to the CPU, row-major.
std::vector<float> toVector(const at::Tensor& tensor);
void copyInto(std::span<const float> values,
              const at::Tensor& destination); ///< destination: any device, any strides

at::Tensor floats(at::IntArrayRef shape, at::Device device); ///< uninitialised
at::Tensor zeros(at::IntArrayRef shape, at::Device device);

} // namespace penumbra::nn
