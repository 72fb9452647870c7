#pragma once

// Internal: the loops that take the time, compiled for several instruction sets and chosen at run time.
#include <cstddef>
#include <cstdint>

namespace penumbra::lvd {

/// Rows of arrays are padded to multiples of this many elements, so that loops need no tail.
inline constexpr std::size_t padding = 32;
/// Test rows that a tile of local quantiles holds.
inline constexpr std::size_t tileWidth = 8;
/// Calibration rows whose weights are summed before they are added to a prefix in double.
inline constexpr std::size_t sumBlock = 32;

inline std::size_t padded(std::size_t n) {
    return (n + padding - 1) / padding * padding;
}

/// T: float or double. All arrays are row-major; strides in elements.
template <typename T>
struct HotLoops {
    /// P[c, r] = sum_f A[c, f] Z[r, f]. Z: [rows, width], A: [outputs, width], P: [outputs, strideP]; width
    /// is a multiple of `padding`.
    void (*project)(const T* Z, std::size_t rows, std::size_t width, const T* A, std::size_t outputs, T* P,
                    std::size_t strideP);
    /// k[j] = exp(-(1/d) sum_c (anchor[c] - P[c, j])^2), j < n, n a multiple of `padding`.
    void (*kernelRow)(const T* anchor, const T* P, std::size_t strideP, std::size_t d, std::size_t n, T* k);
    /// sums[0] += sum k, sums[1] += sum k v.
    void (*weightedSums)(const T* k, const T* v, std::size_t n, double* sums);
    /// How many of k, n of them, are above the threshold.
    std::size_t (*countAbove)(const T* k, std::size_t n, T threshold);
    /// Those of k that are not above the threshold become 0.
    void (*dropUpTo)(T* k, std::size_t n, T threshold);
    /// k[j] becomes c[j] = factor (v[j] - centre) k[j]; sums[0] += sum c, sums[1 + c] += sum_j c[j] P[c, j].
    void (*coefficients)(T factor, T centre, const T* v, const T* P, std::size_t strideP, std::size_t d,
                         std::size_t n, T* k, double* sums);
    /// W[c, j] += P[c, j] q[j] - sum_i C[i, j] anchors[i, c] with q[j] = sum_i C[i, j].
    void (*rowWeights)(const T* C, std::size_t strideC, std::size_t anchorCount, const T* anchors, const T* P,
                       std::size_t strideP, std::size_t d, std::size_t n, T* W, std::size_t strideW);
    /// G[c, f] += sum_r W[c, r] Z[r, f].
    void (*gradient)(const T* Z, std::size_t rows, std::size_t width, const T* W, std::size_t strideW,
                     std::size_t outputs, T* G);
    /// k[j, t] of calibration rows C: [n, d] and test rows T: [d, tileWidth], and per block of sumBlock rows
    /// the sums of k: blockSums[block, t]. squares[t] += sum k^2.
    void (*kernelTile)(const T* C, std::size_t n, std::size_t d, const T* tests, T* k, double* blockSums,
                       double* squares);
    /// blockSums[block, t] of k taken in another order of its rows.
    void (*tileSums)(const T* k, const std::uint32_t* order, std::size_t n, double* blockSums);
};

/// The fastest that this processor runs.
template <typename T>
const HotLoops<T>& hotLoops();
template <>
const HotLoops<float>& hotLoops<float>();
template <>
const HotLoops<double>& hotLoops<double>();

/// Without special instructions: for other processors, and to test the others against.
template <typename T>
const HotLoops<T>& portableLoops();
template <>
const HotLoops<float>& portableLoops<float>();
template <>
const HotLoops<double>& portableLoops<double>();

/// With AVX2 and FMA; only where they were compiled, and only to be called where the processor has them.
const HotLoops<float>& avx2FloatLoops();
const HotLoops<double>& avx2DoubleLoops();

} // namespace penumbra::lvd
