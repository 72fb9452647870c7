#pragma once

namespace penumbra::nn {

/// While it lives, a GPU's float32 matrix products may round their operands to TensorFloat32 (10 bits of
/// mantissa), several times as fast on tensor cores. Holds for the process: jobs that use a GPU run one after
/// another. The CPU knows no such products.
class Tf32Scope {
public:
    explicit Tf32Scope(bool allowed);
    ~Tf32Scope();
    Tf32Scope(const Tf32Scope&) = delete;
    Tf32Scope& operator=(const Tf32Scope&) = delete;

private:
    bool before_;
};

} // namespace penumbra::nn
