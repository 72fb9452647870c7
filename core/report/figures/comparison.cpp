#include "core/base/text.h"
#include "core/eval/strata.h"
#include "core/report/figures/figure_parts.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace penumbra::report {

namespace {

void describe(OptionSet& options) {
    describeTargetOptions(options);
    options
        .choice("convention", "all", {"all", "finite"},
                "all: infinite intervals count as covered; finite: they are left out.")
        .in("Figure");
}

Series bandAcross(const Interval& ends, double y, bool exact) {
    Series band = perfectBand(exact);
    band.x = {ends.low, ends.high};
    band.xIsInterval = true;
    band.yLow = {y - 0.5, y - 0.5};
    band.yHigh = {y + 0.5, y + 0.5};
    return band;
}

/// Methods down, the value across: a forest plot needs no legend.
Panel panelOf(const FigureInput& input, const TargetStudy& target,
              const std::vector<const Prediction*>& methods, const Quantity& quantity,
              const std::string& convention, bool namesMethods) {
    Panel panel;
    panel.x.label = quantity.label;
    panel.x.percent = quantity.isCoverage;
    const auto count = static_cast<double>(methods.size());
    panel.y.low = 0.4;
    panel.y.high = count + 0.6;
    if (quantity.isCoverage)
        panel.lines.push_back(nominalLine(input.study.alpha, false));
    const std::string labelled = labelledFormula(target);
    std::vector<Series> bands;
    for (std::size_t i = 0; i < methods.size(); ++i) {
        const double y = count - static_cast<double>(i);
        panel.y.tickPositions.push_back(y);
        panel.y.tickLabels.push_back(namesMethods ? methods[i]->method : "");
        const Score* score = input.study.score(target.name, methods[i]->method, quantity.metric, convention);
        if (score == nullptr || !std::isfinite(score->value))
            continue;
        if (std::isfinite(score->oracleLow) && std::isfinite(score->oracleHigh)) {
            bands.push_back(bandAcross({score->oracleLow, score->oracleHigh}, y, false));
            if (exactBandParts(*score))
                bands.push_back(bandAcross({score->exactLow, score->exactHigh}, y, true));
        }
        Series point;
        point.name = point.method = methods[i]->method;
        point.x = {score->value};
        point.y = {y};
        point.xIsInterval = true;
        point.xLow = {std::isfinite(score->low) ? score->low : score->value};
        point.xHigh = {std::isfinite(score->high) ? score->high : score->value};
        point.n = {static_cast<double>(score->n)};
        point.label = {score->stratum.empty() ? quantity.metric : score->stratum};
        if (const Metric* metric = findMetric(quantity.metric))
            point.galaxies = {galaxiesBehind(*metric, *score, labelled)};
        panel.series.push_back(point);
    }
    std::set<std::string> named; // a band's name once for the panel
    for (Series& band : bands)
        if (!named.insert(band.name).second)
            band.name.clear();
    panel.series.insert(panel.series.begin(), bands.begin(), bands.end());
    return panel;
}

FigureSpec make(const FigureInput& input, const OptionSet& options) {
    FigureSpec figure = startFigure("comparison", input, options, true);
    const TargetStudy* target = chosenTarget(input, options);
    if (target == nullptr)
        return emptyFigure(figure, "The study has no target yet. Run it to compare methods.");
    const auto methods = chosenPredictions(*target, options);
    if (methods.empty())
        return emptyFigure(figure, "No method has made predictions of " + target->name + " yet.");
    const std::vector<Quantity> quantities = comparedQuantities(*target);
    figure.columns = figure.widthMm > 120.0 ? 4 : 2;
    for (const Quantity& quantity : quantities) {
        const bool first = figure.panels.size() % static_cast<std::size_t>(figure.columns) == 0;
        Panel panel = panelOf(input, *target, methods, quantity, options.getText("convention"), first);
        panel.letter = panelLetter(figure.panels.size(), std::size(quantities));
        figure.panels.push_back(std::move(panel));
    }
    const bool anything = std::any_of(figure.panels.begin(), figure.panels.end(),
                                      [](const Panel& panel) { return !panel.series.empty(); });
    if (!anything)
        return emptyFigure(figure, "The study holds no scores of " + target->name + " yet.");
    const int rows = 4 / figure.columns;
    figure.heightMm = rows * (22.0 + 4.5 * static_cast<double>(methods.size()));
    figure.caption =
        "Nominal " + percentText(1.0 - input.study.alpha) + " intervals of " + target->name +
        " by method: coverage of all held-out galaxies, of the tails of the true values, of the worst "
        "bin, and mean width. Bars are 95 % intervals.";
    return figure;
}

} // namespace

FigureKind comparisonFigure() {
    return {"comparison", "Methods compared",
            "Marginal, tail and worst-bin coverage and mean width of all methods for one target.", describe,
            make};
}

} // namespace penumbra::report
