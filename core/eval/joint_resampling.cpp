#include "core/eval/joint_resampling.h"

#include "core/base/error.h"
#include "core/base/parallel_for.h"
#include "core/base/rng.h"
#include "core/base/statistics.h"
#include "core/catalogue/lower_bound.h"
#include "core/eval/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace penumbra {

namespace {

// Random streams: the bootstrap of single methods uses 0, 1, ...
constexpr std::uint64_t calibrationStream = 1ULL << 41, testStream = 1ULL << 42;
constexpr double infinity = std::numeric_limits<double>::infinity();

const std::map<std::string, double WorldValues::*> worldValues = {
    {"coverage", &WorldValues::coverage},
    {"tail_coverage", &WorldValues::tailCoverage},
    {"worst_bin_coverage", &WorldValues::worstBinCoverage},
    {"miss_below", &WorldValues::missBelow},
    {"miss_above", &WorldValues::missAbove},
    {"mean_width", &WorldValues::meanWidth},
    {"interval_score", &WorldValues::intervalScore},
};

/// The labelled test rows of one method, ready for a world.
struct MethodRows {
    const SplitScores* split = nullptr;
    const DrawnHalfWidths* drawn = nullptr; ///< neither: intervals stay as they are
    const Prediction* prediction = nullptr;
    ScoreOrder order;
    std::vector<double> width, scale, score; ///< at Q = 0
    std::vector<double> belowBy, aboveBy;    ///< lower - truth and truth - upper at Q = 0
    std::vector<std::uint8_t> below;         ///< on which side a truth that is missed lies; no Q changes it
    std::vector<std::size_t> unbounded;      ///< infinite whatever Q
    double bound = -infinity;                ///< ends are cut there
};

/// One method in one world.
struct Outcome {
    std::vector<std::uint8_t> covered, finite;
    std::vector<double> width, intervalScore; ///< 0 where infinite
    const std::vector<std::uint8_t>* below = nullptr;
    bool allFinite = true;
    void resize(std::size_t n) {
        covered.resize(n);
        finite.resize(n);
        width.resize(n);
        intervalScore.resize(n);
    }
};

/// A row of a stratum and how often it counts.
struct Picked {
    std::vector<std::pair<std::uint32_t, double>> rows;
    double total = 0.0;
};
struct World {
    std::vector<double> weight; ///< [labelled rows]
    Picked tails, worst;
};

/// What all methods and worlds of a target share.
struct Sample {
    std::vector<std::size_t> labelled;
    std::vector<double> truth;
    std::vector<std::uint32_t> byTruth, byError; ///< ascending; byError empty without a base prediction
};

std::vector<std::uint32_t> ascending(const std::vector<double>& key) {
    std::vector<std::uint32_t> order(key.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return key[a] < key[b]; });
    return order;
}

Sample sampleOf(const TargetStudy& target) {
    Sample sample;
    const std::vector<double> truth = target.testTruth(), base = target.basePrediction();
    std::vector<double> error;
    for (std::size_t i = 0; i < truth.size(); ++i) {
        if (std::isnan(truth[i]))
            continue;
        sample.labelled.push_back(i);
        sample.truth.push_back(truth[i]);
        if (!base.empty())
            error.push_back(std::abs(truth[i] - base[i]));
    }
    sample.byTruth = ascending(sample.truth);
    sample.byError = ascending(error);
    return sample;
}

MethodRows rowsOf(const TargetStudy& target, const std::string& method, const Sample& sample) {
    MethodRows rows;
    rows.prediction = target.prediction(method);
    if (rows.prediction == nullptr)
        throw Error("Target '" + target.name + "' has no intervals of " + method);
    rows.bound = lowerBoundOf(target.heldOut);
    const CalibrationPart* part = target.calibrationPart(method);
    const bool draws = part != nullptr && part->split;
    if (part != nullptr && part->drawn)
        rows.drawn = &*part->drawn;
    const bool centred = rows.drawn != nullptr; // its own interval may be infinite, and others not
    const auto& lower = draws ? part->split->lower : centred ? rows.prediction->mean : rows.prediction->lower;
    const auto& upper = draws ? part->split->upper : centred ? rows.prediction->mean : rows.prediction->upper;
    for (std::size_t i = 0; i < sample.labelled.size(); ++i)
        rows.below.push_back(
            liesBelow(lower[sample.labelled[i]], sample.truth[i], upper[sample.labelled[i]]) ? 1 : 0);
    if (!draws)
        return rows;
    const SplitScores& split = *part->split;
    rows.split = &split;
    rows.order = ScoreOrder(split);
    for (std::size_t i = 0; i < sample.labelled.size(); ++i) {
        const std::size_t row = sample.labelled[i];
        rows.width.push_back(split.upper[row] - split.lower[row]);
        rows.scale.push_back(split.scale[row]);
        rows.score.push_back(cutScore(split, row, sample.truth[i], rows.bound));
        rows.belowBy.push_back(split.lower[row] - sample.truth[i]);
        rows.aboveBy.push_back(sample.truth[i] - split.upper[row]);
        if (!std::isfinite(rows.width.back()) || !std::isfinite(rows.scale.back()))
            rows.unbounded.push_back(i);
    }
    return rows;
}

