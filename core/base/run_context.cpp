#include "core/base/run_context.h"

#include <algorithm>

namespace penumbra {

void Progress::set(double fraction, std::string doing) {
    const std::lock_guard lock(mutex_);
    state_.fraction = fraction;
    state_.doing = std::move(doing);
}

Progress::State Progress::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

void RunContext::step(double fraction, const std::string& doing) const {
    if (progress)
        progress->set(sliceFrom + (sliceTo - sliceFrom) * std::clamp(fraction, 0.0, 1.0), doing);
    checkStop();
}

void RunContext::checkStop() const {
    if (stop.stop_requested())
        throw Cancelled();
}

void RunContext::note(const std::string& line) const {
    if (say)
        say(line);
}

RunContext RunContext::quiet() const {
    RunContext silent = *this;
    silent.progress = nullptr;
    return silent;
}

RunContext RunContext::slice(double from, double to) const {
    RunContext part = *this;
    part.sliceFrom = sliceFrom + (sliceTo - sliceFrom) * from;
    part.sliceTo = sliceFrom + (sliceTo - sliceFrom) * to;
    return part;
}

} // namespace penumbra
