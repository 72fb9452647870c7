#include "core/lvd/hot_loops_body.h"

namespace penumbra::lvd {

const HotLoops<float>& avx2FloatLoops() {
    static constexpr HotLoops<float> loops = Loops<float, 32>::table();
    return loops;
}

const HotLoops<double>& avx2DoubleLoops() {
    static constexpr HotLoops<double> loops = Loops<double, 32>::table();
    return loops;
}

} // namespace penumbra::lvd
