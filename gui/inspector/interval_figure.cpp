#include "gui/inspector/interval_figure.h"

#include "core/base/text.h"
#include "core/report/number_text.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::gui {

using report::Panel;
using report::Series;

namespace {

struct Range {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();
    void add(double value) {
        if (std::isfinite(value)) {
            low = std::min(low, value);
            high = std::max(high, value);
        }
    }
    void widen() {
        if (!(low <= high))
            low = 0.0, high = 1.0;
        const double margin = high > low ? 0.06 * (high - low) : 0.5;
        low -= margin;
        high += margin;
    }
};

/// Two to four round values: the panel is narrow, and labels must not touch.
void setRoundTicks(report::Axis& axis) {
    const double raw = (axis.high - axis.low) / 3.0;
    const double power = std::pow(10.0, std::floor(std::log10(raw)));
    const double step = power * (raw / power > 5.0   ? 10.0
                                 : raw / power > 2.0 ? 5.0
                                 : raw / power > 1.0 ? 2.0
                                                     : 1.0);
    const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
    for (double k = std::ceil(axis.low / step); k * step <= axis.high; k += 1.0) {
        const double value = k * step + 0.0; // ceil() of a small negative number is -0
        axis.tickPositions.push_back(value);
        axis.tickLabels.push_back(decimals <= 6 ? formatFixed(value, decimals)
                                                : report::textBeside(value, step, 1));
    }
}

/// One method on line y: its centre with its interval as a bar. Infinite ends reach the edge of the axis.
void addMethod(Panel& panel, const Prediction& prediction, std::size_t index, double y, const Range& range) {
    const double lower = prediction.lower[index], upper = prediction.upper[index];
    if (std::isnan(lower) || std::isnan(upper))
        return;
    const double centre = index < prediction.mean.size() && std::isfinite(prediction.mean[index])
                              ? prediction.mean[index]
                              : 0.5 * (std::max(lower, range.low) + std::min(upper, range.high));
    Series series;
    series.kind = Series::Kind::Points;
    series.name = series.method = prediction.method;
    series.xIsInterval = true;
    series.x = {centre};
    series.y = {y};
    series.xLow = {std::max(lower, range.low)};
    series.xHigh = {std::min(upper, range.high)};
    if (lower > upper)
        series.label = {"crossed: covers nothing"};
    else if (std::isinf(lower) || std::isinf(upper))
        series.label = {"without end"};
    panel.series.push_back(std::move(series));
}

} // namespace

std::ptrdiff_t testIndexOf(const TargetStudy& target, std::int64_t catalogueRow) {
    const std::vector<std::int64_t> rows = target.testRows();
    const auto found = std::find(rows.begin(), rows.end(), catalogueRow);
    return found == rows.end() ? -1 : found - rows.begin();
}

report::FigureSpec intervalFigure(const Study& study, const std::string& target,
                                  const std::vector<std::string>& methods, std::int64_t catalogueRow) {
    report::FigureSpec figure;
    figure.kind = "galaxy-intervals";
    figure.panels.emplace_back();
    Panel& panel = figure.panels.front();
    const TargetStudy& found = study.target(target);
    const std::ptrdiff_t at = testIndexOf(found, catalogueRow);
    std::vector<const Prediction*> shown;
    for (const std::string& method : methods)
        if (const Prediction* prediction = found.prediction(method))
            shown.push_back(prediction);
    if (at < 0 || shown.empty()) {
        panel.emptyMessage = at >= 0 ? "No method has finished yet."
                             : std::find(found.heldOut.rows.begin(), found.heldOut.rows.end(),
                                         catalogueRow) != found.heldOut.rows.end()
                                 ? "A calibration galaxy: intervals are made for test galaxies."
                                 : "This galaxy has no test value of " + target + ".";
        return figure;
    }
    const auto index = static_cast<std::size_t>(at);
    const double truth = found.testTruth()[index];
    Range range;
    range.add(truth);
    for (const Prediction* prediction : shown) {
        range.add(prediction->lower[index]);
        range.add(prediction->upper[index]);
        if (index < prediction->mean.size())
            range.add(prediction->mean[index]);
    }
    range.widen();
    panel.x.label = found.axisLabel();
    panel.x.low = range.low;
    panel.x.high = range.high;
    setRoundTicks(panel.x);
    panel.y.low = -0.6;
    panel.y.high = static_cast<double>(shown.size()) - 0.4;
    for (std::size_t i = 0; i < shown.size(); ++i) {
        const double y = static_cast<double>(shown.size() - 1 - i); // first method on top
        addMethod(panel, *shown[i], index, y, range);
        panel.y.tickPositions.push_back(y);
        panel.y.tickLabels.push_back(shown[i]->method);
    }
    if (std::isfinite(truth))
        panel.lines.push_back({false, truth, "truth"});
    figure.caption = "Intervals of catalogue row " + std::to_string(catalogueRow) + ".";
    figure.heightMm = 20.0 + 6.0 * static_cast<double>(shown.size());
    return figure;
}

} // namespace penumbra::gui
