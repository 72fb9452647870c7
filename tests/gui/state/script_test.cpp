#include "gui/state/script.h"

#include "gui/state/stall_watch.h"
#include "tests/gui/state/state_fixture.h"

#include <QTest>

#include <thread>
#include <unistd.h>

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

namespace {

class ScriptTest : public StateTest {
protected:
    void SetUp() override {
        StateTest::SetUp();
        Script::Rests rests;
        rests.screen = [this] { return screen_; };
        rests.files = [this] { return files_; };
        rests.all = [this] { return all_; };
        script_ = std::make_unique<Script>(state_, host_, rests);
        QObject::connect(script_.get(), &Script::ended, script_.get(),
                         [this](int code, const QString& error) {
                             ended_ = true;
                             code_ = code;
                             error_ = error.toStdString();
                         });
    }
    void run(const std::vector<std::string>& lines) {
        for (const std::string& line : lines)
            script_->addLine(line);
        script_->endOfLines();
        script_->start();
    }
    bool hasEnded() {
        return waitUntil([this] { return ended_; }, 5000);
    }
    bool screen_ = true, files_ = true, all_ = true, ended_ = false;
    int code_ = -1;
    std::string error_;
    std::unique_ptr<Script> script_;
};

} // namespace

TEST_F(ScriptTest, RunsItsLinesAndEnds) {
    run({"# a comment", "alpha 0.2", "", "select all", "report selection --json"});
    ASSERT_TRUE(hasEnded());
    EXPECT_EQ(code_, 0) << error_;
    ASSERT_EQ(host_.reported.size(), 1U);
    EXPECT_EQ(nlohmann::json::parse(host_.reported[0]).at("n"), 60);
}

TEST_F(ScriptTest, StopsAtTheLineThatFails) {
    run({"alpha 0.2", "# here", "fly away", "alpha 0.3"});
    ASSERT_TRUE(hasEnded());
    EXPECT_EQ(code_, 2);
    EXPECT_TRUE(error_.starts_with("line 3: ")) << error_;
    EXPECT_EQ(now().alpha, 0.2);
}

TEST_F(ScriptTest, WhatCannotBeDoneIsAnotherExitCode) {
    run({"alpha 0.2", "target nothing"});
    ASSERT_TRUE(hasEnded());
    EXPECT_EQ(code_, 1);
    EXPECT_TRUE(error_.starts_with("line 2: ")) << error_;
}

TEST_F(ScriptTest, AQuoteWithoutAnEndIsWrongUse) {
    run({"select where \"z > 0"});
    ASSERT_TRUE(hasEnded());
    EXPECT_EQ(code_, 2);
    EXPECT_TRUE(error_.starts_with("line 1: ")) << error_;
}

TEST_F(ScriptTest, WaitsForWhatItsCommandsBegin) {
    files_ = screen_ = all_ = false;
    run({"open a.h5", "report state --json", "wait", "alpha 0.4"});
    QTest::qWait(60);
    EXPECT_EQ(host_.asked, std::vector<std::string>{"open a.h5"});
    EXPECT_TRUE(host_.reported.empty());
    files_ = true;
    QTest::qWait(60);
    EXPECT_TRUE(host_.reported.empty()) << "the screen has not come to rest";
    screen_ = true;
    QTest::qWait(60);
    EXPECT_EQ(host_.reported.size(), 1U);
    EXPECT_EQ(now().alpha, 0.1);
    EXPECT_FALSE(ended_);
    all_ = true;
    ASSERT_TRUE(hasEnded());
    EXPECT_EQ(now().alpha, 0.4);
}

TEST_F(ScriptTest, AWaitMayHaveAnEnd) {
    all_ = false;
    run({"wait 0.2", "alpha 0.4"});
    QTest::qWait(60);
    EXPECT_EQ(now().alpha, 0.1);
    ASSERT_TRUE(hasEnded());
    EXPECT_EQ(now().alpha, 0.4);
    EXPECT_EQ(code_, 0);
}

TEST_F(ScriptTest, WorkThatFailsStopsIt) {
    all_ = false;
    run({"run preset=quick", "wait", "alpha 0.4"});
    QTest::qWait(60);
    script_->fail("the training failed");
    ASSERT_TRUE(ended_);
    EXPECT_EQ(code_, 1);
    EXPECT_EQ(error_, "line 2: the training failed");
    all_ = true;
    QTest::qWait(60);
    EXPECT_EQ(now().alpha, 0.1);
}

TEST_F(ScriptTest, QuitEndsIt) {
    run({"quit", "alpha 0.4"});
    ASSERT_TRUE(hasEnded());
    EXPECT_EQ(code_, 0);
    EXPECT_EQ(now().alpha, 0.1);
    EXPECT_EQ(host_.asked, std::vector<std::string>{"quit"});
}

TEST_F(ScriptTest, LinesComeThroughAPipe) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    script_->readFrom(ends[0]);
    script_->start();
    const auto send = [&](const std::string& text) {
        ASSERT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    };
    send("alpha 0.2\nalpha 0.");
    EXPECT_TRUE(waitUntil([&] { return now().alpha == 0.2; }, 2000)) << "before the end of the input";
    send("35\nalpha 0.45"); // the last line has no end
    EXPECT_TRUE(waitUntil([&] { return now().alpha == 0.35; }, 2000));
    ::close(ends[1]);
    ASSERT_TRUE(hasEnded());
    EXPECT_EQ(now().alpha, 0.45);
    EXPECT_EQ(code_, 0);
    ::close(ends[0]);
}

TEST(StallWatch, SeesWhatBlocksTheThread) {
    const StallWatch watch;
    QTest::qWait(50);
    const int before = watch.report().at("over_50ms").get<int>();
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    QTest::qWait(50);
    const auto report = watch.report();
    EXPECT_GE(report.at("longest_ms").get<int>(), 130);
    EXPECT_GE(report.at("over_50ms").get<int>(), before + 1);
    EXPECT_LT(report.at("longest_cpu_ms").get<double>(), 130.0) << "asleep, the thread does not work";
}

TEST(StallWatch, TellsWorkAndWhoDidIt) {
    StallWatch watch;
    QTest::qWait(30);
    const int before = watch.report().at("cpu_over_50ms").get<int>();
    const double start = StallWatch::threadCpuMs();
    while (StallWatch::threadCpuMs() < start + 100.0) {
    }
    QTest::qWait(30);
    EXPECT_EQ(watch.report().at("cpu_over_50ms").get<int>(), before + 1);
    EXPECT_GE(watch.report().at("longest_cpu_ms").get<double>(), 100.0);

    watch.handled("short", QEvent::Paint, 1.0); // not worth telling
    for (int ms = 10; ms < 30; ++ms)
        watch.handled("QWidget " + QString::number(ms), QEvent::Paint, ms);
    const auto slowest = watch.report().at("slowest");
    ASSERT_EQ(slowest.size(), 8U);
    EXPECT_EQ(slowest[0].at("receiver"), "QWidget 29");
    EXPECT_EQ(slowest[0].at("event"), "Paint");
    EXPECT_EQ(slowest[7].at("receiver"), "QWidget 22");
}

TEST(StallWatch, ForgetsWhatIsNotWatched) {
    StallWatch watch;
    QTest::qWait(30);
    const auto before = watch.report();
    const double start = StallWatch::threadCpuMs();
    while (StallWatch::threadCpuMs() < start + 100.0) {
    }
    watch.forget();
    QTest::qWait(30);
    EXPECT_EQ(watch.report().at("cpu_over_50ms"), before.at("cpu_over_50ms"));
}
