#include "core/manifold/fuzzy_graph.h"

#include "core/base/error.h"
#include "core/base/parallel_for.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace penumbra::manifold {

namespace {

constexpr double sumTolerance = 1e-5, scaleFloor = 1e-3;
constexpr int bisections = 64;

double meanOf(const float* first, std::size_t n) {
    double sum = 0.0;
    for (std::size_t i = 0; i < n; ++i)
        sum += static_cast<double>(first[i]);
    return n > 0 ? sum / static_cast<double>(n) : 0.0;
}

/// The distance within which a neighbour counts fully; duplicates (distance 0) do not count as neighbours.
double fullDistance(const float* distances, std::size_t k, double localConnectivity) {
    std::vector<double> positive;
    for (std::size_t j = 0; j < k; ++j)
        if (distances[j] > 0.0F)
            positive.push_back(static_cast<double>(distances[j]));
    if (static_cast<double>(positive.size()) < localConnectivity)
        return positive.empty() ? 0.0 : *std::max_element(positive.begin(), positive.end());
    const auto whole = static_cast<std::size_t>(std::floor(localConnectivity));
    const double part = localConnectivity - static_cast<double>(whole);
    if (whole == 0)
        return positive.empty() ? 0.0 : part * positive[0];
    double rho = positive[whole - 1];
    if (part > sumTolerance && whole < positive.size())
        rho += part * (positive[whole] - positive[whole - 1]);
    return rho;
}

double solveScale(const float* distances, std::size_t k, double rho) {
    const double target = std::log2(static_cast<double>(k));
    double low = 0.0, high = std::numeric_limits<double>::infinity(), sigma = 1.0;
    for (int step = 0; step < bisections; ++step) {
        double sum = 0.0;
        for (std::size_t j = 1; j < k; ++j) {
            const double beyond = static_cast<double>(distances[j]) - rho;
            sum += beyond > 0.0 ? std::exp(-beyond / sigma) : 1.0;
        }
        if (std::abs(sum - target) < sumTolerance)
            break;
        if (sum > target) {
            high = sigma;
            sigma = 0.5 * (low + high);
        } else {
            low = sigma;
            sigma = std::isinf(high) ? 2.0 * sigma : 0.5 * (low + high);
        }
    }
    return sigma;
}

} // namespace

SmoothDistances smoothDistances(const Neighbours& neighbours, double localConnectivity, int threads) {
    SmoothDistances smooth;
    smooth.rho.resize(neighbours.rows);
    smooth.sigma.resize(neighbours.rows);
    const double overall = meanOf(neighbours.distance.data(), neighbours.distance.size());
    parallelFor(neighbours.rows, threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const float* distances = neighbours.distanceRow(i);
            const double rho = fullDistance(distances, neighbours.k, localConnectivity);
            const double floor = scaleFloor * (rho > 0.0 ? meanOf(distances, neighbours.k) : overall);
            smooth.rho[i] = rho;
            smooth.sigma[i] = std::max(floor, solveScale(distances, neighbours.k, rho));
        }
    });
    return smooth;
}

std::vector<float> memberships(const Neighbours& neighbours, const SmoothDistances& smooth,
                               bool selfIsFirst) {
    std::vector<float> strength(neighbours.distance.size());
    for (std::size_t i = 0; i < neighbours.rows; ++i)
        for (std::size_t j = 0; j < neighbours.k; ++j) {
            const std::size_t at = i * neighbours.k + j;
            const double beyond = static_cast<double>(neighbours.distance[at]) - smooth.rho[i];
            if (selfIsFirst && neighbours.index[at] == i)
                strength[at] = 0.0F;
            else
                strength[at] = beyond <= 0.0 || smooth.sigma[i] == 0.0
                                   ? 1.0F
                                   : static_cast<float>(std::exp(-beyond / smooth.sigma[i]));
        }
    return strength;
}

Graph fuzzyGraph(const Neighbours& neighbours, const SmoothDistances& smooth, double mix, int threads) {
    const std::vector<float> strength = memberships(neighbours, smooth, true);
    const std::size_t n = neighbours.rows, k = neighbours.k;
    // Bonds from the other side, gathered by row.
    std::vector<std::size_t> start(n + 1, 0);
    for (const auto other : neighbours.index)
        ++start[other + 1];
    std::partial_sum(start.begin(), start.end(), start.begin());
    std::vector<std::size_t> place(start.begin(), start.end() - 1), incoming(n * k);
    for (std::size_t at = 0; at < n * k; ++at)
        incoming[place[neighbours.index[at]]++] = at;
    struct Bond {
        std::uint32_t column;
        float out, in;
    };
    const auto bondsOf = [&](std::size_t i, std::vector<Bond>& bonds) {
        bonds.clear();
        for (std::size_t at = i * k; at < (i + 1) * k; ++at)
            bonds.push_back({neighbours.index[at], strength[at], 0.0F});
        for (std::size_t s = start[i]; s < start[i + 1]; ++s)
            bonds.push_back({static_cast<std::uint32_t>(incoming[s] / k), 0.0F, strength[incoming[s]]});
        std::sort(bonds.begin(), bonds.end(),
                  [](const Bond& a, const Bond& b) { return a.column < b.column; });
        std::size_t kept = 0;
        for (std::size_t b = 0; b < bonds.size();) {
            Bond whole = bonds[b];
            for (++b; b < bonds.size() && bonds[b].column == whole.column; ++b) {
                whole.out += bonds[b].out;
                whole.in += bonds[b].in;
            }
            const float product = whole.out * whole.in, share = static_cast<float>(mix);
            whole.out = share * (whole.out + whole.in - product) + (1.0F - share) * product;
            if (whole.out > 0.0F)
                bonds[kept++] = whole;
        }
        bonds.resize(kept);
    };
    Graph graph;
    graph.offsets.assign(n + 1, 0);
    std::vector<std::vector<std::pair<std::uint32_t, float>>> rows(n);
    parallelFor(n, threads, [&](std::size_t begin, std::size_t end) {
        std::vector<Bond> bonds;
        for (std::size_t i = begin; i < end; ++i) {
            bondsOf(i, bonds);
            rows[i].reserve(bonds.size());
            for (const Bond& bond : bonds)
                rows[i].emplace_back(bond.column, bond.out);
        }
    });
    for (std::size_t i = 0; i < n; ++i)
        graph.offsets[i + 1] = graph.offsets[i] + rows[i].size();
    graph.column.reserve(graph.offsets[n]);
    graph.weight.reserve(graph.offsets[n]);
    for (const auto& row : rows)
        for (const auto& [column, weight] : row) {
            graph.column.push_back(column);
            graph.weight.push_back(weight);
        }
    return graph;
}

