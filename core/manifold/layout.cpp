#include "core/manifold/layout.h"

#include "core/base/error.h"
#include "core/base/parallel_for.h"
#include "core/base/team.h"
#include "core/manifold/local_density.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <thread>

namespace penumbra::manifold {

namespace {

constexpr int defaultForFew = 500, defaultForMany = 200;
constexpr std::size_t rowsPerLane = 512;

/// Parts that rows are dealt to. A function of the number of rows alone, or maps would depend on threads.
std::size_t partsOf(std::size_t rows) {
    return rows < 2048 ? 1 : (rows < 16384 ? 8 : 32);
}

/// Which task the edges between two parts are, so that tasks of one round share no part: a tournament in
/// which everybody meets everybody, after a round of everybody on his own.
std::vector<std::pair<std::size_t, std::size_t>> tournament(std::size_t parts,
                                                            std::vector<std::size_t>& rounds) {
    std::vector<std::pair<std::size_t, std::size_t>> tasks;
    rounds.assign(1, 0);
    for (std::size_t part = 0; part < parts; ++part)
        tasks.emplace_back(part, part);
    rounds.push_back(tasks.size());
    const std::size_t circle = parts - 1;
    for (std::size_t round = 0; parts > 1 && round < circle; ++round) {
        tasks.emplace_back(round, circle);
        for (std::size_t k = 1; k < parts / 2; ++k) {
            const std::size_t a = (round + k) % circle, b = (round + circle - k) % circle;
            tasks.emplace_back(std::min(a, b), std::max(a, b));
        }
        rounds.push_back(tasks.size());
    }
    return tasks;
}

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

/// First the first edge of each head, then the second of each, and so on: an edge need not wait for where the
/// one before it has moved its head, so that the processor works on several at once.
void alternateHeads(const EdgeSchedule& schedule, std::vector<std::size_t>::iterator begin,
                    std::vector<std::size_t>::iterator end) {
    std::vector<std::pair<std::size_t, std::size_t>> turns;
    std::size_t turn = 0;
    for (auto edge = begin; edge != end; ++edge) {
        turn = edge != begin && schedule.head(*edge) == schedule.head(*(edge - 1)) ? turn + 1 : 0;
        turns.emplace_back(turn, *edge);
    }
    std::sort(turns.begin(), turns.end());
    std::transform(turns.begin(), turns.end(), begin, [](const auto& one) { return one.second; });
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
    for (const float weight : graph.weight)
        strongest_ = std::max(strongest_, static_cast<double>(weight));
    offsets_.push_back(0);
    for (std::size_t row = 0; row < graph.rows(); ++row) {
        for (std::size_t e = graph.offsets[row]; e < graph.offsets[row + 1]; ++e) {
            const auto weight = static_cast<double>(graph.weight[e]);
            if (weight < least)
                continue;
            head_.push_back(static_cast<std::uint32_t>(row));
            tail_.push_back(graph.column[e]);
            period_.push_back(strongest_ / weight);
        }
        offsets_.push_back(tail_.size());
    }
    next_ = period_;
    for (const double period : period_)
        nextNegative_.push_back(period / rate_);
}

void EdgeSchedule::reorder(const std::vector<std::size_t>& order) {
    const auto arrange = [&](auto& values) {
        auto before = values;
        for (std::size_t e = 0; e < order.size(); ++e)
            values[e] = before[order[e]];
    };
    arrange(head_);
    arrange(tail_);
    arrange(period_);
    arrange(next_);
    arrange(nextNegative_);
}

void sequentialEpoch(EdgeSchedule& schedule, int epoch, double rate, const LayoutForces& forces,
                     const std::function<std::uint32_t(std::size_t, int)>& negative, MatrixD& positions) {
    using Row = Eigen::RowVectorXd;
    for (std::size_t e = 0; e < schedule.edges(); ++e) {
        const int pushes = schedule.advance(e, epoch);
        if (pushes < 0)
            continue;
        auto self = positions.row(schedule.head(e));
        auto other = positions.row(schedule.tail(e));
        const Row difference = self - other;
        const Row pull = (forces.attraction(difference.squaredNorm()) * difference).unaryExpr(&clipped);
        self += rate * pull;
        other -= rate * pull;
        for (int place = 0; place < pushes; ++place) {
            const Row away = self - positions.row(negative(e, place));
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
        if (!options_.logRadii.empty())
            throw UsageError("Local density is kept by layouts in parts alone, not by sequential ones.");
        exact_ = start;
        return;
    }
    if (!options_.logRadii.empty())
        density_ =
            std::make_unique<DensityPull>(schedule_, options_.logRadii, options_.forces, options_.epochs);
    current_ = start.cast<float>();
    snapshot_ = current_;
    dealEdges();
    attraction_ = tabulate([&](double squared) { return options_.forces.attraction(squared); });
    push_ = tabulate([&](double squared) { return options_.forces.push(squared); });
}

Layout::~Layout() = default;

MatrixF Layout::positions() const {
    return options_.order == LayoutOptions::Order::Sequential ? MatrixF(exact_.cast<float>()) : current_;
}

void Layout::runUntil(int epoch, const RunContext& context) {
    const int until = std::min(epoch, options_.epochs);
    if (options_.order == LayoutOptions::Order::Parts) {
        runParts(until, context);
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

void Layout::dealEdges() {
    const std::size_t parts = partsOf(schedule_.rows());
    const auto tasks = tournament(parts, roundTasks_);
    std::vector<std::size_t> taskOf(parts * parts);
    for (std::size_t t = 0; t < tasks.size(); ++t)
        taskOf[tasks[t].first * parts + tasks[t].second] = taskOf[tasks[t].second * parts + tasks[t].first] =
            t;
    const auto task = [&](std::size_t e) {
        return taskOf[schedule_.head(e) % parts * parts + schedule_.tail(e) % parts];
    };
    taskEdges_.assign(tasks.size() + 1, 0);
    for (std::size_t e = 0; e < schedule_.edges(); ++e)
        ++taskEdges_[task(e) + 1];
    std::partial_sum(taskEdges_.begin(), taskEdges_.end(), taskEdges_.begin());
    std::vector<std::size_t> next(taskEdges_.begin(), taskEdges_.end() - 1), order(schedule_.edges());
    for (std::size_t e = 0; e < schedule_.edges(); ++e)
        order[next[task(e)]++] = e;
    for (std::size_t t = 0; t < tasks.size(); ++t)
        alternateHeads(schedule_, order.begin() + static_cast<std::ptrdiff_t>(taskEdges_[t]),
                       order.begin() + static_cast<std::ptrdiff_t>(taskEdges_[t + 1]));
    schedule_.reorder(order);
}

void Layout::runTask(std::size_t task, int epoch, Due& due) {
    const std::size_t first = taskEdges_[task], count = taskEdges_[task + 1] - first;
    due.edges.resize(count);
    due.pushes.resize(count);
    EdgeWork work;
    work.count = schedule_.due(first, first + count, epoch, due.edges.data());
    for (std::size_t i = 0; i < work.count; ++i)
        due.pushes[i] = static_cast<std::uint32_t>(schedule_.advance(due.edges[i], epoch));
    work.attraction = &attraction_;
    work.push = &push_;
    work.positions = current_.data();
    work.snapshot = snapshot_.data();
    work.rows = static_cast<std::uint32_t>(current_.rows());
    work.dims = static_cast<int>(current_.cols());
    work.rate = static_cast<float>(learningRate(epoch, options_.epochs));
    work.seed = options_.seed;
    work.epoch = static_cast<std::uint64_t>(epoch);
    work.edges = due.edges.data();
    work.pushes = due.pushes.data();
    work.head = schedule_.heads();
    work.tail = schedule_.tails();
    if (density_ && density_->isOn(epoch))
        settleDensely(work);
    else
        hotLoops().settle(work);
}

/// As HotLoops::settle, with the pull of local densities, which acts on both ends of an edge at once with its
/// attraction.
void Layout::settleDensely(const EdgeWork& work) {
    const auto dims = static_cast<std::size_t>(work.dims);
    const HotLoops& loops = hotLoops();
    for (std::size_t i = 0; i < work.count; ++i) {
        const std::size_t edge = work.edges[i];
        const std::uint32_t head = work.head[edge], tail = work.tail[edge];
        float *self = work.positions + head * dims, *other = work.positions + tail * dims;
        float difference[3] = {}, squared = 0.0F;
        for (std::size_t c = 0; c < dims; ++c) {
            difference[c] = self[c] - other[c];
            squared += difference[c] * difference[c];
        }
        const double factor =
            density_->factor(head, tail, schedule_.weight(edge), static_cast<double>(squared));
        loops.attract(attraction_, work.dims, work.rate, other, self, other);
        for (std::size_t c = 0; c < dims; ++c) {
            const float move =
                work.rate * static_cast<float>(clipped(factor * static_cast<double>(difference[c])));
            self[c] += move;
            other[c] -= move;
        }
        loops.repel(push_, work.snapshot, work.rows, head, work.dims, drawKey(work.seed, edge, work.epoch),
                    work.pushes[i], work.rate, self);
    }
}

void Layout::runParts(int until, const RunContext& context) {
    if (epoch_ >= until)
        return;
    const std::size_t n = schedule_.rows(), dims = static_cast<std::size_t>(current_.cols());
    const auto wanted = static_cast<std::size_t>(context.threads > 0 ? context.threads : allowedCores());
    const std::size_t lanes = std::clamp<std::size_t>(std::min(n / rowsPerLane, partsOf(n) / 2), 1, wanted);
    Team team(static_cast<int>(lanes), [&] { return context.stop.stop_requested(); });
    const auto work = [&](std::size_t lane) {
        Due due;
        const std::size_t begin = n * lane / lanes * dims, end = n * (lane + 1) / lanes * dims;
        for (int epoch = epoch_; epoch < until; ++epoch) {
            if (lane == 0 && team.stopRequested())
                team.abandon();
            std::copy(current_.data() + begin, current_.data() + end, snapshot_.data() + begin);
            if (!team.meet())
                return;
            if (density_ && density_->isOn(epoch)) {
                density_->measure(snapshot_, n * lane / lanes, n * (lane + 1) / lanes);
                if (!team.meet())
                    return;
                if (lane == 0)
                    density_->summarise();
                if (!team.meet())
                    return;
            }
            for (std::size_t round = 0; round + 1 < roundTasks_.size(); ++round) {
                for (std::size_t task = roundTasks_[round] + lane; task < roundTasks_[round + 1];
                     task += lanes)
                    runTask(task, epoch, due);
                if (!team.meet())
                    return;
            }
        }
    };
    {
        std::vector<std::jthread> others;
        for (std::size_t lane = 1; lane < lanes; ++lane)
            others.emplace_back(work, lane);
        work(0);
    }
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
        for (std::size_t i = begin; i < end; ++i) {
            if (i % 64 == 0)
                context.checkStop();
            float* self = placed.data() + i * dims;
            for (int epoch = 0; epoch < epochs; ++epoch)
                for (std::size_t e = schedule.firstEdge(i); e < schedule.firstEdge(i + 1); ++e) {
                    const int pushes = schedule.advance(e, epoch);
                    if (pushes < 0)
                        continue;
                    const auto rate = static_cast<float>(0.25 * learningRate(epoch, epochs));
                    hotLoops().attract(attraction, static_cast<int>(dims), rate,
                                       map.data() + schedule.tail(e) * dims, self, nullptr);
                    hotLoops().repel(push, map.data(), rows, rows, static_cast<int>(dims),
                                     drawKey(options.seed + 1, e, static_cast<std::uint64_t>(epoch)),
                                     static_cast<std::uint32_t>(pushes), rate, self);
                }
        }
    });
    return placed;
}

} // namespace penumbra::manifold
