#include "core/benchmark/regression.h"

#include "core/base/derived_seed.h"
#include "core/base/rng.h"
#include "core/base/text.h"
#include "core/eval/bootstrap.h"
#include "core/report/cells.h"
#include "core/uq/conformal.h"

#include <algorithm>
#include <cmath>

namespace penumbra::benchmark {

namespace {

constexpr std::size_t fewestTraining = 20, fewestCalibration = 10, fewestTest = 10;

/// 1 - sum(e2) / sum((y - mean)^2) over drawn rows.
struct R2Sums {
    double n = 0.0, squared = 0.0, truth = 0.0, truth2 = 0.0;
    void add(double e2, double y) {
        n += 1.0;
        squared += e2;
        truth += y;
        truth2 += y * y;
    }
    double r2() const { return 1.0 - squared / (truth2 - truth * truth / n); }
};

double meanOf(std::span<const double> values) {
    double sum = 0.0;
    for (const double value : values)
        sum += value;
    return values.empty() ? std::nan("") : sum / static_cast<double>(values.size());
}

/// Truths around their mean: sums of squares keep their digits.
std::vector<double> centred(std::span<const double> truth) {
    const double mean = meanOf(truth);
    std::vector<double> values(truth.begin(), truth.end());
    for (double& value : values)
        value -= mean;
    return values;
}

Estimate percentiles(double value, std::vector<double> replicatesOf) {
    std::sort(replicatesOf.begin(), replicatesOf.end());
    return {value, quantileOfSorted(replicatesOf, 0.025), quantileOfSorted(replicatesOf, 0.975)};
}

/// One head's split-conformal intervals, calibrated on |truth - mean|.
struct Calibrated {
    Prediction prediction;
    SplitScores scores;
    std::size_t covered = 0;
    double width = 0.0;
};

Calibrated calibrated(const Eigen::Ref<const Eigen::VectorXd>& mean, std::span<const double> truth,
                      const std::vector<std::int32_t>& calibration, const std::vector<std::int32_t>& test,
                      double alpha) {
    Calibrated out;
    for (const std::int32_t place : calibration)
        out.scores.calibration.push_back(std::abs(truth[static_cast<std::size_t>(place)] - mean(place)));
    const double q = uq::conformalQuantile(out.scores.calibration, alpha, uq::QuantileRule::FiniteSample);
    out.width = 2.0 * q;
    out.prediction.alpha = alpha;
    for (const std::int32_t place : test) {
        const double y = truth[static_cast<std::size_t>(place)], centre = mean(place);
        out.prediction.mean.push_back(centre);
        out.prediction.lower.push_back(centre - q);
        out.prediction.upper.push_back(centre + q);
        out.scores.score.push_back(std::abs(y - centre));
        out.covered += std::abs(y - centre) <= q ? 1 : 0;
    }
    out.scores.lower = out.scores.upper = out.prediction.mean;
    out.scores.scale.assign(test.size(), 1.0);
    return out;
}

Outcome outcomeOf(const MatrixD& predictions, Eigen::Index firstColumn, std::span<const double> truth,
                  const std::vector<std::int32_t>& calibration, const std::vector<std::int32_t>& test,
                  const RegressionOptions& options) {
    Outcome outcome;
    outcome.calibration = calibration.size();
    outcome.test = test.size();
    for (const std::int32_t place : test)
        outcome.truth.push_back(truth[static_cast<std::size_t>(place)]);
    const std::vector<double> around = centred(outcome.truth);
    outcome.squaredError.assign(test.size(), 0.0);
    double covered = 0.0;
    for (int s = 0; s < options.heads.seeds; ++s) {
        Calibrated head =
            calibrated(predictions.col(firstColumn + s), truth, calibration, test, options.alpha);
        R2Sums sums;
        for (std::size_t i = 0; i < test.size(); ++i) {
            const double e2 = std::pow(outcome.truth[i] - head.prediction.mean[i], 2);
            sums.add(e2, around[i]);
            outcome.squaredError[i] += e2 / options.heads.seeds;
        }
        outcome.r2OfSeed.push_back(sums.r2());
        covered += static_cast<double>(head.covered) / options.heads.seeds;
        outcome.meanWidth += head.width / options.heads.seeds;
        if (s == 0) {
            outcome.first = std::move(head.prediction);
            outcome.firstScores = std::move(head.scores);
        }
    }
    const auto n = static_cast<double>(test.size());
    const Interval range = wilsonAt(covered / n, n);
    outcome.coverage = {covered / n, range.low, range.high};
    outcome.r2 = r2Of(outcome.squaredError, outcome.truth, scoringSeed(options.heads.seed));
    return outcome;
}

void check(const Catalogue& catalogue, const Target& target, std::size_t training, std::size_t calibration,
           std::size_t test) {
    if (training >= fewestTraining && calibration >= fewestCalibration && test >= fewestTest)
        return;
    throw Error(catalogue.path.string() + ": target " + target.name + " has " + std::to_string(training) +
                " usable training, " + std::to_string(calibration) + " calibration and " +
                std::to_string(test) + " test galaxies; at least " + std::to_string(fewestTraining) + ", " +
                std::to_string(fewestCalibration) + " and " + std::to_string(fewestTest) +
                " are needed. Look at labels and split, or draw a split with --draw-split.");
}

report::TableSpec resultTable(const std::vector<Outcome>& outcomes, const RegressionOptions& options) {
    report::TableSpec table;
    table.title = "Properties from input sets";
    table.columns = {"target", "inputs", "numbers", "R2", "R2 of heads", "coverage", "mean width"};
    table.columnMethods.assign(table.columns.size(), "");
    for (const Outcome& outcome : outcomes) {
        const auto [low, high] = std::minmax_element(outcome.r2OfSeed.begin(), outcome.r2OfSeed.end());
        report::Cell range = report::textCell(formatFixed(*low, 3) + " to " + formatFixed(*high, 3));
        range.range = true;
        range.low = *low;
        range.high = *high;
        table.rows.push_back(
            {report::textCell(outcome.target + (outcome.unit.empty() ? "" : " [" + outcome.unit + "]")),
             report::textCell(outcome.set), report::countCell(static_cast<std::size_t>(outcome.width)),
             cellOf(outcome.r2, false), range, cellOf(outcome.coverage, true),
             report::numberCell(outcome.meanWidth, false)});
    }
    table.footnotes.push_back(
        "R2 on the test galaxies, mean over " + std::to_string(options.heads.seeds) +
        " heads trained from different seeds; its interval is for test galaxies drawn anew. Intervals: split "
        "conformal, nominal " +
        shortestReal(100.0 * (1.0 - options.alpha)) + " %, calibrated for each head.");
    return table;
}

nlohmann::json toJson(const Outcome& outcome) {
    return {{"target", outcome.target},
            {"set", outcome.set},
            {"width", outcome.width},
            {"training", outcome.training},
            {"calibration", outcome.calibration},
            {"test", outcome.test},
            {"r2", toJson(outcome.r2)},
            {"r2_of_heads", outcome.r2OfSeed},
            {"coverage", toJson(outcome.coverage)},
            {"mean_width", outcome.meanWidth}};
}

/// R2 of two sets on the same galaxies, all heads: the same resamples for both.
PairedTest r2Test(const Outcome& first, const Outcome& second, std::uint64_t seed) {
    PairedTest test;
    test.target = first.target;
    test.metric = "r2";
    test.convention = "all";
    test.first = first.set;
    test.second = second.set;
    test.test = "paired bootstrap";
    test.n = static_cast<std::int64_t>(first.truth.size());
    test.firstValue = first.r2.value;
    test.secondValue = second.r2.value;
    test.difference = test.firstValue - test.secondValue;
    const std::vector<double> truth = centred(first.truth);
    std::vector<double> differences;
    for (int r = 0; r < replicates; ++r) {
        Rng rng(seed, static_cast<std::uint64_t>(r));
        R2Sums a, b;
        resample(truth.size(), rng, [&](std::size_t i) {
            a.add(first.squaredError[i], truth[i]);
            b.add(second.squaredError[i], truth[i]);
        });
        differences.push_back(a.r2() - b.r2());
    }
    setFromReplicates(test, std::move(differences));
    return test;
}

/// The first heads as a study whose methods are the input sets.
TargetStudy firstHeads(const std::vector<const Outcome*>& outcomes) {
    TargetStudy study;
    study.name = outcomes.front()->target;
    study.unit = outcomes.front()->unit;
    study.heldOut.rows = outcomes.front()->rows;
    study.heldOut.isTest.assign(study.heldOut.rows.size(), 1);
    study.heldOut.truth = outcomes.front()->truth;
    for (const Outcome* outcome : outcomes) {
        Prediction prediction = outcome->first;
        prediction.method = outcome->set;
        prediction.target = study.name;
        study.predictions.push_back(std::move(prediction));
        auto part = std::make_shared<CalibrationPart>();
        part->split = outcome->firstScores;
        study.calibrationParts[outcome->set] = std::move(part);
    }
    return study;
}

} // namespace

std::vector<const Target*> targetsOf(const Catalogue& catalogue, const std::vector<std::string>& names) {
    std::vector<const Target*> targets;
    for (const std::string& name : names)
        targets.push_back(&catalogue.target(name));
    if (names.empty())
        for (const Target& target : catalogue.targets)
            targets.push_back(&target);
    if (targets.empty())
        throw Error(catalogue.path.string() + ": the catalogue has no targets to predict");
    return targets;
}

Estimate r2Of(std::span<const double> squaredError, std::span<const double> truth, std::uint64_t seed) {
    const std::vector<double> around = centred(truth);
    R2Sums observed;
    for (std::size_t i = 0; i < around.size(); ++i)
        observed.add(squaredError[i], around[i]);
    std::vector<double> drawn;
    for (int r = 0; r < replicates; ++r) {
        Rng rng(seed, static_cast<std::uint64_t>(r));
        R2Sums sums;
        resample(around.size(), rng, [&](std::size_t i) { sums.add(squaredError[i], around[i]); });
        drawn.push_back(sums.r2());
    }
    return percentiles(observed.r2(), std::move(drawn));
}

Lessons lessonsOf(const Galaxies& galaxies, const std::vector<const Target*>& targets) {
    Lessons lessons{
        MatrixD(static_cast<Eigen::Index>(galaxies.rows.size()), static_cast<Eigen::Index>(targets.size())),
        {}};
    for (std::size_t i = 0; i < galaxies.rows.size(); ++i) {
        bool any = false;
        for (std::size_t t = 0; t < targets.size(); ++t) {
            const double value = targets[t]->values[galaxies.rows[i]];
            lessons.labels(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(t)) = value;
            any = any || std::isfinite(value);
        }
        if (any && galaxies.split[i] == static_cast<std::uint8_t>(Split::Train))
            lessons.training.push_back(static_cast<std::int32_t>(i));
    }
    return lessons;
}

std::vector<Outcome> regress(const Catalogue& catalogue, const Galaxies& galaxies,
                             const RegressionOptions& options, const RunContext& context) {
    const auto targets = targetsOf(catalogue, options.targets);
    for (const Target* target : targets) {
        const auto values = galaxies.valuesOf(*target);
        check(catalogue, *target, galaxies.places(Split::Train, values).size(),
              galaxies.places(Split::Calibration, values).size(),
              galaxies.places(Split::Test, values).size());
    }
    const Lessons lessons = lessonsOf(galaxies, targets);
    std::vector<std::vector<Outcome>> byTarget(targets.size());
    for (std::size_t s = 0; s < galaxies.sets.size(); ++s) {
        const auto share = static_cast<double>(galaxies.sets.size());
        context.step(static_cast<double>(s) / share, "heads on " + galaxies.sets[s].name);
        const MatrixD predictions =
            trainHeads(galaxies.inputs[s], lessons.training, lessons.labels, options.heads,
                       context.slice(static_cast<double>(s) / share, static_cast<double>(s + 1) / share))
                .front();
        for (std::size_t t = 0; t < targets.size(); ++t) {
            const auto values = galaxies.valuesOf(*targets[t]);
            const auto test = galaxies.places(Split::Test, values);
            Outcome outcome = outcomeOf(predictions, static_cast<Eigen::Index>(t) * options.heads.seeds,
                                        values, galaxies.places(Split::Calibration, values), test, options);
            outcome.target = targets[t]->name;
            outcome.unit = targets[t]->unit;
            outcome.set = galaxies.sets[s].name;
            outcome.width = static_cast<std::size_t>(galaxies.inputs[s].cols());
            outcome.training = galaxies.places(Split::Train, values).size();
            for (const std::int32_t place : test)
                outcome.rows.push_back(
                    static_cast<std::int64_t>(galaxies.rows[static_cast<std::size_t>(place)]));
            byTarget[t].push_back(std::move(outcome));
        }
    }
    std::vector<Outcome> outcomes;
    for (auto& some : byTarget)
        std::move(some.begin(), some.end(), std::back_inserter(outcomes));
    return outcomes;
}

std::vector<PairedTest> pairsOf(const std::vector<Outcome>& outcomes, const RegressionOptions& options,
                                const RunContext& context) {
    std::vector<PairedTest> tests;
    std::vector<std::string> targets;
    for (const Outcome& outcome : outcomes)
        if (targets.empty() || targets.back() != outcome.target)
            targets.push_back(outcome.target);
    for (const std::string& target : targets) {
        std::vector<const Outcome*> some;
        for (const Outcome& outcome : outcomes)
            if (outcome.target == target)
                some.push_back(&outcome);
        if (some.size() < 2)
            continue;
        for (std::size_t a = 0; a < some.size(); ++a)
            for (std::size_t b = a + 1; b < some.size(); ++b) {
                context.checkStop();
                tests.push_back(r2Test(*some[a], *some[b], scoringSeed(options.heads.seed)));
            }
        PairedOptions paired;
        paired.metrics = {"coverage", "mean_width"};
        paired.seed = options.heads.seed;
        const TargetStudy study = firstHeads(some);
        auto more = pairedTests(study, paired, context);
        std::move(more.begin(), more.end(), std::back_inserter(tests));
    }
    adjustTogether(tests);
    return tests;
}

Report regressionReport(const Catalogue& catalogue, const Galaxies& galaxies,
                        const RegressionOptions& options, const RunContext& context) {
    const auto outcomes = regress(catalogue, galaxies, options, context.slice(0.0, 0.9));
    const auto tests = pairsOf(outcomes, options, context.slice(0.9, 1.0));
    Report result;
    result.tables.push_back(resultTable(outcomes, options));
    std::vector<std::string> names;
    for (const InputSet& set : galaxies.sets)
        names.push_back(set.name);
    std::vector<report::Panel> panels;
    Study shown;
    for (std::size_t at = 0; at < outcomes.size(); at += names.size()) {
        std::vector<Estimate> values;
        for (std::size_t s = 0; s < names.size(); ++s)
            values.push_back(outcomes[at + s].r2);
        panels.push_back(panelOfSets(names, values, outcomes[at].target, "R2 on test galaxies", false));
        TargetStudy target;
        target.name = outcomes[at].target;
        target.unit = outcomes[at].unit;
        shown.targets.push_back(std::move(target));
    }
    result.figure =
        figureOf("regression", "R2 by input set, with 95 % intervals for test galaxies drawn anew.",
                 std::move(panels));
    result.json = {{"protocol", "regression"}, {"alpha", options.alpha}, {"heads", options.heads.seeds}};
    for (const Outcome& outcome : outcomes)
        result.json["results"].push_back(toJson(outcome));
    if (!tests.empty()) {
        PairedOptions paired;
        report::TableSpec pairs = report::pairedTable(shown, tests, paired);
        pairs.title = "Input sets compared in pairs, on the same galaxies";
        pairs.footnotes.insert(pairs.footnotes.begin(),
                               "R2 over all heads, paired bootstrap of " + std::to_string(replicates) +
                                   " resamples; coverage and width of the first heads.");
        result.tables.push_back(std::move(pairs));
        for (const PairedTest& test : tests) {
            nlohmann::json pair = toJson(test);
            pair["target"] = test.target;
            pair["metric"] = test.metric;
            result.json["pairs"].push_back(std::move(pair));
        }
    }
    return result;
}

} // namespace penumbra::benchmark
