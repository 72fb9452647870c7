#include "core/base/error.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <new>

namespace penumbra {
namespace {

TEST(FailureText, LeavesOutAddressesAndSaysWhatToDo) {
    EXPECT_EQ(failureText(std::runtime_error("sizes differ: 3 and 4\nException raised from mm at a.cpp:3\n"
                                             "frame #0: f + 0x3 (0x7f in libc10.so)\n")),
              "Unexpected failure: sizes differ: 3 and 4");
    EXPECT_EQ(failureText(std::runtime_error("plain")), "Unexpected failure: plain");
    EXPECT_NE(failureText(std::bad_alloc()).find("fewer rows"), std::string::npos);
}

TEST(FailureText, AFullGpuIsToldWithWhatWasTried) {
    const std::string text = failureText(std::runtime_error(
        "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 8.00 GiB of which 1 "
        "GiB is "
        "free. See documentation for Memory Management\nException raised from malloc at x.cpp:1"));
    EXPECT_NE(text.find("device cpu"), std::string::npos);
    EXPECT_NE(text.find("Tried to allocate 2.00 GiB."), std::string::npos);
    EXPECT_EQ(text.find("documentation"), std::string::npos);
    for (const char* other : {"CUDA error: out of memory\nCUDA kernel errors might be ...",
                              "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"})
        EXPECT_NE(failureText(std::runtime_error(other)).find("device cpu"), std::string::npos) << other;
}

TEST(FailureText, AFileSystemsFailureNamesTheFileShortly) {
    const std::string text = failureText(std::filesystem::filesystem_error(
        "status", std::string(60'000, 'x'), std::make_error_code(std::errc::filename_too_long)));
    EXPECT_NE(text.find("File name too long"), std::string::npos) << text;
    EXPECT_EQ(text.find("Unexpected"), std::string::npos) << text;
    EXPECT_LT(text.size(), 300U);
}

} // namespace
} // namespace penumbra
