#include "core/eval/paired.h"

#include "core/base/error.h"
#include "core/base/parallel_for.h"
#include "core/base/rng.h"
#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/eval/bootstrap.h"
#include "core/eval/distributions.h"
#include "core/eval/paired_drawn.h"
#include "core/eval/strata.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace penumbra {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// The labelled test rows of one method.
struct MethodRows {
    std::string id;
    std::vector<std::uint8_t> finite;
    /// [metrics][rows] what each galaxy adds; NaN where there is nothing to compare: infinite intervals, no
    /// predictive distribution.
    std::vector<std::vector<double>> values;
};

MethodRows rowsOf(const TargetStudy& target, const Prediction& prediction, std::span<const double> truth,
                  std::span<const std::size_t> labelled, std::span<const Metric* const> metrics) {
    MethodRows rows;
    rows.id = prediction.method;
    const bool ofDistribution = std::any_of(metrics.begin(), metrics.end(),
                                            [](const Metric* metric) { return metric->ofDistribution; });
    const auto distributions = ofDistribution ? distributionsOf(target, prediction) : std::nullopt;
    for (const std::size_t i : labelled)
        rows.finite.push_back(hasFiniteInterval(prediction, i) ? 1 : 0);
    for (const Metric* metric : metrics) {
        std::vector<double>& values = rows.values.emplace_back(labelled.size(), nan);
        if (metric->ofDistribution && !distributions)
            continue;
        for (std::size_t l = 0; l < labelled.size(); ++l)
            values[l] = metric->ofGalaxy(
                {prediction, labelled[l], truth[labelled[l]], distributions ? &*distributions : nullptr});
    }
    return rows;
}

/// 95 % interval of a difference of paired proportions: Wald's after half a galaxy is added to each of the
/// four cells (Agresti & Min 2005).
Interval pairedProportionInterval(std::size_t onlyFirst, std::size_t onlySecond, std::size_t n) {
    const double b = static_cast<double>(onlyFirst) + 0.5, c = static_cast<double>(onlySecond) + 0.5;
    const double size = static_cast<double>(n) + 2.0;
    const double difference = (b - c) / size;
    const double half =
        normalQuantile(0.975) * std::sqrt(std::max(0.0, b + c - (b - c) * (b - c) / size)) / size;
    return {std::max(-1.0, difference - half), std::min(1.0, difference + half)};
}

/// @param inFirst, inSecond 1 for galaxies that the proportion counts, [labelled rows]
void compareProportion(PairedTest& test, const std::vector<double>& inFirst,
                       const std::vector<double>& inSecond, std::span<const std::size_t> rows) {
    std::size_t ofFirst = 0, ofSecond = 0;
    for (const std::size_t row : rows) {
        const bool first = inFirst[row] > 0.0, second = inSecond[row] > 0.0;
        ofFirst += first ? 1 : 0;
        ofSecond += second ? 1 : 0;
        test.onlyFirst += first && !second ? 1 : 0;
        test.onlySecond += second && !first ? 1 : 0;
    }
    test.n = static_cast<std::int64_t>(rows.size());
    if (rows.empty())
        return;
    const auto n = static_cast<double>(rows.size());
    const auto b = static_cast<std::size_t>(test.onlyFirst), c = static_cast<std::size_t>(test.onlySecond);
    test.firstValue = static_cast<double>(ofFirst) / n;
    test.secondValue = static_cast<double>(ofSecond) / n;
    test.difference = test.firstValue - test.secondValue;
    test.interval = pairedProportionInterval(b, c, rows.size());
    test.p = mcnemarP(b, c);
    test.test = b + c < exactMcnemarBelow ? "McNemar, exact" : "McNemar, mid-p";
}

/// A pair's differences, with the rows they are over (0 where not).
struct Differences {
    PairedTest* test = nullptr;
    Eigen::VectorXd value; ///< 0 outside
    Eigen::VectorXd inside;
    bool everywhere = true;
};

