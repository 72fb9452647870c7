#include "core/nn/worker_scope.h"

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

namespace penumbra::nn {

struct WorkerScope::Guard {
    c10::InferenceMode inference;
    int before = at::get_num_threads();
};

WorkerScope::WorkerScope() : guard_(std::make_unique<Guard>()) {
    if (guard_->before != 1)
        at::set_num_threads(1);
}

WorkerScope::~WorkerScope() {
    if (guard_->before != 1)
        at::set_num_threads(guard_->before);
}

} // namespace penumbra::nn
