#include "core/workflow/stability.h"

#include "core/base/parallel_for.h"
#include "core/base/rng.h"
#include "core/base/text.h"
#include "core/catalogue/lower_bound.h"
#include "core/eval/bootstrap.h"
#include "core/session/study_file.h"
#include "core/study/choices.h"
#include "core/study/run.h"
#include "core/uq/elsewhere.h"
#include "core/uq/uq_method.h"
#include "core/workflow/table.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

namespace penumbra::workflow {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// The labelled held-out galaxies of one target: what is split anew.
struct Pool {
    std::vector<std::size_t> index; ///< into heldOut
    std::vector<double> truth;
    std::vector<double> error;         ///< |truth - base prediction|; empty without one
    std::vector<std::uint32_t> isTest; ///< of the study's own split
    std::size_t calibrationCount = 0;
    std::size_t size() const { return index.size(); }
};

Pool poolOf(const HeldOut& heldOut) {
    Pool pool;
    const auto mean = heldOut.signals.find("mean");
    for (std::size_t i = 0; i < heldOut.rows.size(); ++i) {
        if (!std::isfinite(heldOut.truth[i]))
            continue;
        pool.index.push_back(i);
        pool.truth.push_back(heldOut.truth[i]);
        pool.isTest.push_back(heldOut.isTest[i] ? 1 : 0);
        pool.calibrationCount += heldOut.isTest[i] ? 0 : 1;
        if (mean != heldOut.signals.end())
            pool.error.push_back(std::abs(heldOut.truth[i] - mean->second(static_cast<Eigen::Index>(i), 0)));
    }
    return pool;
}

/// Which galaxies of the pool are test galaxies in repeat r: drawn without replacement, the same for all
/// methods.
std::vector<std::uint32_t> drawnSplit(const Pool& pool, std::uint64_t seed, std::size_t repeat) {
    Rng rng(seed, repeat);
    const auto order = rng.permutation(pool.size());
    std::vector<std::uint32_t> isTest(pool.size(), 0);
    for (std::size_t i = pool.calibrationCount; i < order.size(); ++i)
        isTest[order[i]] = 1;
    return isTest;
}

/// HeldOut of chosen rows, with the signals of these names alone.
HeldOut rowsOf(const HeldOut& heldOut, const std::vector<std::size_t>& rows,
               std::span<const uq::Signal> needs) {
    HeldOut out;
    out.residualFloor = heldOut.residualFloor;
    std::vector<Eigen::Index> indices;
    for (const std::size_t row : rows) {
        out.rows.push_back(heldOut.rows[row]);
        out.truth.push_back(heldOut.truth[row]);
        out.isTest.push_back(heldOut.isTest[row]);
        indices.push_back(static_cast<Eigen::Index>(row));
    }
    for (const uq::Signal& need : needs)
        if (const auto found = heldOut.signals.find(need.name()); found != heldOut.signals.end())
            out.signals[need.name()] = found->second(indices, Eigen::all);
    setLowerBound(out, lowerBoundOf(heldOut));
    return out;
}

/// One method on one pool.
struct MethodOnPool {
    const uq::UqMethod& method;
    const TargetStudy& target;
    const Pool& pool;
    const OptionSet& options;
    double alpha = 0.1;
    double trainedAlpha = 0.1;
    Ends ends = Ends::Closed;
    /// And the predictions, which stand in where a column has no interval.
    std::vector<uq::Signal> needs() const {
        std::vector<uq::Signal> signals = method.needs(options, trainedAlpha);
        if (std::find(signals.begin(), signals.end(), uq::Signal::mean()) == signals.end())
            signals.push_back(uq::Signal::mean());
        signals.push_back(uq::Signal::storedAs(uq::deliveredMeanSignal));
        return signals;
    }
};

/// Networks that learned from the calibration galaxies, too.
bool hasSeenCalibration(const uq::UqMethod& method, const OptionSet& options) {
    const auto needs = method.needs(options, studyChoices(options).alpha);
    return std::any_of(needs.begin(), needs.end(),
                       [](const uq::Signal& signal) { return signal.kind == uq::Signal::Kind::FoldMeans; });
}

/// Whether galaxies have a quantile each, or each group of them: by a kernel, or by a repair's groups or
/// weights.
bool hasManyQuantiles(std::span<const uq::Signal> needs) {
    return std::any_of(needs.begin(), needs.end(), [](const uq::Signal& signal) {
        return signal.kind == uq::Signal::Kind::Embedding || signal.kind == uq::Signal::Kind::Kernel ||
               (signal.kind == uq::Signal::Kind::Stored && signal.name() != uq::deliveredMeanSignal &&
                signal.name() != uq::deliveredFloorSignal);
    });
}

/// Intervals on all galaxies of the pool, calibrated on the study's own calibration galaxies.
std::vector<Prediction> onWholePool(const MethodOnPool& on, std::span<const double> alphas,
                                    const RunContext& context) {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < on.pool.size(); ++i)
        if (!on.pool.isTest[i])
            rows.push_back(on.pool.index[i]);
    rows.insert(rows.end(), on.pool.index.begin(), on.pool.index.end());
    HeldOut heldOut = rowsOf(on.target.heldOut, rows, on.needs());
    for (std::size_t i = 0; i < rows.size(); ++i)
        heldOut.isTest[i] = i < on.pool.calibrationCount ? 0 : 1;
    const auto evidence = uq::makeEvidence(on.target.name, on.target.unit, heldOut);
    return on.method.intervals(evidence, alphas, on.trainedAlpha, on.options, context);
}

