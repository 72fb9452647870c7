#include "core/base/error.h"
#include "gui/jobs/job_bridge.h"
#include "gui/jobs/job_list.h"
#include "gui/jobs/job_status_bar.h"
#include "gui/jobs/latest_only.h"
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
        [&](const QString& error, const std::vector<std::string>&) { told = error; });
    ASSERT_TRUE(waitUntil([&] { return !told.isEmpty(); }));
    EXPECT_EQ(told, "row 7: not a number");
    ASSERT_EQ(bridge.visibleJobs().size(), 1U);
    EXPECT_EQ(bridge.visibleJobs().front().state, jobs::JobState::Failed);
}

TEST(JobBridge, CancelsRunningAndWaitingJobs) {
    JobBridge bridge;
    QObject receiver;
    int ended = 0;
    const auto onEnd = [&](const QString& error, const std::vector<std::string>&) {
        ended += error.isEmpty();
    };
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
                   [&](const QString& text, const std::vector<std::string>&) { error = text; });
    ASSERT_TRUE(waitUntil([&] { return !error.isEmpty(); }));
    bool done = false;
    latest.request([&](RunContext&) -> Delivery { return [&] { done = true; }; });
    EXPECT_TRUE(waitUntil([&] { return done; }));
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
