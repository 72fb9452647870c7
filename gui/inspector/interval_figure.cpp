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

/// One method on line y: its centre with its interval as a bar.
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
    series.xLow = {lower};
    series.xHigh = {upper};
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

namespace {

/// Why a target has no interval of this galaxy.
std::string whyNone(const TargetStudy& target, bool tested, std::int64_t catalogueRow) {
    if (tested)
        return "No method has finished yet.";
    const auto& rows = target.heldOut.rows;
    return std::find(rows.begin(), rows.end(), catalogueRow) != rows.end()
               ? "A calibration galaxy: intervals are made for test galaxies."
               : "This galaxy has no test value of " + target.name + ".";
}

Panel intervalPanel(const TargetStudy& target, const std::vector<std::string>& methods,
                    std::int64_t catalogueRow) {
    Panel panel;
    const std::ptrdiff_t at = testIndexOf(target, catalogueRow);
    std::vector<const Prediction*> shown;
    for (const std::string& method : methods)
        if (const Prediction* prediction = target.prediction(method))
            shown.push_back(prediction);
    if (at < 0 || shown.empty()) {
        panel.emptyMessage = whyNone(target, at >= 0, catalogueRow);
        return panel;
    }
    const auto index = static_cast<std::size_t>(at);
    const double truth = target.testTruth()[index];
    Range range;
    range.add(truth);
    for (const Prediction* prediction : shown) {
        range.add(prediction->lower[index]);
        range.add(prediction->upper[index]);
        if (index < prediction->mean.size())
            range.add(prediction->mean[index]);
    }
    range.widen();
    panel.x.label = target.axisLabel();
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
    return panel;
}

} // namespace

report::FigureSpec intervalFigure(const Study& study, const std::string& target,
                                  const std::vector<std::string>& methods, std::int64_t catalogueRow) {
    report::FigureSpec figure;
    figure.kind = "galaxy-intervals";
    figure.panels.push_back(intervalPanel(study.target(target), methods, catalogueRow));
    for (const TargetStudy& other : study.targets) {
        if (other.name == target || !figure.panels.front().emptyMessage.empty())
            continue;
        Panel panel = intervalPanel(other, methods, catalogueRow);
        if (panel.emptyMessage.empty())
            figure.panels.push_back(std::move(panel));
    }
    figure.caption = "Intervals of catalogue row " + std::to_string(catalogueRow) + ".";
    figure.heightMm = 0.0;
    for (const Panel& panel : figure.panels)
        figure.heightMm += 20.0 + 6.0 * static_cast<double>(panel.series.size());
    return figure;
}

} // namespace penumbra::gui