/// Intervals [lower - q below, upper + q above] with one q for all galaxies; a galaxy is covered if and only
/// if its score is below q, or equal to it where ends are closed.
struct ScaledIntervals {
    std::vector<double> lower, upper, below, above, score;
    std::vector<double> rounding; ///< of the score: within it a galaxy lies on its end
};

/// Finds that form from intervals at three alphas: two fix the line of each bound, the third must lie on it.
/// Split conformal prediction commutes with the shift and scale of q, so that the quantile of these scores
/// gives the method's own intervals on any split.
std::optional<ScaledIntervals> scaledIntervals(const MethodOnPool& on, const RunContext& context) {
    const double alphas[] = {on.alpha, 0.7 * on.alpha, std::min(0.5 * (1.0 + on.alpha), 1.3 * on.alpha)};
    const auto at = onWholePool(on, alphas, context);
    ScaledIntervals out;
    double third = nan;
    for (std::size_t i = 0; i < on.pool.size(); ++i) {
        const double below = at[0].lower[i] - at[1].lower[i], above = at[1].upper[i] - at[0].upper[i];
        if (!std::isfinite(below) || !std::isfinite(above) || !(below > 0.0) || !(above > 0.0))
            return std::nullopt;
        if (i == 0)
            third = (at[0].lower[i] - at[2].lower[i]) / below;
        const double tolerance = 1e-7 * (std::abs(third) + 1.0);
        if (!(std::abs((at[0].lower[i] - at[2].lower[i]) / below - third) < tolerance) ||
            !(std::abs((at[2].upper[i] - at[0].upper[i]) / above - third) < tolerance))
            return std::nullopt;
        const double truth = on.pool.truth[i];
        out.score.push_back(std::max((at[0].lower[i] - truth) / below, (truth - at[0].upper[i]) / above));
        const double largest =
            std::max({std::abs(at[0].lower[i]), std::abs(at[0].upper[i]), std::abs(truth)});
        out.rounding.push_back(2.0 * std::numeric_limits<double>::epsilon() * largest /
                               std::min(below, above));
        out.below.push_back(below);
        out.above.push_back(above);
    }
    out.lower = at[0].lower;
    out.upper = at[0].upper;
    return out;
}

Prediction withEnds(Prediction prediction, const MethodOnPool& on) {
    setEnds(prediction, on.ends);
    cutAtLowerBound(prediction, lowerBoundOf(on.target.heldOut));
    return prediction;
}

/// Coverage and width of every galaxy of the pool under one calibration.
struct Outcome {
    std::vector<std::uint8_t> covered;
    std::vector<double> width;
};

Outcome outcomeOf(const Prediction& prediction, std::span<const double> truth) {
    Outcome out;
    out.covered = coveredRows(prediction, truth);
    for (std::size_t i = 0; i < truth.size(); ++i)
        out.width.push_back(intervalWidth(prediction, i));
    return out;
}

using Repeats = std::vector<RepeatMetrics>;

