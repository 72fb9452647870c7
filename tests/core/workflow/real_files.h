#pragma once

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>

namespace penumbra::workflow {

/// Tests on real files, from the folder in PENUMBRA_DATA; skipped loudly where it is unset.
class RealFiles : public ::testing::Test {
protected:
    void SetUp() override {
        const char* folder = std::getenv("PENUMBRA_DATA");
        if (!folder || !std::filesystem::is_directory(folder))
            GTEST_SKIP() << "SKIPPED: set PENUMBRA_DATA to the folder of real data files to run this test";
        data_ = folder;
    }
    std::filesystem::path data_;
};

} // namespace penumbra::workflow
