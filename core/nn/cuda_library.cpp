#include "core/nn/cuda_library.h"

#include <dlfcn.h>
#include <filesystem>

namespace penumbra::nn {

namespace {
constexpr const char* libraryName = "libpenumbra_cuda_graphs.so";

template <class Function>
bool find(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library, name));
    return function != nullptr;
}

CudaLibrary opened() {
    std::error_code ignored;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
    const auto path = program / libraryName;
    if (!std::filesystem::exists(path, ignored))
        return {{},
                {},
                std::string(libraryName) +
                    " is not beside the program (it is built where CUDA's headers are)"};
    CudaLibrary functions;
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library && find(library, "penumbraMakeCudaGraph", functions.makeGraph) &&
        find(library, "penumbraCudaDeviceName", functions.deviceName))
        return functions;
    const char* why = dlerror();
    return {{}, {}, path.string() + " could not be opened (" + (why ? why : "no reason given") + ")"};
}
} // namespace

const CudaLibrary& cudaLibrary() {
    static const CudaLibrary library = opened();
    return library;
}

} // namespace penumbra::nn
