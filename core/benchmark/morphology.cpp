#include "core/benchmark/morphology.h"

#include "core/base/derived_seed.h"
#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/base/text.h"
#include "core/eval/class_sets.h"
#include "core/eval/paired.h"
#include "core/report/cells.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace penumbra::benchmark {

namespace {

constexpr std::size_t mostClasses = 100, fewestRows = 20;

struct ScoreKind {
    ClassScore score;
    const char* name;
};
constexpr ScoreKind kinds[] = {
    {ClassScore::Lac, "LAC"}, {ClassScore::Aps, "APS"}, {ClassScore::Raps, "RAPS"}};

/// Conformal sets of one kind, means over heads.
struct Sets {
    Estimate coverage;
    double meanSize = 0.0, emptyShare = 0.0, worstCoverage = 0.0;
    std::string worstClass;
};

struct SetOutcome {
    std::string set;
    std::size_t width = 0;
    Estimate accuracy;
    std::vector<double> accuracyOfSeed;
    std::vector<std::uint8_t> rightFirst; ///< [test] of the first head
    std::vector<Sets> sets;               ///< in the order of `kinds`
};

class Judge {
public:
    Judge(const Galaxies& galaxies, const Classes& classes, const MorphologyOptions& options)
        : classes_(classes), options_(options) {
        for (std::size_t i = 0; i < galaxies.rows.size(); ++i) {
            labels.push_back(classes.labels[galaxies.rows[i]]);
            if (labels.back() == classes.names.size())
                continue;
            const auto place = static_cast<std::int32_t>(i);
            const auto part = static_cast<Split>(galaxies.split[i]);
            (part == Split::Train         ? training
             : part == Split::Calibration ? calibration
                                          : test)
                .push_back(place);
        }
    }

    SetOutcome judge(const MatrixF& inputs, const RunContext& context) const {
        SetOutcome outcome;
        outcome.width = static_cast<std::size_t>(inputs.cols());
        outcome.sets.resize(std::size(kinds));
        std::vector<std::vector<double>> ofClass(std::size(kinds),
                                                 std::vector<double>(classes_.names.size(), 0.0));
        double right = 0.0;
        std::vector<double> covered(std::size(kinds), 0.0);
        for (int seed = 0; seed < options_.seeds; ++seed) {
            heads::ClassTrainingOptions training_ = options_.training;
            training_.seed = derivedSeed(options_.training.seed, "classifier " + std::to_string(seed));
            const auto network = heads::ClassNetwork::train(
                inputs, training, labels, classes_.names.size(), training_,
                context.slice(static_cast<double>(seed) / options_.seeds, (seed + 1.0) / options_.seeds));
            const MatrixD logits = network.logits(inputs, context.quiet());
            std::vector<std::uint8_t> hits;
            for (const std::int32_t place : test) {
                Eigen::Index best = 0;
                logits.row(place).maxCoeff(&best);
                hits.push_back(static_cast<std::size_t>(best) == labels[static_cast<std::size_t>(place)]);
            }
            const auto correct = static_cast<double>(std::count(hits.begin(), hits.end(), 1));
            outcome.accuracyOfSeed.push_back(correct / static_cast<double>(test.size()));
            right += correct / options_.seeds;
            if (seed == 0)
                outcome.rightFirst = std::move(hits);
            for (std::size_t k = 0; k < std::size(kinds); ++k) {
                const ClassSetSummary summary = setsOf(logits, kinds[k].score, training_.seed);
                outcome.sets[k].meanSize += summary.meanSize / options_.seeds;
                outcome.sets[k].emptyShare += summary.emptyShare / options_.seeds;
                covered[k] += summary.coverage / options_.seeds;
                for (std::size_t c = 0; c < ofClass[k].size(); ++c)
                    ofClass[k][c] += summary.coverageOfClass[c] / options_.seeds;
            }
        }
        const auto n = static_cast<double>(test.size());
        const auto estimate = [n](double share) {
            const Interval range = wilsonAt(share, n);
            return Estimate{share, range.low, range.high};
        };
        outcome.accuracy = estimate(right / n);
        for (std::size_t k = 0; k < std::size(kinds); ++k) {
            outcome.sets[k].coverage = estimate(covered[k]);
            outcome.sets[k].worstCoverage = 2.0;
            for (std::size_t c = 0; c < ofClass[k].size(); ++c)
                if (ofClass[k][c] < outcome.sets[k].worstCoverage) { // NaN: no test galaxy
                    outcome.sets[k].worstCoverage = ofClass[k][c];
                    outcome.sets[k].worstClass = classes_.names[c];
                }
        }
        return outcome;
    }

