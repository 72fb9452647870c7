#include "core/manifold/hot_loops_body.h"

namespace penumbra::manifold {

const HotLoops& avx512Loops() {
    static constexpr HotLoops loops = Loops<64>::table();
    return loops;
}

} // namespace penumbra::manifold