/// Width, and the interval score: the difference of the ends plus 2/alpha times the distance by which the
/// truth is missed.
void setEnds(Outcome& out, std::size_t i, double lower, double upper, double truth, double perMiss) {
    out.finite[i] = std::isfinite(lower) && std::isfinite(upper) ? 1 : 0;
    if (!out.finite[i]) {
        out.allFinite = false;
        out.width[i] = out.intervalScore[i] = 0.0;
        return;
    }
    out.width[i] = intervalWidth(lower, upper);
    out.intervalScore[i] =
        upper - lower + perMiss * (std::max(0.0, lower - truth) + std::max(0.0, truth - upper));
}

void fixedOutcome(const MethodRows& rows, const Sample& sample, Outcome& out) {
    const auto &lower = rows.prediction->lower, &upper = rows.prediction->upper;
    out.allFinite = true;
    for (std::size_t i = 0; i < sample.labelled.size(); ++i) {
        const std::size_t row = sample.labelled[i];
        out.covered[i] = covers(lower[row], sample.truth[i], upper[row], rows.prediction->ends) ? 1 : 0;
        setEnds(out, i, lower[row], upper[row], sample.truth[i], 2.0 / rows.prediction->alpha);
    }
}

/// @param r a world of DrawnHalfWidths
void drawnOutcome(const MethodRows& rows, const Sample& sample, std::size_t r, Outcome& out) {
    out.allFinite = true;
    for (std::size_t i = 0; i < sample.labelled.size(); ++i) {
        const std::size_t row = sample.labelled[i];
        const double centre = rows.prediction->mean[row], half = rows.drawn->at(r, row);
        const double lower = std::max(rows.bound, centre - half), upper = std::max(rows.bound, centre + half);
        out.covered[i] = covers(lower, sample.truth[i], upper, rows.prediction->ends) ? 1 : 0;
        setEnds(out, i, lower, upper, sample.truth[i], 2.0 / rows.prediction->alpha);
    }
}

/// Finite intervals of a split method whose ends are cut at its bound.
void cutOutcome(const MethodRows& rows, const Sample& sample, double q, Outcome& out) {
    for (std::size_t i = 0; i < rows.score.size(); ++i) {
        const double truth = sample.truth[i], half = q * rows.scale[i];
        const double lower = std::max(rows.bound, truth + rows.belowBy[i] - half),
                     upper = std::max(rows.bound, truth - rows.aboveBy[i] + half);
        setEnds(out, i, lower, upper, truth, 2.0 / rows.prediction->alpha);
    }
}

void splitOutcome(const MethodRows& rows, const Sample& sample, double q, Outcome& out) {
    const std::size_t n = rows.score.size();
    const double perMiss = 2.0 / rows.prediction->alpha;
    out.allFinite = std::isfinite(q);
    const bool closed = rows.prediction->ends == Ends::Closed;
    for (std::size_t i = 0; i < n; ++i)
        out.covered[i] = (closed ? rows.score[i] <= q : rows.score[i] < q) ? 1 : 0;
    std::fill(out.finite.begin(), out.finite.end(), out.allFinite ? 1 : 0);
    if (!out.allFinite) {
        std::fill(out.width.begin(), out.width.end(), 0.0);
        std::fill(out.intervalScore.begin(), out.intervalScore.end(), 0.0);
        return;
    }
    if (rows.bound > -infinity)
        cutOutcome(rows, sample, q, out);
    else
        for (std::size_t i = 0; i < n; ++i) {
            const double half = q * rows.scale[i], width = rows.width[i] + 2.0 * half;
            out.width[i] = std::max(0.0, width);
            out.intervalScore[i] = width + perMiss * (std::max(0.0, rows.belowBy[i] - half) +
                                                      std::max(0.0, rows.aboveBy[i] - half));
        }
    for (const std::size_t i : rows.unbounded) {
        out.covered[i] = 1;
        out.finite[i] = 0;
        out.width[i] = out.intervalScore[i] = 0.0;
        out.allFinite = false;
    }
}

