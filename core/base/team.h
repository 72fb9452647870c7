#pragma once

#include <atomic>
#include <barrier>
#include <exception>
#include <functional>
#include <mutex>

namespace penumbra {

/// Threads that work on one step together, each on some of its rows (a lane). They meet at barriers that
/// sleep; a team of one never waits.
class Team {
public:
    Team(int lanes, std::function<bool()> stopRequested)
        : lanes_(lanes), barrier_(lanes, Agree{this}), stopRequested_(std::move(stopRequested)) {}

    int lanes() const { return lanes_; }
    bool stopRequested() const { return stopRequested_(); }
    /// Waits for the other lanes. Returns whether to go on: the same answer in every lane, false once a lane
    /// has abandoned or failed before this meeting.
    bool meet() {
        if (lanes_ > 1)
            barrier_.arrive_and_wait();
        else
            agreedToStop_ = abandoned_;
        return !agreedToStop_;
    }
    /// Leave the present step unfinished, from the next meeting on.
    void abandon() { abandoned_ = true; }

    /// Runs work; an exception is kept for later, and the team abandons its step instead of waiting for this
    /// lane forever.
    template <typename Work>
    void attempt(const Work& work) {
        try {
            work();
        } catch (...) {
            const std::lock_guard lock(mutex_);
            if (!failure_)
                failure_ = std::current_exception();
            failed_ = true;
            abandoned_ = true;
        }
    }
    bool failed() const { return failed_; }                 ///< any thread may ask
    std::exception_ptr failure() const { return failure_; } ///< ask when the lanes have ended

private:
    struct Agree { // run by the barrier while all lanes wait
        Team* team;
        void operator()() const noexcept { team->agreedToStop_ = team->abandoned_; }
    };
    int lanes_;
    std::barrier<Agree> barrier_;
    std::function<bool()> stopRequested_;
    std::atomic<bool> abandoned_{false};
    std::atomic<bool> failed_{false};
    bool agreedToStop_ = false;
    std::mutex mutex_;
    std::exception_ptr failure_;
};

} // namespace penumbra
