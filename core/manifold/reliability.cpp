#include "core/manifold/reliability.h"

#include "core/base/parallel_for.h"
#include "core/base/rng.h"

#include <algorithm>
#include <cmath>

namespace penumbra::manifold {

namespace {

constexpr std::size_t directions = 3, rowsForDirections = 5000;

/// Neighbours of a row and their neighbours, without the row itself.
std::vector<std::uint32_t> aroundRow(const Neighbours& neighbours, std::size_t row) {
    std::vector<std::uint32_t> around;
    for (std::size_t j = 0; j < neighbours.k; ++j) {
        const std::uint32_t near = neighbours.indexRow(row)[j];
        around.insert(around.end(), neighbours.indexRow(near), neighbours.indexRow(near) + neighbours.k);
    }
    std::sort(around.begin(), around.end());
    around.erase(std::unique(around.begin(), around.end()), around.end());
    std::erase(around, static_cast<std::uint32_t>(row));
    return around;
}

/// Where every row falls among the others when its features are moved by `share` of the way to its middle
/// neighbour along `direction`.
MatrixF placedAside(const UmapMap& map, const MatrixF& rows, const Eigen::RowVectorXf& direction, float share,
                    const RunContext& context) {
    const Neighbours& known = map.found.neighbours;
    const std::size_t n = known.rows, columns = static_cast<std::size_t>(rows.cols());
    // A small neighbourhood may hold fewer others than a row has neighbours.
    std::size_t k = known.k - 1;
    Neighbours near;
    near.resize(n, k);
    parallelFor(n, context.threads, [&](std::size_t begin, std::size_t end) {
        std::vector<std::pair<float, std::uint32_t>> found;
        for (std::size_t i = begin; i < end; ++i) {
            if (i % 64 == 0)
                context.checkStop();
            const float step = share * known.distanceRow(i)[known.k / 2];
            const bool cosine = map.options.metric == Metric::Cosine; // whose distances are no lengths
            const auto row = static_cast<Eigen::Index>(i);
            const float length = cosine ? step * rows.row(row).norm() : step;
            const Eigen::RowVectorXf moved = rows.row(row) + length * direction;
            found.clear();
            for (const std::uint32_t other : aroundRow(known, i))
                found.emplace_back(static_cast<float>(distanceOf(moved.data(), rows.data() + other * columns,
                                                                 columns, map.options.metric)),
                                   other);
            std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(k), found.end());
            for (std::size_t j = 0; j < k; ++j) {
                near.index[i * k + j] = found[j].second;
                near.distance[i * k + j] = found[j].first;
            }
        }
    });
    SmoothDistances smooth;
    const auto strength = newRowStrengths(near, map.options.localConnectivity, smooth);
    return placeNewRows(
        near, strength, map.positions,
        {map.forces, map.options.epochs, map.options.negativeRate, map.options.seed, map.options.order, {}},
        context.quiet());
}

} // namespace

std::vector<double> mapJumps(const UmapMap& map, const MatrixF& rows, const RunContext& context) {
    const auto n = static_cast<std::size_t>(rows.rows());
    MatrixF sample = rows;
    if (n > rowsForDirections) {
        Rng rng(map.options.seed, 0x1dd);
        sample.resize(static_cast<Eigen::Index>(rowsForDirections), rows.cols());
        for (Eigen::Index i = 0; i < sample.rows(); ++i)
            sample.row(i) = rows.row(static_cast<Eigen::Index>(rng.below(n)));
    }
    const auto axes = std::min<std::size_t>(directions, static_cast<std::size_t>(rows.cols()));
    const auto solver = rows.cols() > 128 ? PcaSolver::Randomised : PcaSolver::Exact;
    const MatrixF turn =
        fitPca(sample, axes, solver, map.options.seed, context.quiet()).components.cast<float>();
    const MatrixF still = placedAside(map, rows, turn.row(0), 0.0F, context);
    std::vector<double> jumps(n, 0.0);
    for (Eigen::Index axis = 0; axis < turn.rows(); ++axis)
        for (const float side : {-1.0F, 1.0F}) {
            context.step((static_cast<double>(axis) + (side > 0.0F ? 0.5 : 0.0)) /
                             static_cast<double>(turn.rows()),
                         "moving galaxies a little");
            const MatrixF aside = placedAside(map, rows, turn.row(axis), side, context);
            for (std::size_t i = 0; i < n; ++i) {
                const auto row = static_cast<Eigen::Index>(i);
                jumps[i] = std::max(jumps[i], static_cast<double>((aside.row(row) - still.row(row)).norm()));
            }
        }
    std::vector<double> sorted = jumps;
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(n / 2), sorted.end());
    const double usual = sorted[n / 2];
    for (double& jump : jumps)
        jump = usual > 0.0 ? jump / usual : jump;
    return jumps;
}

} // namespace penumbra::manifold