/// The first `wanted` of an order among the drawn rows of a mask.
template <typename Iterator>
void pick(Iterator begin, Iterator end, double wanted, const std::vector<double>& weight,
          const std::uint8_t* mask, Picked& picked) {
    double taken = 0.0;
    for (auto at = begin; at != end && taken < wanted; ++at) {
        if (weight[*at] == 0.0 || (mask != nullptr && !mask[*at]))
            continue;
        const double now = std::min(weight[*at], wanted - taken);
        picked.rows.emplace_back(*at, now);
        taken += now;
    }
    picked.total += taken;
}

void chooseStrata(const Sample& sample, const std::uint8_t* mask, World& world) {
    double drawn = 0.0;
    for (std::size_t i = 0; i < world.weight.size(); ++i)
        drawn += mask == nullptr || mask[i] ? world.weight[i] : 0.0;
    const double tenth = std::floor(drawn / 10.0);
    for (Picked* picked : {&world.tails, &world.worst}) {
        picked->rows.clear();
        picked->total = 0.0;
    }
    pick(sample.byTruth.begin(), sample.byTruth.end(), tenth, world.weight, mask, world.tails);
    pick(sample.byTruth.rbegin(), sample.byTruth.rend(), tenth, world.weight, mask, world.tails);
    pick(sample.byError.rbegin(), sample.byError.rend(), tenth, world.weight, mask, world.worst);
}

double coverageOf(const Outcome& outcome, const Picked& picked) {
    double hits = 0.0;
    for (const auto& [row, weight] : picked.rows)
        hits += outcome.covered[row] ? weight : 0.0;
    return hits / picked.total; // NaN without rows
}

/// @param mask rows that count for coverages, `finite` those for means; null: all
WorldValues valuesOf(const Outcome& outcome, const World& world, const std::uint8_t* mask,
                     const std::uint8_t* finite) {
    double n = 0.0, hits = 0.0, below = 0.0, rows = 0.0, width = 0.0, score = 0.0;
    for (std::size_t i = 0; i < world.weight.size(); ++i) {
        const double counts = mask == nullptr || mask[i] ? world.weight[i] : 0.0;
        const double sums = finite == nullptr || finite[i] ? world.weight[i] : 0.0;
        n += counts;
        hits += outcome.covered[i] ? counts : 0.0;
        below += !outcome.covered[i] && (*outcome.below)[i] ? counts : 0.0;
        rows += sums;
        width += sums * outcome.width[i];
        score += sums * outcome.intervalScore[i];
    }
    return {hits / n,    coverageOf(outcome, world.tails), coverageOf(outcome, world.worst),
            below / n,   (n - hits - below) / n,           width / rows,
            score / rows};
}

/// The scratch space of one thread.
struct Scratch {
    World world, masked;
    std::vector<Outcome> outcomes;
    std::vector<std::uint8_t> both;
};

class Resampler {
public:
    Resampler(const TargetStudy& target, std::span<const std::string> methods, const JointOptions& options)
        : options_(options), sample_(sampleOf(target)), calibrationSeed_(options.seed) {
        for (const std::string& method : methods)
            rows_.push_back(rowsOf(target, method, sample_));
        calibrationRows_ = target.heldOut.calibrationCount();
        for (const MethodRows& rows : rows_) {
            if (rows.split != nullptr)
                calibrationRows_ = rows.split->calibration.size();
            if (rows.drawn != nullptr)
                calibrationSeed_ = rows.drawn->seed;
        }
    }