    std::vector<std::size_t> labels; ///< [rows]
    std::vector<std::int32_t> training, calibration, test;

private:
    ClassSetSummary setsOf(const MatrixD& logits, ClassScore score, std::uint64_t seed) const {
        const ClassScoreOptions options{score, options_.rapsPenalty, options_.rapsFreeRanks};
        Rng rng(derivedSeed(seed, "uniforms of class sets"));
        const auto scoresOf = [&](std::int32_t place, std::vector<double>& p) {
            const auto row = logits.row(place);
            p = classProbabilities({row.data(), static_cast<std::size_t>(row.size())});
            const double u[] = {rng.uniform()};
            return classScores(p, options, u);
        };
        std::vector<double> scores, p;
        for (const std::int32_t place : calibration)
            scores.push_back(scoresOf(place, p)[labels[static_cast<std::size_t>(place)]]);
        const double threshold = classThreshold(std::move(scores), options_.alpha);
        std::vector<std::uint8_t> sets;
        std::vector<std::size_t> truth;
        for (const std::int32_t place : test) {
            const auto row = scoresOf(place, p);
            const auto set = classSet(row, threshold, p, options_.atLeastOne);
            sets.insert(sets.end(), set.begin(), set.end());
            truth.push_back(labels[static_cast<std::size_t>(place)]);
        }
        return summarise(sets, truth, classes_.names.size());
    }

    const Classes& classes_;
    const MorphologyOptions& options_;
};

report::TableSpec tableOf(const std::vector<SetOutcome>& outcomes, const MorphologyOptions& options) {
    report::TableSpec table;
    table.title = "Classes and conformal sets";
    table.columns = {"inputs",   "numbers",   "accuracy", "sets",
                     "coverage", "mean size", "empty",    "worst class"};
    table.columnMethods.assign(table.columns.size(), "");
    for (const SetOutcome& outcome : outcomes)
        for (std::size_t k = 0; k < std::size(kinds); ++k) {
            const Sets& sets = outcome.sets[k];
            table.rows.push_back(
                {report::textCell(outcome.set), report::countCell(static_cast<std::size_t>(outcome.width)),
                 cellOf(outcome.accuracy, true), report::textCell(kinds[k].name), cellOf(sets.coverage, true),
                 report::numberCell(sets.meanSize, false), report::numberCell(sets.emptyShare, true),
                 report::textCell(formatFixed(100.0 * sets.worstCoverage, 1) + " % of " + sets.worstClass)});
        }
    table.footnotes.push_back(
        "Means over " + std::to_string(options.seeds) + " heads. Sets hold the class of " +
        shortestReal(100.0 * (1.0 - options.alpha)) +
        " % of galaxies like the calibration galaxies, over all classes together; of a single class they may "
        "hold fewer: worst class. LAC: smallest sets; APS and RAPS (penalty " +
        shortestReal(options.rapsPenalty) + " beyond rank " + std::to_string(options.rapsFreeRanks) +
        "): one uniform number a galaxy breaks ties. Wilson intervals.");
    return table;
}

} // namespace

Classes classesOf(const Catalogue& catalogue, const std::string& name) {
    std::vector<std::string> texts;
    const io::Column* column = catalogue.columns.find(name);
    if (column != nullptr && column->width == 1) {
        texts = column->asTexts();
    } else {
        for (const double value : catalogue.target(name).values)
            texts.push_back(std::isfinite(value) ? shortestReal(value) : std::string());
    }
    std::map<std::string, std::size_t> known;
    for (const std::string& text : texts)
        if (!text.empty())
            known.emplace(text, 0);
    if (known.size() < 2 || known.size() > mostClasses)
        throw Error(catalogue.path.string() + ": '" + name + "' has " + std::to_string(known.size()) +
                    " different values; classes are 2 to " + std::to_string(mostClasses));
    Classes classes;
    for (auto& [text, place] : known) {
        place = classes.names.size();
        classes.names.push_back(text);
    }
    for (const std::string& text : texts)
        classes.labels.push_back(text.empty() ? classes.names.size() : known.at(text));
    return classes;
}