Repeats fastResplits(const MethodOnPool& on, const ScaledIntervals& scaled, const GalaxyOrder& order,
                     const StabilityOptions& options, const RunContext& context) {
    Repeats repeats(static_cast<std::size_t>(options.repeats));
    const auto rule = uq::quantileRule(on.options);
    const bool closed = on.ends == Ends::Closed;
    const double bound = lowerBoundOf(on.target.heldOut);
    parallelFor(repeats.size(), context.threads, [&](std::size_t begin, std::size_t end) {
        std::vector<double> scores;
        Outcome outcome;
        outcome.covered.resize(on.pool.size());
        outcome.width.resize(on.pool.size());
        for (std::size_t r = begin; r < end; ++r) {
            context.checkStop();
            const auto isTest = drawnSplit(on.pool, options.seed, r);
            scores.clear();
            for (std::size_t i = 0; i < isTest.size(); ++i)
                if (!isTest[i])
                    scores.push_back(scaled.score[i]);
            const double q = uq::conformalQuantile(scores, on.alpha, rule);
            for (std::size_t i = 0; i < isTest.size(); ++i) {
                const double truth = on.pool.truth[i], lower = scaled.lower[i] - q * scaled.below[i];
                const bool covered = closed ? scaled.score[i] <= q + scaled.rounding[i] : scaled.score[i] < q;
                outcome.covered[i] = truth > bound ? covered : truth == bound && (covered || lower <= bound);
                outcome.width[i] = std::max(0.0, std::max(bound, scaled.upper[i] + q * scaled.above[i]) -
                                                     std::max(bound, lower));
            }
            repeats[r] = order.measure(outcome.covered, outcome.width, isTest);
        }
    });
    return repeats;
}

Repeats fixedResplits(const MethodOnPool& on, const Outcome& outcome, const GalaxyOrder& order,
                      const StabilityOptions& options, const RunContext& context) {
    Repeats repeats(static_cast<std::size_t>(options.repeats));
    parallelFor(repeats.size(), context.threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t r = begin; r < end; ++r) {
            context.checkStop();
            repeats[r] = order.measure(outcome.covered, outcome.width, drawnSplit(on.pool, options.seed, r));
        }
    });
    return repeats;
}

/// As many as a few seconds allow: a re-split costs a kernel value for every pair of calibration and test
/// galaxies.
int affordableRepeats(const MethodOnPool& on, const StabilityOptions& options) {
    constexpr double kernelValues = 1e10;
    constexpr double fewest = 20.0;
    const auto calibration = static_cast<double>(on.pool.calibrationCount);
    const double pairs = calibration * (static_cast<double>(on.pool.size()) - calibration);
    return static_cast<int>(std::min(static_cast<double>(options.repeats),
                                     std::max(fewest, kernelValues / std::max(1.0, pairs))));
}

/// Calibrates anew by the method itself.
Repeats slowResplits(const MethodOnPool& on, const GalaxyOrder& order, const StabilityOptions& options,
                     const RunContext& context) {
    HeldOut heldOut = rowsOf(on.target.heldOut, on.pool.index, on.needs());
    const double alpha[] = {on.alpha};
    const int count = options.slowRepeats > 0 ? options.slowRepeats : affordableRepeats(on, options);
    Repeats repeats;
    for (int r = 0; r < count; ++r) {
        context.step(static_cast<double>(r) / count,
                     on.target.name + ": re-splits of " + on.method.info().id);
        const RunContext quiet = context.quiet();
        const auto isTest = drawnSplit(on.pool, options.seed, static_cast<std::size_t>(r));
        heldOut.isTest.assign(isTest.begin(), isTest.end());
        const auto evidence = uq::makeEvidence(on.target.name, on.target.unit, heldOut);
        auto predictions = on.method.intervals(evidence, alpha, on.trainedAlpha, on.options, quiet);
        setEnds(predictions[0], on.ends);
        cutAtLowerBound(predictions[0], lowerBoundOf(heldOut));
        Outcome outcome;
        outcome.covered.assign(on.pool.size(), 0);
        outcome.width.assign(on.pool.size(), 0.0);
        for (std::size_t j = 0; j < evidence.testIndex.size(); ++j) {
            const std::size_t i = evidence.testIndex[j];
            outcome.covered[i] = covers(predictions[0], j, on.pool.truth[i]) ? 1 : 0;
            outcome.width[i] = intervalWidth(predictions[0], j);
        }
        repeats.push_back(order.measure(outcome.covered, outcome.width, isTest));
    }
    return repeats;
}

Repeats resplits(const MethodOnPool& on, const GalaxyOrder& order, const StabilityOptions& options,
                 const RunContext& context) {
    const auto needs = on.needs();
    const double alpha[] = {on.alpha};
    if (!on.method.info().calibrated)
        return fixedResplits(on,
                             outcomeOf(withEnds(onWholePool(on, alpha, context).front(), on), on.pool.truth),
                             order, options, context);
    if (!hasManyQuantiles(needs))
        if (const auto scaled = scaledIntervals(on, context))
            return fastResplits(on, *scaled, order, options, context);
    return slowResplits(on, order, options, context);
}