    JointWorlds run(const RunContext& context) const {
        JointWorlds out;
        const auto worlds = static_cast<std::size_t>(std::max(0, options_.replicates));
        const std::size_t n = rows_.size();
        out.methods.assign(n, std::vector<WorldValues>(worlds));
        if (options_.pairs && n > 1)
            out.pairs.assign(n * (n - 1) / 2, std::vector<WorldValues>(worlds));
        if (sample_.labelled.empty())
            return out;
        parallelFor(worlds, context.threads, [&](std::size_t begin, std::size_t end) {
            Scratch scratch;
            scratch.outcomes.resize(n);
            for (std::size_t m = 0; m < n; ++m) {
                scratch.outcomes[m].resize(sample_.labelled.size());
                scratch.outcomes[m].below = &rows_[m].below;
                if (rows_[m].split == nullptr && rows_[m].drawn == nullptr) // the same in every world
                    fixedOutcome(rows_[m], sample_, scratch.outcomes[m]);
            }
            for (std::size_t r = begin; r < end; ++r) {
                context.checkStop();
                world(r, scratch, out);
            }
        });
        return out;
    }

private:
    void world(std::size_t r, Scratch& scratch, JointWorlds& out) const {
        scratch.world.weight.assign(sample_.labelled.size(), 0.0);
        Rng rng(options_.seed, testStream + r);
        resample(sample_.labelled.size(), rng, [&](std::size_t i) { scratch.world.weight[i] += 1.0; });
        chooseStrata(sample_, nullptr, scratch.world);
        const auto counts = calibrationResample(calibrationRows_, calibrationSeed_, r);
        for (std::size_t m = 0; m < rows_.size(); ++m) {
            const MethodRows& rows = rows_[m];
            Outcome& outcome = scratch.outcomes[m];
            if (!isIn(rows, r))
                continue; // its values stay NaN
            if (rows.drawn != nullptr)
                drawnOutcome(rows, sample_, r, outcome);
            if (rows.split != nullptr)
                splitOutcome(rows, sample_, rows.order.quantile(counts, rows.prediction->alpha), outcome);
            const std::uint8_t* finite = outcome.allFinite ? nullptr : outcome.finite.data();
            const std::uint8_t* mask = maskOf(finite);
            out.methods[m][r] = valuesOf(outcome, worldOf(mask, scratch), mask, finite);
        }
        if (options_.pairs)
            differences(r, scratch, out);
    }

    /// Local methods are drawn anew in the first worlds only.
    static bool isIn(const MethodRows& rows, std::size_t r) {
        return rows.drawn == nullptr || r < rows.drawn->draws;
    }

    /// The rows that coverages look at. @param finite those with finite intervals; null: all
    const std::uint8_t* maskOf(const std::uint8_t* finite) const {
        return options_.finiteOnly ? finite : nullptr;
    }

    /// Strata chosen among the rows of a mask; null: all.
    const World& worldOf(const std::uint8_t* mask, Scratch& scratch) const {
        if (mask == nullptr)
            return scratch.world;
        scratch.masked.weight = scratch.world.weight;
        chooseStrata(sample_, mask, scratch.masked);
        return scratch.masked;
    }

    void differences(std::size_t r, Scratch& scratch, JointWorlds& out) const {
        std::size_t pair = 0;
        for (std::size_t a = 0; a < rows_.size(); ++a)
            for (std::size_t b = a + 1; b < rows_.size(); ++b, ++pair) {
                if (!isIn(rows_[a], r) || !isIn(rows_[b], r))
                    continue;
                const Outcome &first = scratch.outcomes[a], &second = scratch.outcomes[b];
                if (first.allFinite && second.allFinite) {
                    out.pairs[pair][r] = out.methods[a][r] - out.methods[b][r];
                    continue;
                }
                scratch.both.resize(first.finite.size());
                for (std::size_t i = 0; i < scratch.both.size(); ++i)
                    scratch.both[i] = first.finite[i] && second.finite[i] ? 1 : 0;
                const std::uint8_t* both = scratch.both.data();
                const std::uint8_t* mask = maskOf(both);
                const World& world = worldOf(mask, scratch);
                out.pairs[pair][r] = valuesOf(first, world, mask, both) - valuesOf(second, world, mask, both);
            }
    }

    JointOptions options_;
    Sample sample_;
    std::vector<MethodRows> rows_;
    std::size_t calibrationRows_ = 0;
    std::uint64_t calibrationSeed_ = 0;
};

} // namespace

std::vector<std::uint32_t> calibrationResample(std::size_t n, std::uint64_t seed, std::size_t r) {
    std::vector<std::uint32_t> counts(n, 0u);
    Rng rng(seed, calibrationStream + r);
    resample(n, rng, [&](std::size_t i) { ++counts[i]; });
    return counts;
}

