#include "core/report/figures/centres.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::report {

namespace {

void describe(OptionSet& options) {
    describeTargetOptions(options);
    options
        .realList(
            "range", {},
            "Lower and upper end of both axes; what lies outside is counted in the caption. Empty: where "
            "nearly all galaxies lie.")
        .in("Figure");
}

Series pointsOf(const Centre& centre, const LabelledRows& rows) {
    Series series;
    series.name = centre.name();
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

/// All panels over one range, so that they can be compared, with the line y = x that a perfect prediction
/// would follow. @returns how many points lie outside
std::size_t shareRange(std::vector<Panel>& panels, std::pair<double, double> ends) {
    std::vector<double> all;
    for (const Panel& panel : panels)
        for (const auto* values : {&panel.series.front().x, &panel.series.front().y})
            all.insert(all.end(), values->begin(), values->end());
    if (std::isnan(ends.first))
        ends = bulkRange(all);
    std::size_t outside = 0;
    const auto isOutside = [&](double value) { return value < ends.first || value > ends.second; };
    const auto [least, most] = std::minmax_element(all.begin(), all.end());
    for (Panel& panel : panels) {
        const Series& points = panel.series.front();
        for (std::size_t i = 0; i < points.x.size(); ++i)
            outside += isOutside(points.x[i]) || isOutside(points.y[i]);
        panel.x.low = panel.y.low = ends.first;
        panel.x.high = panel.y.high = ends.second;
        Series line;
        line.kind = Series::Kind::Line;
        line.name = "prediction = truth";
        line.x = line.y = std::isnan(ends.first) ? std::vector<double>{*least, *most}
                                                 : std::vector<double>{ends.first, ends.second};
        panel.series.insert(panel.series.begin(), std::move(line)); // under the points
    }
    return outside;
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
        Panel panel = centrePanel(std::move(points), figure.panels.size(), centres.size());
        panel.x.label = "true " + target->axisLabel();
        panel.y.label = predictedLabel(*target);
        panel.equalScales = true;
        figure.panels.push_back(std::move(panel));
    }
    if (figure.panels.empty())
        return emptyFigure(figure, "No method has made predictions of " + target->name + " yet.");
    const std::size_t outside = shareRange(figure.panels, askedRange(options, "range"));
    arrangeScatters(figure, input, options);
    figure.caption = "Predicted against true " + target->name + " of " + std::to_string(rows.truth.size()) +
                     " held-out galaxies. The line is where both are equal." + outsideText(outside);
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
