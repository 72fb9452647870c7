#include "core/lvd/local_conditional.h"

#include "core/base/error.h"
#include "core/base/parallel_for.h"
#include "core/base/text.h"
#include "core/lvd/hot_loops.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numeric>

namespace penumbra::lvd {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<std::uint32_t> ascending(std::span<const double> values) {
    std::vector<std::uint32_t> order(values.size());
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return values[a] < values[b]; });
    return order;
}

void checkAlphas(std::span<const double> alphas) {
    for (const double alpha : alphas)
        if (!(alpha > 0.0 && alpha <= 1.0))
            throw UsageError("alpha of a local interval is " + shortestReal(alpha) + ", not within (0, 1]");
}

/// One test row in double: kernel values, their sum and the sum of their squares.
struct RowKernel {
    std::vector<double> k;
    double mass = 0.0, squares = 0.0;
    double effectiveNumber() const { return squares > 0.0 ? mass * mass / squares : 0.0; }
};

void evaluate(const MatrixD& calibration, const double* test, RowKernel& row) {
    const auto n = static_cast<std::size_t>(calibration.rows()),
               d = static_cast<std::size_t>(calibration.cols());
    row.k.resize(n);
    row.mass = row.squares = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
        row.k[i] = kernelValue(test, calibration.data() + i * d, d);
        row.mass += row.k[i];
        row.squares += row.k[i] * row.k[i];
    }
}

/// Cumulative weights k / (1 + S) in the given order.
void cumulate(const RowKernel& row, const std::vector<std::uint32_t>& order,
              std::vector<double>& cumulative) {
    cumulative.resize(order.size());
    double sum = 0.0;
    for (std::size_t m = 0; m < order.size(); ++m)
        cumulative[m] = sum += row.k[order[m]] / (1.0 + row.mass);
}

/// Whether the weight of the test row itself, at +inf, is needed to reach the level.
bool isInfinite(double mass, double alpha) {
    return mass / (1.0 + mass) < 1.0 - alpha;
}

double quantileOf(const std::vector<double>& cumulative, const std::vector<double>& sorted, double mass,
                  double alpha) {
    if (isInfinite(mass, alpha))
        return infinity;
    const auto at = std::lower_bound(cumulative.begin(), cumulative.end(), 1.0 - alpha);
    return at == cumulative.end() ? sorted.back() : sorted[static_cast<std::size_t>(at - cumulative.begin())];
}

/// Says how far a piece of parallel work over `total` rows is.
class Counter {
public:
    Counter(std::size_t total, const RunContext& context) : total_(total), context_(context) {}
    void add(std::size_t rows) {
        const std::size_t done = done_ += rows;
        context_.step(static_cast<double>(done) / static_cast<double>(total_), "local intervals");
    }

private:
    std::size_t total_;
    const RunContext& context_;
    std::atomic<std::size_t> done_{0};
};

/// Buffers of one thread: tileWidth test rows against all calibration rows.
struct Tile {
    Tile(std::size_t n, std::size_t d)
        : tests(d * tileWidth), k(n * tileWidth), prefix(((n + sumBlock - 1) / sumBlock) * tileWidth) {}
    std::vector<float> tests, k;
    std::vector<double> prefix; ///< [blocks, tileWidth]: sums of k up to the end of each block
    double squares[tileWidth] = {};

    std::size_t blocks() const { return prefix.size() / tileWidth; }
    void accumulate() {
        for (std::size_t i = tileWidth; i < prefix.size(); ++i)
            prefix[i] += prefix[i - tileWidth];
    }
    /// Position of the first row whose cumulative sum reaches `target`; n if none does.
    std::size_t find(std::size_t t, double target, const std::uint32_t* order, std::size_t n) const {
        std::size_t low = 0, high = blocks();
        while (low < high) {
            const std::size_t middle = (low + high) / 2;
            if (prefix[middle * tileWidth + t] >= target)
                high = middle;
            else
                low = middle + 1;
        }
        double sum = low > 0 ? prefix[(low - 1) * tileWidth + t] : 0.0;
        for (std::size_t m = low * sumBlock; m < n; ++m) {
            sum += static_cast<double>(k[(order ? order[m] : m) * tileWidth + t]);
            if (sum >= target)
                return m;
        }
        return n;
    }
};

std::string percent(double share) {
    return formatReal(100.0 * share, 4) + " %";
}

std::string number(double value) {
    return formatReal(value, 4);
}

} // namespace

double weightedQuantile(std::span<const double> values, std::span<const double> weights, double level) {
    if (values.empty() || values.size() != weights.size())
        throw Error("a weighted quantile needs one weight a value: " + std::to_string(values.size()) +
                    " values, " + std::to_string(weights.size()) + " weights");
    const auto order = ascending(values);
    double sum = 0.0;
    for (const std::uint32_t i : order) {
        sum += weights[i];
        if (sum >= level)
            return values[i];
    }
    return values[order.back()];
}

