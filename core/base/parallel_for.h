#pragma once

#include <cstddef>
#include <functional>

namespace penumbra {

/// Cores that this process may run on: fewer than the machine's in a container or a job of a cluster.
int allowedCores();

/// Runs body(begin, end) over pieces of 0..n on up to `threads` threads (0: all allowed cores) and waits.
/// The first exception thrown by a piece is rethrown here. Results must not depend on the pieces.
void parallelFor(std::size_t n, int threads, const std::function<void(std::size_t, std::size_t)>& body);

} // namespace penumbra
