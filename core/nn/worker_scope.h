#pragma once

#include <memory>

namespace penumbra::nn {

/// Guards a thread that computes with torch: one intra-op thread, no recording of gradients.
///
/// Threads are ours (std::thread), one network or block of rows each, and torch runs on one thread inside
/// each of them. OpenMP's own teams spin while they wait, which slows training 3-10 times on a machine that
/// is also busy with something else; independent threads are as fast when it is quiet and do not mind when it
/// is not. The caller's setting is put back at the end.
class WorkerScope {
public:
    WorkerScope();
    ~WorkerScope();
    WorkerScope(const WorkerScope&) = delete;
    WorkerScope& operator=(const WorkerScope&) = delete;

private:
    struct Guard;
    std::unique_ptr<Guard> guard_;
};

} // namespace penumbra::nn
