#include "core/manifold/local_density.h"

#include "core/base/error.h"
#include "core/base/parallel_for.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace penumbra::manifold {

namespace {

// umap-learn's dens_lambda, dens_frac and dens_var_shift.
constexpr double importance = 2.0, shareOfEpochs = 0.3, varianceShift = 0.1;
constexpr double leastRadius = 1e-8; ///< squared, of rows at one place

double strengthOnMap(const LayoutForces& forces, double squared) {
    return 1.0 / (1.0 + forces.a * std::pow(squared, forces.b));
}

double squaredOnMap(const MatrixF& map, std::size_t i, std::size_t j) {
    double squared = 0.0;
    for (Eigen::Index c = 0; c < map.cols(); ++c) {
        const double difference = static_cast<double>(map(static_cast<Eigen::Index>(i), c)) -
                                  static_cast<double>(map(static_cast<Eigen::Index>(j), c));
        squared += difference * difference;
    }
    return squared;
}

/// bond(e, i, j): strength and squared distance.
template <typename Bond>
std::vector<double> logMeans(const Graph& graph, int threads, const Bond& bond) {
    std::vector<double> radii(graph.rows());
    parallelFor(graph.rows(), threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            double sum = 0.0, strengths = 0.0;
            for (std::size_t e = graph.offsets[i]; e < graph.offsets[i + 1]; ++e) {
                const auto [strength, squared] = bond(e, i, graph.column[e]);
                sum += strength * squared;
                strengths += strength;
            }
            radii[i] = std::log(leastRadius + (strengths > 0.0 ? sum / strengths : 0.0));
        }
    });
    return radii;
}

double meanOf(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

} // namespace

std::vector<double> logRadii(const Graph& graph, const MatrixF& rows, Metric metric, int threads) {
    const auto columns = static_cast<std::size_t>(rows.cols());
    return logMeans(graph, threads, [&](std::size_t e, std::size_t i, std::size_t j) {
        const double distance =
            distanceOf(rows.data() + i * columns, rows.data() + j * columns, columns, metric);
        return std::pair(static_cast<double>(graph.weight[e]), distance * distance);
    });
}

std::vector<double> logRadiiOnMap(const Graph& graph, const MatrixF& map, const LayoutForces& forces,
                                  int threads) {
    return logMeans(graph, threads, [&](std::size_t, std::size_t i, std::size_t j) {
        const double squared = squaredOnMap(map, i, j);
        return std::pair(strengthOnMap(forces, squared), squared);
    });
}

DensityPull::DensityPull(const EdgeSchedule& schedule, const std::vector<double>& wanted,
                         const LayoutForces& forces, int epochs)
    : forces_(forces), begins_(static_cast<int>(std::ceil((1.0 - shareOfEpochs) * epochs))), wanted_(wanted),
      radius_(schedule.rows()), strong_(schedule.rows()) {
    if (wanted.size() != schedule.rows())
        throw Error(std::to_string(wanted.size()) + " local radii do not fit " +
                    std::to_string(schedule.rows()) + " rows");
    for (std::size_t row = 0; row <= schedule.rows(); ++row)
        offsets_.push_back(schedule.firstEdge(row));
    for (std::size_t e = 0; e < schedule.edges(); ++e) {
        tail_.push_back(schedule.tail(e));
        halfWeight_ += 0.5 * schedule.weight(e);
    }
    const double mean = meanOf(wanted_);
    double squares = 0.0;
    for (double& radius : wanted_) {
        radius -= mean;
        squares += radius * radius;
    }
    const double scatter = std::sqrt(squares / static_cast<double>(wanted_.size()));
    for (double& radius : wanted_)
        radius /= scatter > 0.0 ? scatter : 1.0;
}

void DensityPull::measure(const MatrixF& positions, std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
        double sum = 0.0, strengths = 0.0;
        for (std::size_t e = offsets_[i]; e < offsets_[i + 1]; ++e) {
            const double squared = squaredOnMap(positions, i, tail_[e]);
            const double strength = strengthOnMap(forces_, squared);
            sum += strength * squared;
            strengths += strength;
        }
        // Bonds stand in the graph twice: umap-learn sums both.
        strong_[i] = 2.0 * strengths;
        radius_[i] = leastRadius + (strengths > 0.0 ? sum / strengths : 0.0);
    }
}

void DensityPull::summarise() {
    const auto rows = static_cast<double>(radius_.size());
    mean_ = 0.0;
    for (const double radius : radius_)
        mean_ += std::log(radius) / rows;
    variance_ = varianceShift;
    covariance_ = 0.0;
    for (std::size_t i = 0; i < radius_.size(); ++i) {
        const double beyond = std::log(radius_[i]) - mean_;
        variance_ += beyond * beyond / rows;
        covariance_ += std::log(radius_[i]) * wanted_[i] / std::max(1.0, rows - 1.0);
    }
}

double DensityPull::factor(std::uint32_t head, std::uint32_t tail, double weight, double squared) const {
    if (!(squared > 0.0) || !(strong_[head] > 0.0) || !(strong_[tail] > 0.0))
        return 0.0;
    const double power = forces_.a * std::pow(squared, forces_.b);
    const double strength = 1.0 / (1.0 + power);
    const double steepness = forces_.b * power / squared * strength;
    const auto slope = [&](std::uint32_t row) { // of the row's log radius along the squared distance
        return strength / strong_[row] * ((1.0 - forces_.b * (1.0 - strength)) / radius_[row] + steepness);
    };
    const auto lack = [&](std::uint32_t row) { // how the correlation gains by the row's log radius
        return wanted_[row] - covariance_ * (std::log(radius_[row]) - mean_) / variance_;
    };
    return 2.0 * importance * halfWeight_ * (lack(tail) * slope(tail) + lack(head) * slope(head)) /
           (weight * std::sqrt(variance_) * static_cast<double>(radius_.size()));
}

} // namespace penumbra::manifold
