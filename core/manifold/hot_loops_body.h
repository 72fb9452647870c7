#pragma once

// Internal: included once by each hot_loops*.cpp and compiled there for its instruction set. Everything has
// internal linkage and nothing inline comes from other headers, or the linker might pick a copy that the
// processor cannot run.
#include "core/manifold/hot_loops.h"

#include <cstring>
#ifdef __AVX2__
#include <immintrin.h> // intrinsics alone: always inlined
#endif

namespace penumbra::manifold {
namespace {

template <typename Word>    // or eight of them
inline Word mixed(Word x) { // "lowbias32", C. Wellons 2018
    x = (x ^ (x >> 16)) * 0x7feb352dU;
    x = (x ^ (x >> 15)) * 0x846ca68bU;
    return x ^ (x >> 16);
}

inline std::uint32_t drawnRow(DrawKey key, std::uint32_t place, std::uint32_t rows) {
    const std::uint32_t word = mixed((key.first + place * 0x9e3779b9U) ^ key.second);
    return static_cast<std::uint32_t>((static_cast<std::uint64_t>(word) * rows) >> 32);
}

/// Straight between the ends of the piece that D2 lies in; beyond the table its first or last value.
inline float tabulated(const ForceTable& force, float squared) {
    std::uint32_t bits;
    std::memcpy(&bits, &squared, sizeof(bits));
    const auto place =
        static_cast<std::int32_t>(bits >> ForceTable::shift) - static_cast<std::int32_t>(ForceTable::first);
    constexpr auto last = static_cast<std::int32_t>(ForceTable::pieces);
    const std::int32_t piece = place < 0 ? 0 : (place > last ? last : place);
    constexpr std::uint32_t mask = (1U << ForceTable::shift) - 1U;
    const float part = static_cast<float>(static_cast<std::int32_t>(bits & mask)) *
                       (1.0F / static_cast<float>(1U << ForceTable::shift));
    const float low = force.values[piece];
    return low + part * (force.values[piece + 1] - low);
}

inline std::uint64_t mixed64(std::uint64_t z) { // SplitMix64's
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

inline DrawKey keyOf(std::uint64_t seed, std::uint64_t row, std::uint64_t epoch) {
    const std::uint64_t word =
        mixed64(mixed64(seed + 0x9e3779b97f4a7c15ULL * (row + 1)) + 0xd1342543de82ef95ULL * (epoch + 1));
    return {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 32)};
}

inline float clipped(float x) {
    return x > 4.0F ? 4.0F : (x < -4.0F ? -4.0F : x);
}

// The same for eight rows at once. Written out, because loops over arrays are left scalar by the compiler.
typedef float Lanes __attribute__((vector_size(32)));
typedef std::int32_t Whole __attribute__((vector_size(32)));
typedef std::uint32_t Words __attribute__((vector_size(32)));
typedef std::uint64_t LongWords __attribute__((vector_size(64)));

inline Words drawnRows(DrawKey key, std::uint32_t firstPlace, std::uint32_t rows) {
    constexpr Words each = {0, 1, 2, 3, 4, 5, 6, 7};
    const Words word = mixed<Words>((key.first + (firstPlace + each) * 0x9e3779b9U) ^ key.second);
    return __builtin_convertvector((__builtin_convertvector(word, LongWords) * rows) >> 32, Words);
}

inline Lanes picked(const float* values, Whole at) {
#ifdef __AVX2__
    return _mm256_i32gather_ps(values, reinterpret_cast<__m256i>(at), 4);
#else
    return Lanes{values[at[0]], values[at[1]], values[at[2]], values[at[3]],
                 values[at[4]], values[at[5]], values[at[6]], values[at[7]]};
#endif
}

inline Lanes tabulated(const ForceTable& force, Lanes squared) {
    constexpr auto last = static_cast<std::int32_t>(ForceTable::pieces);
    constexpr std::int32_t mask = (1 << ForceTable::shift) - 1;
    const Whole bits = reinterpret_cast<Whole>(squared);
    const Whole place = (bits >> ForceTable::shift) - static_cast<std::int32_t>(ForceTable::first);
    const Whole least = place < 0 ? Whole{} : place;
    const Whole piece = least > last ? Whole{} + last : least;
    const Lanes part =
        __builtin_convertvector(bits & mask, Lanes) * (1.0F / static_cast<float>(1 << ForceTable::shift));
    const Lanes low = picked(force.values, piece);
    return low + part * (picked(force.values + 1, piece) - low);
}

inline Lanes clipped(Lanes x) {
    const Lanes below = x > 4.0F ? Lanes{} + 4.0F : x;
    return below < -4.0F ? Lanes{} - 4.0F : below;
}

inline float sumOf(Lanes x) {
    return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

template <typename T, int bytes>
struct Tiles {
    typedef T Vector __attribute__((vector_size(bytes)));
    static constexpr std::size_t lanes = bytes / sizeof(T);

    static Vector load(const T* p) {
        Vector v;
        std::memcpy(&v, p, sizeof(v));
        return v;
    }
    static T sum(const Vector& v) {
        T total = 0;
        for (std::size_t i = 0; i < lanes; ++i)
            total += v[i];
        return total;
    }

    template <int queries, int rows>
    static void tile(const T* q, const T* r, std::size_t width, T* out, std::size_t stride) {
        Vector sums[queries][rows] = {};
        for (std::size_t f = 0; f < width; f += lanes) {
            Vector query[queries];
            for (int i = 0; i < queries; ++i)
                query[i] = load(q + static_cast<std::size_t>(i) * width + f);
            for (int j = 0; j < rows; ++j) {
                const Vector row = load(r + static_cast<std::size_t>(j) * width + f);
                for (int i = 0; i < queries; ++i) {
                    const Vector difference = query[i] - row;
                    sums[i][j] += difference * difference;
                }
            }
        }
        for (int i = 0; i < queries; ++i)
            for (int j = 0; j < rows; ++j)
                out[static_cast<std::size_t>(i) * stride + static_cast<std::size_t>(j)] = sum(sums[i][j]);
    }

    static void squaredDistances(const T* queries, std::size_t queryCount, const T* rows,
                                 std::size_t rowCount, std::size_t width, T* out, std::size_t stride) {
        std::size_t q = 0;
        for (; q + 4 <= queryCount; q += 4) {
            std::size_t r = 0;
            for (; r + 2 <= rowCount; r += 2)
                tile<4, 2>(queries + q * width, rows + r * width, width, out + q * stride + r, stride);
            if (r < rowCount)
                tile<4, 1>(queries + q * width, rows + r * width, width, out + q * stride + r, stride);
        }
        for (; q < queryCount; ++q)
            for (std::size_t r = 0; r < rowCount; ++r)
                tile<1, 1>(queries + q * width, rows + r * width, width, out + q * stride + r, stride);
    }
};

template <int bytes>
struct Loops {
    using Single = Tiles<float, bytes>;
    using Floats = typename Single::Vector;
    static constexpr std::size_t lanes = Single::lanes;

    static float distance(const float* a, const float* b, std::size_t width) {
        Floats sums[2] = {};
        std::size_t f = 0;
        for (; f + 2 * lanes <= width; f += 2 * lanes)
            for (std::size_t s = 0; s < 2; ++s) {
                const Floats difference = Single::load(a + f + s * lanes) - Single::load(b + f + s * lanes);
                sums[s] += difference * difference;
            }
        for (; f < width; f += lanes) {
            const Floats difference = Single::load(a + f) - Single::load(b + f);
            sums[0] += difference * difference;
        }
        return Single::sum(sums[0] + sums[1]);
    }

    static void gatheredDistances(const float* query, const float* rows, const std::uint32_t* index,
                                  std::size_t count, std::size_t width, float* out) {
        constexpr std::size_t ahead = 4; // rows are anywhere in memory: ask for them early
        const std::size_t lines = (width < 64 ? width : 64);
        for (std::size_t i = 0; i < count; ++i) {
            if (i + ahead < count) {
                const float* next = rows + static_cast<std::size_t>(index[i + ahead]) * width;
                for (std::size_t f = 0; f < lines; f += 16)
                    __builtin_prefetch(next + f);
            }
            out[i] = distance(query, rows + static_cast<std::size_t>(index[i]) * width, width);
        }
    }

    static std::uint32_t atLeast(const Floats& values, float limit) { // a bit a lane
#ifdef __AVX512F__
        if constexpr (bytes == 64)
            return _mm512_cmp_ps_mask(reinterpret_cast<__m512>(values), _mm512_set1_ps(limit), _CMP_GE_OQ);
#endif
#ifdef __AVX2__
        if constexpr (bytes == 32)
            return static_cast<std::uint32_t>(_mm256_movemask_ps(
                _mm256_cmp_ps(reinterpret_cast<__m256>(values), _mm256_set1_ps(limit), _CMP_GE_OQ)));
#endif
        std::uint32_t mask = 0;
        for (std::size_t l = 0; l < lanes; ++l)
            mask |= (values[l] >= limit ? 1U : 0U) << l;
        return mask;
    }

    template <int queries>
    static std::size_t scanFew(const ScanWork& work, std::size_t first, ScanHit* hits) {
        const float* q = work.queries + first * work.width;
        std::size_t found = 0;
        for (std::size_t start = 0; start < work.blockCount * scanBlock; start += 2 * lanes) {
            const float* rows = work.blocks + start / scanBlock * scanBlock * work.width + start % scanBlock;
            Floats sums[queries][2];
            for (int i = 0; i < queries; ++i)
                for (std::size_t v = 0; v < 2; ++v)
                    sums[i][v] = -Single::load(work.halfNorms + start + v * lanes);
            for (std::size_t f = 0; f < work.width; ++f) {
                const Floats row[2] = {Single::load(rows + f * scanBlock),
                                       Single::load(rows + f * scanBlock + lanes)};
                for (int i = 0; i < queries; ++i) {
                    const float value = q[static_cast<std::size_t>(i) * work.width + f];
                    for (std::size_t v = 0; v < 2; ++v)
                        sums[i][v] += value * row[v];
                }
            }
            for (int i = 0; i < queries; ++i) {
                const auto query = static_cast<std::uint32_t>(first) + static_cast<std::uint32_t>(i);
                const float limit = work.limits[query];
                for (std::size_t v = 0; v < 2; ++v)
                    for (std::uint32_t mask = atLeast(sums[i][v], limit); mask != 0; mask &= mask - 1)
                        hits[found++] = {query, static_cast<std::uint32_t>(start + v * lanes) +
                                                    static_cast<std::uint32_t>(__builtin_ctz(mask))};
            }
        }
        return found;
    }

    static std::size_t scan(const ScanWork& work) {
        std::size_t found = 0, q = 0;
        for (; q + 6 <= work.queryCount; q += 6)
            found += scanFew<6>(work, q, work.hits + found);
        for (; q < work.queryCount; ++q)
            found += scanFew<1>(work, q, work.hits + found);
        return found;
    }

    static float boundedDistance(const float* a, const float* b, std::size_t width, float limit) {
        constexpr std::size_t piece = 128;
        float total = 0.0F;
        for (std::size_t f = 0; f < width; f += piece) {
            const std::size_t part = width - f < piece ? width - f : piece;
            total += distance(a + f, b + f, part);
            if (total > limit)
                break;
        }
        return total;
    }

    template <int dims>
    static void repelIn(const ForceTable& force, const float* positions, std::uint32_t rows,
                        std::uint32_t own, DrawKey key, std::uint32_t count, float rate, float* self) {
        constexpr std::uint32_t batch = 8;
        constexpr Words each = {0, 1, 2, 3, 4, 5, 6, 7};
        Lanes moves[dims] = {};
        for (std::uint32_t first = 0; first < count; first += batch) {
            const Words index = drawnRows(key, first, rows);
            Lanes difference[dims], squared = {};
            for (int c = 0; c < dims; ++c) {
                difference[c] = self[c] - picked(positions + c, reinterpret_cast<Whole>(index) * dims);
                squared += difference[c] * difference[c];
            }
            const Lanes force8 = tabulated(force, squared);
            const Lanes strength = ((each < count - first) & (index != own)) ? force8 : Lanes{};
            for (int c = 0; c < dims; ++c) // coincident rows differ by 0 and do not push
                moves[c] += clipped(strength * difference[c]);
        }
        for (int c = 0; c < dims; ++c)
            self[c] += rate * sumOf(moves[c]);
    }

    static void repel(const ForceTable& force, const float* positions, std::uint32_t rows, std::uint32_t own,
                      int dims, DrawKey key, std::uint32_t count, float rate, float* self) {
        if (dims == 2)
            repelIn<2>(force, positions, rows, own, key, count, rate, self);
        else
            repelIn<3>(force, positions, rows, own, key, count, rate, self);
    }

    template <int dims>
    static void attractIn(const ForceTable& force, float rate, const float* from, float* self, float* other) {
        float difference[dims], squared = 0.0F;
        for (int c = 0; c < dims; ++c) {
            difference[c] = self[c] - from[c];
            squared += difference[c] * difference[c];
        }
        const float strength = tabulated(force, squared);
        for (int c = 0; c < dims; ++c) {
            const float move = rate * clipped(strength * difference[c]);
            self[c] += move;
            if (other)
                other[c] -= move;
        }
    }

    static void attract(const ForceTable& force, int dims, float rate, const float* from, float* self,
                        float* other) {
        if (dims == 2)
            attractIn<2>(force, rate, from, self, other);
        else
            attractIn<3>(force, rate, from, self, other);
    }

    template <int dims>
    static void settleIn(const EdgeWork& work) {
        for (std::size_t i = 0; i < work.count; ++i) {
            const std::uint32_t edge = work.edges[i], head = work.head[edge];
            float* self = work.positions + static_cast<std::size_t>(head) * dims;
            float* other = work.positions + static_cast<std::size_t>(work.tail[edge]) * dims;
            attractIn<dims>(*work.attraction, work.rate, other, self, other);
            repelIn<dims>(*work.push, work.snapshot, work.rows, head, keyOf(work.seed, edge, work.epoch),
                          work.pushes[i], work.rate, self);
        }
    }

    static void settle(const EdgeWork& work) {
        if (work.dims == 2)
            settleIn<2>(work);
        else
            settleIn<3>(work);
    }

    static constexpr HotLoops table() {
        return {Single::squaredDistances,
                Tiles<double, bytes>::squaredDistances,
                gatheredDistances,
                boundedDistance,
                settle,
                repel,
                attract,
                scan};
    }
};

} // namespace
} // namespace penumbra::manifold
