#include "core/base/error.h"
#include "core/nn/device.h"
#include "core/nn/tensors.h"
#include "core/nn/worker_scope.h"

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>
#include <thread>

namespace penumbra::nn {
namespace {

TEST(Device, UnknownNameIsWrongUsage) {
    EXPECT_NO_THROW(openDevice("cpu"));
    EXPECT_THROW(openDevice("tpu"), UsageError);
}

TEST(Device, CudaOpensOrSaysWhy) {
    try {
        openDevice("cuda");
        EXPECT_TRUE(zeros({2}, deviceFor("cuda")).is_cuda());
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("cuda"), std::string::npos);
        EXPECT_NE(std::string(error.what()).find("cpu"), std::string::npos)
            << "the message must offer a way out";
    }
}

TEST(Device, TorchFailuresAreToldWithoutAddresses) {
    try {
        const auto huge = floats({std::int64_t{1} << 55}, at::kCPU);
        FAIL() << "this machine has " << huge.numel() * 4 << " bytes of memory";
    } catch (const std::exception& failure) {
        EXPECT_NE(std::string(failure.what()).find("frame #"), std::string::npos) << "the test is empty";
        EXPECT_NE(failureText(failure).find("Out of memory"), std::string::npos) << failure.what();
    }
}

TEST(Device, ThreadCountFollowsTheContext) {
    RunContext context;
    EXPECT_GE(threadCount(context), 1);
    context.threads = 7;
    EXPECT_EQ(threadCount(context), 7);
}

TEST(Tensors, ViewSharesMemoryAndCopiesKeepOrder) {
    MatrixF rows(2, 3);
    rows << 1, 2, 3, 4, 5, 6;
    at::Tensor view = viewOf(rows);
    view[1][2] = 9.0;
    EXPECT_EQ(rows(1, 2), 9.0F);
    EXPECT_EQ(toVector(view.t()), (std::vector<float>{1, 4, 2, 5, 3, 9}));
    const std::vector<float> values{10, 20, 30, 40, 50, 60};
    copyInto(values, view.t());
    EXPECT_EQ(rows(0, 1), 30.0F);
    EXPECT_THROW(copyInto(std::vector<float>{1}, view), Error);
}

TEST(WorkerScope, OneThreadInsideAndThePreviousNumberAfter) {
    std::thread([] {
        at::set_num_threads(3);
        {
            const WorkerScope scope;
            EXPECT_EQ(at::get_num_threads(), 1);
            EXPECT_TRUE(c10::InferenceMode::is_enabled());
        }
        EXPECT_EQ(at::get_num_threads(), 3);
        EXPECT_FALSE(c10::InferenceMode::is_enabled());
    }).join();
}

} // namespace
} // namespace penumbra::nn