Report morphologyReport(const Catalogue& catalogue, const Galaxies& galaxies, const Classes& classes,
                        const MorphologyOptions& options, const RunContext& context) {
    const Judge judge(galaxies, classes, options);
    if (judge.training.size() < fewestRows || judge.calibration.size() < fewestRows ||
        judge.test.size() < fewestRows)
        throw Error(catalogue.path.string() + ": " + std::to_string(judge.training.size()) + " training, " +
                    std::to_string(judge.calibration.size()) + " calibration and " +
                    std::to_string(judge.test.size()) + " test galaxies have a class; at least " +
                    std::to_string(fewestRows) + " of each are needed");
    std::vector<SetOutcome> outcomes;
    std::vector<std::string> names;
    std::vector<Estimate> accuracies;
    std::vector<std::vector<Estimate>> sizes(std::size(kinds));
    Report result;
    result.json = {{"protocol", "morphology"},
                   {"alpha", options.alpha},
                   {"classes", classes.names},
                   {"training", judge.training.size()},
                   {"calibration", judge.calibration.size()},
                   {"test", judge.test.size()}};
    for (std::size_t s = 0; s < galaxies.sets.size(); ++s) {
        const auto share = static_cast<double>(galaxies.sets.size());
        outcomes.push_back(
            judge.judge(galaxies.inputs[s],
                        context.slice(static_cast<double>(s) / share, static_cast<double>(s + 1) / share)));
        SetOutcome& outcome = outcomes.back();
        outcome.set = galaxies.sets[s].name;
        names.push_back(outcome.set);
        accuracies.push_back(outcome.accuracy);
        nlohmann::json one{{"set", outcome.set},
                           {"width", outcome.width},
                           {"accuracy", toJson(outcome.accuracy)},
                           {"accuracy_of_heads", outcome.accuracyOfSeed}};
        for (std::size_t k = 0; k < std::size(kinds); ++k) {
            const Sets& sets = outcome.sets[k];
            sizes[k].push_back({sets.meanSize});
            one["sets"].push_back({{"score", kinds[k].name},
                                   {"coverage", toJson(sets.coverage)},
                                   {"mean_size", sets.meanSize},
                                   {"empty", sets.emptyShare},
                                   {"worst_class", sets.worstClass},
                                   {"worst_class_coverage", sets.worstCoverage}});
        }
        result.json["results"].push_back(std::move(one));
    }
    result.tables.push_back(tableOf(outcomes, options));
    std::vector<PairedTest> tests;
    for (std::size_t a = 0; a < outcomes.size(); ++a)
        for (std::size_t b = a + 1; b < outcomes.size(); ++b) {
            PairedTest test;
            test.first = names[a];
            test.second = names[b];
            test.difference = outcomes[a].accuracyOfSeed.front() - outcomes[b].accuracyOfSeed.front();
            for (std::size_t i = 0; i < outcomes[a].rightFirst.size(); ++i) {
                test.onlyFirst += outcomes[a].rightFirst[i] > outcomes[b].rightFirst[i] ? 1 : 0;
                test.onlySecond += outcomes[a].rightFirst[i] < outcomes[b].rightFirst[i] ? 1 : 0;
            }
            test.p =
                mcnemarP(static_cast<std::size_t>(test.onlyFirst), static_cast<std::size_t>(test.onlySecond));
            tests.push_back(std::move(test));
        }
    adjustTogether(tests);
    if (!tests.empty()) {
        report::TableSpec pairs;
        pairs.title = "Accuracy compared in pairs, on the same galaxies";
        pairs.columns = {"first",           "second", "first - second", "right by first alone",
                         "by second alone", "p",      "adjusted p"};
        pairs.columnMethods.assign(pairs.columns.size(), "");
        for (const PairedTest& test : tests) {
            pairs.rows.push_back({report::textCell(test.first), report::textCell(test.second),
                                  report::numberCell(test.difference, true),
                                  report::countCell(static_cast<std::size_t>(test.onlyFirst)),
                                  report::countCell(static_cast<std::size_t>(test.onlySecond)),
                                  report::numberCell(test.p, false),
                                  report::numberCell(test.adjustedP, false)});
            result.json["pairs"].push_back({{"first", test.first},
                                            {"second", test.second},
                                            {"difference", test.difference},
                                            {"p", test.p},
                                            {"adjusted_p", test.adjustedP}});
        }
        pairs.footnotes.push_back("McNemar's test on the first heads; adjusted p: Holm.");
        result.tables.push_back(std::move(pairs));
    }
    std::vector<report::Panel> panels{panelOfSets(names, accuracies, "accuracy", "right classes", true)};
    for (std::size_t k = 0; k < std::size(kinds); ++k)
        panels.push_back(panelOfSets(names, sizes[k], kinds[k].name, "mean size of sets", false));
    result.figure =
        figureOf("morphology", "Accuracy with 95 % intervals, and mean number of classes in a conformal set.",
                 std::move(panels));
    return result;
}

} // namespace penumbra::benchmark