double massNeeded(double alpha) {
    return (1.0 - alpha) / alpha;
}

double LocalQuantiles::infiniteShare(double alpha) const {
    const auto count =
        std::count_if(mass.begin(), mass.end(), [&](double m) { return isInfinite(m, alpha); });
    return mass.empty() ? 0.0 : static_cast<double>(count) / static_cast<double>(mass.size());
}

LocalConditional::LocalConditional(const MatrixD& calibration, std::vector<std::vector<double>> scores,
                                   Precision precision)
    : calibration_(calibration), scores_(std::move(scores)), precision_(precision) {
    const std::size_t n = size(), d = static_cast<std::size_t>(calibration_.cols());
    if (n == 0 || d == 0 || scores_.empty())
        throw Error("local intervals need calibration rows and scores: got " + std::to_string(n) +
                    " rows of " + std::to_string(d) + " columns, " + std::to_string(scores_.size()) +
                    " kinds of score");
    if (!calibration_.allFinite())
        throw Error("the projected calibration rows of local intervals hold NaN or infinity");
    for (const auto& kind : scores_) {
        if (kind.size() != n)
            throw Error("local intervals need one score a calibration row: " + std::to_string(kind.size()) +
                        " scores, " + std::to_string(n) + " rows");
        const auto bad = std::find_if(kind.begin(), kind.end(), [](double s) { return std::isnan(s); });
        if (bad != kind.end())
            throw Error("the score of calibration row " + std::to_string(bad - kind.begin()) +
                        " is NaN: leave rows without a label or prediction out");
        orders_.push_back(ascending(kind));
        std::vector<double> sorted;
        for (const std::uint32_t i : orders_.back())
            sorted.push_back(kind[i]);
        sorted_.push_back(std::move(sorted));
    }
    if (precision_ == Precision::Double)
        return;
    std::vector<std::uint32_t> position(n);
    fastCalibration_.resize(calibration_.rows(), calibration_.cols());
    for (std::size_t m = 0; m < n; ++m) {
        position[orders_[0][m]] = static_cast<std::uint32_t>(m);
        fastCalibration_.row(static_cast<Eigen::Index>(m)) =
            calibration_.row(static_cast<Eigen::Index>(orders_[0][m])).cast<float>();
    }
    for (std::size_t kind = 1; kind < scores_.size(); ++kind) {
        fastOrders_.emplace_back();
        for (const std::uint32_t i : orders_[kind])
            fastOrders_.back().push_back(position[i]);
    }
}

void LocalConditional::checkTest(const MatrixD& test) const {
    if (test.cols() != calibration_.cols())
        throw Error("test rows of local intervals have " + std::to_string(test.cols()) +
                    " columns, calibration rows " + std::to_string(calibration_.cols()));
    if (!test.allFinite())
        throw Error("the projected test rows of local intervals hold NaN or infinity");
}

LocalQuantiles LocalConditional::quantiles(const MatrixD& test, std::span<const double> alphas,
                                           const RunContext& context) const {
    checkTest(test);
    checkAlphas(alphas);
    LocalQuantiles answer;
    answer.quantiles.assign(scores_.size(), MatrixD(test.rows(), static_cast<Eigen::Index>(alphas.size())));
    answer.mass.resize(static_cast<std::size_t>(test.rows()));
    answer.effectiveNumber.resize(static_cast<std::size_t>(test.rows()));
    if (precision_ == Precision::Double)
        quantilesInDouble(test, alphas, context, answer);
    else
        quantilesInFloat(test, alphas, context, answer);
    return answer;
}

void LocalConditional::quantilesInDouble(const MatrixD& test, std::span<const double> alphas,
                                         const RunContext& context, LocalQuantiles& answer) const {
    const auto rows = static_cast<std::size_t>(test.rows());
    Counter counter(rows, context);
    parallelFor(rows, context.threads, [&](std::size_t begin, std::size_t end) {
        RowKernel row;
        std::vector<double> cumulative;
        for (std::size_t r = begin; r < end; ++r) {
            const auto at = static_cast<Eigen::Index>(r);
            evaluate(calibration_, test.row(at).data(), row);
            answer.mass[r] = row.mass;
            answer.effectiveNumber[r] = row.effectiveNumber();
            for (std::size_t kind = 0; kind < scores_.size(); ++kind) {
                cumulate(row, orders_[kind], cumulative);
                for (std::size_t a = 0; a < alphas.size(); ++a)
                    answer.quantiles[kind](at, static_cast<Eigen::Index>(a)) =
                        quantileOf(cumulative, sorted_[kind], row.mass, alphas[a]);
            }
            counter.add(1);
        }
    });
}

