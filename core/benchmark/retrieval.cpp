#include "core/benchmark/retrieval.h"

#include "core/base/derived_seed.h"
#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/base/text.h"
#include "core/eval/bootstrap.h"
#include "core/eval/paired.h"
#include "core/manifold/retrieval.h"
#include "core/report/cells.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace penumbra::benchmark {

namespace {

Estimate meanWithInterval(const std::vector<double>& values, std::uint64_t seed) {
    EvaluateOptions options;
    options.seed = scoringSeed(seed);
    const Interval interval = bootstrapMean(values, options);
    return {std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()),
            interval.low, interval.high};
}

/// nDCG of every query in one input set.
std::vector<double> scoresOf(const MatrixF& rows, const std::vector<double>& relevance,
                             const std::vector<std::size_t>& queries, std::size_t depth,
                             const RunContext& context) {
    std::vector<double> scores, near(relevance.size() - 1), relevant(relevance.size() - 1);
    for (std::size_t q = 0; q < queries.size(); ++q) {
        context.step(static_cast<double>(q) / static_cast<double>(queries.size()), "ranking galaxies");
        const std::size_t query = queries[q];
        const auto similarity = manifold::cosineSimilarities(
            rows, rows.row(static_cast<Eigen::Index>(query)).cast<double>().transpose(), context.threads);
        const auto without = [query](const std::vector<double>& from, std::vector<double>& to) {
            const auto cut = from.begin() + static_cast<std::ptrdiff_t>(query);
            std::copy(cut + 1, from.end(), std::copy(from.begin(), cut, to.begin()));
        };
        without(similarity, near);
        without(relevance, relevant);
        scores.push_back(
            manifold::ndcg(near, relevant, depth, manifold::Gains::Exponential, manifold::Ties::Order));
    }
    return scores;
}

/// What a random order reaches, over as many orders as queries.
double randomScore(const std::vector<double>& relevance, std::size_t depth, std::uint64_t seed) {
    constexpr int orders = 200;
    Rng rng(derivedSeed(seed, "random order"));
    std::vector<double> near(relevance.size());
    double sum = 0.0;
    for (int i = 0; i < orders; ++i) {
        for (double& value : near)
            value = rng.uniform();
        sum += manifold::ndcg(near, relevance, depth, manifold::Gains::Exponential, manifold::Ties::Order);
    }
    return sum / orders;
}

PairedTest pairOf(const std::string& first, const std::string& second, const std::vector<double>& a,
                  const std::vector<double>& b, std::uint64_t seed) {
    PairedTest test;
    test.first = first;
    test.second = second;
    test.metric = "ndcg";
    test.test = "paired bootstrap";
    test.n = static_cast<std::int64_t>(a.size());
    double observed = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i)
        observed += (a[i] - b[i]) / static_cast<double>(a.size());
    test.difference = observed;
    std::vector<double> drawn;
    for (int r = 0; r < replicates; ++r) {
        Rng rng(scoringSeed(seed), static_cast<std::uint64_t>(r));
        double sum = 0.0;
        resample(a.size(), rng, [&](std::size_t i) { sum += a[i] - b[i]; });
        drawn.push_back(sum / static_cast<double>(a.size()));
    }
    setFromReplicates(test, std::move(drawn));
    return test;
}

} // namespace

std::vector<double> numbersNamed(const Catalogue& catalogue, const std::string& name) {
    for (const Target& target : catalogue.targets)
        if (target.name == name)
            return target.values;
    const io::Column& column = catalogue.columns.at(name);
    if (!column.isNumeric() || column.width != 1)
        throw Error(catalogue.path.string() + ": column " + name + " is " + column.typeName() +
                    "; one number a galaxy is needed");
    return column.asReals();
}

