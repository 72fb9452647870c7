#include "core/manifold/hot_loops.h"

#include "core/manifold/layout.h"
#include "tests/core/manifold/synthetic.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <vector>

namespace penumbra::manifold {
namespace {

double exactSquared(const float* a, const float* b, std::size_t width) {
    double total = 0.0;
    for (std::size_t c = 0; c < width; ++c) {
        const double difference = static_cast<double>(a[c]) - static_cast<double>(b[c]);
        total += difference * difference;
    }
    return total;
}

ForceTable tableOf(const LayoutForces& forces, bool push) {
    ForceTable table;
    for (std::uint32_t piece = 0; piece < ForceTable::pieces + 2; ++piece) {
        const std::uint32_t bits = (ForceTable::first + piece) << ForceTable::shift;
        float squared;
        std::memcpy(&squared, &bits, sizeof(squared));
        const auto at = static_cast<double>(squared);
        table.values[piece] = static_cast<float>(push ? forces.push(at) : forces.attraction(at));
    }
    return table;
}

void checkDistances(const HotLoops& loops) {
    constexpr std::size_t queries = 7, rows = 9, width = 48;
    const MatrixF q = normalRows(queries, width, 1), r = normalRows(rows, width, 2);
    std::vector<float> tile(queries * 16), gathered(3);
    loops.squaredDistances(q.data(), queries, r.data(), rows, width, tile.data(), 16);
    const MatrixD qd = q.cast<double>(), rd = r.cast<double>();
    std::vector<double> exact(queries * 16);
    loops.squaredDistancesInDouble(qd.data(), queries, rd.data(), rows, width, exact.data(), 16);
    for (std::size_t i = 0; i < queries; ++i)
        for (std::size_t j = 0; j < rows; ++j) {
            const double want = exactSquared(q.data() + i * width, r.data() + j * width, width);
            EXPECT_NEAR(tile[i * 16 + j], want, 1e-5 * want);
            EXPECT_NEAR(exact[i * 16 + j], want, 1e-13 * want);
        }
    const std::vector<std::uint32_t> index = {8, 0, 5};
    loops.gatheredDistances(q.data(), r.data(), index.data(), index.size(), width, gathered.data());
    for (std::size_t i = 0; i < index.size(); ++i) {
        const double want = exactSquared(q.data(), r.data() + index[i] * width, width);
        EXPECT_NEAR(gathered[i], want, 1e-5 * want);
        EXPECT_NEAR(loops.boundedDistance(q.data(), r.data() + index[i] * width, width, 1e9F), want,
                    1e-5 * want);
        EXPECT_GT(loops.boundedDistance(q.data(), r.data() + index[i] * width, width, 1.0F), 1.0F);
    }
}

/// Every pair that reaches its query's limit is found, once, and no other.
void checkScan(const HotLoops& loops) {
    constexpr std::size_t queries = 8, blocks = 3, rows = blocks * scanBlock, width = 24;
    const MatrixF q = normalRows(queries, width, 3), r = normalRows(rows, width, 4);
    std::vector<float> inBlocks(rows * width), halfNorms(rows), limits(queries);
    for (std::size_t i = 0; i < rows; ++i) {
        halfNorms[i] = 0.5F * r.row(static_cast<Eigen::Index>(i)).squaredNorm();
        for (std::size_t f = 0; f < width; ++f)
            inBlocks[((i / scanBlock) * width + f) * scanBlock + i % scanBlock] = r.data()[i * width + f];
    }
    halfNorms.back() = std::numeric_limits<float>::infinity(); // no row is there
    const auto productOf = [&](std::size_t i, std::size_t j) {
        double sum = -static_cast<double>(halfNorms[j]);
        for (std::size_t f = 0; f < width; ++f)
            sum +=
                static_cast<double>(q.data()[i * width + f]) * static_cast<double>(r.data()[j * width + f]);
        return sum;
    };
    for (std::size_t i = 0; i < queries; ++i)
        limits[i] = static_cast<float>(i) - 16.0F;
    std::vector<ScanHit> hits(queries * rows);
    ScanWork work;
    work.queries = q.data();
    work.limits = limits.data();
    work.queryCount = queries;
    work.width = width;
    work.blocks = inBlocks.data();
    work.halfNorms = halfNorms.data();
    work.blockCount = blocks;
    work.hits = hits.data();
    hits.resize(loops.scan(work));
    std::vector<int> found(queries * rows, 0);
    for (const ScanHit& hit : hits)
        ++found.at(hit.query * rows + hit.row);
    int reached = 0;
    for (std::size_t i = 0; i < queries; ++i)
        for (std::size_t j = 0; j < rows; ++j) {
            const double above = productOf(i, j) - static_cast<double>(limits[i]);
            if (std::abs(above) > 1e-4) { // else rounding decides
                EXPECT_EQ(found[i * rows + j], above > 0.0 ? 1 : 0) << i << ' ' << j;
            }
            reached += above > 0.0;
        }
    EXPECT_GT(reached, 100);
    EXPECT_LT(reached, 600);
}

/// Forces from the table, at every scale, against the powers they stand for.
void checkForces(const HotLoops& loops, int dims) {
    const LayoutForces forces{1.577, 0.895, 1.0};
    const ForceTable pull = tableOf(forces, false), push = tableOf(forces, true);
    for (double distance = 1e-4; distance < 50.0; distance *= 1.37) {
        std::vector<float> rows = {static_cast<float>(distance), 0.0F, 0.0F}, self(3, 0.0F), other = rows;
        loops.attract(pull, dims, 0.5F, rows.data(), self.data(), other.data());
        const double squared = std::pow(static_cast<double>(rows[0]), 2);
        const double move =
            0.5 * std::clamp(forces.attraction(squared) * -static_cast<double>(rows[0]), -4.0, 4.0);
        EXPECT_NEAR(self[0], move, 3e-4 * std::abs(move)) << distance;
        EXPECT_FLOAT_EQ(other[0], rows[0] - self[0]);
        self.assign(3, 0.0F);
        loops.repel(push, rows.data(), 1, 7, dims, drawKey(1, 2, 3), 3, 0.5F,
                    self.data()); // the one row, three times
        const double away = 1.5 * std::clamp(forces.push(squared) * -static_cast<double>(rows[0]), -4.0, 4.0);
        EXPECT_NEAR(self[0], away, 3e-4 * std::abs(away)) << distance;
        self.assign(3, 0.0F);
        loops.repel(push, rows.data(), 1, 0, dims, drawKey(1, 2, 3), 3, 0.5F, self.data()); // the row itself
        EXPECT_EQ(self[0], 0.0F);
    }
    std::vector<float> here(3, 1.0F), there = here;
    loops.attract(pull, dims, 1.0F, there.data(), here.data(), there.data()); // coincident: no force
    EXPECT_EQ(here, there);
}

TEST(ManifoldHotLoops, portable) {
    checkDistances(portableLoops());
    checkScan(portableLoops());
    checkForces(portableLoops(), 2);
    checkForces(portableLoops(), 3);
}

TEST(ManifoldHotLoops, fastest) {
    checkDistances(hotLoops());
    checkScan(hotLoops());
    checkForces(hotLoops(), 2);
    checkForces(hotLoops(), 3);
}

#ifdef __x86_64__
TEST(ManifoldHotLoops, avx2) { // which the fastest may not be
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        GTEST_SKIP() << "this processor has no AVX2";
    checkDistances(avx2Loops());
    checkScan(avx2Loops());
    checkForces(avx2Loops(), 2);
    checkForces(avx2Loops(), 3);
}
#endif

/// Forces of an edge's work are those of its parts.
TEST(ManifoldHotLoops, edgesAreSettledOneAfterTheOther) {
    const LayoutForces forces{1.577, 0.895, 1.0};
    const ForceTable pull = tableOf(forces, false), push = tableOf(forces, true);
    for (const HotLoops* loops : {&portableLoops(), &hotLoops()})
        for (const int dims : {2, 3}) {
            const MatrixF start = normalRows(40, static_cast<std::size_t>(dims), 6);
            MatrixF together = start, apart = start;
            const std::vector<std::uint32_t> head = {3, 3, 17, 39}, tail = {8, 17, 3, 0}, edges = {0, 1, 3},
                                             pushes = {5, 0, 11};
            EdgeWork work;
            work.attraction = &pull;
            work.push = &push;
            work.positions = together.data();
            work.snapshot = start.data();
            work.rows = 40;
            work.dims = dims;
            work.rate = 0.7F;
            work.seed = 4;
            work.epoch = 9;
            work.edges = edges.data();
            work.pushes = pushes.data();
            work.count = edges.size();
            work.head = head.data();
            work.tail = tail.data();
            loops->settle(work);
            for (std::size_t i = 0; i < edges.size(); ++i) {
                float* self = apart.row(head[edges[i]]).data();
                float* other = apart.row(tail[edges[i]]).data();
                loops->attract(pull, dims, 0.7F, other, self, other);
                loops->repel(push, start.data(), 40, head[edges[i]], dims, drawKey(4, edges[i], 9), pushes[i],
                             0.7F, self);
            }
            EXPECT_LT((together - apart).cwiseAbs().maxCoeff(), 1e-5F);
            EXPECT_GT((together - start).cwiseAbs().maxCoeff(), 0.1F);
        }
}

TEST(ManifoldHotLoops, drawsAreEven) {
    // 100 cells, 1e5 draws: chi-squared with 99 degrees of freedom is above 160 once in 10,000.
    constexpr std::uint32_t cells = 100;
    std::vector<double> count(cells, 0.0);
    for (std::uint64_t row = 0; row < 100; ++row)
        for (std::uint64_t epoch = 0; epoch < 100; ++epoch)
            for (std::uint32_t place = 0; place < 10; ++place)
                count[drawRow(drawKey(5, row, epoch), place, cells)] += 1.0;
    double chi = 0.0;
    for (const double n : count)
        chi += (n - 1000.0) * (n - 1000.0) / 1000.0;
    EXPECT_LT(chi, 160.0);
    EXPECT_GT(chi, 50.0); // nor too even
}

} // namespace
} // namespace penumbra::manifold
