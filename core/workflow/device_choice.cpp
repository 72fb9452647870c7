#include "core/workflow/device_choice.h"

#include "core/nn/device.h"

namespace penumbra::workflow {

std::string openedDevice(const std::string& wanted, const RunContext& context) {
    if (wanted != "auto") {
        nn::openDevice(wanted);
        return wanted;
    }
    if (!nn::gpuPresent()) // the usual case
        return "cpu";
    try {
        nn::openDevice("cuda");
        return "cuda";
    } catch (const Error& error) {
        context.note("There is a GPU, but networks run on the CPU: " + std::string(error.what()));
        return "cpu";
    }
}

bool wouldUseGpu(const std::string& wanted) {
    return wanted == "cuda" || (wanted == "auto" && nn::gpuPresent());
}

} // namespace penumbra::workflow