Report retrievalReport(const Catalogue& catalogue, const Galaxies& galaxies, const RetrievalOptions& options,
                       const RunContext& context) {
    if (options.relevance.empty())
        throw UsageError("--protocol retrieval needs --relevance: a column that says how much each galaxy is "
                         "of the kind that is looked for, from 0 to 1");
    const auto all = numbersNamed(catalogue, options.relevance);
    std::vector<double> relevance;
    std::vector<std::size_t> queries, kept;
    std::vector<Eigen::Index> rows;
    for (std::size_t i = 0; i < galaxies.rows.size(); ++i) {
        const double value = all[galaxies.rows[i]];
        if (!std::isfinite(value))
            continue;
        if (value < 0.0 || value > 1.0)
            throw Error(catalogue.path.string() + ": " + options.relevance + " is " + shortestReal(value) +
                        " at row " + std::to_string(galaxies.rows[i]) + "; relevance lies between 0 and 1");
        if (value > options.queryAbove)
            queries.push_back(relevance.size());
        relevance.push_back(value);
        rows.push_back(static_cast<Eigen::Index>(i));
    }
    if (queries.size() < 2)
        throw Error(catalogue.path.string() + ": " + std::to_string(queries.size()) + " galaxies have " +
                    options.relevance + " above " + shortestReal(options.queryAbove) +
                    "; at least 2 are needed to ask for each other. Lower --query-above");
    if (queries.size() > options.queries) {
        const auto order = Rng(derivedSeed(options.seed, "queries")).permutation(queries.size());
        std::vector<std::size_t> drawn;
        for (std::size_t i = 0; i < options.queries; ++i)
            drawn.push_back(queries[order[i]]);
        queries = std::move(drawn);
        std::sort(queries.begin(), queries.end());
    }
    Report result;
    report::TableSpec table;
    table.title = "Retrieval of " + options.relevance;
    table.columns = {"inputs", "numbers", "nDCG@" + std::to_string(options.depth), "random order", "queries"};
    table.columnMethods.assign(table.columns.size(), "");
    const double random = randomScore(relevance, options.depth, options.seed);
    result.json = {{"protocol", "retrieval"},
                   {"relevance", options.relevance},
                   {"queries", queries.size()},
                   {"candidates", relevance.size() - 1},
                   {"random", random}};
    std::vector<std::vector<double>> scores;
    std::vector<std::string> names;
    std::vector<Estimate> estimates;
    for (std::size_t s = 0; s < galaxies.sets.size(); ++s) {
        const auto share = static_cast<double>(galaxies.sets.size());
        scores.push_back(
            scoresOf(MatrixF(galaxies.inputs[s](rows, Eigen::all)), relevance, queries, options.depth,
                     context.slice(static_cast<double>(s) / share, static_cast<double>(s + 1) / share)));
        names.push_back(galaxies.sets[s].name);
        estimates.push_back(meanWithInterval(scores.back(), options.seed));
        table.rows.push_back({report::textCell(names.back()),
                              report::countCell(static_cast<std::size_t>(galaxies.inputs[s].cols())),
                              cellOf(estimates.back(), false), report::numberCell(random, false),
                              report::countCell(queries.size())});
        result.json["results"].push_back({{"set", names.back()}, {"ndcg", toJson(estimates.back())}});
    }
    table.footnotes.push_back(
        "Galaxies with " + options.relevance + " above " + shortestReal(options.queryAbove) +
        " ask for others like them by cosine similarity; gains 2^r - 1, the query itself "
        "takes no part. Intervals: queries drawn anew.");
    result.tables.push_back(std::move(table));
    std::vector<PairedTest> tests;
    for (std::size_t a = 0; a < names.size(); ++a)
        for (std::size_t b = a + 1; b < names.size(); ++b)
            tests.push_back(pairOf(names[a], names[b], scores[a], scores[b], options.seed));
    adjustTogether(tests);
    if (!tests.empty()) {
        report::TableSpec pairs;
        pairs.title = "Input sets compared in pairs, on the same queries";
        pairs.columns = {"first", "second", "first - second", "p", "adjusted p"};
        pairs.columnMethods.assign(pairs.columns.size(), "");
        for (const PairedTest& test : tests) {
            pairs.rows.push_back({report::textCell(test.first), report::textCell(test.second),
                                  report::numberCell(test.difference, false, test.interval),
                                  report::numberCell(test.p, false),
                                  report::numberCell(test.adjustedP, false)});
            result.json["pairs"].push_back(toJson(test));
        }
        pairs.footnotes.push_back("Paired bootstrap of " + std::to_string(replicates) +
                                  " resamples of the queries; adjusted p: Holm.");
        result.tables.push_back(std::move(pairs));
    }
    report::Panel panel = panelOfSets(names, estimates, "", "nDCG@" + std::to_string(options.depth), false);
    panel.lines.push_back({true, random, "random order"});
    result.figure = figureOf("retrieval",
                             "Quality of the nearest galaxies by input set, with 95 % intervals for queries "
                             "drawn anew.",
                             {std::move(panel)});
    return result;
}

} // namespace penumbra::benchmark
