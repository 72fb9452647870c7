#include "core/manifold/image_scan.h"

#include "core/base/parallel_for.h"
#include "core/manifold/hot_loops.h"

#include <cmath>

namespace penumbra::manifold {

namespace {

constexpr std::size_t panelRows = 192; ///< queries that share a tile while it is in the cache
constexpr std::size_t tileBlocks = 64;
constexpr std::size_t group = 6;  ///< queries that meet a block at once
constexpr float rounding = 4e-6F; ///< of products, as a part of the squared lengths

/// Images about their mean, as they are and in blocks.
struct Images {
    std::size_t width = 0;
    std::vector<float> rows, halfNorms; ///< [n, width], [blocks * scanBlock]: infinite beyond the last row
    std::vector<float> blocks;          ///< [blocks, width, scanBlock]

    std::size_t blockCount() const { return halfNorms.size() / scanBlock; }
    Images(const Screen& screen, std::size_t n, int threads) : width(screen.width()) {
        std::vector<double> sums(width, 0.0);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t f = 0; f < width; ++f)
                sums[f] += screen.row(i)[f];
        const std::size_t count = (n + scanBlock - 1) / scanBlock;
        rows.resize(n * width);
        blocks.assign(count * width * scanBlock, 0.0F);
        halfNorms.assign(count * scanBlock, Heaps::infinite);
        parallelFor(n, threads, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
                float squared = 0.0F;
                for (std::size_t f = 0; f < width; ++f) {
                    const float value =
                        screen.row(i)[f] - static_cast<float>(sums[f] / static_cast<double>(n));
                    squared += value * value;
                    rows[i * width + f] = value;
                    blocks[((i / scanBlock) * width + f) * scanBlock + i % scanBlock] = value;
                }
                halfNorms[i] = 0.5F * squared;
            }
        });
    }
};

bool isIn(const Heaps& heaps, std::size_t row, std::uint32_t other) {
    const std::uint32_t* index = heaps.index(row);
    return std::find(index, index + heaps.size(), other) != index + heaps.size();
}

/// The queries [first, last) against all rows.
void scanPanel(const Work& work, const Images& images, Heaps& heaps, std::size_t first, std::size_t last,
               std::vector<ScanHit>& hits) {
    for (std::size_t tile = 0; tile < images.blockCount(); tile += tileBlocks) {
        ScanWork scan;
        scan.blockCount = std::min(tileBlocks, images.blockCount() - tile);
        scan.blocks = images.blocks.data() + tile * images.width * scanBlock;
        scan.halfNorms = images.halfNorms.data() + tile * scanBlock;
        scan.width = images.width;
        scan.hits = hits.data();
        for (std::size_t row = first; row < last; row += group) {
            float limits[group];
            scan.queryCount = std::min(group, last - row);
            scan.queries = images.rows.data() + row * images.width;
            scan.limits = limits;
            for (std::size_t q = 0; q < scan.queryCount; ++q) { // |a|^2 + |b|^2 - 2ab + left <= worst
                const float own = images.halfNorms[row + q];
                limits[q] =
                    own - 0.5F * (heaps.worst(row + q) - leftOut(work, heaps, row + q)) - rounding * own;
            }
            const std::size_t found = hotLoops().scan(scan);
            for (std::size_t h = 0; h < found; ++h) {
                const std::size_t query = row + hits[h].query;
                const auto other = static_cast<std::uint32_t>(tile * scanBlock + hits[h].row);
                if (other == query || isIn(heaps, query, other))
                    continue;
                const float squared = hotLoops().boundedDistance(work.rows.row(query), work.rows.row(other),
                                                                 work.rows.width(), heaps.worst(query));
                heaps.offer(query, other, squared);
            }
        }
    }
}

} // namespace

void scanImages(const Work& work, Heaps& heaps) {
    const std::size_t n = work.rows.count();
    const Images images(work.screen, n, work.context.threads);
    parallelFor(
        (n + panelRows - 1) / panelRows, work.context.threads, [&](std::size_t begin, std::size_t end) {
            std::vector<ScanHit> hits(group * tileBlocks * scanBlock);
            for (std::size_t panel = begin; panel < end; ++panel) {
                work.context.checkStop();
                scanPanel(work, images, heaps, panel * panelRows, std::min(n, (panel + 1) * panelRows), hits);
            }
        });
}

} // namespace penumbra::manifold
