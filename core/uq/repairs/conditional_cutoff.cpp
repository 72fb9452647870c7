#include "core/uq/repairs/conditional_cutoff.h"

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/base/text.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <queue>
#include <string>

namespace penumbra::uq {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double rankTolerance = 1e-10;
constexpr double multiplierTolerance = 1e-10;
constexpr double pivotTolerance = 1e-11;

} // namespace

ConditionalCutoffs::ConditionalCutoffs(const MatrixD& basis, std::span<const double> scores, double alpha)
    : alpha_(alpha) {
    if (!(alpha > 0.0 && alpha < 1.0))
        throw Error("alpha must lie between 0 and 1, but is " + shortestReal(alpha));
    if (static_cast<std::size_t>(basis.rows()) != scores.size())
        throw Error("There are " + std::to_string(scores.size()) + " calibration scores, but " +
                    std::to_string(basis.rows()) + " rows of the basis");
    if (scores.empty())
        throw Error("There are no calibration rows, so no conditional calibration");
    if (!basis.allFinite() ||
        !std::all_of(scores.begin(), scores.end(), [](double s) { return std::isfinite(s); }))
        throw Error("A calibration score or basis value is not finite");
    reduce(basis);
    partTies(scores);
    if (phi_.cols() > 0)
        solve();
}

/// Keeps independent columns as they are, so that indicators stay indicators.
void ConditionalCutoffs::reduce(const MatrixD& basis) {
    Eigen::ColPivHouseholderQR<Matrix> factor(basis.rows(), basis.cols());
    factor.setThreshold(rankTolerance);
    factor.compute(basis);
    const Eigen::Index rank = factor.rank();
    for (Eigen::Index c = 0; c < rank; ++c)
        columns_.push_back(factor.colsPermutation().indices()[c]);
    std::sort(columns_.begin(), columns_.end());
    phi_ = basis(Eigen::all, columns_);
    others_ = rank > 0 ? Matrix(phi_.colPivHouseholderQr().solve(Matrix(basis))) : Matrix(0, basis.cols());
}

/// Steps far below any score's size, growing with (score, index), and a little at random, so that no
/// combination of a few scores is alike by accident.
void ConditionalCutoffs::partTies(std::span<const double> scores) {
    const auto n = static_cast<Eigen::Index>(scores.size());
    std::vector<double> sizes;
    for (const double score : scores)
        if (score != 0.0)
            sizes.push_back(std::abs(score));
    if (!sizes.empty()) {
        const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
        std::nth_element(sizes.begin(), middle, sizes.end());
        unit_ = *middle;
    }
    scores_ = Eigen::Map<const Vector>(scores.data(), n) / unit_;
    std::vector<Eigen::Index> order(scores.size());
    std::iota(order.begin(), order.end(), Eigen::Index{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](Eigen::Index a, Eigen::Index b) { return scores_[a] < scores_[b]; });
    parted_ = scores_;
    Rng rng(1);
    constexpr double step = 1e-12;
    for (Eigen::Index place = 0; place < n; ++place)
        parted_[order[static_cast<std::size_t>(place)]] +=
            step * (static_cast<double>(place) + 0.9 * rng.uniform());
}

ConditionalCutoffs::Vector ConditionalCutoffs::residualsOf(const Vertex& vertex) const {
    return parted_ - phi_ * (vertex.inverse * parted_(vertex.rows));
}

ConditionalCutoffs::Vector ConditionalCutoffs::multipliersOf(const Vertex& vertex) const {
    Vector fixed(phi_.rows());
    for (Eigen::Index i = 0; i < fixed.size(); ++i) {
        const int side = vertex.side[static_cast<std::size_t>(i)];
        fixed[i] = side > 0 ? 1.0 - alpha_ : side < 0 ? -alpha_ : 0.0;
    }
    return -(vertex.inverse.transpose() * (phi_.transpose() * fixed));
}

double ConditionalCutoffs::valueAt(const Vertex& vertex, const Vector& phi) const {
    return unit_ * phi.dot(vertex.inverse * scores_(vertex.rows));
}

void ConditionalCutoffs::exchange(Vertex& vertex, Eigen::Index place, Eigen::Index row) const {
    vertex.rows[static_cast<std::size_t>(place)] = row;
    vertex.side[static_cast<std::size_t>(row)] = 0;
    vertex.inverse = Matrix(phi_(vertex.rows, Eigen::all)).inverse();
}

/// The quantile regression of the calibration scores, from any vertex by steps along edges, each as long as
/// it pays (Koenker & d'Orey 1987).
void ConditionalCutoffs::solve() {
    Eigen::ColPivHouseholderQR<Matrix> factor(phi_.transpose());
    start_.rows.assign(factor.colsPermutation().indices().data(),
                       factor.colsPermutation().indices().data() + phi_.cols());
    start_.side.assign(static_cast<std::size_t>(phi_.rows()), 0);
    start_.inverse = Matrix(phi_(start_.rows, Eigen::all)).inverse();
    const Vector residual = residualsOf(start_);
    for (Eigen::Index i = 0; i < residual.size(); ++i)
        start_.side[static_cast<std::size_t>(i)] = residual[i] > 0.0 ? 1 : -1;
    for (const Eigen::Index row : start_.rows)
        start_.side[static_cast<std::size_t>(row)] = 0;
    const Eigen::Index mostSteps = 100 + 20 * phi_.rows();
    for (Eigen::Index step = 0; step < mostSteps; ++step)
        if (!improve(start_))
            return;
    throw Error("Conditional calibration found no solution in " + std::to_string(mostSteps) +
                " steps; use fewer groups");
}