Differences differencesOf(PairedTest& test, const MethodRows& first, const MethodRows& second,
                          std::size_t metric, bool finiteOnly) {
    const std::vector<double>&a = first.values[metric], &b = second.values[metric];
    Differences out;
    out.test = &test;
    out.value.setZero(static_cast<Eigen::Index>(a.size()));
    out.inside.setZero(out.value.size());
    double sumFirst = 0.0, sumSecond = 0.0, squares = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double difference = a[i] - b[i];
        if (!std::isfinite(difference) || (finiteOnly && !(first.finite[i] && second.finite[i]))) {
            out.everywhere = false;
            continue;
        }
        const auto row = static_cast<Eigen::Index>(i);
        out.inside[row] = 1.0;
        out.value[row] = difference;
        sumFirst += a[i];
        sumSecond += b[i];
        ++test.n;
    }
    if (test.n == 0)
        return out;
    const auto n = static_cast<double>(test.n);
    test.firstValue = sumFirst / n;
    test.secondValue = sumSecond / n;
    test.difference = test.firstValue - test.secondValue;
    if (test.n < 2)
        return out;
    for (Eigen::Index i = 0; i < out.value.size(); ++i)
        if (out.inside[i] > 0.0)
            squares += (out.value[i] - test.difference) * (out.value[i] - test.difference);
    const double error = std::sqrt(squares / (n - 1.0) / n);
    if (test.n > static_cast<std::int64_t>(normalLimitRows)) {
        test.test = "paired z";
        test.p = error > 0.0 ? std::erfc(std::abs(test.difference) / error / std::numbers::sqrt2)
                             : (test.difference == 0.0 ? 1.0 : 0.0);
        const double half = normalQuantile(0.975) * error;
        test.interval = {test.difference - half, test.difference + half};
    } else {
        test.test = "paired bootstrap";
    }
    return out;
}

/// P(|Z| >= observed) of a normal variate with the replicates' scatter.
double normalTail(double observed, const std::vector<double>& replicates) {
    const auto n = static_cast<double>(replicates.size());
    const double mean = std::accumulate(replicates.begin(), replicates.end(), 0.0) / n;
    double squares = 0.0;
    for (const double value : replicates)
        squares += (value - mean) * (value - mean);
    return squares > 0.0 ? std::erfc(observed / std::sqrt(2.0 * squares / (n - 1.0))) : 0.0;
}

/// The resamples are shared by all pairs: a block of them is a matrix of counts, the sums of all pairs one
/// product.
void bootstrapDifferences(std::vector<Differences>& pairs, const PairedOptions& options,
                          const RunContext& context) {
    std::erase_if(pairs, [](const Differences& d) { return d.test->test != "paired bootstrap"; });
    if (pairs.empty() || options.replicates < 2)
        return;
    const Eigen::Index n = pairs.front().value.size();
    Eigen::Index columns = 0;
    for (const Differences& pair : pairs)
        columns += pair.everywhere ? 1 : 2;
    Eigen::MatrixXd values(n, columns);
    columns = 0;
    for (const Differences& pair : pairs) {
        values.col(columns++) = pair.value;
        if (!pair.everywhere)
            values.col(columns++) = pair.inside;
    }
    constexpr std::size_t block = 32;
    const auto replicates = static_cast<std::size_t>(options.replicates);
    std::vector<std::vector<double>> found(pairs.size(), std::vector<double>(replicates, nan));
    parallelFor((replicates + block - 1) / block, context.threads, [&](std::size_t begin, std::size_t end) {
        MatrixD counts; // [replicates of the block, rows]
        for (std::size_t b = begin; b < end; ++b) {
            context.checkStop();
            const std::size_t from = b * block, size = std::min(block, replicates - from);
            counts.setZero(static_cast<Eigen::Index>(size), n);
            for (std::size_t r = 0; r < size; ++r) {
                Rng rng(options.seed, from + r);
                double* count = counts.row(static_cast<Eigen::Index>(r)).data();
                resample(static_cast<std::size_t>(n), rng, [&](std::size_t i) { count[i] += 1.0; });
            }
            const Eigen::MatrixXd sums = counts * values;
            for (std::size_t r = 0; r < size; ++r) {
                Eigen::Index column = 0;
                const auto row = static_cast<Eigen::Index>(r);
                for (std::size_t p = 0; p < pairs.size(); ++p) {
                    const double sum = sums(row, column++);
                    const double size2 = pairs[p].everywhere ? static_cast<double>(n) : sums(row, column++);
                    found[p][from + r] = size2 > 0.0 ? sum / size2 : nan;
                }
            }
        }
    });
    for (std::size_t p = 0; p < pairs.size(); ++p)
        setFromReplicates(*pairs[p].test, std::move(found[p]));
}

