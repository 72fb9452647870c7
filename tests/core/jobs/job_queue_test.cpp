#include "core/jobs/job_queue.h"

#include <algorithm>
#include <atomic>
#include <gtest/gtest.h>
#include <mutex>
#include <sys/resource.h>
#include <thread>

using namespace penumbra;
using namespace penumbra::jobs;
using namespace std::chrono_literals;

namespace {

/// Works until it is told to stop.
std::any untilStopped(RunContext& context) {
    for (;;) {
        context.step(0.25, "turning");
        std::this_thread::sleep_for(1ms);
    }
}

template <class Condition>
bool becomesTrue(Condition condition) {
    for (int i = 0; i < 2000 && !condition(); ++i)
        std::this_thread::sleep_for(1ms);
    return condition();
}

} // namespace

TEST(JobQueue, GivesBackTheResult) {
    JobQueue queue;
    const JobId id = queue.submit(Lane::Cpu, "answer", {}, [](RunContext& context) {
        context.note("a finding");
        context.step(0.5, "half way");
        return std::any(42);
    });
    ASSERT_TRUE(queue.waitFor(id, 5s));
    const JobStatus status = queue.status(id);
    EXPECT_EQ(status.state, JobState::Done);
    EXPECT_EQ(status.title, "answer");
    EXPECT_DOUBLE_EQ(status.fraction, 1.0);
    EXPECT_EQ(status.notes, std::vector<std::string>{"a finding"});
    EXPECT_EQ(std::any_cast<int>(queue.result(id)), 42);
    EXPECT_TRUE(queue.idle());
}

TEST(JobQueue, PassesTheContextAndItsListenerOn) {
    JobQueue queue;
    RunContext base;
    base.seed = 7;
    base.threads = 3;
    std::atomic<int> heard = 0;
    base.say = [&](const std::string&) { ++heard; };
    const JobId id = queue.submit(Lane::Gpu, "context", base, [](RunContext& context) {
        context.note("heard outside too");
        return std::any(context.seed * 10 + static_cast<std::uint64_t>(context.threads));
    });
    ASSERT_TRUE(queue.waitFor(id, 5s));
    EXPECT_EQ(std::any_cast<std::uint64_t>(queue.result(id)), 73u);
    EXPECT_EQ(heard, 1);
}

TEST(JobQueue, CancelStopsARunningJobSoon) {
    JobQueue queue;
    const JobId id = queue.submit(Lane::Cpu, "endless", {}, untilStopped);
    ASSERT_TRUE(becomesTrue([&] { return queue.status(id).state == JobState::Running; }));
    const auto asked = std::chrono::steady_clock::now();
    queue.cancel(id);
    ASSERT_TRUE(queue.waitFor(id, 5s));
    EXPECT_LT(std::chrono::steady_clock::now() - asked, 200ms);
    EXPECT_EQ(queue.status(id).state, JobState::Cancelled);
    EXPECT_THROW(queue.result(id), Error);
}

TEST(JobQueue, CancelledWhileWaitingNeverRuns) {
    JobQueue queue;
    std::atomic<bool> ran = false;
    const JobId first = queue.submit(Lane::Io, "endless", {}, untilStopped);
    const JobId second = queue.submit(Lane::Io, "queued", {}, [&](RunContext&) {
        ran = true;
        return std::any();
    });
    queue.cancel(second);
    EXPECT_EQ(queue.status(second).state, JobState::Cancelled);
    queue.cancel(first);
    ASSERT_TRUE(queue.waitFor(first, 5s));
    const JobId last = queue.submit(Lane::Io, "after", {}, [](RunContext&) { return std::any(1); });
    ASSERT_TRUE(queue.waitFor(last, 5s));
    EXPECT_EQ(queue.status(last).state, JobState::Done);
    EXPECT_FALSE(ran);
}

TEST(JobQueue, CancellingWhatHasEndedDoesNothing) {
    JobQueue queue;
    const JobId id = queue.submit(Lane::Io, "quick", {}, [](RunContext&) { return std::any(1); });
    ASSERT_TRUE(queue.waitFor(id, 5s));
    queue.cancel(id);
    EXPECT_EQ(queue.status(id).state, JobState::Done);
    queue.forgetFinished();
    EXPECT_NO_THROW(queue.cancel(id));
    EXPECT_NO_THROW(queue.cancel(id + 1)) << "one that never was";
}

TEST(JobQueue, AFailureKeepsItsMessageAndTheLaneGoesOn) {
    JobQueue queue;
    const JobId bad = queue.submit(
        Lane::Cpu, "bad", {}, [](RunContext&) -> std::any { throw Error("row 7 of z is not a number"); });
    const JobId odd = queue.submit(Lane::Cpu, "odd", {}, [](RunContext&) -> std::any { throw 3; });
    const JobId good = queue.submit(Lane::Cpu, "good", {}, [](RunContext&) { return std::any(1); });
    ASSERT_TRUE(queue.waitFor(good, 5s));
    EXPECT_EQ(queue.status(bad).state, JobState::Failed);
    EXPECT_EQ(queue.status(bad).error, "row 7 of z is not a number");
    EXPECT_EQ(queue.status(odd).state, JobState::Failed);
    EXPECT_FALSE(queue.status(odd).error.empty());
    EXPECT_EQ(queue.status(good).state, JobState::Done);
}