/// One edge down; false at the optimum.
bool ConditionalCutoffs::improve(Vertex& vertex) const {
    vertex.multiplier = multipliersOf(vertex);
    Eigen::Index leaving = -1;
    double worst = multiplierTolerance;
    bool upwards = false;
    for (Eigen::Index j = 0; j < vertex.multiplier.size(); ++j) {
        const double over = vertex.multiplier[j] - (1.0 - alpha_), under = -alpha_ - vertex.multiplier[j];
        if (std::max(over, under) > worst) {
            worst = std::max(over, under);
            leaving = j;
            upwards = over > under;
        }
    }
    if (leaving < 0)
        return false;
    const Vector direction = (upwards ? -1.0 : 1.0) * vertex.inverse.col(leaving);
    const Vector residual = residualsOf(vertex), change = phi_ * direction;
    using Crossing = std::pair<double, Eigen::Index>; // step, row
    std::vector<Crossing> crossings;
    for (Eigen::Index i = 0; i < residual.size(); ++i)
        if (const int side = vertex.side[static_cast<std::size_t>(i)];
            side != 0 && side * change[i] > pivotTolerance)
            crossings.emplace_back(std::max(0.0, residual[i] / change[i]), i);
    std::priority_queue<Crossing, std::vector<Crossing>, std::greater<>> next({}, std::move(crossings));
    double slope = -worst;
    while (!next.empty()) {
        const Eigen::Index row = next.top().second;
        next.pop();
        slope += std::abs(change[row]);
        if (slope >= 0.0) {
            vertex.side[static_cast<std::size_t>(vertex.rows[static_cast<std::size_t>(leaving)])] =
                upwards ? 1 : -1;
            exchange(vertex, leaving, row);
            return true;
        }
        auto& side = vertex.side[static_cast<std::size_t>(row)];
        side = static_cast<std::int8_t>(-side);
    }
    throw Error("Conditional calibration met a basis that is not independent; use fewer groups");
}

bool ConditionalCutoffs::reducedRow(std::span<const double> phi, Vector& out) const {
    if (static_cast<Eigen::Index>(phi.size()) != others_.cols())
        throw Error("A row has " + std::to_string(phi.size()) + " basis values, the calibration rows " +
                    std::to_string(others_.cols()));
    const Eigen::Map<const Vector> own(phi.data(), static_cast<Eigen::Index>(phi.size()));
    out = own(columns_);
    const double size = own.norm();
    return size > 0.0 && (own - others_.transpose() * out).norm() <= 1e-8 * size;
}

/// Where the multiplier of a row with this basis first reaches `target` (beyond: passes it).
double ConditionalCutoffs::follow(std::span<const double> phi, double target, bool beyond) const {
    Vector own;
    if (!reducedRow(phi, own))
        return infinite; // its group has no calibration row: nothing bounds the score
    const double sign = target < 0.0 ? -1.0 : 1.0;
    Vertex vertex = start_;
    double remaining = std::abs(target);
    for (Eigen::Index step = 0; step < 100 + 20 * phi_.rows(); ++step) {
        const Vector rate = -sign * (vertex.inverse.transpose() * own); // of the multipliers
        Eigen::Index leaving = -1;
        double length = infinite;
        for (Eigen::Index j = 0; j < rate.size(); ++j) {
            if (std::abs(rate[j]) <= pivotTolerance)
                continue;
            const double bound = rate[j] > 0.0 ? 1.0 - alpha_ : -alpha_;
            const double own_ = std::max(0.0, (bound - vertex.multiplier[j]) / rate[j]);
            if (own_ < length) {
                length = own_;
                leaving = j;
            }
        }
        if (beyond ? length > remaining + multiplierTolerance : length >= remaining - multiplierTolerance)
            return valueAt(vertex, own);
        remaining = std::max(0.0, remaining - length);
        vertex.multiplier += length * rate;
        const Vector direction = vertex.inverse.col(leaving) * (-1.0 / rate[leaving]);
        const Vector residual = residualsOf(vertex), change = phi_ * direction;
        Eigen::Index entering = -1;
        double distance = infinite;
        for (Eigen::Index i = 0; i < residual.size(); ++i)
            if (const int side = vertex.side[static_cast<std::size_t>(i)];
                side != 0 && side * change[i] > pivotTolerance &&
                std::max(0.0, residual[i] / change[i]) < distance) {
                distance = std::max(0.0, residual[i] / change[i]);
                entering = i;
            }
        if (entering < 0)
            return sign * infinite;
        const auto left = static_cast<std::size_t>(vertex.rows[static_cast<std::size_t>(leaving)]);
        vertex.side[left] = rate[leaving] > 0.0 ? 1 : -1;
        vertex.multiplier[leaving] =
            vertex.side[static_cast<std::size_t>(entering)] > 0 ? 1.0 - alpha_ : -alpha_;
        exchange(vertex, leaving, entering);
    }
    throw Error("Conditional calibration found no threshold for a galaxy; use fewer groups");
}

double ConditionalCutoffs::cutoff(std::span<const double> phi) const {
    return follow(phi, 1.0 - alpha_, false);
}

double ConditionalCutoffs::randomisedCutoff(std::span<const double> phi, double u) const {
    return follow(phi, u, u >= 0.0);
}

} // namespace penumbra::uq
