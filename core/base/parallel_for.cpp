#include "core/base/parallel_for.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace penumbra {

void parallelFor(std::size_t n, int threads, const std::function<void(std::size_t, std::size_t)>& body) {
    if (n == 0)
        return;
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    const std::size_t workers = std::min(n, threads > 0 ? static_cast<std::size_t>(threads) : cores);
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
