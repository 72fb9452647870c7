// What a click on a number selects: the galaxies that the number is of, found again without our own code.

#include "core/base/text.h"
#include "core/eval/galaxy_expression.h"
#include "core/eval/strata.h"
#include "core/report/figures.h"
#include "core/report/table_spec.h"
#include "core/report/verdict.h"
#include "tests/core/report/made_up_study.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

namespace penumbra {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Some galaxies without a label, truths that tie, CQR infinite here and there, a column of the catalogue.
struct Sample {
    Study study = samples::madeUpStudy({"VanillaSplit", "CQR", "MADSplit"}, 457);
    io::Table columns;
    Sample() {
        TargetStudy& target = study.targets[0];
        for (std::size_t i = 0; i < 457; ++i) {
            double& truth = target.heldOut.truth[i];
            truth = i % 31 == 7 ? std::nan("") : std::round(truth * 20.0) / 20.0;
            if (i % 23 == 4) {
                target.predictions[1].lower[i] = -infinity;
                target.predictions[1].upper[i] = infinity;
            }
        }
        study.scores.clear();
        for (const Prediction& prediction : target.predictions)
            for (Score& score : evaluatePrediction(prediction, target.testTruth(), target.basePrediction(),
                                                   {.bootstrapReplicates = 10}))
                study.scores.push_back(score);
        io::Column colour;
        colour.name = "g-r";
        std::vector<float> values(2000);
        for (std::size_t row = 0; row < values.size(); ++row)
            values[row] = row % 41 == 3 ? std::nanf("") : 0.1F * static_cast<float>(row * 37 % 100);
        colour.values = values;
        columns.columns.push_back(colour);
    }
    const TargetStudy& target() const { return study.targets[0]; }

