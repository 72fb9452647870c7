#include "core/nn/tf32_scope.h"

#include <ATen/Context.h>

namespace penumbra::nn {

Tf32Scope::Tf32Scope(bool allowed) : before_(at::globalContext().allowTF32CuBLAS()) {
    if (allowed != before_)
        at::globalContext().setAllowTF32CuBLAS(allowed);
}

Tf32Scope::~Tf32Scope() {
    if (at::globalContext().allowTF32CuBLAS() != before_)
        at::globalContext().setAllowTF32CuBLAS(before_);
}

} // namespace penumbra::nn
