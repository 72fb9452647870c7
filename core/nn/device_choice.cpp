#include "core/nn/device_choice.h"

#include "core/nn/device.h"

#include <atomic>

namespace penumbra::nn {

namespace {
std::atomic<bool> gpuFailed{false}; ///< "auto" has tried in this process
}

std::string openedDevice(const std::string& wanted, const RunContext& context) {
    if (wanted != "auto") {
        openDevice(wanted);
        return wanted;
    }
    if (!gpuPresent()) // the usual case
        return "cpu";
    try {
        openDevice("cuda");
        return "cuda";
    } catch (const Error& error) {
        gpuFailed = true;
        context.note("There is a GPU, but networks run on the CPU: " + std::string(error.what()));
        return "cpu";
    }
}

bool wouldUseGpu(const std::string& wanted) {
    return wanted == "cuda" || (wanted == "auto" && gpuPresent() && !gpuFailed);
}

} // namespace penumbra::nn
