#include "core/nn/work_graph.h"

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <filesystem>

namespace penumbra::nn {

namespace {
constexpr const char* libraryName = "libpenumbra_cuda_graphs.so";
using MakeGraph = WorkGraph* (*)();

GraphSupport openedLibrary() {
    std::error_code ignored;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
    std::string reason =
        std::string(libraryName) + " is not beside the program (it is built where CUDA's headers are)";
    for (const auto& folder : {program, program.parent_path() / "lib" / "penumbra"}) {
        const auto path = folder / libraryName;
        if (!std::filesystem::exists(path, ignored))
            continue;
        void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        void* function = library ? dlsym(library, "penumbraMakeCudaGraph") : nullptr;
        if (!function) {
            const char* why = dlerror();
            reason = path.string() + " could not be opened (" + (why ? why : "no reason given") + ")";
            continue;
        }
        const auto make = reinterpret_cast<MakeGraph>(function);
        return {[make] { return std::unique_ptr<WorkGraph>(make()); }, {}};
    }
    return {{}, reason};
}
} // namespace

GraphSupport graphSupport(const std::string& device) {
    if (device != "cuda")
        return {};
    if (const char* wish = std::getenv("PENUMBRA_CUDA_GRAPHS"); wish && std::strcmp(wish, "0") == 0)
        return {{}, "PENUMBRA_CUDA_GRAPHS is 0"};
    static const GraphSupport support = openedLibrary();
    return support;
}

} // namespace penumbra::nn
