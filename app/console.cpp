#include "app/console.h"

#include "core/jobs/remaining_time.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <sys/ioctl.h>
#include <unistd.h>

namespace penumbra::app {

namespace {

constexpr auto redrawInterval = std::chrono::milliseconds(100);
constexpr double secondsBeforeFirstPlainLine = 2.0;
constexpr double secondsBetweenPlainLines = 5.0;
constexpr int barCells = 24;

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::size_t terminalColumns() {
    winsize size{};
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20)
        return size.ws_col;
    return 80;
}

std::string percentText(double fraction) {
    return std::to_string(static_cast<int>(100.0 * std::clamp(fraction, 0.0, 1.0))) + " %";
}

std::string leftText(double seconds, double fraction) {
    const double left = jobs::secondsLeft(seconds, fraction);
    return left < 0.0 ? "" : ", " + jobs::durationText(left) + " left";
}

} // namespace

Console::Console(Progress& progress, bool quiet)
    : progress_(progress), quiet_(quiet), terminal_(isatty(STDERR_FILENO) != 0), started_(now()) {
    lastPlainLine_ = started_ + secondsBeforeFirstPlainLine - secondsBetweenPlainLines;
    if (!quiet_)
        watcher_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

Console::~Console() {
    finish();
}

void Console::finish() {
    if (watcher_.joinable()) {
        watcher_.request_stop();
        watcher_.join();
    }
    const std::lock_guard lock(mutex_);
    clearLine();
}

void Console::watch(const std::stop_token& stop) {
    std::mutex waiting;
    std::condition_variable_any wake;
    std::unique_lock lock(waiting);
    while (!wake.wait_for(lock, stop, redrawInterval, [] { return false; }) && !stop.stop_requested()) {
        const std::lock_guard drawing(mutex_);
        terminal_ ? drawBar() : printPlainLine();
    }
}

void Console::drawBar() {
    const Progress::State state = progress_.state();
    if (state.doing.empty())
        return;
    const int filled = static_cast<int>(barCells * std::clamp(state.fraction, 0.0, 1.0));
    std::string line = "[" + std::string(static_cast<std::size_t>(filled), '#') +
                       std::string(static_cast<std::size_t>(barCells - filled), '.') + "] " +
                       percentText(state.fraction) + leftText(now() - started_, state.fraction) + "  " +
                       state.doing;
    const std::size_t columns = terminalColumns();
    if (line.size() >= columns)
        line.resize(columns - 1);
    std::fprintf(stderr, "\r\033[K%s", line.c_str());
    std::fflush(stderr);
    lineShown_ = true;
}

void Console::printPlainLine() {
    const Progress::State state = progress_.state();
    const double time = now();
    if (state.doing.empty() || state.doing == lastDoing_ || time - lastPlainLine_ < secondsBetweenPlainLines)
        return;
    lastPlainLine_ = time;
    lastDoing_ = state.doing;
    std::fprintf(stderr, "%s%s: %s\n", percentText(state.fraction).c_str(),
                 leftText(time - started_, state.fraction).c_str(), state.doing.c_str());
    std::fflush(stderr);
}

void Console::clearLine() {
    if (!lineShown_)
        return;
    std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
    lineShown_ = false;
}

void Console::say(const std::string& line) {
    if (quiet_)
        return;
    const std::lock_guard lock(mutex_);
    clearLine();
    std::fprintf(stderr, "%s\n", line.c_str());
    std::fflush(stderr);
}

} // namespace penumbra::app
