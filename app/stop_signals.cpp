#include "app/stop_signals.h"

#include "core/base/temporary_file.h"

#include <csignal>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <unistd.h>

namespace penumbra::app {

namespace {

/// nohup wants SIGHUP ignored, and gets it.
bool isIgnored(int signal) {
    struct sigaction now {};
    return sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

sigset_t stopSignals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    if (!isIgnored(SIGHUP))
        sigaddset(&signals, SIGHUP);
    return signals;
}

#ifndef __SANITIZE_ADDRESS__ // whose replacements of system calls are not ready this early
/// Before the libraries' own start, which takes half a second and starts threads.
void blockEarly() {
    const sigset_t signals = stopSignals();
    sigprocmask(SIG_BLOCK, &signals, nullptr);
}

__attribute__((section(".preinit_array"), used)) void (*const blockBeforeLibraries)() = blockEarly;
#endif

} // namespace

struct StopSignals::Shared {
    std::stop_source source;
    std::mutex mutex; ///< of asked
    std::function<void()> asked;
};

StopSignals::StopSignals() : shared_(std::make_shared<Shared>()) {
    const sigset_t signals = stopSignals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    // Shells start background jobs with SIGINT ignored; a blocked signal with its default action still
    // arrives here.
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    std::signal(SIGPIPE, SIG_IGN); // a reader that went away is an Error of ours, not a signal
    std::signal(SIGXFSZ, SIG_IGN); // and so is a file that may not grow
    std::thread([signals, shared = shared_] {
        int signal = 0;
        sigwait(&signals, &signal);
        shared->source.request_stop();
        {
            const std::lock_guard lock(shared->mutex);
            if (shared->asked)
                shared->asked();
        }
        sigwait(&signals, &signal);
        TemporaryFile::removeAll();
        ::_exit(130);
    }).detach(); // it waits for ever
}

StopSignals::~StopSignals() {
    setListener({});
}

std::stop_token StopSignals::token() const {
    return shared_->source.get_token();
}

void StopSignals::setListener(std::function<void()> asked) {
    const std::lock_guard lock(shared_->mutex);
    shared_->asked = std::move(asked);
}

} // namespace penumbra::app
