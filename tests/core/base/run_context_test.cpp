#include "core/base/run_context.h"

#include <gtest/gtest.h>

using namespace penumbra;

TEST(RunContext, SlicesNest) {
    Progress progress;
    RunContext context;
    context.progress = &progress;
    const RunContext half = context.slice(0.5, 1.0);
    half.slice(0.0, 0.5).step(1.0, "inner");
    EXPECT_DOUBLE_EQ(progress.state().fraction, 0.75);
    EXPECT_EQ(progress.state().doing, "inner");
    half.step(7.0, "beyond");
    EXPECT_DOUBLE_EQ(progress.state().fraction, 1.0);
}

TEST(RunContext, StopThrowsCancelledWhichIsNoError) {
    std::stop_source source;
    RunContext context;
    context.stop = source.get_token();
    EXPECT_NO_THROW(context.step(0.1, "fine"));
    source.request_stop();
    EXPECT_THROW(context.checkStop(), Cancelled);
    try {
        context.step(0.2, "stopped");
    } catch (const std::runtime_error&) {
        FAIL() << "a handler for errors must not swallow a cancel";
    } catch (const Cancelled&) {
        SUCCEED();
    }
}
