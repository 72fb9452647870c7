#include "core/base/error.h"
#include "gui/jobs/job_bridge.h"
#include "gui/jobs/job_list.h"
#include "gui/jobs/job_status_bar.h"
#include "gui/jobs/latest_only.h"
#include "gui/jobs/task.h"
#include "tests/gui/gui_test_support.h"

#include <QLabel>
#include <QProgressBar>
#include <QThread>
#include <QToolButton>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

namespace {

/// Works until it is told to stop.
Delivery untilStopped(RunContext& context) {
    for (;;) {
        context.step(0.5, "turning");
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

} // namespace

TEST(JobBridge, DeliversOnTheInterfaceThread) {
    JobBridge bridge;
    QObject receiver;
    QThread* worker = nullptr;
    QThread* delivered = nullptr;
    bridge.start({"work"}, &receiver, [&](RunContext&) -> Delivery {
        worker = QThread::currentThread();
        return [&] { delivered = QThread::currentThread(); };
    });
    ASSERT_TRUE(waitUntil([&] { return delivered != nullptr; }));
    EXPECT_EQ(delivered, QThread::currentThread());
    EXPECT_NE(worker, delivered);
    EXPECT_TRUE(waitUntil([&] { return !bridge.busy(); }));
}

TEST(JobBridge, TellsErrors) {
    JobBridge bridge;
    QObject receiver;
    QString told;
    bridge.start(
        {"work"}, &receiver, [](RunContext&) -> Delivery { throw Error("row 7: not a number"); },
        [&](const JobEnd& end) { told = end.error; });
    ASSERT_TRUE(waitUntil([&] { return !told.isEmpty(); }));
    EXPECT_EQ(told, "row 7: not a number");
    ASSERT_EQ(bridge.visibleJobs().size(), 1U);
    EXPECT_EQ(bridge.visibleJobs().front().state, jobs::JobState::Failed);
}

TEST(JobBridge, CancelsRunningAndWaitingJobs) {
    JobBridge bridge;
    QObject receiver;
    int ended = 0;
    const auto onEnd = [&](const JobEnd& end) { ended += end.cancelled(); };
    const auto first = bridge.start({"first"}, &receiver, untilStopped, onEnd);
    const auto second = bridge.start({"second"}, &receiver, untilStopped, onEnd);
    bridge.cancel(second);
    bridge.cancel(first);
    EXPECT_TRUE(waitUntil([&] { return ended == 2; }));
    EXPECT_FALSE(bridge.busy());
}

TEST(JobBridge, DropsWhatNobodyWaitsForAnyMore) {
    JobBridge bridge;
    bool delivered = false;
    auto receiver = std::make_unique<QObject>();
    bridge.start({"work"}, receiver.get(),
                 [&](RunContext&) -> Delivery { return [&] { delivered = true; }; });
    receiver.reset();
    ASSERT_TRUE(waitUntil([&] { return !bridge.busy(); }));
    EXPECT_FALSE(delivered);
}

TEST(JobBridge, DestroyedWhileWorkingItStopsTheWork) {
    std::atomic<bool> stopped{false};
    QObject receiver;
    {
        JobBridge bridge;
        bridge.start({"work"}, &receiver, [&](RunContext& context) -> Delivery {
            try {
                return untilStopped(context);
            } catch (const Cancelled&) {
                stopped = true;
                throw;
            }
        });
        waitUntil([&] { return bridge.visibleJobs().front().state == jobs::JobState::Running; });
    }
    EXPECT_TRUE(stopped);
}

TEST(LatestOnly, KeepsTheFirstAndTheNewestRequest) {
    JobBridge bridge;
    LatestOnly latest(bridge, "draw", nullptr);
    std::vector<int> shown;
    for (int i = 0; i < 50; ++i)
        latest.request([&shown, i](RunContext&) -> Delivery {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            return [&shown, i] { shown.push_back(i); };
        });
    ASSERT_TRUE(waitUntil([&] { return !latest.busy(); }));
    EXPECT_EQ(shown, (std::vector<int>{0, 49}));
    EXPECT_TRUE(bridge.visibleJobs().empty()) << "redrawing is not a job worth showing";
}

TEST(LatestOnly, AnErrorDoesNotBlockTheNext) {
    JobBridge bridge;
    LatestOnly latest(bridge, "draw", nullptr);
    QString error;
    latest.request([](RunContext&) -> Delivery { throw Error("no"); },
                   [&](const JobEnd& end) { error = end.error; });
    ASSERT_TRUE(waitUntil([&] { return !error.isEmpty(); }));
    bool done = false;
    latest.request([&](RunContext&) -> Delivery { return [&] { done = true; }; });
    EXPECT_TRUE(waitUntil([&] { return done; }));
}

TEST(LatestOnly, FilesDoNotHoldUpTheScreen) {
    JobBridge bridge;
    QObject receiver;
    bridge.start({"a long check", jobs::Lane::Io}, &receiver, untilStopped);
    bridge.start({"a long training", jobs::Lane::Cpu}, &receiver, untilStopped);
    LatestOnly latest(bridge, "draw", nullptr);
    bool drawn = false;
    latest.request([&](RunContext&) -> Delivery { return [&] { drawn = true; }; });
    EXPECT_TRUE(waitUntil([&] { return drawn; }, 2000));
}

TEST(Task, TellsHowItEndedOnce) {
    JobBridge bridge;
    Task task(bridge);
    std::vector<JobEnd> ends;
    std::vector<bool> running;
    QObject::connect(&task, &Task::runningChanged, [&](bool now) { running.push_back(now); });
    const auto ended = [&](const JobEnd& end) { ends.push_back(end); };
    bool delivered = false, stillRan = false;
    task.start(
        {"good"},
        [&](RunContext&) -> Delivery {
            return [&] {
                delivered = true;
                stillRan = task.running();
            };
        },
        ended);
    EXPECT_TRUE(task.running());
    ASSERT_TRUE(waitUntil([&] { return ends.size() == 1 && !bridge.busy(); }));
    EXPECT_TRUE(delivered);
    EXPECT_FALSE(stillRan);
    EXPECT_EQ(ends[0].how, JobEnd::How::Finished);
    task.start(
        {"bad"}, [](RunContext&) -> Delivery { throw Error("row 7"); }, ended);
    ASSERT_TRUE(waitUntil([&] { return ends.size() == 2; }));
    EXPECT_TRUE(ends[1].failed());
    EXPECT_EQ(ends[1].error, "row 7");
    task.start({"endless"}, untilStopped, ended);
    task.cancel();
    EXPECT_TRUE(task.running()) << "until it has stopped";
    ASSERT_TRUE(waitUntil([&] { return ends.size() == 3; }));
    EXPECT_TRUE(ends[2].cancelled());
    task.cancel(); // nothing to cancel
    EXPECT_EQ(running, (std::vector<bool>{true, false, true, false, true, false}));
}

TEST(Task, WhatWasAbandonedBringsNothing) {
    JobBridge bridge;
    Task task(bridge);
    std::vector<int> came;
    std::atomic<bool> posted{false};
    const auto bring = [&](int number) {
        return [&, number, post = task.poster()](RunContext& context) -> Delivery {
            post([&, number] { came.push_back(number); });
            posted = true;
            if (number == 1)
                untilStopped(context);
            return [&, number] { came.push_back(10 * number); };
        };
    };
    const auto never = [&](const JobEnd&) { came.push_back(-1); };
    task.start({"first", jobs::Lane::Io}, bring(1), never);
    while (!posted) // its letter lies in the box, unread
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    bool finished = false;
    task.start({"second", jobs::Lane::Cpu}, bring(2), [&](const JobEnd&) { finished = true; });
    ASSERT_TRUE(waitUntil([&] { return finished && !bridge.busy(); }));
    EXPECT_EQ(came, (std::vector<int>{2, 20}));
    task.start({"third"}, bring(3), never);
    task.abandon();
    EXPECT_FALSE(task.running());
    ASSERT_TRUE(waitUntil([&] { return !bridge.busy(); }));
    EXPECT_EQ(came, (std::vector<int>{2, 20}));
}

TEST(Task, GoesAwayBeforeOrAfterTheBridge) {
    auto bridge = std::make_unique<JobBridge>();
    auto first = std::make_unique<Task>(*bridge), second = std::make_unique<Task>(*bridge);
    first->start({"first", jobs::Lane::Io}, untilStopped);
    second->start({"second", jobs::Lane::Cpu}, untilStopped);
    first.reset();
    EXPECT_TRUE(waitUntil([&] { return bridge->visibleJobs().front().state == jobs::JobState::Cancelled; }));
    bridge.reset();
    second.reset();
}

TEST(JobStatusBar, ShowsProgressAndCancels) {
    JobBridge bridge;
    JobStatusBar bar(bridge);
    JobList list(bridge);
    bar.setTheme(darkTheme());
    bar.show();
    list.show();
    auto* cancel = child<QToolButton>(bar, "jobCancel");
    EXPECT_FALSE(cancel->isVisible());
    QObject receiver;
    bridge.start({"Study of made.h5"}, &receiver, untilStopped);
    ASSERT_TRUE(waitUntil([&] { return child<QProgressBar>(bar, "jobProgress")->value() == 500; }));
    EXPECT_EQ(child<QToolButton>(bar, "jobTitle")->text(), "turning");
    ASSERT_TRUE(cancel->isVisible());
    cancel->click();
    ASSERT_TRUE(waitUntil([&] { return !bridge.busy(); }));
    EXPECT_FALSE(cancel->isVisible());
    EXPECT_TRUE(child<QToolButton>(bar, "jobTitle")->text().contains("cancelled"));
}