ScoreOrder::ScoreOrder(const SplitScores& split) : interpolated_(split.interpolated) {
    const auto& scores = split.calibration;
    for (std::size_t i = 0; i < scores.size(); ++i)
        if (!std::isnan(scores[i]))
            order_.push_back(static_cast<std::uint32_t>(i));
    std::stable_sort(order_.begin(), order_.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return scores[a] > scores[b]; });
    for (const std::uint32_t i : order_)
        sorted_.push_back(scores[i]);
}

/// The place-th largest of the resample, counted from 1.
double ScoreOrder::fromTop(std::span<const std::uint32_t> counts, std::size_t place) const {
    if (counts.empty())
        return sorted_[place - 1];
    std::size_t seen = 0, at = 0;
    for (; at < order_.size(); ++at) {
        seen += counts[order_[at]];
        if (seen >= place)
            break;
    }
    return sorted_[std::min(at, sorted_.size() - 1)];
}

/// Rows with a score in the resample.
std::size_t ScoreOrder::drawnCount(std::span<const std::uint32_t> counts) const {
    if (counts.empty() || counts.size() == order_.size()) // n of n are drawn
        return order_.size();
    std::size_t n = 0;
    for (const std::uint32_t i : order_)
        n += counts[i];
    return n;
}

double ScoreOrder::quantile(std::span<const std::uint32_t> counts, double alpha) const {
    const std::size_t n = drawnCount(counts);
    if (n == 0)
        return infinity;
    if (!interpolated_) {
        const std::size_t k = conformalRank(n, alpha);
        return k > n ? infinity : fromTop(counts, n + 1 - k);
    }
    const double position = static_cast<double>(n - 1) * (1.0 - alpha);
    const auto below = static_cast<std::size_t>(position);
    const double low = fromTop(counts, n - below), fraction = position - static_cast<double>(below);
    if (fraction == 0.0 || below + 1 >= n)
        return low;
    const double high = fromTop(counts, n - below - 1);
    return low == high ? low : low + fraction * (high - low);
}

double ScoreOrder::quantile(double alpha) const {
    return quantile({}, alpha);
}

WorldValues WorldValues::operator-(const WorldValues& other) const {
    return {coverage - other.coverage,
            tailCoverage - other.tailCoverage,
            worstBinCoverage - other.worstBinCoverage,
            missBelow - other.missBelow,
            missAbove - other.missAbove,
            meanWidth - other.meanWidth,
            intervalScore - other.intervalScore};
}

bool isResampled(const std::string& metric) {
    return worldValues.contains(metric);
}

double WorldValues::*worldValue(const std::string& metric) {
    if (const auto found = worldValues.find(metric); found != worldValues.end())
        return found->second;
    throw Error("The metric '" + metric + "' is not among those that are resampled with the calibration set");
}

JointWorlds resampleJointly(const TargetStudy& target, std::span<const std::string> methods,
                            const JointOptions& options, const RunContext& context) {
    return Resampler(target, methods, options).run(context);
}

WorldScatter scatterOf(std::span<const WorldValues> worlds, double WorldValues::*value) {
    double sum = 0.0, squares = 0.0;
    WorldScatter out;
    for (const WorldValues& world : worlds)
        if (std::isfinite(world.*value)) {
            sum += world.*value;
            ++out.worlds;
        }
    if (out.worlds < 2)
        return out;
    const double mean = sum / static_cast<double>(out.worlds);
    for (const WorldValues& world : worlds)
        if (std::isfinite(world.*value))
            squares += (world.*value - mean) * (world.*value - mean);
    out.standardError = std::sqrt(squares / static_cast<double>(out.worlds - 1));
    return out;
}

double studentTwoSidedP(double t, double degrees) {
    if (std::isnan(t) || !(degrees > 0.0))
        return std::numeric_limits<double>::quiet_NaN();
    if (std::isinf(t))
        return 0.0;
    return regularisedBeta(degrees / (degrees + t * t), 0.5 * degrees, 0.5);
}

double studentQuantile(double confidence, double degrees) {
    const double x = betaQuantile(1.0 - confidence, 0.5 * degrees, 0.5);
    return std::sqrt(degrees * (1.0 - x) / x);
}

} // namespace penumbra