    /// Positions among the test galaxies for which a formula holds; test galaxy i is catalogue row 1000 + i.
    std::vector<std::size_t> where(const std::string& formula) const {
        GalaxyExpression::Sky sky;
        sky.columns = &columns;
        sky.target = &target();
        std::vector<std::size_t> found;
        for (const std::int64_t row : GalaxyExpression(formula).rows(sky).rows())
            if (row >= 1000 && row < 1457)
                found.push_back(static_cast<std::size_t>(row - 1000));
        return found;
    }
    bool covered(const Prediction& prediction, std::size_t i) const {
        return prediction.lower[i] <= target().heldOut.truth[i] &&
               target().heldOut.truth[i] <= prediction.upper[i];
    }
    double coverage(const Prediction& prediction, const std::vector<std::size_t>& rows) const {
        std::size_t hits = 0;
        for (const std::size_t i : rows)
            hits += covered(prediction, i) ? 1 : 0;
        return static_cast<double>(hits) / static_cast<double>(rows.size());
    }
    std::vector<std::size_t> labelled() const {
        std::vector<std::size_t> rows;
        for (std::size_t i = 0; i < 457; ++i)
            if (!std::isnan(target().heldOut.truth[i]))
                rows.push_back(i);
        return rows;
    }
    /// Positions from the smallest key to the largest; equal ones in their order.
    std::vector<std::size_t> ranked(const std::vector<std::size_t>& rows, bool byError) const {
        std::vector<std::pair<double, std::size_t>> keys;
        for (const std::size_t i : rows) {
            const double truth = target().heldOut.truth[i], base = target().basePrediction()[i];
            keys.emplace_back(byError ? std::abs(truth - base) : truth, i);
        }
        std::sort(keys.begin(), keys.end());
        std::vector<std::size_t> out;
        for (const auto& [key, i] : keys)
            out.push_back(i);
        return out;
    }
};

const report::FigureSpec byBin(const Sample& sample, const std::string& variable,
                               const std::string& convention, const std::string& edges = "") {
    const report::FigureKind& kind = report::findFigure("coverage-by-bin");
    OptionSet options;
    kind.options(options);
    options.set("condition-on", variable);
    options.set("convention", convention);
    if (!edges.empty())
        options.setFromText("edges", edges);
    return kind.make({sample.study, &sample.columns}, options);
}

TEST(Strata, BinsOfAFigureAreTheirGalaxies) {
    const Sample sample;
    for (const char* variable : {"prediction", "truth", "error", "width", "g-r"})
        for (const char* convention : {"all", "finite"}) {
            std::size_t points = 0;
            for (const report::Panel& panel : byBin(sample, variable, convention).panels)
                for (const report::Series& series : panel.series)
                    for (std::size_t i = 0; i < series.galaxies.size(); ++i) {
                        const Prediction& prediction = *sample.target().prediction(series.method);
                        const auto rows = sample.where(series.galaxies[i]);
                        EXPECT_EQ(rows.size(), static_cast<std::size_t>(series.n[i]))
                            << variable << ": " << series.galaxies[i];
                        EXPECT_EQ(sample.coverage(prediction, rows), series.y[i]) << series.galaxies[i];
                        ++points;
                    }
            EXPECT_GE(points, std::string(variable) == "width" ? 20U : 28U) << variable << convention;
        }
}

TEST(Strata, BinsHoldTheRowsBetweenTheirEdges) {
    const Sample sample;
    const report::FigureSpec figure = byBin(sample, "prediction", "all", "9.5,10,10.5,11");
    const report::Series& series = figure.panels.at(0).series.back();
    ASSERT_EQ(series.galaxies.size(), 3U);
    EXPECT_EQ(series.galaxies[0], "labelled and 9.5 <= prediction < 10");
    EXPECT_EQ(series.galaxies[2], "labelled and 10.5 <= prediction <= 11");
    std::vector<std::size_t> middle;
    for (const std::size_t i : sample.labelled())
        if (const double base = sample.target().basePrediction()[i]; 10.0 <= base && base < 10.5)
            middle.push_back(i);
    EXPECT_EQ(sample.where(series.galaxies[1]), middle);
}

TEST(Strata, TailAndWorstTenthAreThoseOfTheDefinition) {
    const Sample sample;
    const auto tenthsOf = [&](const std::vector<std::size_t>& rows, bool worst) {
        const auto order = sample.ranked(rows, worst);
        const std::size_t tenth = rows.size() / 10;
        std::vector<std::size_t> picked(order.end() - static_cast<std::ptrdiff_t>(tenth), order.end());
        if (!worst)
            picked.insert(picked.end(), order.begin(), order.begin() + static_cast<std::ptrdiff_t>(tenth));
        std::sort(picked.begin(), picked.end());
        return picked;
    };
    std::vector<std::size_t> finite;
    for (const std::size_t i : sample.labelled())
        if (std::isfinite(sample.target().predictions[1].upper[i]))
            finite.push_back(i);
    EXPECT_EQ(sample.where("tail"), tenthsOf(sample.labelled(), false));
    EXPECT_EQ(sample.where("worst_tenth"), tenthsOf(sample.labelled(), true));
    EXPECT_EQ(sample.where("tail(CQR)"), tenthsOf(finite, false));
    EXPECT_EQ(sample.where("worst_tenth(CQR)"), tenthsOf(finite, true));
    EXPECT_EQ(sample.where("labelled"), sample.labelled());
    GalaxyExpression::Sky sky;
    sky.target = &sample.target();
    for (const char* chosenByTruth : {"tail", "worst_tenth(CQR)", "missed(CQR) and labelled"})
        EXPECT_TRUE(GalaxyExpression(chosenByTruth).usesOutcome(sky)) << chosenByTruth;
    EXPECT_FALSE(GalaxyExpression("labelled and prediction > 10").usesOutcome(sky));
}

TEST(Strata, CellsOfTheTableAreTheirGalaxies) {
    const Sample sample;
    for (const char* convention : {"all", "finite"}) {
        report::TableOptions options;
        options.convention = convention;
        options.markBest = false;
        options.metrics = {"coverage",   "tail_coverage", "worst_bin_coverage",
                           "miss_below", "miss_above",    "n_infinite"};
        const report::TableSpec table = report::comparisonTable(sample.study, options);
        for (std::size_t m = 0; m < 3; ++m) {
            const Prediction& prediction = sample.target().predictions[m];
            for (std::size_t c = 0; c < options.metrics.size(); ++c) {
                const std::string& metric = options.metrics[c];
                const report::Cell& cell = table.rows[m][2 + c];
                const Score* score = sample.study.score("logmass", prediction.method, metric, convention);
                ASSERT_NE(score, nullptr);
                EXPECT_EQ(cell.target, "logmass");
                const auto rows = sample.where(cell.galaxies);
                if (findMetric(metric)->isCoverage) {
                    EXPECT_EQ(static_cast<std::int64_t>(rows.size()), score->n) << cell.galaxies;
                    EXPECT_EQ(sample.coverage(prediction, rows), score->value) << cell.galaxies;
                } else { // those that are counted
                    const double count =
                        metric == "n_infinite" ? score->value : score->value * static_cast<double>(score->n);
                    EXPECT_EQ(static_cast<double>(rows.size()), std::round(count)) << cell.galaxies;
                    for (const std::size_t i : rows)
                        EXPECT_TRUE(metric == "n_infinite" ? std::isinf(prediction.upper[i])
                                                           : !sample.covered(prediction, i));
                }
            }
        }
    }
}

TEST(Strata, ColumnsThatFormulasCannotNameAreNotClickable) {
    EXPECT_EQ(columnFormula("EBV"), "EBV");
    EXPECT_EQ(columnFormula("g-r"), "`g-r`");
    EXPECT_EQ(columnFormula("FLUX[2]"), "FLUX[2]");
    EXPECT_EQ(columnFormula("spread"), "") << "a word of formulas";
}

/// The words of a link stand in its sentence, and its formula can be evaluated.
TEST(Strata, LinksOfTheVerdictAreInItsWords) {
    Sample sample;
    for (std::size_t i = 0; i < 457; ++i) // too narrow where the prediction is large
        if (const double base = sample.target().basePrediction()[i]; base > 11.0)
            sample.study.targets[0].predictions[0].lower[i] =
                sample.study.targets[0].predictions[0].upper[i] = 0.0;
    for (Score& score : sample.study.scores)
        if (score.metric == "tail_coverage" || score.metric == "worst_bin_coverage")
            score.oracleLow = 0.99, score.oracleHigh = 1.0;
    std::vector<std::string> formulas;
    for (const report::TargetVerdict& verdict : report::verdict(sample.study, {}, RunContext()))
        for (const report::VerdictSentence& sentence : verdict.sentences)
            for (const report::VerdictLink& link : sentence.links) {
                EXPECT_NE(sentence.text.find(link.words), std::string::npos) << sentence.text;
                EXPECT_FALSE(sample.where(link.where).empty()) << link.where;
                formulas.push_back(link.where);
            }
    for (const char* wanted : {"tail", "worst_tenth"})
        EXPECT_NE(std::find(formulas.begin(), formulas.end(), wanted), formulas.end()) << wanted;
}

} // namespace
} // namespace penumbra
