#pragma once

// Internal: included once by each hot_loops*.cpp and compiled there for its instruction set. Everything has
// internal linkage and nothing inline comes from other headers, or the linker might pick a copy that the
// processor cannot run.
#include "core/lvd/hot_loops.h"

#include <cmath>
#include <cstring>

namespace penumbra::lvd {
namespace {

/// A few numbers handled at once, in `bytes` bytes.
template <typename T, int bytes>
struct Simd {
    typedef T Vector __attribute__((vector_size(bytes)));
    using Masks = decltype(Vector{} > Vector{}); ///< integers of T's size
    static constexpr std::size_t lanes = bytes / sizeof(T);

    static Vector load(const T* p) {
        Vector v;
        std::memcpy(&v, p, sizeof(v));
        return v;
    }
    static void store(T* p, const Vector& v) { std::memcpy(p, &v, sizeof(v)); }
    static Vector all(T x) { return Vector{} + x; }
    static double sum(const Vector& v) {
        double total = 0.0;
        for (std::size_t i = 0; i < lanes; ++i)
            total += static_cast<double>(v[i]);
        return total;
    }
};

/// exp(-x / d) for x >= 0, given factor = -1/d.
template <int bytes>
struct Exponential {
    using Floats = typename Simd<float, bytes>::Vector;
    using Words = typename Simd<std::uint32_t, bytes>::Vector;
    using Doubles = typename Simd<double, bytes>::Vector;

    /// 2^n 2^f with |f| <= 1/2 and the Taylor series of 2^f to degree 7 (remainder 5e-9); 0 below 2^-126.
    static Floats of(const Floats& x, float factor) {
        constexpr float log2e = 1.44269504088896341F;
        constexpr float roundingShift = 12582912.0F; // 1.5 * 2^23: its last bit counts ones
        Floats y = x * (factor * log2e);
        const auto tooSmall = y < -126.0F; // false for NaN, which stays
        const Floats shifted = y + roundingShift;
        const Floats f = y - (shifted - roundingShift);
        Floats p = f * 1.5252733804059840e-5F + 1.5403530393381610e-4F;
        p = p * f + 1.3333558146428443e-3F;
        p = p * f + 9.6181291076284772e-3F;
        p = p * f + 5.5504108664821580e-2F;
        p = p * f + 2.4022650695910071e-1F;
        p = p * f + 6.9314718055994531e-1F;
        p = p * f + 1.0F;
        Words exponent, bits, mask;
        std::memcpy(&exponent, &shifted, sizeof(exponent));
        std::memcpy(&bits, &p, sizeof(bits));
        std::memcpy(&mask, &tooSmall, sizeof(mask));
        bits += exponent << 23;
        bits &= ~mask;
        Floats result;
        std::memcpy(&result, &bits, sizeof(result));
        return result;
    }
    static Doubles of(const Doubles& x, double factor) {
        Doubles result{};
        for (std::size_t i = 0; i < bytes / sizeof(double); ++i)
            result[i] = ::exp(x[i] * factor);
        return result;
    }
};

template <typename T, int bytes>
struct Loops {
    using S = Simd<T, bytes>;
    using Vector = typename S::Vector;
    static constexpr std::size_t lanes = S::lanes;
    static constexpr std::size_t step = 4; ///< vectors in flight

    template <int rows, int outputs>
    static void projectTile(const T* Z, std::size_t width, const T* A, T* P, std::size_t strideP) {
        Vector sums[rows][outputs] = {};
        for (std::size_t f = 0; f < width; f += lanes) {
            Vector z[rows];
            for (int r = 0; r < rows; ++r) {
                z[r] = S::load(Z + r * width + f);
                __builtin_prefetch(Z + (r + rows) * width + f); // the next rows, while these are worked on
            }
            for (int c = 0; c < outputs; ++c) {
                const Vector a = S::load(A + c * width + f);
                for (int r = 0; r < rows; ++r)
                    sums[r][c] += z[r] * a;
            }
        }
        for (int c = 0; c < outputs; ++c)
            for (int r = 0; r < rows; ++r)
                P[c * strideP + r] = static_cast<T>(S::sum(sums[r][c]));
    }

    template <int rows>
    static void projectRows(const T* Z, std::size_t width, const T* A, std::size_t outputs, T* P,
                            std::size_t strideP) {
        std::size_t c = 0;
        for (; c + 3 <= outputs; c += 3)
            projectTile<rows, 3>(Z, width, A + c * width, P + c * strideP, strideP);
        if (c + 2 == outputs)
            projectTile<rows, 2>(Z, width, A + c * width, P + c * strideP, strideP);
        if (c + 1 == outputs)
            projectTile<rows, 1>(Z, width, A + c * width, P + c * strideP, strideP);
    }