std::vector<std::uint32_t> connectedComponents(const Graph& graph, std::size_t& count) {
    constexpr auto unseen = std::numeric_limits<std::uint32_t>::max();
    std::vector<std::uint32_t> label(graph.rows(), unseen), pending;
    count = 0;
    for (std::size_t first = 0; first < graph.rows(); ++first) {
        if (label[first] != unseen)
            continue;
        const auto name = static_cast<std::uint32_t>(count++);
        label[first] = name;
        pending.assign(1, static_cast<std::uint32_t>(first));
        while (!pending.empty()) {
            const std::uint32_t row = pending.back();
            pending.pop_back();
            for (std::size_t e = graph.offsets[row]; e < graph.offsets[row + 1]; ++e)
                if (label[graph.column[e]] == unseen) {
                    label[graph.column[e]] = name;
                    pending.push_back(graph.column[e]);
                }
        }
    }
    return label;
}

Graph subgraph(const Graph& graph, std::span<const std::uint32_t> rows) {
    constexpr auto outside = std::numeric_limits<std::uint32_t>::max();
    std::vector<std::uint32_t> place(graph.rows(), outside);
    for (std::size_t i = 0; i < rows.size(); ++i)
        place[rows[i]] = static_cast<std::uint32_t>(i);
    Graph part;
    part.offsets.push_back(0);
    for (const auto row : rows) {
        for (std::size_t e = graph.offsets[row]; e < graph.offsets[row + 1]; ++e)
            if (place[graph.column[e]] != outside) {
                part.column.push_back(place[graph.column[e]]);
                part.weight.push_back(graph.weight[e]);
            }
        part.offsets.push_back(part.column.size());
    }
    return part;
}

std::pair<double, double> fitCurve(double spread, double minDistance) {
    if (!(spread > 0.0) || !(minDistance >= 0.0) || minDistance > spread)
        throw UsageError("the minimum distance must lie between 0 and the spread, which must be positive.");
    constexpr int points = 300;
    double a = 1.0, b = 1.0, damping = 1e-3, error = std::numeric_limits<double>::infinity();
    // Levenberg & Marquardt with two unknowns.
    const auto sums = [&](double A, double B, double* normal, double* slope) {
        double total = 0.0;
        for (int i = 0; i < points; ++i) {
            const double x = 3.0 * spread * i / (points - 1);
            const double wanted = x < minDistance ? 1.0 : std::exp(-(x - minDistance) / spread);
            const double power = x > 0.0 ? std::pow(x, 2.0 * B) : 0.0, value = 1.0 / (1.0 + A * power);
            const double residual = wanted - value;
            total += residual * residual;
            if (!normal)
                continue;
            const double byA = -value * value * power;
            const double byB = x > 0.0 ? -value * value * A * power * 2.0 * std::log(x) : 0.0;
            normal[0] += byA * byA;
            normal[1] += byA * byB;
            normal[2] += byB * byB;
            slope[0] += byA * residual;
            slope[1] += byB * residual;
        }
        return total;
    };
    for (int step = 0; step < 500; ++step) {
        double normal[3] = {}, slope[2] = {};
        error = sums(a, b, normal, slope);
        bool better = false;
        for (int attempt = 0; attempt < 60 && !better; ++attempt) {
            const double p = normal[0] * (1.0 + damping), q = normal[2] * (1.0 + damping);
            const double determinant = p * q - normal[1] * normal[1];
            const double moveA = (q * slope[0] - normal[1] * slope[1]) / determinant;
            const double moveB = (p * slope[1] - normal[1] * slope[0]) / determinant;
            better =
                a + moveA > 0.0 && b + moveB > 0.0 && sums(a + moveA, b + moveB, nullptr, nullptr) < error;
            damping *= better ? 0.1 : 10.0;
            if (better) {
                a += moveA;
                b += moveB;
                if (std::abs(moveA) < 1e-12 * a && std::abs(moveB) < 1e-12 * b)
                    return {a, b};
            }
        }
        if (!better)
            break;
    }
    return {a, b};
}

} // namespace penumbra::manifold
