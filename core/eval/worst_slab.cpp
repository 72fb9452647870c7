#include "core/eval/worst_slab.h"

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/eval/evaluate.h"
#include "core/eval/miss_tails.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace penumbra {

Slab worstWindow(std::span<const double> projection, std::span<const std::uint8_t> covered, double delta) {
    const std::size_t n = projection.size();
    std::vector<std::size_t> order(n), sum(n + 1, 0);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return projection[a] < projection[b]; });
    for (std::size_t i = 0; i < n; ++i)
        sum[i + 1] = sum[i] + covered[order[i]];
    const auto at = [&](std::size_t i) { return projection[order[i]]; };
    const auto fewest = std::min(
        n,
        std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(delta * static_cast<double>(n) - 1e-9))));
    Slab best{at(0), at(n - 1), 1.0, n};
    const bool all = sum[n] == n;
    for (std::size_t from = 0; !all && from + fewest <= n; ++from) {
        if (from > 0 && at(from) == at(from - 1))
            continue;
        // A window of twice the length or more has a half that is no better covered. Where projections tie,
        // halves may not exist: then windows go on to the first place where they may end.
        std::size_t ended = 0;
        for (std::size_t past = from + fewest; past <= n && (past < from + 2 * fewest || ended == 0);
             ++past) {
            if (past < n && at(past) == at(past - 1))
                continue;
            ++ended;
            const double share =
                static_cast<double>(sum[past] - sum[from]) / static_cast<double>(past - from);
            if (share < best.coverage)
                best = {at(from), at(past - 1), share, past - from};
        }
    }
    return best;
}

Eigen::MatrixXd randomDirections(std::size_t count, Eigen::Index columns, std::uint64_t seed) {
    Eigen::MatrixXd directions(static_cast<Eigen::Index>(count), columns);
    Rng rng(seed);
    for (Eigen::Index i = 0; i < directions.rows(); ++i) {
        for (Eigen::Index j = 0; j < columns; ++j)
            directions(i, j) = rng.normal();
        directions.row(i).normalize();
    }
    return directions;
}

WorstSlab worstSlab(const Eigen::MatrixXd& x, std::span<const std::uint8_t> covered,
                    std::span<const std::uint8_t> searchHalf, const Eigen::MatrixXd& directions, double delta,
                    const CoveragePromise& promise, const RunContext& context) {
    if (static_cast<std::size_t>(x.rows()) != covered.size() || covered.size() != searchHalf.size())
        throw Error("A worst slab was asked for " + std::to_string(x.rows()) + " rows, with " +
                    std::to_string(covered.size()) + " outcomes and " + std::to_string(searchHalf.size()) +
                    " halves");
    std::vector<Eigen::Index> searched, held;
    std::vector<std::uint8_t> searchedCovered;
    for (std::size_t i = 0; i < covered.size(); ++i) {
        (searchHalf[i] != 0 ? searched : held).push_back(static_cast<Eigen::Index>(i));
        if (searchHalf[i] != 0)
            searchedCovered.push_back(covered[i]);
    }
    if (searched.empty())
        throw Error("There are no rows to search a worst slab in");
    const Eigen::MatrixXd inside = x(searched, Eigen::all);
    WorstSlab out;
    for (Eigen::Index d = 0; d < directions.rows(); ++d) {
        context.checkStop();
        const Eigen::VectorXd direction = directions.row(d).transpose();
        const Eigen::VectorXd projection = inside * direction;
        const Slab slab = worstWindow(std::span(projection.data(), searched.size()), searchedCovered, delta);
        if (d == 0 || slab.coverage < out.searched.coverage) {
            out.direction = direction;
            out.searched = slab;
        }
    }
    if (directions.rows() == 0)
        return out;
    const Eigen::VectorXd projection = x * out.direction;
    for (const Eigen::Index row : held)
        if (projection[row] >= out.searched.low && projection[row] <= out.searched.high) {
            ++out.n;
            out.covered += covered[static_cast<std::size_t>(row)] != 0 ? 1 : 0;
        }
    out.bracket = clopperPearson(out.covered, out.n);
    if (out.n > 0) {
        out.coverage = static_cast<double>(out.covered) / static_cast<double>(out.n);
        out.p = missTail(out.n - out.covered, out.n, promise.alpha, promise.nCalibration);
    }
    return out;
}

} // namespace penumbra
