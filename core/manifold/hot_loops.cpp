#include "core/manifold/hot_loops_body.h"

namespace penumbra::manifold {

namespace {
std::uint64_t mixed64(std::uint64_t z) { // SplitMix64's
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}
} // namespace

DrawKey drawKey(std::uint64_t seed, std::uint64_t row, std::uint64_t epoch) {
    const std::uint64_t word =
        mixed64(mixed64(seed + 0x9e3779b97f4a7c15ULL * (row + 1)) + 0xd1342543de82ef95ULL * (epoch + 1));
    return {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 32)};
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
    static const bool has = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return has ? avx2Loops() : portableLoops();
#else
    return portableLoops();
#endif
}

} // namespace penumbra::manifold
