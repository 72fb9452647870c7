#include "core/nn/device.h"

#include "core/nn/cuda_library.h"

#include <ATen/Context.h>
#include <algorithm>
#include <dlfcn.h>
#include <filesystem>
#include <mutex>
#include <sched.h>
#include <thread>

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
        throw Error("device cuda: " + library.string() + " could not be opened (" +
                    (reason ? reason : "no reason given") +
                    "). Install the full torch wheel with NVIDIA's libraries, or use device cpu.");
    }
    if (!at::globalContext().hasCUDA())
        throw Error("device cuda: no usable NVIDIA GPU was found (driver missing, too old, or no GPU). Use "
                    "device cpu.");
    at::globalContext().setAllowTF32CuDNN(
        false); // convolutions in float32, as on the CPU; torch's default is not
}
} // namespace

int threadCount(const RunContext& context) {
    if (context.threads > 0)
        return context.threads;
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
        return std::max(1, CPU_COUNT(&allowed));
    return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
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
    for (const char* sign : {"/dev/nvidiactl", "/proc/driver/nvidia/version", "/dev/dxg"}) // the last: WSL
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