std::vector<std::string> chosen(const std::vector<std::string>& wanted, std::vector<std::string> known,
                                const std::string& what) {
    if (wanted.empty())
        return known;
    for (const std::string& word : wanted)
        if (std::find(known.begin(), known.end(), word) == known.end())
            throw UsageError("There is no " + what + " '" + word +
                             "' to compare methods by; there are: " + joinText(known, ", ") + ".");
    std::erase_if(known, [&](const std::string& word) {
        return std::find(wanted.begin(), wanted.end(), word) == wanted.end();
    });
    return known;
}

} // namespace

void setFromReplicates(PairedTest& test, std::vector<double> replicates) {
    std::erase_if(replicates, [](double v) { return std::isnan(v); });
    if (replicates.size() < 2)
        return;
    const double observed = std::abs(test.difference) * (1.0 - 1e-12);
    const auto extreme = std::count_if(replicates.begin(), replicates.end(),
                                       [&](double v) { return std::abs(v - test.difference) >= observed; });
    test.p = (1.0 + static_cast<double>(extreme)) / (1.0 + static_cast<double>(replicates.size()));
    if (extreme == 0) // many tests adjusted together need more than so many replicates can tell
        test.p = std::min(test.p, normalTail(observed, replicates));
    std::sort(replicates.begin(), replicates.end());
    test.interval = {quantileOfSorted(replicates, 0.025), quantileOfSorted(replicates, 0.975)};
}

bool isProportion(const std::string& metric) {
    const Metric* known = findMetric(metric);
    return known != nullptr && known->bracket == Bracket::Proportion;
}

double evenSplitP(std::size_t first, std::size_t second) {
    const std::size_t n = first + second, k = std::min(first, second);
    if (n == 0)
        return 1.0;
    // P(X <= k) of Binomial(n, 1/2) = I_{1/2}(n - k, k + 1)
    return std::min(1.0,
                    2.0 * regularisedBeta(0.5, static_cast<double>(n - k), static_cast<double>(k) + 1.0));
}

double mcnemarP(std::size_t onlyFirst, std::size_t onlySecond) {
    const std::size_t n = onlyFirst + onlySecond, k = std::min(onlyFirst, onlySecond);
    double p = evenSplitP(onlyFirst, onlySecond);
    if (n >= exactMcnemarBelow && 2 * k < n) {
        const double size = static_cast<double>(n), x = static_cast<double>(k);
        p -= std::exp(logGamma(size + 1.0) - logGamma(x + 1.0) - logGamma(size - x + 1.0) -
                      size * std::numbers::ln2);
    }
    return std::min(1.0, p);
}

std::vector<double> holmAdjusted(std::span<const double> p) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < p.size(); ++i)
        if (!std::isnan(p[i]))
            order.push_back(i);
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
    std::vector<double> adjusted(p.size(), nan);
    double largest = 0.0;
    for (std::size_t rank = 0; rank < order.size(); ++rank) {
        largest = std::max(largest, static_cast<double>(order.size() - rank) * p[order[rank]]);
        adjusted[order[rank]] = std::min(1.0, largest);
    }
    return adjusted;
}

void adjustTogether(std::vector<PairedTest>& tests) {
    std::vector<double> p;
    for (const PairedTest& test : tests)
        p.push_back(test.p);
    const auto adjusted = holmAdjusted(p);
    for (std::size_t i = 0; i < tests.size(); ++i)
        tests[i].adjustedP = adjusted[i];
}

std::vector<std::string> pairedMetrics(std::span<const Metric> known) {
    std::vector<std::string> ids;
    for (const Metric& metric : known)
        if (metric.ofGalaxy != nullptr)
            ids.push_back(metric.id);
    return ids;
}

