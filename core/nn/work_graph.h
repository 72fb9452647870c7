#pragma once

#include <functional>
#include <memory>
#include <string>

namespace penumbra::nn {

/// A fixed sequence of device work, recorded once and then started as a whole (a CUDA graph): launching its
/// pieces one by one costs more than the work of small networks.
class WorkGraph {
public:
    virtual ~WorkGraph() = default;
    /// Records what `work` starts on the current stream, which must not be the default one; nothing of it
    /// runs. `work` must have run there once before and this thread must have computed a matrix product there
    /// (torch sets things up at first use), and `work` must use the same memory every time. What it does on
    /// the host is not recorded.
    virtual void record(const std::function<void()>& work) = 0;
    virtual void replay() = 0; ///< starts the recorded work on the current stream
};

using GraphMaker = std::function<std::unique_ptr<WorkGraph>()>;

struct GraphSupport {
    GraphMaker make;    ///< empty where work cannot be recorded
    std::string reason; ///< then: why, for the user; empty on the CPU, where nothing is missed
};

/// For an opened device. The environment variable PENUMBRA_CUDA_GRAPHS=0 turns CUDA graphs off.
GraphSupport graphSupport(const std::string& device);

} // namespace penumbra::nn
