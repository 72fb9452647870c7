#include "core/report/figures/pit_figure_parts.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::report {

namespace {

constexpr std::size_t mostPoints = 200; ///< of a line

/// Half width that the curve of an exact method keeps in 95 % of studies.
double halfWidth(const PitResult& result) {
    const std::size_t m = result.values.size();
    if (result.nCalibration == 0)
        return kolmogorovQuantile(0.05, m);
    constexpr double limit = 1.3581015157406195; // 95 % of Kolmogorov's law
    return limit * std::sqrt(1.0 / static_cast<double>(m) + 1.0 / static_cast<double>(result.nCalibration));
}

Panel panelOf(const PitResult& result) {
    Panel panel;
    panel.heading = result.method;
    panel.x.label = "uniform quantile";
    panel.y.label = "quantile of the transforms − uniform";
    panel.x.low = 0.0;
    panel.x.high = 1.0;
    std::vector<double> sorted = result.values;
    std::sort(sorted.begin(), sorted.end());
    const std::size_t m = sorted.size(), points = std::min(m, mostPoints);
    const double half = halfWidth(result);
    Series band, line;
    band.kind = Series::Kind::Band;
    band.oracleBand = true;
    band.name = "exact method, 95 % of curves";
    line.kind = m == 1 ? Series::Kind::Points : Series::Kind::Line;
    line.name = line.method = result.method;
    const double edge = std::min(half, 0.5); // values stay in 0..1
    for (const double x : {0.0, edge, 1.0 - edge, 1.0}) {
        band.x.push_back(x);
        band.yLow.push_back(std::max(-x, -half));
        band.yHigh.push_back(std::min(1.0 - x, half));
    }
    for (std::size_t p = 0; p < points; ++p) {
        const std::size_t j = points == 1 ? 0 : p * (m - 1) / (points - 1);
        const double uniform = static_cast<double>(j + 1) / static_cast<double>(m + 1);
        line.x.push_back(uniform);
        line.y.push_back(sorted[j] - uniform);
    }
    panel.series = {band, line};
    panel.lines.push_back({true, 0.0, ""});
    panel.counts = {{std::numeric_limits<double>::quiet_NaN(), pitSummary(result)}};
    return panel;
}

FigureSpec make(const FigureInput& input, const OptionSet& options) {
    return drawPit("pit-qq", input, options, panelOf,
                   "where the whole curve of an exact method stays in 95 % of studies "
                   "(Kolmogorov-Smirnov; two-sample, with the calibration galaxies, where one set of them "
                   "makes all values).");
}

} // namespace

FigureKind pitQqFigure() {
    return {
        "pit-qq", "PIT quantiles",
        "Quantiles of each method's probability integral transforms against uniform ones: no bins, and the "
        "tails are seen.",
        describePitOptions, make};
}

} // namespace penumbra::report
