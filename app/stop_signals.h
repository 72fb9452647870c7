#pragma once

#include <functional>
#include <memory>
#include <stop_token>

namespace penumbra::app {

/// Turns SIGINT (Ctrl-C), SIGTERM and SIGHUP (the terminal closed) into a stop request; the second one
/// removes temporary files and ends the process at once with exit code 130. Make it first thing in main:
/// threads started later inherit the blocked signals, and one thread of ours waits for them. Signals that
/// came before main, while libraries were loaded, are waiting here. A file that may not grow and a pipe whose
/// reader has gone are failed writes from then on, not signals.
class StopSignals {
public:
    StopSignals();
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;
    std::stop_token token() const;
    /// Called from that thread after the first signal; an empty function says nothing.
    void setListener(std::function<void()> asked);

private:
    struct Shared;
    std::shared_ptr<Shared> shared_; ///< with the thread, which outlives main's locals
};

} // namespace penumbra::app
