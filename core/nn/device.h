#pragma once

#include "core/base/run_context.h"

#include <string>

namespace penumbra::nn {

/// How much of the machine networks may use. Torch-free, so that anybody can ask.

/// Threads to use for this context: context.threads, or the cores this process may run on when that is 0.
int threadCount(const RunContext& context);

/// Makes the named device usable: "cpu" always is; "cuda" opens libtorch_cuda.so (which stands beside
/// libtorch_cpu.so and is never linked) and looks for a GPU. Cheap when called again. Must come before other
/// torch work in the process, because torch remembers the first answer to "is there a GPU?".
/// @throws Error saying what is missing (library, driver, GPU); UsageError for an unknown name.
void openDevice(const std::string& name);

/// Whether there are signs of an NVIDIA GPU: cheap, and no promise that "cuda" will open.
bool gpuPresent();

/// Of an opened device, for people: "CPU", "NVIDIA H200".
std::string deviceName(const std::string& device);

} // namespace penumbra::nn
