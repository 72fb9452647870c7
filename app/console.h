#pragma once

#include "core/base/run_context.h"

#include <mutex>
#include <string>
#include <thread>

namespace penumbra::app {

/// Messages and progress on stderr, so that stdout holds results only. On a terminal one line is redrawn:
/// bar, per cent, time left, what is being done. Elsewhere a plain line every few seconds. Silent when quiet.
class Console {
public:
    Console(Progress& progress, bool quiet);
    ~Console(); ///< stops drawing and clears the line

    void say(const std::string& line); ///< from any thread
    void finish();                     ///< stops drawing; further says still work

private:
    void watch(const std::stop_token& stop);
    void drawBar();
    void printPlainLine();
    void clearLine();

    Progress& progress_;
    const bool quiet_;
    const bool terminal_;
    std::mutex mutex_; ///< of the terminal
    bool lineShown_ = false;
    double started_ = 0.0;
    double lastPlainLine_ = 0.0;
    std::string lastDoing_;
    std::jthread watcher_; ///< last: stops before the rest goes away
};

} // namespace penumbra::app
