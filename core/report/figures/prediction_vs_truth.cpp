#include "core/report/figures/figure_parts.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::report {

namespace {

void describe(OptionSet& options) {
    describeTargetOptions(options);
}

/// One set of points: a method's own centre, or the base head's prediction.
struct Centre {
    std::string method;
    std::vector<double> values;
};

/// Methods share the base head more often than not; equal centres are drawn once, under the base's name.
std::vector<Centre> distinctCentres(const TargetStudy& target, const std::vector<const Prediction*>& methods,
                                    const LabelledRows& rows) {
    std::vector<Centre> centres;
    if (!rows.base.empty())
        centres.push_back({"", rows.base});
    for (const Prediction* method : methods) {
        Centre centre{method->method, onRows(*method, rows, target.heldOut.testCount()).mean};
        double least = std::numeric_limits<double>::infinity(), most = -least;
        for (const double value : centre.values)
            if (std::isfinite(value)) {
                least = std::min(least, value);
                most = std::max(most, value);
            }
        const bool known = std::any_of(centres.begin(), centres.end(), [&](const Centre& other) {
            for (std::size_t i = 0; i < centre.values.size(); ++i)
                if (std::abs(centre.values[i] - other.values[i]) > 1e-5 * (most - least)) // nobody sees less
                    return false;
            return true;
        });
        if (!known)
            centres.push_back(std::move(centre));
    }
    return centres;
}

Series pointsOf(const Centre& centre, const LabelledRows& rows) {
    Series series;
    series.name = centre.method.empty() ? "base prediction" : centre.method;
    series.method = centre.method;
    for (std::size_t i = 0; i < centre.values.size(); ++i) {
        if (!std::isfinite(centre.values[i]))
            continue;
        series.x.push_back(rows.truth[i]);
        series.y.push_back(centre.values[i]);
        series.row.push_back(rows.catalogueRow[i]);
    }
    return series;
}

/// y = x over the range of the points: what a perfect prediction would follow.
Series identityLine(const Series& points) {
    const auto [xLow, xHigh] = std::minmax_element(points.x.begin(), points.x.end());
    const auto [yLow, yHigh] = std::minmax_element(points.y.begin(), points.y.end());
    Series line;
    line.kind = Series::Kind::Line;
    line.name = "prediction = truth";
    line.x = line.y = {std::min(*xLow, *yLow), std::max(*xHigh, *yHigh)};
    return line;
}

/// All panels over one range, so that they can be compared: the lines y = x span it.
void shareRange(std::vector<Panel>& panels) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const Panel& panel : panels) {
        low = std::min(low, panel.series.front().x.front());
        high = std::max(high, panel.series.front().x.back());
    }
    for (Panel& panel : panels)
        panel.series.front().x = panel.series.front().y = {low, high};
}

FigureSpec make(const FigureInput& input, const OptionSet& options) {
    const TargetStudy* target = chosenTarget(input, options);
    FigureSpec figure = startFigure("prediction-vs-truth", input, options, false);
    if (target == nullptr)
        return emptyFigure(figure, "The study has no target yet. Run it to see its predictions.");
    const auto methods = chosenPredictions(*target, options);
    const LabelledRows rows = labelledRows(*target);
    if (rows.truth.empty())
        return emptyFigure(figure, "No test galaxy has a true value of " + target->name + ".");
    const auto centres = distinctCentres(*target, methods, rows);
    for (const Centre& centre : centres) {
        Series points = pointsOf(centre, rows);
        if (points.x.empty())
            continue;
        Panel panel;
        panel.x.label = "true " + target->axisLabel();
        panel.y.label = predictedLabel(*target);
        panel.equalScales = true;
        panel.heading = centres.size() > 1 ? points.name : "";
        panel.letter = panelLetter(figure.panels.size(), centres.size());
        panel.series.push_back(identityLine(points));
        panel.series.push_back(std::move(points));
        figure.panels.push_back(std::move(panel));
    }
    if (figure.panels.empty())
        return emptyFigure(figure, "No method has made predictions of " + target->name + " yet.");
    shareRange(figure.panels);
    if (figure.panels.size() > 1) {
        figure = [&] {
            FigureSpec wide = startFigure("prediction-vs-truth", input, options, true);
            wide.panels = std::move(figure.panels);
            return wide;
        }();
        figure.columns =
            figure.widthMm > 120.0 ? std::min<int>(3, static_cast<int>(figure.panels.size())) : 1;
        const int panelRows = (static_cast<int>(figure.panels.size()) + figure.columns - 1) / figure.columns;
        figure.heightMm = panelRows * (figure.widthMm / figure.columns) * 0.95 + 6.0;
    } else {
        figure.heightMm = figure.widthMm * 0.95;
    }
    figure.caption = "Predicted against true " + target->name + " of " + std::to_string(rows.truth.size()) +
                     " held-out galaxies. The line is where both are equal.";
    return figure;
}

} // namespace

FigureKind predictionVsTruthFigure() {
    return {"prediction-vs-truth", "Prediction against truth",
            "The point prediction of every distinct centre (base head, ensemble mean ...) against the true "
            "value.",
            describe, make};
}

} // namespace penumbra::report
