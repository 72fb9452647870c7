#include "core/base/parallel_for.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <sched.h>
#include <thread>
#include <vector>

namespace penumbra {

int allowedCores() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
        return std::max(1, CPU_COUNT(&allowed));
    return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

void parallelFor(std::size_t n, int threads, const std::function<void(std::size_t, std::size_t)>& body) {
    if (n == 0)
        return;
    const auto workers = std::min(n, static_cast<std::size_t>(threads > 0 ? threads : allowedCores()));
    if (workers == 1) {
        body(0, n);
        return;
    }
    // Several pieces a worker, so that uneven pieces and a busy neighbour even out.
    const std::size_t pieces = std::min(n, workers * 4);
    std::atomic<std::size_t> nextPiece{0};
    std::exception_ptr failure;
    std::mutex failureMutex;
    const auto work = [&] {
        for (std::size_t piece = nextPiece++; piece < pieces; piece = nextPiece++) {
            try {
                body(n * piece / pieces, n * (piece + 1) / pieces);
            } catch (...) {
                const std::lock_guard lock(failureMutex);
                if (!failure)
                    failure = std::current_exception();
                nextPiece = pieces;
            }
        }
    };
    {
        std::vector<std::jthread> pool;
        for (std::size_t i = 1; i < workers; ++i)
            pool.emplace_back(work);
        work();
    }
    if (failure)
        std::rethrow_exception(failure);
}

} // namespace penumbra