TEST(JobQueue, RunsManyJobsInOrderWithinALane) {
    JobQueue queue;
    std::mutex mutex;
    std::vector<int> order;
    std::vector<JobId> ids;
    for (int i = 0; i < 500; ++i)
        ids.push_back(queue.submit(Lane::Cpu, "n", {}, [&, i](RunContext&) {
            const std::lock_guard lock(mutex);
            order.push_back(i);
            return std::any(i);
        }));
    ASSERT_TRUE(queue.waitFor(ids.back(), 20s));
    ASSERT_EQ(order.size(), 500u);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
    EXPECT_EQ(queue.jobs().size(), 500u);
    queue.forgetFinished();
    EXPECT_TRUE(queue.jobs().empty());
    EXPECT_THROW(queue.status(ids.front()), Error);
}

TEST(JobQueue, LanesDoNotWaitForEachOther) {
    JobQueue queue;
    const JobId slow = queue.submit(Lane::Gpu, "endless", {}, untilStopped);
    const JobId quick = queue.submit(Lane::Io, "quick", {}, [](RunContext&) { return std::any(1); });
    EXPECT_TRUE(queue.waitFor(quick, 5s));
    EXPECT_FALSE(queue.waitFor(slow, 5ms));
    EXPECT_FALSE(queue.idle());
    queue.cancelAll();
    EXPECT_TRUE(queue.waitFor(slow, 5s));
}

TEST(JobQueue, HeavyLanesLeaveTheWindowItsCore) {
    const int own = getpriority(PRIO_PROCESS, 0);
    const auto niceness = [](JobQueue& queue, Lane lane) {
        const JobId id = queue.submit(lane, "nice", {}, [](RunContext&) -> std::any {
            int inside = 0;
            std::jthread([&] { inside = getpriority(PRIO_PROCESS, 0); }).join(); // a thread of the job
            return inside;
        });
        EXPECT_TRUE(queue.waitFor(id, std::chrono::seconds(10)));
        return std::any_cast<int>(queue.result(id));
    };
    JobQueue queue;
    EXPECT_EQ(niceness(queue, Lane::Io), own);
    EXPECT_EQ(niceness(queue, Lane::Screen), own);
    EXPECT_GE(niceness(queue, Lane::Cpu), std::min(19, std::max(own, 10)));
    EXPECT_GE(niceness(queue, Lane::Gpu), std::min(19, std::max(own, 10)));
    EXPECT_EQ(getpriority(PRIO_PROCESS, 0), own);
}

TEST(JobQueue, EstimatesTheTimeLeft) {
    JobQueue queue;
    const JobId id = queue.submit(Lane::Cpu, "endless at a quarter", {}, untilStopped);
    EXPECT_TRUE(becomesTrue([&] { return queue.status(id).secondsLeft > 0.0; }));
    const JobStatus status = queue.status(id);
    EXPECT_EQ(status.doing, "turning");
    EXPECT_NEAR(status.secondsLeft, 3.0 * status.seconds, 0.01 * status.seconds);
}

TEST(JobQueue, DestructionStopsWhatRuns) {
    const auto start = std::chrono::steady_clock::now();
    std::atomic<int> ran = 0;
    {
        JobQueue queue;
        const JobId id = queue.submit(Lane::Cpu, "endless", {}, untilStopped);
        for (int i = 0; i < 50; ++i)
            queue.submit(Lane::Cpu, "queued", {}, [&](RunContext&) {
                ++ran;
                return std::any();
            });
        becomesTrue([&] { return queue.status(id).state == JobState::Running; });
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
    EXPECT_EQ(ran, 0);
}

TEST(JobQueue, ReadersAndWritersMayMeet) {
    JobQueue queue;
    std::jthread reader([&](std::stop_token stop) {
        while (!stop.stop_requested())
            for (const JobStatus& status : queue.jobs())
                EXPECT_LE(status.fraction, 1.0);
    });
    std::vector<JobId> ids;
    for (int i = 0; i < 60; ++i) {
        ids.push_back(queue.submit(static_cast<Lane>(i % 3), "mixed", {}, [i](RunContext& context) {
            for (int k = 0; k < 20; ++k)
                context.step(k / 20.0, "step");
            if (i % 5 == 0)
                throw Error("planned");
            return std::any(i);
        }));
        if (i % 7 == 0)
            queue.cancel(ids.back());
    }
    for (const JobId id : ids)
        ASSERT_TRUE(queue.waitFor(id, 20s));
    EXPECT_TRUE(queue.idle());
}
