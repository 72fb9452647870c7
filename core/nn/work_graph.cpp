#include "core/nn/work_graph.h"

#include "core/nn/cuda_library.h"

#include <cstdlib>
#include <string_view>

namespace penumbra::nn {

GraphSupport graphSupport(const std::string& device) {
    if (device != "cuda")
        return {};
    if (const char* wish = std::getenv("PENUMBRA_CUDA_GRAPHS"); wish && std::string_view(wish) == "0")
        return {{}, "PENUMBRA_CUDA_GRAPHS is 0"};
    const auto make = cudaLibrary().makeGraph;
    if (!make)
        return {{}, cudaLibrary().reason};
    return {[make] { return std::unique_ptr<WorkGraph>(make()); }, {}};
}

} // namespace penumbra::nn
