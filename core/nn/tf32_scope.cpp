#include "core/nn/tf32_scope.h"

#include <ATen/Context.h>

namespace penumbra::nn {

namespace {
void set(bool allowed) { // products and convolutions
    at::globalContext().setAllowTF32CuBLAS(allowed);
    at::globalContext().setAllowTF32CuDNN(allowed);
}
} // namespace

Tf32Scope::Tf32Scope(bool allowed) : before_(at::globalContext().allowTF32CuBLAS()) {
    if (allowed != before_)
        set(allowed);
}

Tf32Scope::~Tf32Scope() {
    if (at::globalContext().allowTF32CuBLAS() != before_)
        set(before_);
}

} // namespace penumbra::nn