Repeats bootstraps(const Outcome& outcome, const GalaxyOrder& order, const StabilityOptions& options,
                   const RunContext& context) {
    Repeats repeats(static_cast<std::size_t>(options.repeats));
    parallelFor(repeats.size(), context.threads, [&](std::size_t begin, std::size_t end) {
        std::vector<std::uint32_t> weight(outcome.covered.size());
        for (std::size_t r = begin; r < end; ++r) {
            context.checkStop();
            Rng rng(options.seed, resampleStream + r);
            std::fill(weight.begin(), weight.end(), 0u);
            resample(weight.size(), rng, [&](std::size_t i) { ++weight[i]; });
            repeats[r] = order.measure(outcome.covered, outcome.width, weight);
        }
    });
    return repeats;
}

struct Column {
    const char* metric;
    double RepeatMetrics::*value;
};
constexpr Column columns[] = {{"coverage", &RepeatMetrics::coverage},
                              {"tail_coverage", &RepeatMetrics::tailCoverage},
                              {"worst_bin_coverage", &RepeatMetrics::worstBinCoverage},
                              {"mean_width", &RepeatMetrics::meanWidth},
                              {"infinite_share", &RepeatMetrics::infiniteShare}};

void addLines(const MethodOnPool& on, const RepeatMetrics& own, const Repeats& resplit,
              const Repeats& resampled, Stability& out) {
    const auto valuesOf = [](const Repeats& repeats, double RepeatMetrics::*value) {
        std::vector<double> values;
        for (const RepeatMetrics& repeat : repeats)
            values.push_back(repeat.*value);
        return values;
    };
    const auto anyInfinite = [](const Repeats& repeats) {
        return std::any_of(repeats.begin(), repeats.end(),
                           [](const RepeatMetrics& m) { return m.infiniteShare > 0.0; });
    };
    for (const Column& column : columns) {
        const std::string metric = column.metric;
        if ((metric == "worst_bin_coverage" && on.pool.error.empty()) ||
            (metric == "infinite_share" && !anyInfinite(resplit) && !anyInfinite(resampled)))
            continue;
        StabilityLine line;
        line.target = on.target.name;
        line.method = on.method.info().id;
        line.metric = metric;
        line.value = own.*column.value;
        line.resplits = valuesOf(resplit, column.value);
        line.resamples = valuesOf(resampled, column.value);
        if (metric == "coverage" && on.method.info().conformal &&
            uq::quantileRule(on.options) ==
                uq::QuantileRule::FiniteSample) // the other rule guarantees nothing
            line.guarantee = splitConformalBand(on.pool.calibrationCount,
                                                on.pool.size() - on.pool.calibrationCount, on.alpha);
        out.lines.push_back(std::move(line));
    }
}

/// The test galaxies of the study's own split, with the intervals that the study holds.
RepeatMetrics ownNumbers(const TargetStudy& target, const Prediction& prediction, Outcome& outcome,
                         std::optional<GalaxyOrder>& order) {
    const std::vector<double> truth = target.testTruth(), base = target.basePrediction();
    Prediction labelled = prediction;
    std::vector<double> labelledTruth, error;
    labelled.mean.clear();
    labelled.lower.clear();
    labelled.upper.clear();
    for (std::size_t i = 0; i < truth.size(); ++i) {
        if (!std::isfinite(truth[i]))
            continue;
        labelledTruth.push_back(truth[i]);
        error.push_back(base.empty() ? 0.0 : std::abs(truth[i] - base[i]));
        labelled.mean.push_back(prediction.mean[i]);
        labelled.lower.push_back(prediction.lower[i]);
        labelled.upper.push_back(prediction.upper[i]);
    }
    outcome = outcomeOf(labelled, labelledTruth);
    order.emplace(labelledTruth, error);
    return order->measure(outcome.covered, outcome.width,
                          std::vector<std::uint32_t>(labelledTruth.size(), 1));
}

bool wanted(const std::vector<std::string>& chosen, const std::string& name) {
    return chosen.empty() || std::find(chosen.begin(), chosen.end(), name) != chosen.end();
}

nlohmann::json toJson(const RepeatSummary& summary) {
    return {{"repeats", summary.repeats},
            {"median", summary.median},
            {"quartile_low", summary.quartiles.low},
            {"quartile_high", summary.quartiles.high},
            {"low", summary.central95.low},
            {"high", summary.central95.high}};
}

} // namespace

