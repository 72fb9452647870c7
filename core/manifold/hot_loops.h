#pragma once

// Internal: the loops that take the time, compiled for several instruction sets and chosen at run time.
#include <cstddef>
#include <cstdint>

namespace penumbra::manifold {

/// Rows of matrices are padded with zeros to multiples of this many floats, so that loops need no tail.
inline constexpr std::size_t rowPadding = 16;

inline std::size_t paddedWidth(std::size_t columns) {
    return (columns + rowPadding - 1) / rowPadding * rowPadding;
}

/// A function of the squared distance, tabulated evenly in the bits of a float: `stepsPerOctave` straight
/// pieces between each power of two and the next, so that no power is taken an edge.
struct ForceTable {
    static constexpr std::uint32_t shift = 23 - 6;            ///< 64 pieces an octave
    static constexpr std::uint32_t first = (127U - 40U) << 6; ///< 2^-40
    static constexpr std::uint32_t pieces = (40U + 24U) << 6; ///< to 2^24
    float values[pieces + 2];
};

/// Rows drawn for the repulsion of one row in one epoch: from a counter, so that they depend on seed, row,
/// epoch and place only, never on threads.
struct DrawKey {
    std::uint32_t first = 0, second = 0;
};
DrawKey drawKey(std::uint64_t seed, std::uint64_t row, std::uint64_t epoch);
/// Number `place` of the key's draws, uniform over 0..rows-1 (bias below rows / 2^32).
std::uint32_t drawRow(DrawKey key, std::uint32_t place, std::uint32_t rows);

/// Edges that pull in one epoch, and where their rows stand. Each edge attracts its ends to each other, then
/// drawn rows repel its head, as `attract` and `repel` do with drawKey(seed, edge, epoch).
struct EdgeWork {
    const ForceTable* attraction = nullptr;
    const ForceTable* push = nullptr;
    float* positions = nullptr;      ///< [rows, dims] of now: ends of edges move at once
    const float* snapshot = nullptr; ///< [rows, dims] when the epoch began: these push
    std::uint32_t rows = 0;
    int dims = 2;
    float rate = 1.0F;
    std::uint64_t seed = 0, epoch = 0;
    const std::uint32_t* edges = nullptr;  ///< [count] numbers of the edges
    const std::uint32_t* pushes = nullptr; ///< [count] rows to draw for each
    std::size_t count = 0;
    const std::uint32_t *head = nullptr, *tail = nullptr; ///< of every edge
};

/// Rows of a block, whose numbers stand side by side column by column.
inline constexpr std::size_t scanBlock = 32;

struct ScanHit {
    std::uint32_t query, row; ///< row: in the blocks
};

/// Some queries against blocks of rows: which pairs have query . row - |row|^2 / 2 >= the query's limit?
struct ScanWork {
    const float* queries = nullptr; ///< [queryCount, width]
    const float* limits = nullptr;  ///< [queryCount]
    std::size_t queryCount = 0, width = 0, blockCount = 0;
    const float* blocks = nullptr;    ///< [blockCount, width, scanBlock]
    const float* halfNorms = nullptr; ///< [blockCount, scanBlock]
    ScanHit* hits = nullptr;          ///< room for all pairs
};

struct HotLoops {
    /// out[q, r] = |queries[q] - rows[r]|^2, strideOut floats from one q to the next. Rows are padded.
    void (*squaredDistances)(const float* queries, std::size_t queryCount, const float* rows,
                             std::size_t rowCount, std::size_t width, float* out, std::size_t strideOut);
    void (*squaredDistancesInDouble)(const double* queries, std::size_t queryCount, const double* rows,
                                     std::size_t rowCount, std::size_t width, double* out,
                                     std::size_t strideOut);
    /// out[i] = |query - rows[index[i]]|^2.
    void (*gatheredDistances)(const float* query, const float* rows, const std::uint32_t* index,
                              std::size_t count, std::size_t width, float* out);
    /// |a - b|^2, or anything above `limit` as soon as it is known to lie above.
    float (*boundedDistance)(const float* a, const float* b, std::size_t width, float limit);
    /// Works off edges of a map one after the other: see EdgeWork.
    void (*settle)(const EdgeWork& work);
    /// Moves self [dims] away from `count` rows of positions [rows, dims] drawn by key, all seen from where
    /// self stands at the start: self += rate * sum clip(force(D2) * difference, 4). Row `own` does not push.
    void (*repel)(const ForceTable& force, const float* positions, std::uint32_t rows, std::uint32_t own,
                  int dims, DrawKey key, std::uint32_t count, float rate, float* self);
    /// Moves self towards another by rate * clip(force(D2) * difference, 4), and the other as far towards it
    /// unless it is null.
    void (*attract)(const ForceTable& force, int dims, float rate, const float* from, float* self,
                    float* other);
    /// Finds the pairs that ScanWork means; returns how many. Queries meet blocks six at a time.
    std::size_t (*scan)(const ScanWork& work);
};

/// The fastest that this processor runs.
const HotLoops& hotLoops();
/// Without special instructions: for other processors, and to test the others against.
const HotLoops& portableLoops();
/// With AVX2 and FMA; only to be called where the processor has them.
const HotLoops& avx2Loops();
/// With the 512 bit wide instructions of servers; only to be called where the processor has them.
const HotLoops& avx512Loops();

} // namespace penumbra::manifold
