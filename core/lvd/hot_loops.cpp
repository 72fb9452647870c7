#include "core/lvd/hot_loops_body.h"

namespace penumbra::lvd {

namespace {
bool hasAvx2() {
#ifdef PENUMBRA_LVD_AVX2
    static const bool has = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return has;
#else
    return false;
#endif
}
} // namespace

template <>
const HotLoops<float>& portableLoops<float>() {
    static constexpr HotLoops<float> loops = Loops<float, 16>::table();
    return loops;
}

template <>
const HotLoops<double>& portableLoops<double>() {
    static constexpr HotLoops<double> loops = Loops<double, 16>::table();
    return loops;
}

#ifdef PENUMBRA_LVD_AVX2
template <>
const HotLoops<float>& hotLoops<float>() {
    return hasAvx2() ? avx2FloatLoops() : portableLoops<float>();
}

template <>
const HotLoops<double>& hotLoops<double>() {
    return hasAvx2() ? avx2DoubleLoops() : portableLoops<double>();
}
#else
template <>
const HotLoops<float>& hotLoops<float>() {
    return portableLoops<float>();
}

template <>
const HotLoops<double>& hotLoops<double>() {
    return portableLoops<double>();
}
#endif

} // namespace penumbra::lvd
