#pragma once

#include "core/base/error.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>

namespace penumbra {

/// What a running piece of work tells the world: a fraction in [0, 1] and what it is doing.
/// Written by the worker, read by whoever draws; both sides may be on different threads.
class Progress {
public:
    struct State {
        double fraction = 0.0;
        std::string doing;
    };
    void set(double fraction, std::string doing);
    State state() const;

private:
    mutable std::mutex mutex_;
    State state_;
};

/// Everything an algorithm needs from outside, passed by reference: how to stop, where to report, how much
/// of the machine to use. Never global.
struct RunContext {
    std::stop_token stop;
    Progress* progress = nullptr;                ///< may be null
    std::function<void(const std::string&)> say; ///< a line worth reading (warnings, findings); may be empty
    std::uint64_t seed = 0;
    int threads = 0;            ///< 0: all cores
    std::string device = "cpu"; ///< "cpu" or "cuda"

    /// Reports progress, mapped into this context's slice. @throws Cancelled if a stop was asked for.
    void step(double fraction, const std::string& doing) const;
    /// @throws Cancelled if a stop was asked for. Call at least every 0.1 s in long loops.
    void checkStop() const;
    void note(const std::string& line) const;
    /// A context whose steps 0..1 fill the part from..to of this one; for a workflow made of several pieces.
    RunContext slice(double from, double to) const;
    /// For calls whose progress the caller tells himself: they report none, but may still be stopped.
    RunContext quiet() const;

    double sliceFrom = 0.0;
    double sliceTo = 1.0;
};

} // namespace penumbra