    static void project(const T* Z, std::size_t rows, std::size_t width, const T* A, std::size_t outputs,
                        T* P, std::size_t strideP) {
        std::size_t r = 0;
        for (; r + 4 <= rows; r += 4)
            projectRows<4>(Z + r * width, width, A, outputs, P + r, strideP);
        for (; r < rows; ++r)
            projectRows<1>(Z + r * width, width, A, outputs, P + r, strideP);
    }

    static void kernelRow(const T* anchor, const T* P, std::size_t strideP, std::size_t d, std::size_t n,
                          T* k) {
        const T factor = T(-1) / static_cast<T>(d);
        for (std::size_t j = 0; j < n; j += step * lanes) {
            Vector squares[step] = {};
            for (std::size_t c = 0; c < d; ++c) {
                const Vector a = S::all(anchor[c]);
                for (std::size_t s = 0; s < step; ++s) {
                    const Vector difference = a - S::load(P + c * strideP + j + s * lanes);
                    squares[s] += difference * difference;
                }
            }
            for (std::size_t s = 0; s < step; ++s)
                S::store(k + j + s * lanes, Exponential<bytes>::of(squares[s], factor));
        }
    }

    static void weightedSums(const T* k, const T* v, std::size_t n, double* sums) {
        Vector mass[2] = {}, moment[2] = {};
        for (std::size_t j = 0; j < n; j += 2 * lanes)
            for (std::size_t s = 0; s < 2; ++s) {
                const Vector kernel = S::load(k + j + s * lanes);
                mass[s] += kernel;
                moment[s] += kernel * S::load(v + j + s * lanes);
            }
        sums[0] += S::sum(mass[0] + mass[1]);
        sums[1] += S::sum(moment[0] + moment[1]);
    }

    using Masks = typename S::Masks;

    static std::size_t countAbove(const T* k, std::size_t n, T threshold) {
        Masks count[2] = {};
        for (std::size_t j = 0; j < n; j += 2 * lanes)
            for (std::size_t s = 0; s < 2; ++s)
                count[s] -= S::load(k + j + s * lanes) > threshold; // true is -1
        count[0] += count[1];
        std::size_t total = 0;
        for (std::size_t i = 0; i < lanes; ++i)
            total += static_cast<std::size_t>(count[0][i]);
        return total;
    }

    static void dropUpTo(T* k, std::size_t n, T threshold) {
        for (std::size_t j = 0; j < n; j += lanes) {
            const Vector v = S::load(k + j);
            S::store(k + j, v > threshold ? v : Vector{});
        }
    }

    static void coefficients(T factor, T centre, const T* v, const T* P, std::size_t strideP, std::size_t d,
                             std::size_t n, T* k, double* sums) {
        Vector total[2] = {};
        for (std::size_t j = 0; j < n; j += 2 * lanes)
            for (std::size_t s = 0; s < 2; ++s) {
                const std::size_t at = j + s * lanes;
                const Vector c = factor * (S::load(v + at) - centre) * S::load(k + at);
                S::store(k + at, c);
                total[s] += c;
            }
        sums[0] += S::sum(total[0] + total[1]);
        for (std::size_t output = 0; output < d; ++output) {
            Vector moment[step] = {};
            for (std::size_t j = 0; j < n; j += step * lanes)
                for (std::size_t s = 0; s < step; ++s)
                    moment[s] += S::load(k + j + s * lanes) * S::load(P + output * strideP + j + s * lanes);
            sums[1 + output] += S::sum((moment[0] + moment[1]) + (moment[2] + moment[3]));
        }
    }

    static void rowWeights(const T* C, std::size_t strideC, std::size_t anchorCount, const T* anchors,
                           const T* P, std::size_t strideP, std::size_t d, std::size_t n, T* W,
                           std::size_t strideW) {
        for (std::size_t j = 0; j < n; j += step * lanes) {
            Vector columnSum[step] = {};
            for (std::size_t i = 0; i < anchorCount; ++i)
                for (std::size_t s = 0; s < step; ++s)
                    columnSum[s] += S::load(C + i * strideC + j + s * lanes);
            for (std::size_t c = 0; c < d; ++c) {
                Vector weight[step];
                for (std::size_t s = 0; s < step; ++s)
                    weight[s] = S::load(W + c * strideW + j + s * lanes) +
                                S::load(P + c * strideP + j + s * lanes) * columnSum[s];
                for (std::size_t i = 0; i < anchorCount; ++i) {
                    const Vector p = S::all(anchors[i * d + c]);
                    for (std::size_t s = 0; s < step; ++s)
                        weight[s] -= S::load(C + i * strideC + j + s * lanes) * p;
                }
                for (std::size_t s = 0; s < step; ++s)
                    S::store(W + c * strideW + j + s * lanes, weight[s]);
            }
        }
    }

