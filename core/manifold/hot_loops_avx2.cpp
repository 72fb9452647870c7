#include "core/manifold/hot_loops_body.h"

namespace penumbra::manifold {

const HotLoops& avx2Loops() {
    static constexpr HotLoops loops = Loops<32>::table();
    return loops;
}

} // namespace penumbra::manifold
