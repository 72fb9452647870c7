#pragma once

#include "core/base/run_context.h"

#include <string>

namespace penumbra::nn {

/// Opens the device that the option "device" asks for; "auto" takes a GPU if there is one, and says why not
/// where one is there that cannot be used. @returns its name
std::string openedDevice(const std::string& wanted, const RunContext& context);

/// Whether that option would use a GPU; opens nothing.
bool wouldUseGpu(const std::string& wanted);

} // namespace penumbra::nn
