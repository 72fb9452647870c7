#pragma once

#include <cstddef>
#include <string>

namespace penumbra::nn {

class WorkGraph;

/// The library penumbra_cuda_graphs beside the program: the only piece compiled against CUDA's headers,
/// opened at run time after libtorch_cuda.so.
struct CudaLibrary {
    WorkGraph* (*makeGraph)() = nullptr;                        ///< the caller owns it
    void (*deviceName)(char* name, std::size_t size) = nullptr; ///< of the present GPU
    std::string reason;                                         ///< why the functions are absent
};

/// Call after openDevice("cuda").
const CudaLibrary& cudaLibrary();

} // namespace penumbra::nn
