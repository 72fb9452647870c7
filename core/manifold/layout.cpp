#include "core/manifold/layout.h"

#include "core/base/error.h"
#include "core/base/parallel_for.h"
#include "core/base/team.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <thread>

namespace penumbra::manifold {

namespace {

constexpr int defaultForFew = 500, defaultForMany = 200;
constexpr std::size_t blocks = 8; ///< more: closer to one row after another, and more waiting for one another
constexpr std::size_t rowsPerLane = 512;

double clipped(double x) {
    return std::clamp(x, -4.0, 4.0);
}

ForceTable tabulate(const std::function<double(double)>& force) {
    ForceTable table;
    for (std::uint32_t piece = 0; piece < ForceTable::pieces + 2; ++piece) {
        const std::uint32_t bits = (ForceTable::first + piece) << ForceTable::shift;
        float squared;
        std::memcpy(&squared, &bits, sizeof(squared));
        table.values[piece] = static_cast<float>(force(static_cast<double>(squared)));
    }
    return table;
}

/// Epochs for which a bond is too weak to pull even once.
double weakest(const Graph& graph, int epochs) {
    const float strongest =
        graph.weight.empty() ? 0.0F : *std::max_element(graph.weight.begin(), graph.weight.end());
    const int counted = epochs > 10 ? epochs : defaultEpochs(graph.rows());
    return static_cast<double>(strongest) / counted;
}

} // namespace

int defaultEpochs(std::size_t rows) {
    return rows <= 10000 ? defaultForFew : defaultForMany;
}

double learningRate(int epoch, int epochs) {
    return epoch < 2 ? 1.0 : 1.0 - static_cast<double>(epoch - 1) / static_cast<double>(epochs);
}

double LayoutForces::attraction(double squared) const {
    return squared > 0.0 ? -2.0 * a * b * std::pow(squared, b - 1.0) / (1.0 + a * std::pow(squared, b)) : 0.0;
}

double LayoutForces::push(double squared) const {
    return 2.0 * repulsion * b / ((0.001 + squared) * (1.0 + a * std::pow(squared, b)));
}

EdgeSchedule::EdgeSchedule(const Graph& graph, int epochs, int negativeRate) : rate_(negativeRate) {
    const double least = weakest(graph, epochs);
    double strongest = 0.0;
    for (const float weight : graph.weight)
        strongest = std::max(strongest, static_cast<double>(weight));
    offsets_.push_back(0);
    for (std::size_t row = 0; row < graph.rows(); ++row) {
        for (std::size_t e = graph.offsets[row]; e < graph.offsets[row + 1]; ++e) {
            const auto weight = static_cast<double>(graph.weight[e]);
            if (weight < least)
                continue;
            tail_.push_back(graph.column[e]);
            period_.push_back(strongest / weight);
        }
        offsets_.push_back(tail_.size());
    }
    next_ = period_;
    for (const double period : period_)
        nextNegative_.push_back(period / rate_);
}

void sequentialEpoch(EdgeSchedule& schedule, int epoch, double rate, const LayoutForces& forces,
                     const std::function<std::uint32_t(std::size_t, int)>& negative, MatrixD& positions) {
    using Row = Eigen::RowVectorXd;
    for (std::size_t head = 0; head < schedule.rows(); ++head)
        for (std::size_t e = schedule.firstEdge(head); e < schedule.firstEdge(head + 1); ++e) {
            const int pushes = schedule.advance(e, epoch);
            if (pushes < 0)
                continue;
            auto self = positions.row(static_cast<Eigen::Index>(head));
            auto other = positions.row(schedule.tail(e));
            const Row difference = self - other;
            const Row pull = (forces.attraction(difference.squaredNorm()) * difference).unaryExpr(&clipped);
            self += rate * pull;
            other -= rate * pull;
            for (int place = 0; place < pushes; ++place) {
                const std::uint32_t drawn = negative(e, place);
                const Row away = self - positions.row(drawn);
                const double squared = away.squaredNorm();
                if (squared > 0.0)
                    self += rate * (forces.push(squared) * away).unaryExpr(&clipped);
            }
        }
}

Layout::Layout(const Graph& graph, const MatrixD& start, const LayoutOptions& options)
    : options_(options), schedule_(graph, options.epochs > 0 ? options.epochs : defaultEpochs(graph.rows()),
                                   options.negativeRate) {
    if (static_cast<std::size_t>(start.rows()) != graph.rows() || start.cols() < 2 || start.cols() > 3)
        throw Error("a layout of " + std::to_string(graph.rows()) + " rows was started from " +
                    std::to_string(start.rows()) + " positions in " + std::to_string(start.cols()) +
                    " dimensions; maps have 2 or 3");
    if (options_.epochs <= 0)
        options_.epochs = defaultEpochs(graph.rows());
    if (options_.order == LayoutOptions::Order::Sequential) {
        exact_ = start;
        return;
    }
    current_ = start.cast<float>();
    moved_ = current_;
    attraction_ = tabulate([&](double squared) { return options_.forces.attraction(squared); });
    push_ = tabulate([&](double squared) { return options_.forces.push(squared); });
}

MatrixF Layout::positions() const {
    return options_.order == LayoutOptions::Order::Sequential ? MatrixF(exact_.cast<float>()) : current_;
}

void Layout::runUntil(int epoch, const RunContext& context) {
    const int until = std::min(epoch, options_.epochs);
    if (options_.order == LayoutOptions::Order::Blocks) {
        runBlocks(until, context);
        return;
    }
    for (; epoch_ < until; ++epoch_) {
        context.checkStop();
        const auto rows = static_cast<std::uint32_t>(exact_.rows());
        sequentialEpoch(
            schedule_, epoch_, learningRate(epoch_, options_.epochs), options_.forces,
            [&](std::size_t edge, int place) {
                return drawRow(drawKey(options_.seed, edge, static_cast<std::uint64_t>(epoch_)),
                               static_cast<std::uint32_t>(place), rows);
            },
            exact_);
    }
}

void Layout::moveRow(std::size_t row, int epoch, std::vector<std::uint32_t>& pulling) {
    pulling.clear();
    std::uint32_t pushes = 0;
    for (std::size_t e = schedule_.firstEdge(row); e < schedule_.firstEdge(row + 1); ++e)
        if (const int count = schedule_.advance(e, epoch); count >= 0) {
            pulling.push_back(schedule_.tail(e));
            pushes += static_cast<std::uint32_t>(count);
        }
    const auto dims = static_cast<int>(current_.cols());
    float* self = moved_.data() + row * static_cast<std::size_t>(dims);
    const auto rate = static_cast<float>(learningRate(epoch, options_.epochs));
    const HotLoops& loops = hotLoops();
    // The edge from the other end pulls in the same epoch, as weights are symmetric.
    loops.attract(attraction_, current_.data(), dims, pulling.data(), pulling.size(), rate, self);
    loops.repel(push_, current_.data(), static_cast<std::uint32_t>(current_.rows()),
                static_cast<std::uint32_t>(row), dims,
                drawKey(options_.seed, row, static_cast<std::uint64_t>(epoch)), pushes, rate, self);
    loops.attract(attraction_, current_.data(), dims, pulling.data(), pulling.size(), rate, self);
}

void Layout::runBlocks(int until, const RunContext& context) {
    if (epoch_ >= until)
        return;
    const std::size_t n = schedule_.rows(), dims = static_cast<std::size_t>(current_.cols());
    const auto wanted = static_cast<std::size_t>(context.threads > 0 ? context.threads : allowedCores());
    const auto lanes = static_cast<int>(std::clamp<std::size_t>(n / rowsPerLane, 1, wanted));
    Team team(lanes, [&] { return context.stop.stop_requested(); });
    const auto work = [&](int lane) {
        std::vector<std::uint32_t> pulling;
        for (int epoch = epoch_; epoch < until; ++epoch) {
            if (lane == 0 && team.stopRequested())
                team.abandon();
            for (std::size_t block = 0; block < blocks; ++block) {
                const std::size_t count = block < n ? (n - block + blocks - 1) / blocks : 0;
                const std::size_t begin =
                    count * static_cast<std::size_t>(lane) / static_cast<std::size_t>(lanes);
                const std::size_t end =
                    count * static_cast<std::size_t>(lane + 1) / static_cast<std::size_t>(lanes);
                team.attempt([&] {
                    for (std::size_t i = begin; i < end; ++i)
                        moveRow(block + i * blocks, epoch, pulling);
                });
                if (!team.meet())
                    return;
                for (std::size_t i = begin; i < end; ++i) {
                    const std::size_t at = (block + i * blocks) * dims;
                    std::copy_n(moved_.data() + at, dims, current_.data() + at);
                }
                if (!team.meet())
                    return;
            }
        }
    };
    {
        std::vector<std::jthread> others;
        for (int lane = 1; lane < lanes; ++lane)
            others.emplace_back(work, lane);
        work(0);
    }
    if (team.failed())
        std::rethrow_exception(team.failure());
    context.checkStop();
    epoch_ = until;
}

MatrixD startOfNewRows(const Neighbours& neighbours, const std::vector<float>& strength, const MatrixF& map) {
    MatrixD start = MatrixD::Zero(static_cast<Eigen::Index>(neighbours.rows), map.cols());
    for (std::size_t i = 0; i < neighbours.rows; ++i) {
        auto position = start.row(static_cast<Eigen::Index>(i));
        double total = 0.0;
        for (std::size_t j = 0; j < neighbours.k; ++j) {
            const auto weight = static_cast<double>(strength[i * neighbours.k + j]);
            const auto neighbour = map.row(neighbours.indexRow(i)[j]).cast<double>();
            if (neighbours.distanceRow(i)[j] == 0.0F) { // a training row seen again
                position = neighbour;
                total = 1.0;
                break;
            }
            position += weight * neighbour;
            total += weight;
        }
        if (total > 0.0)
            position /= total;
        else
            position = map.row(neighbours.indexRow(i)[0]).cast<double>();
    }
    return start;
}

MatrixF placeNewRows(const Neighbours& neighbours, const std::vector<float>& strength, const MatrixF& map,
                     const LayoutOptions& options, const RunContext& context) {
    const std::size_t n = neighbours.rows, k = neighbours.k, dims = static_cast<std::size_t>(map.cols());
    const int epochs = options.epochs > 0 ? std::max(1, options.epochs / 3) : (n <= 10000 ? 100 : 30);
    Graph graph; // of new rows to rows of the map
    for (std::size_t i = 0; i <= n; ++i)
        graph.offsets.push_back(i * k);
    graph.column = neighbours.index;
    graph.weight = strength;
    EdgeSchedule schedule(graph, epochs, options.negativeRate);
    MatrixF placed = startOfNewRows(neighbours, strength, map).cast<float>();
    const ForceTable attraction =
        tabulate([&](double squared) { return options.forces.attraction(squared); });
    const ForceTable push = tabulate([&](double squared) { return options.forces.push(squared); });
    const auto rows = static_cast<std::uint32_t>(map.rows());
    parallelFor(n, context.threads, [&](std::size_t begin, std::size_t end) {
        std::vector<std::uint32_t> pulling;
        for (std::size_t i = begin; i < end; ++i) {
            if (i % 64 == 0)
                context.checkStop();
            float* self = placed.data() + i * dims;
            for (int epoch = 0; epoch < epochs; ++epoch) {
                pulling.clear();
                std::uint32_t pushes = 0;
                for (std::size_t e = schedule.firstEdge(i); e < schedule.firstEdge(i + 1); ++e)
                    if (const int count = schedule.advance(e, epoch); count >= 0) {
                        pulling.push_back(schedule.tail(e));
                        pushes += static_cast<std::uint32_t>(count);
                    }
                const auto rate = static_cast<float>(0.25 * learningRate(epoch, epochs));
                hotLoops().attract(attraction, map.data(), static_cast<int>(dims), pulling.data(),
                                   pulling.size(), rate, self);
                hotLoops().repel(push, map.data(), rows, rows, static_cast<int>(dims),
                                 drawKey(options.seed + 1, i, static_cast<std::uint64_t>(epoch)), pushes,
                                 rate, self);
            }
        }
    });
    return placed;
}

} // namespace penumbra::manifold
