// The library penumbra_cuda_graphs: opened at run time, after libtorch_cuda.so, whose symbols it uses.
#include "core/nn/work_graph.h"

#include <ATen/cuda/CUDAGraph.h>
#include <cstdio>
#include <cuda_runtime_api.h>

namespace penumbra::nn {

namespace {
class CudaGraph final : public WorkGraph {
public:
    void record(const std::function<void()>& work) override {
        // Other threads may go on using the GPU meanwhile.
        graph_.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
        try {
            work();
        } catch (...) {
            try {
                graph_.capture_end();
            } catch (...) { // the first failure tells more
            }
            throw;
        }
        graph_.capture_end();
    }
    void replay() override { graph_.replay(); }

private:
    at::cuda::CUDAGraph graph_;
};
} // namespace

} // namespace penumbra::nn

#define PENUMBRA_EXPORT extern "C" __attribute__((visibility("default")))

PENUMBRA_EXPORT penumbra::nn::WorkGraph* penumbraMakeCudaGraph();
penumbra::nn::WorkGraph* penumbraMakeCudaGraph() {
    return new penumbra::nn::CudaGraph;
}

PENUMBRA_EXPORT void penumbraCudaDeviceName(char* name, std::size_t size);
void penumbraCudaDeviceName(char* name, std::size_t size) {
    int device = 0;
    cudaDeviceProp properties{};
    const bool known =
        cudaGetDevice(&device) == cudaSuccess && cudaGetDeviceProperties(&properties, device) == cudaSuccess;
    std::snprintf(name, size, "%s", known ? properties.name : "");
}
