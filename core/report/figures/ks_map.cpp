#include "core/base/text.h"
#include "core/eval/tied_widths.h"
#include "core/eval/uniformity_map.h"
#include "core/report/figures/by_bin.h"
#include "core/report/figures/pit_figure_parts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace penumbra::report {

namespace {

void describe(OptionSet& options) {
    describePitOptions(options);
    const char* help = "prediction, width, truth, error, or a column of the catalogue.";
    options.text("map-x", "prediction", std::string("What cells are cut along horizontally: ") + help)
        .in("Bins");
    options.text("map-y", "width", std::string("What cells are cut along vertically: ") + help).in("Bins");
    options
        .integer("cells", 6,
                 "Cells along each variable, of equal numbers of galaxies along it. More show where, with "
                 "fewer galaxies each.")
        .range(1, 100)
        .in("Bins");
    options
        .choice("map-shows", "excess", {"excess", "distance"},
                "excess: ln of the Kolmogorov-Smirnov distance over its median for as many uniform values, 0 "
                "where chance alone is seen. distance: ln of the distance itself, as papers show it; of a "
                "perfect method it tells how few galaxies a cell has.")
        .in("Figure");
}

/// One variable on the rows of the transforms, and its cells.
struct MapAxis {
    std::string label;
    bool byOutcome = false;
    Bins bins;
};

MapAxis axisOf(const std::string& name, const FigureInput& input, const TargetStudy& target,
               const Prediction& prediction, const PitResult& result, int cells) {
    const LabelledRows rows = labelledRows(target);
    const Prediction labelled = onRows(prediction, rows, target.heldOut.testCount());
    MapAxis axis;
    std::vector<double> values;
    if (name == "width") {
        axis.label = target.unit.empty() ? "interval width" : "interval width, " + target.unit;
        values = tiedWidths(labelled);
    } else {
        ConditionVariable shown = conditionVariable(input, target, name, rows, labelled);
        axis.label = std::move(shown.axisLabel);
        axis.byOutcome = shown.byOutcome;
        values = std::move(shown.values);
    }
    std::map<std::int64_t, double> byRow;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (std::isfinite(values[i]))
            byRow[rows.catalogueRow[i]] = values[i];
    std::vector<double> own;
    for (const std::int64_t row : result.rows)
        own.push_back(byRow.contains(row) ? byRow.at(row) : std::nan(""));
    Binning binning;
    binning.bins = cells;
    axis.bins = makeBins(own, binning);
    if (axis.bins.size() == 1 && axis.bins.edges[0] == axis.bins.edges[1]) { // one value: give it room
        const double room = std::max(0.5 * std::abs(axis.bins.edges[0]), 1e-6);
        axis.bins.edges = {axis.bins.edges[0] - room, axis.bins.edges[1] + room};
    }
    return axis;
}

Panel panelOf(const PitResult& result, const MapAxis& across, const MapAxis& up, bool excess) {
    const std::size_t columns = across.bins.size(), rows = up.bins.size();
    std::vector<int> cell;
    for (std::size_t i = 0; i < result.values.size(); ++i) {
        const int x = across.bins.binOfRow[i], y = up.bins.binOfRow[i];
        cell.push_back(x < 0 || y < 0 ? -1 : y * static_cast<int>(columns) + x);
    }
    const auto map = uniformityMap(result.values, cell, columns * rows);
    Panel panel;
    panel.heading = result.method;
    panel.x.label = across.label;
    panel.y.label = up.label;
    Series heat, marks;
    heat.kind = Series::Kind::HeatMap;
    heat.name = excess ? "ln D / median of D by chance" : "ln D";
    heat.method = result.method;
    heat.x = across.bins.edges;
    heat.y = up.bins.edges;
    marks.kind = Series::Kind::Points;
    marks.name = "not uniform (5 % false discoveries)";
    marks.paletteIndex = 1;
    double low = std::numeric_limits<double>::infinity(), high = -low;
    std::size_t known = 0, marked = 0;
    for (std::size_t c = 0; c < map.size(); ++c) {
        const UniformityCell& own = map[c];
        heat.z.push_back(excess ? own.excess : std::log(own.distance));
        if (std::isnan(own.distance))
            continue;
        ++known;
        low = std::min(low, heat.z.back());
        high = std::max(high, heat.z.back());
        if (!own.marked)
            continue;
        ++marked;
        const std::size_t x = c % columns, y = c / columns;
        marks.x.push_back(0.5 * (across.bins.edges[x] + across.bins.edges[x + 1]));
        marks.y.push_back(0.5 * (up.bins.edges[y] + up.bins.edges[y + 1]));
        marks.n.push_back(static_cast<double>(own.n));
        marks.label.push_back("D = " + formatReal(own.distance, 3) + ", n = " + std::to_string(own.n) +
                              ", p = " + formatReal(own.adjustedP, 2));
    }
    panel.series = {heat, marks};
    std::string text = std::to_string(marked) + " of " + std::to_string(known) + " cells not uniform";
    if (known > 0)
        text += "; colours " + formatReal(low, 2) + " to " + formatReal(high, 2);
    panel.counts = {{std::numeric_limits<double>::quiet_NaN(), text}};
    return panel;
}

FigureSpec make(const FigureInput& input, const OptionSet& options) {
    const PitFigure pit = pitResults(input, options);
    FigureSpec figure = startFigure("ks-map", input, options, pit.results.size() > 1);
    if (!pit.emptyMessage.empty())
        return emptyFigure(figure, pit.emptyMessage);
    const bool excess = options.getText("map-shows") == "excess";
    const auto cells = static_cast<int>(options.getInteger("cells"));
    bool byOutcome = false;
    for (const PitResult& result : pit.results) {
        const Prediction& prediction = *pit.target->prediction(result.method);
        const MapAxis across =
            axisOf(options.getText("map-x"), input, *pit.target, prediction, result, cells);
        const MapAxis up = axisOf(options.getText("map-y"), input, *pit.target, prediction, result, cells);
        byOutcome = byOutcome || across.byOutcome || up.byOutcome;
        if (across.bins.size() == 0 || up.bins.size() == 0)
            continue;
        figure.panels.push_back(panelOf(result, across, up, excess));
    }
    if (figure.panels.empty())
        return emptyFigure(figure, "No test galaxy has a value of " + options.getText("map-x") + " and " +
                                       options.getText("map-y") + " to cut into cells.");
    for (std::size_t i = 0; i < figure.panels.size(); ++i)
        figure.panels[i].letter = panelLetter(i, figure.panels.size());
    arrangePanels(figure, false);
    figure.caption =
        "Kolmogorov-Smirnov distance D of the transforms from uniform, in cells of at least 5 galaxies; " +
        std::string(excess
                        ? "colour: ln of D over its median for as many uniform values, so that 0 is chance"
                        : "colour: ln D, which of a perfect method is lower where there are more galaxies") +
        ". Points mark cells whose exact p-values stand at 5 % false discoveries. " +
        (byOutcome ? "Cells are chosen by what was to be predicted: even a perfect method is not uniform in "
                     "them. "
                   : "") +
        pitCaption(pit, options);
    return figure;
}

} // namespace

FigureKind ksMapFigure() {
    return {"ks-map", "Map of PIT uniformity",
            "Where, over two properties of the galaxies, a method's predictive distributions are right: the "
            "Kolmogorov-Smirnov distance of its probability integral transforms from uniform, beside what "
            "chance alone shows for so many galaxies.",
            describe, make};
}

} // namespace penumbra::report
