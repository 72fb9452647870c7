#include "core/manifold/hot_loops_body.h"

namespace penumbra::manifold {

DrawKey drawKey(std::uint64_t seed, std::uint64_t row, std::uint64_t epoch) {
    return keyOf(seed, row, epoch);
}

std::uint32_t drawRow(DrawKey key, std::uint32_t place, std::uint32_t rows) {
    return drawnRow(key, place, rows);
}

const HotLoops& portableLoops() {
    static constexpr HotLoops loops = Loops<16>::table();
    return loops;
}

const HotLoops& hotLoops() {
#ifdef PENUMBRA_MANIFOLD_AVX2
    static const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    static const bool has = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return wide && has ? avx512Loops() : has ? avx2Loops() : portableLoops();
#else
    return portableLoops();
#endif
}

} // namespace penumbra::manifold
