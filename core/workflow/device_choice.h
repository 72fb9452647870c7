#pragma once

#include "core/base/error.h"
#include "core/nn/device.h"

#include <string>

namespace penumbra::workflow {

/// Opens the device that the option "device" asks for; "auto" takes a GPU if there is one. @returns its name
inline std::string openedDevice(const std::string& wanted) {
    if (wanted != "auto") {
        nn::openDevice(wanted);
        return wanted;
    }
    try {
        nn::openDevice("cuda");
        return "cuda";
    } catch (const Error&) {
        return "cpu"; // no GPU is the usual case, and asked for by "auto"
    }
}

} // namespace penumbra::workflow