Stability repeatSplits(const Study& study, const StabilityOptions& options, const RunContext& context) {
    if (!canRecalibrate(study))
        throw Error(
            "The study holds no calibration rows and signals (its file has no /state, or one of another "
            "version), so its galaxies cannot be split anew. Run the study again.");
    for (const std::string& name : options.targets)
        study.target(name); // throws with the names there are
    for (const std::string& id : options.methods)
        if (!wanted(study.methods, id) || study.methods.empty())
            throw UsageError("--methods: the study has no method '" + id + "'; it has " +
                             joinText(study.methods, ", ") + ".");
    const OptionSet recorded = recordedOptions(study);
    Stability out;
    out.alpha = study.alpha;
    std::vector<std::pair<const TargetStudy*, const Prediction*>> work;
    for (const TargetStudy& target : study.targets)
        for (const Prediction& prediction : target.predictions)
            if (wanted(options.targets, target.name) && wanted(options.methods, prediction.method))
                work.emplace_back(&target, &prediction);
    for (std::size_t w = 0; w < work.size(); ++w) {
        const auto& [target, prediction] = work[w];
        const auto total = static_cast<double>(work.size());
        const RunContext part =
            context.slice(static_cast<double>(w) / total, static_cast<double>(w + 1) / total);
        part.step(0.0, target->name + ": re-splits of " + prediction->method);
        if (hasSeenCalibration(uq::findMethod(prediction->method), recorded)) {
            out.notes.push_back(target->name + ": " + prediction->method +
                                " is left out: its networks have learned from the calibration galaxies, so "
                                "these cannot be drawn anew.");
            continue;
        }
        const Pool pool = poolOf(target->heldOut);
        if (pool.size() - pool.calibrationCount < 10) {
            out.notes.push_back(target->name + ": fewer than ten test galaxies have a label; left out.");
            continue;
        }
        const GalaxyOrder order(pool.truth,
                                pool.error.empty() ? std::vector<double>(pool.size()) : pool.error);
        const MethodOnPool on{uq::findMethod(prediction->method), *target,   pool, recorded, study.alpha,
                              studyChoices(recorded).alpha,       study.ends};
        Outcome outcome;
        std::optional<GalaxyOrder> ownOrder;
        const RepeatMetrics own = ownNumbers(*target, *prediction, outcome, ownOrder);
        const Repeats resplit = resplits(on, order, options, part);
        const Repeats resampled = bootstraps(outcome, *ownOrder, options, part);
        addLines(on, own, resplit, resampled, out);
    }
    context.step(1.0, "done");
    return out;
}

void describeStabilityOptions(OptionSet& options) {
    options.inputFile("study", "Study file.").asPositional().asRequired();
    options.textList("targets", {}, "Targets; default: all.").in("Stability");
    options.textList("methods", {}, "Methods; default: all.").in("Stability");
    options
        .integer("repeats", 1000,
                 "Random calibration/test splits of the held-out galaxies, and bootstrap samples of the test "
                 "galaxies. More repeats take longer and steady the intervals.")
        .range(2, 1000000)
        .in("Stability");
    options
        .integer("slow-repeats", 0,
                 "Re-splits for methods that weigh the calibration galaxies anew for every galaxy (LC, "
                 "LCMAD); 0: as many "
                 "as a few seconds allow, at least 20 and no more than the others.")
        .range(0, 100000)
        .in("Stability");
    options.integer("seed", 0, "Of the random splits.").in("Stability");
    describeTableOutput(options);
}

CommandResult runStability(const OptionSet& options, const Services&, RunContext& context) {
    const Study study = session::readStudy(options.getText("study"), context.slice(0.0, 0.02));
    StabilityOptions wantedOptions;
    wantedOptions.targets = options.getTextList("targets");
    wantedOptions.methods = options.getTextList("methods");
    wantedOptions.repeats = static_cast<int>(options.getInteger("repeats"));
    wantedOptions.slowRepeats = static_cast<int>(options.getInteger("slow-repeats"));
    wantedOptions.seed = static_cast<std::uint64_t>(options.getInteger("seed"));
    const Stability stability = repeatSplits(study, wantedOptions, context.slice(0.02, 1.0));
    for (const std::string& note : stability.notes)
        context.note(note);
    CommandResult result;
    result.json = {{"alpha", stability.alpha}, {"lines", nlohmann::json::array()}};
    for (const StabilityLine& line : stability.lines)
        result.json["lines"].push_back({{"target", line.target},
                                        {"method", line.method},
                                        {"metric", line.metric},
                                        {"value", line.value},
                                        {"resplits", toJson(summarise(line.resplits))},
                                        {"bootstrap", toJson(summarise(line.resamples))},
                                        {"guarantee_low", line.guarantee.low},
                                        {"guarantee_high", line.guarantee.high}});
    deliverTable(report::stabilityTable(study, stability), options, result, context);
    return result;
}

} // namespace penumbra::workflow
