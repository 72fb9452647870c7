#pragma once

#include "core/base/error.h"
#include "core/nn/device.h"

#include <gtest/gtest.h>
#include <string>

namespace penumbra::nn {

/// Empty where "cuda" opens, else why it does not.
inline std::string whyNoGpu() {
    try {
        openDevice("cuda");
        return {};
    } catch (const Error& error) {
        return error.what();
    }
}

} // namespace penumbra::nn

/// At the beginning of a test that nothing but a GPU can run.
#define PENUMBRA_SKIP_WITHOUT_GPU()                                                                          \
    if (const std::string why = penumbra::nn::whyNoGpu(); !why.empty())                                      \
    GTEST_SKIP() << "SKIPPED, needs a GPU: " << why
