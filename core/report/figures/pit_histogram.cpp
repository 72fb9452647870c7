#include "core/report/figures/pit_figure_parts.h"

#include <limits>

namespace penumbra::report {

namespace {

void describe(OptionSet& options) {
    describePitOptions(options);
    options
        .integer("bins", 0,
                 "Bins of the histogram; 0: 20, or 10 below 500 galaxies. More show finer structure "
                 "with more scatter.")
        .range(0, 1000)
        .in("Figure");
}

Panel panelOf(const PitResult& result, std::size_t bins) {
    const UniformHistogram histogram = uniformHistogram(result.values, bins, result.nCalibration);
    const double expected = static_cast<double>(result.values.size()) / static_cast<double>(bins);
    Panel panel;
    panel.heading = result.method;
    panel.x.label = "probability integral transform";
    panel.y.label = "galaxies over expected";
    panel.x.low = 0.0;
    panel.x.high = 1.0;
    panel.y.low = 0.0;
    Series band, bars;
    band.kind = Series::Kind::Band;
    band.oracleBand = true;
    band.name = "exact method, 95 % of bins";
    band.x = {0.0, 1.0};
    band.yLow.assign(2, static_cast<double>(histogram.low) / expected);
    band.yHigh.assign(2, static_cast<double>(histogram.high) / expected);
    bars.kind = Series::Kind::Bars;
    bars.name = bars.method = result.method;
    for (std::size_t b = 0; b < bins; ++b) {
        const auto width = static_cast<double>(bins);
        bars.xLow.push_back(static_cast<double>(b) / width);
        bars.xHigh.push_back(static_cast<double>(b + 1) / width);
        bars.x.push_back(0.5 * (bars.xLow.back() + bars.xHigh.back()));
        bars.y.push_back(static_cast<double>(histogram.counts[b]) / expected);
        bars.n.push_back(static_cast<double>(histogram.counts[b]));
    }
    panel.series = {band, bars};
    panel.lines.push_back({true, 1.0, ""});
    for (const std::size_t end : {histogram.lowAll, histogram.highAll})
        panel.lines.push_back({true, static_cast<double>(end) / expected, ""});
    panel.counts = {{std::numeric_limits<double>::quiet_NaN(), pitSummary(result)}};
    return panel;
}

FigureSpec make(const FigureInput& input, const OptionSet& options) {
    const auto wanted = static_cast<std::size_t>(options.getInteger("bins"));
    const auto panel = [&](const PitResult& result) {
        return panelOf(result, wanted > 0 ? wanted : usualBins(result.values.size()));
    };
    return drawPit("pit-histogram", input, options, panel,
                   "95 % of the bins of an exact method; outer lines: all bins together in 95 % of studies.");
}

} // namespace

FigureKind pitHistogramFigure() {
    return {"pit-histogram", "PIT histogram",
            "Where the true value falls in each method's predictive distribution, in bins: flat if it is "
            "right, a "
            "hump where it is too wide, a bowl where it is too narrow, a slope where it is biased.",
            describe, make};
}

} // namespace penumbra::report