void LocalConditional::quantilesInFloat(const MatrixD& test, std::span<const double> alphas,
                                        const RunContext& context, LocalQuantiles& answer) const {
    const std::size_t n = size(), d = static_cast<std::size_t>(calibration_.cols());
    const auto rows = static_cast<std::size_t>(test.rows());
    const HotLoops<float>& loops = hotLoops<float>();
    Counter counter(rows, context);
    parallelFor((rows + tileWidth - 1) / tileWidth, context.threads, [&](std::size_t begin, std::size_t end) {
        Tile tile(n, d);
        for (std::size_t block = begin; block < end; ++block) {
            const std::size_t first = block * tileWidth, count = std::min(tileWidth, rows - first);
            for (std::size_t t = 0; t < tileWidth; ++t) {
                const auto r = static_cast<Eigen::Index>(first + std::min(t, count - 1));
                for (std::size_t c = 0; c < d; ++c)
                    tile.tests[c * tileWidth + t] = static_cast<float>(test(r, static_cast<Eigen::Index>(c)));
                tile.squares[t] = 0.0;
            }
            for (std::size_t kind = 0; kind < scores_.size(); ++kind) {
                const std::uint32_t* order = kind == 0 ? nullptr : fastOrders_[kind - 1].data();
                if (kind == 0)
                    loops.kernelTile(fastCalibration_.data(), n, d, tile.tests.data(), tile.k.data(),
                                     tile.prefix.data(), tile.squares);
                else
                    loops.tileSums(tile.k.data(), order, n, tile.prefix.data());
                tile.accumulate();
                for (std::size_t t = 0; t < count; ++t) {
                    double& mass = answer.mass[first + t];
                    if (kind == 0) { // all kinds use this sum, so that they are infinite together
                        mass = tile.prefix[(tile.blocks() - 1) * tileWidth + t];
                        answer.effectiveNumber[first + t] =
                            tile.squares[t] > 0.0 ? mass * mass / tile.squares[t] : 0.0;
                    }
                    for (std::size_t a = 0; a < alphas.size(); ++a) {
                        double q = infinity;
                        if (!isInfinite(mass, alphas[a])) {
                            const std::size_t m = tile.find(t, (1.0 - alphas[a]) * (1.0 + mass), order, n);
                            q = sorted_[kind][std::min(m, n - 1)];
                        }
                        answer.quantiles[kind](static_cast<Eigen::Index>(first + t),
                                               static_cast<Eigen::Index>(a)) = q;
                    }
                }
            }
            counter.add(count);
        }
    });
}

LocalExplanation LocalConditional::explain(std::span<const double> testRow, double alpha, std::size_t kind,
                                           std::size_t neighbours) const {
    checkTest(Eigen::Map<const MatrixD>(testRow.data(), 1, static_cast<Eigen::Index>(testRow.size())));
    checkAlphas(std::span(&alpha, 1));
    if (kind >= scores_.size())
        throw Error("local intervals have no kind of score " + std::to_string(kind));
    RowKernel row;
    evaluate(calibration_, testRow.data(), row);
    LocalExplanation answer;
    answer.scores = sorted_[kind];
    cumulate(row, orders_[kind], answer.cumulativeWeights);
    answer.mass = row.mass;
    answer.massNeeded = massNeeded(alpha);
    answer.ownWeight = 1.0 / (1.0 + row.mass);
    answer.effectiveNumber = row.effectiveNumber();
    answer.quantile = quantileOf(answer.cumulativeWeights, sorted_[kind], row.mass, alpha);
    if (isInfinite(row.mass, alpha))
        answer.reason = "The kernel mass " + number(row.mass) +
                        " of all calibration galaxies together is below the " + number(answer.massNeeded) +
                        " needed for " + percent(1.0 - alpha) +
                        " coverage: too few of them resemble this galaxy. Intervals up to " +
                        percent(row.mass / (1.0 + row.mass)) +
                        " coverage are finite. A wider kernel (the guard, a smaller learning rate) or more "
                        "calibration galaxies like this one would help.";
    std::vector<std::uint32_t> order(size());
    std::iota(order.begin(), order.end(), 0U);
    const std::size_t count = std::min(neighbours, order.size());
    std::partial_sort(
        order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
        [&](std::uint32_t a, std::uint32_t b) { return row.k[a] != row.k[b] ? row.k[a] > row.k[b] : a < b; });
    for (std::size_t i = 0; i < count; ++i)
        answer.neighbours.push_back({order[i], row.k[order[i]] / (1.0 + row.mass), scores_[kind][order[i]]});
    return answer;
}

} // namespace penumbra::lvd