    template <int rows, int outputs>
    static void gradientTile(const T* Z, std::size_t width, const T* W, std::size_t strideW, T* G) {
        Vector w[rows][outputs];
        for (int r = 0; r < rows; ++r)
            for (int c = 0; c < outputs; ++c)
                w[r][c] = S::all(W[c * strideW + r]);
        for (std::size_t f = 0; f < width; f += lanes) {
            Vector g[outputs];
            for (int c = 0; c < outputs; ++c)
                g[c] = S::load(G + c * width + f);
            for (int r = 0; r < rows; ++r) {
                const Vector z = S::load(Z + r * width + f);
                __builtin_prefetch(Z + (r + rows) * width + f);
                for (int c = 0; c < outputs; ++c)
                    g[c] += w[r][c] * z;
            }
            for (int c = 0; c < outputs; ++c)
                S::store(G + c * width + f, g[c]);
        }
    }

    template <int rows>
    static void gradientRows(const T* Z, std::size_t width, const T* W, std::size_t strideW,
                             std::size_t outputs, T* G) {
        std::size_t c = 0;
        for (; c + 3 <= outputs; c += 3)
            gradientTile<rows, 3>(Z, width, W + c * strideW, strideW, G + c * width);
        if (c + 2 == outputs)
            gradientTile<rows, 2>(Z, width, W + c * strideW, strideW, G + c * width);
        if (c + 1 == outputs)
            gradientTile<rows, 1>(Z, width, W + c * strideW, strideW, G + c * width);
    }

    static void gradient(const T* Z, std::size_t rows, std::size_t width, const T* W, std::size_t strideW,
                         std::size_t outputs, T* G) {
        std::size_t r = 0;
        for (; r + 4 <= rows; r += 4)
            gradientRows<4>(Z + r * width, width, W + r, strideW, outputs, G);
        for (; r < rows; ++r)
            gradientRows<1>(Z + r * width, width, W + r, strideW, outputs, G);
    }

    static constexpr std::size_t parts = tileWidth / lanes > 0 ? tileWidth / lanes : 1;

    static void addBlock(const Vector* sums, double* out) {
        for (std::size_t p = 0; p < parts; ++p)
            for (std::size_t i = 0; i < lanes; ++i)
                out[p * lanes + i] = static_cast<double>(sums[p][i]);
    }

    static void kernelTile(const T* C, std::size_t n, std::size_t d, const T* tests, T* k, double* blockSums,
                           double* squares) {
        constexpr std::size_t together = 4 / parts > 0 ? 4 / parts : 1; // calibration rows
        const T factor = T(-1) / static_cast<T>(d);
        for (std::size_t first = 0; first < n; first += sumBlock, blockSums += tileWidth) {
            const std::size_t end = first + sumBlock < n ? first + sumBlock : n;
            Vector sum[parts] = {}, square[parts] = {};
            const auto rows = [&](std::size_t j, std::size_t count) __attribute__((always_inline)) {
                Vector distance[together][parts] = {};
                for (std::size_t c = 0; c < d; ++c)
                    for (std::size_t p = 0; p < parts; ++p) {
                        const Vector t = S::load(tests + c * tileWidth + p * lanes);
                        for (std::size_t r = 0; r < count; ++r) {
                            const Vector difference = t - C[(j + r) * d + c];
                            distance[r][p] += difference * difference;
                        }
                    }
                for (std::size_t r = 0; r < count; ++r)
                    for (std::size_t p = 0; p < parts; ++p) {
                        const Vector kernel = Exponential<bytes>::of(distance[r][p], factor);
                        S::store(k + (j + r) * tileWidth + p * lanes, kernel);
                        sum[p] += kernel;
                        square[p] += kernel * kernel;
                    }
            };
            std::size_t j = first;
            for (; j + together <= end; j += together)
                rows(j, together);
            for (; j < end; ++j)
                rows(j, 1);
            addBlock(sum, blockSums);
            double squareSums[tileWidth];
            addBlock(square, squareSums);
            for (std::size_t t = 0; t < tileWidth; ++t)
                squares[t] += squareSums[t];
        }
    }

    static void tileSums(const T* k, const std::uint32_t* order, std::size_t n, double* blockSums) {
        for (std::size_t first = 0; first < n; first += sumBlock, blockSums += tileWidth) {
            const std::size_t end = first + sumBlock < n ? first + sumBlock : n;
            Vector even[parts] = {}, odd[parts] = {};
            std::size_t j = first;
            for (; j + 2 <= end; j += 2)
                for (std::size_t p = 0; p < parts; ++p) {
                    even[p] += S::load(k + order[j] * tileWidth + p * lanes);
                    odd[p] += S::load(k + order[j + 1] * tileWidth + p * lanes);
                }
            if (j < end)
                for (std::size_t p = 0; p < parts; ++p)
                    even[p] += S::load(k + order[j] * tileWidth + p * lanes);
            for (std::size_t p = 0; p < parts; ++p)
                even[p] += odd[p];
            addBlock(even, blockSums);
        }
    }

    static constexpr HotLoops<T> table() {
        return {project,      kernelRow,  weightedSums, countAbove, dropUpTo,
                coefficients, rowWeights, gradient,     kernelTile, tileSums};
    }
};

} // namespace
} // namespace penumbra::lvd
