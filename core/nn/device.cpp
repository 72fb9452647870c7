#include "core/nn/device.h"

#include "core/base/parallel_for.h"
#include "core/nn/cuda_library.h"

#include <ATen/Context.h>
#include <dlfcn.h>
#include <filesystem>
#include <mutex>

namespace penumbra::nn {

namespace {
/// The folder of the libtorch_cpu.so that this process runs on.
std::filesystem::path torchFolder() {
    Dl_info info{};
    if (dladdr(reinterpret_cast<const void*>(&at::globalContext), &info) == 0 || info.dli_fname == nullptr)
        return {};
    return std::filesystem::path(info.dli_fname).parent_path();
}

void openCuda() {
    const auto library = torchFolder() / "libtorch_cuda.so";
    if (dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL) == nullptr) {
        const char* reason = dlerror();
        if (!gpuPresent())
            throw Error(
                "device cuda: this machine shows no NVIDIA GPU (no driver is loaded). Use device cpu.");
        throw Error(
            "device cuda: there is a GPU, but " + library.string() + " could not be opened (" +
            (reason ? reason : "no reason given") +
            "). Run packaging/setup.sh with PENUMBRA_CUDA=1, which installs NVIDIA's libraries, or use "
            "device cpu.");
    }
    if (!at::globalContext().hasCUDA())
        throw Error("device cuda: no usable NVIDIA GPU was found (driver missing, too old, or no GPU). Use "
                    "device cpu.");
    // Convolutions in float32, as on the CPU; torch's default is not.
    at::globalContext().setAllowTF32CuDNN(false);
}
} // namespace

int threadCount(const RunContext& context) {
    return context.threads > 0 ? context.threads : allowedCores();
}

void openDevice(const std::string& name) {
    if (name == "cpu")
        return;
    if (name != "cuda")
        throw UsageError("device '" + name + "' is unknown; use cpu or cuda");
    static std::mutex mutex;
    static bool opened = false;
    const std::lock_guard lock(mutex);
    if (!opened)
        openCuda();
    opened = true;
}

bool gpuPresent() {
    std::error_code ignored;
    for (const char* sign : {"/dev/nvidiactl", "/usr/lib/wsl/lib/libcuda.so.1"})
        if (std::filesystem::exists(sign, ignored))
            return true;
    return false;
}

std::string deviceName(const std::string& device) {
    if (device != "cuda")
        return "CPU";
    char name[256] = "";
    if (const auto function = cudaLibrary().deviceName)
        function(name, sizeof name);
    return name[0] ? name : "NVIDIA GPU";
}

} // namespace penumbra::nn
