#include "core/benchmark/report.h"

#include "core/report/cells.h"

#include <algorithm>
#include <cmath>

namespace penumbra::benchmark {

namespace {
constexpr double oneColumnMm = 88.0, twoColumnsMm = 180.0, panelHeightMm = 62.0;

nlohmann::json numberOrNull(double value) {
    return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(nullptr);
}
} // namespace

nlohmann::json toJson(const Estimate& estimate) {
    return {{"value", numberOrNull(estimate.value)},
            {"low", numberOrNull(estimate.low)},
            {"high", numberOrNull(estimate.high)}};
}

nlohmann::json toJson(const PairedTest& test) {
    return {{"first", test.first},         {"second", test.second},      {"difference", test.difference},
            {"low", test.interval.low},    {"high", test.interval.high}, {"p", test.p},
            {"adjusted_p", test.adjustedP}};
}

report::Cell cellOf(const Estimate& estimate, bool percent) {
    return report::numberCell(estimate.value, percent, {estimate.low, estimate.high});
}

report::Panel panelOfSets(const std::vector<std::string>& sets, const std::vector<Estimate>& values,
                          const std::string& heading, const std::string& yLabel, bool percent) {
    report::Panel panel;
    panel.heading = heading;
    panel.y.label = yLabel;
    panel.y.percent = percent;
    panel.x.low = -0.5;
    panel.x.high = static_cast<double>(sets.size()) - 0.5;
    report::Series points;
    points.name = "95 % of test galaxies drawn anew";
    points.label = sets;
    points.paletteIndex = 0;
    for (std::size_t s = 0; s < sets.size(); ++s) {
        panel.x.tickPositions.push_back(static_cast<double>(s));
        panel.x.tickLabels.push_back(sets[s]);
        points.x.push_back(static_cast<double>(s));
        points.y.push_back(values[s].value);
        points.yLow.push_back(values[s].low);
        points.yHigh.push_back(values[s].high);
    }
    panel.series.push_back(std::move(points));
    return panel;
}

report::FigureSpec figureOf(const std::string& protocol, const std::string& caption,
                            std::vector<report::Panel> panels) {
    report::FigureSpec figure;
    figure.kind = "benchmark-" + protocol;
    figure.caption = caption;
    if (panels.size() > 1)
        for (std::size_t p = 0; p < panels.size(); ++p)
            panels[p].letter = std::string(1, static_cast<char>('a' + p % 26));
    figure.columns = panels.size() > 1 ? 2 : 1;
    const std::size_t lines = (panels.size() + static_cast<std::size_t>(figure.columns) - 1) /
                              static_cast<std::size_t>(figure.columns);
    figure.widthMm = figure.columns > 1 ? twoColumnsMm : oneColumnMm;
    figure.heightMm = panelHeightMm * static_cast<double>(std::max<std::size_t>(lines, 1));
    figure.panels = std::move(panels);
    return figure;
}

} // namespace penumbra::benchmark
