#include "core/report/figures/figure_parts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace penumbra::report {

namespace {

void describe(OptionSet& options) {
    options.textList("networks", {}, "Networks to draw, by the start of their names; empty draws all.")
        .in("Figure");
    describeSizeOptions(options);
}

constexpr double kLogarithmicAbove = 30.0; ///< less is read more easily on a linear axis

bool chosen(const std::string& network, const std::vector<std::string>& wanted) {
    if (wanted.empty())
        return true;
    for (const std::string& start : wanted)
        if (network.compare(0, start.size(), start) == 0)
            return true;
    return false;
}

bool isMetric(const std::string& network) {
    return network.find(": kernel_") != std::string::npos;
}

/// "z: kernel_aion" as a reader calls it. Names that are not ours stay.
std::string wordsFor(const std::string& network) {
    const auto at = network.find(": ");
    if (at == std::string::npos)
        return network;
    const std::string target = network.substr(0, at + 2), name = network.substr(at + 2);
    static const std::map<std::string, std::string> words = {
        {"mean", "head"},
        {"residual_net", "residual net, hidden layer"},
        {"residual_aion", "residual net, input features"},
        {"kernel_net", "metric, hidden layer"},
        {"kernel_aion", "metric, input features"}};
    if (const auto found = words.find(name); found != words.end())
        return target + found->second;
    const auto startsWith = [&](const char* start) { return name.rfind(start, 0) == 0; };
    if (startsWith("mean without"))
        return target + "head" + name.substr(4);
    if (startsWith("member"))
        return target + "ensemble member " + name.substr(6);
    if (startsWith("q0."))
        return target + "quantile " + name.substr(1);
    return network;
}

/// A network keeps its colour in every panel.
std::map<std::string, int> paletteOf(const std::vector<TrainingPoint>& training,
                                     const std::vector<std::string>& wanted) {
    std::map<std::string, int> palette;
    for (const TrainingPoint& point : training)
        if (chosen(point.network, wanted))
            palette.try_emplace(point.network, static_cast<int>(palette.size()));
    return palette;
}

/// One curve a network; points that are not finite are left out.
Panel panelOf(const std::vector<TrainingPoint>& training, const std::vector<std::string>& wanted,
              const std::map<std::string, int>& palette, double TrainingPoint::*value,
              const std::string& label, bool positive) {
    Panel panel;
    panel.x.label = std::any_of(training.begin(), training.end(),
                                [&](const TrainingPoint& point) {
                                    return chosen(point.network, wanted) && isMetric(point.network);
                                })
                        ? "epoch, or step of metric learning"
                        : "epoch";
    panel.y.label = label;
    std::map<std::string, std::size_t> indexOf;
    for (const TrainingPoint& point : training) {
        const double y = point.*value;
        if (!chosen(point.network, wanted) || !std::isfinite(y) || (positive && y <= 0.0))
            continue;
        const auto [entry, isNew] = indexOf.try_emplace(point.network, panel.series.size());
        if (isNew) {
            Series series;
            series.kind = Series::Kind::Line;
            series.name = wordsFor(point.network);
            series.paletteIndex = palette.at(point.network);
            panel.series.push_back(series);
        }
        Series& series = panel.series[entry->second];
        series.x.push_back(static_cast<double>(point.epoch));
        series.y.push_back(y);
    }
    if (positive && !panel.series.empty()) {
        double low = std::numeric_limits<double>::infinity(), high = 0.0;
        for (const Series& series : panel.series)
            for (const double y : series.y) {
                low = std::min(low, y);
                high = std::max(high, y);
            }
        panel.y.logarithmic = high > kLogarithmicAbove * low;
    }
    return panel;
}

FigureSpec make(const FigureInput& input, const OptionSet& options) {
    const auto& wanted = options.getTextList("networks");
    const auto& training = input.study.training;
    const auto palette = paletteOf(training, wanted);
    const bool validated = std::any_of(training.begin(), training.end(), [](const TrainingPoint& point) {
        return std::isfinite(point.validationLoss);
    });
    std::vector<Panel> panels;
    for (Panel& panel :
         std::vector<Panel>{panelOf(training, wanted, palette, &TrainingPoint::trainLoss,
                                    "training loss (standardised target)", true),
                            panelOf(training, wanted, palette, &TrainingPoint::validationLoss,
                                    "validation loss (standardised target)", true),
                            panelOf(training, wanted, palette, &TrainingPoint::r2,
                                    validated ? "R², validation rows" : "R², training rows", false)})
        if (!panel.series.empty())
            panels.push_back(std::move(panel));
    FigureSpec figure = startFigure("training", input, options, panels.size() > 1);
    if (panels.empty())
        return emptyFigure(figure, "Nothing was trained in this study.");
    figure.columns = figure.widthMm > 120.0 ? static_cast<int>(panels.size()) : 1;
    figure.heightMm = figure.columns > 1 ? 80.0 : 62.0 * static_cast<double>(panels.size());
    for (std::size_t i = 0; i < panels.size(); ++i)
        panels[i].letter = panelLetter(i, panels.size());
    figure.panels = std::move(panels);
    figure.caption =
        std::string("Training of the study's networks: loss of the standardised target and R² of its ") +
        (validated ? "validation rows." : "training rows (no validation rows were set aside).");
    return figure;
}

} // namespace

FigureKind trainingFigure() {
    return {"training", "Training",
            "Loss and R² of every network against epoch. Curves that still fall ask for more epochs.",
            describe, make};
}

} // namespace penumbra::report