std::vector<PairedTest> pairedTests(const TargetStudy& target, const PairedOptions& options,
                                    const RunContext& context) {
    std::vector<const Metric*> metrics;
    for (const std::string& id : chosen(options.metrics, pairedMetrics(options.known), "metric"))
        metrics.push_back(findMetric(id, options.known));
    std::vector<std::string> known;
    for (const Prediction& prediction : target.predictions)
        known.push_back(prediction.method);
    const auto methods = chosen(options.methods, known, "method");
    const std::vector<double> truth = target.testTruth(), base = target.basePrediction();
    std::vector<std::size_t> labelled;
    std::vector<double> labelledTruth, baseError;
    for (std::size_t i = 0; i < truth.size(); ++i) {
        if (std::isnan(truth[i]))
            continue;
        labelled.push_back(i);
        labelledTruth.push_back(truth[i]);
        if (!base.empty())
            baseError.push_back(std::abs(truth[i] - base[i]));
    }
    std::vector<MethodRows> rows;
    for (const std::string& method : methods)
        rows.push_back(rowsOf(target, *target.prediction(method), truth, labelled, metrics));
    const std::size_t pairCount = rows.size() * (rows.size() - std::min<std::size_t>(rows.size(), 1)) / 2;
    std::vector<PairedTest> tests;
    tests.reserve(metrics.size() * pairCount); // the bootstrap keeps pointers
    const bool finiteOnly = options.convention == "finite";
    for (std::size_t m = 0; m < metrics.size(); ++m) {
        const Metric& metric = *metrics[m];
        if (metric.stratum == Stratum::WorstTenth && (base.empty() || options.rankByOwnCentre))
            continue;
        std::vector<Differences> differences;
        for (std::size_t a = 0; a < rows.size(); ++a)
            for (std::size_t b = a + 1; b < rows.size(); ++b) {
                context.checkStop();
                PairedTest& test = tests.emplace_back();
                test.target = target.name;
                test.metric = metric.id;
                test.convention = options.convention;
                test.first = rows[a].id;
                test.second = rows[b].id;
                test.calibration = calibrationOf(target, test, metric, options);
                if (metric.bracket != Bracket::Proportion) {
                    differences.push_back(differencesOf(test, rows[a], rows[b], m, finiteOnly));
                    continue;
                }
                std::vector<std::size_t> among;
                for (std::size_t i = 0; i < labelled.size(); ++i)
                    if (!finiteOnly || (rows[a].finite[i] && rows[b].finite[i]))
                        among.push_back(i);
                compareProportion(test, rows[a].values[m], rows[b].values[m],
                                  stratumRows(metric.stratum, std::move(among), labelledTruth, baseError));
            }
        std::erase_if(differences, [](const Differences& d) { return isDrawn(*d.test); });
        bootstrapDifferences(differences, options, context);
    }
    drawCalibration(target, methods, options, tests, context);
    adjustTogether(tests);
    return tests;
}

std::vector<PairedTest> pairedTests(const Study& study, const std::vector<std::string>& methods,
                                    PairedOptions options, const RunContext& context) {
    std::vector<PairedTest> tests;
    for (std::size_t t = 0; t < study.targets.size(); ++t) {
        const TargetStudy& target = study.targets[t];
        context.step(static_cast<double>(t) / static_cast<double>(study.targets.size()), target.name);
        options.methods.clear();
        for (const std::string& method : methods)
            if (target.prediction(method) != nullptr)
                options.methods.push_back(method);
        if (options.methods.size() < 2)
            continue;
        for (PairedTest& test : pairedTests(target, options, context))
            tests.push_back(std::move(test));
    }
    adjustTogether(tests);
    return tests;
}

std::vector<std::string> bestMethods(std::span<const PairedTest> tests, const std::string& target,
                                     const std::string& metric, std::span<const std::string> candidates,
                                     double level) {
    const auto isCandidate = [&](const std::string& id) {
        return std::find(candidates.begin(), candidates.end(), id) != candidates.end();
    };
    std::vector<std::string> best;
    if (candidates.size() == 1)
        return {candidates.front()};
    // A candidate is among the best unless another candidate is significantly smaller on the same galaxies.
    for (const std::string& id : candidates) {
        bool beaten = false, compared = false;
        for (const PairedTest& test : tests) {
            if (test.target != target || test.metric != metric || std::isnan(test.adjustedP) ||
                !isCandidate(test.first) || !isCandidate(test.second) ||
                (test.first != id && test.second != id))
                continue;
            compared = true;
            const double mine = test.first == id ? test.difference : -test.difference;
            beaten = beaten || (mine > 0.0 && test.adjustedP < level);
        }
        if (compared && !beaten)
            best.push_back(id);
    }
    return best;
}

} // namespace penumbra
