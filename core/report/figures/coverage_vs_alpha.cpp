#include "core/base/text.h"
#include "core/eval/coverage_curve.h"
#include "core/report/figures/figure_parts.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::report {

namespace {

void describe(OptionSet& options) {
    describeTargetOptions(options);
    options
        .choice(
            "show", "difference", {"difference", "coverage"},
            "difference: coverage minus its nominal value, where a percentage point can be seen. coverage: "
            "the coverage itself, over the diagonal.")
        .in("Figure");
}

/// The band around a curve; a single level gets some width to be seen.
Series bandOf(const CoverageCurve& curve, bool difference) {
    Series band;
    band.kind = Series::Kind::Band;
    band.oracleBand = true;
    band.name = "exact method, 95 % of curves";
    for (std::size_t i = 0; i < curve.levels.size(); ++i) {
        const double base = difference ? curve.levels[i] : 0.0;
        band.x.push_back(curve.levels[i]);
        band.yLow.push_back(curve.band.low[i] - base);
        band.yHigh.push_back(curve.band.high[i] - base);
        if (curve.levels.size() == 1) {
            band.xLow.push_back(std::max(0.0, curve.levels[i] - 0.01));
            band.xHigh.push_back(std::min(1.0, curve.levels[i] + 0.01));
        }
    }
    return band;
}

Series curveOf(const CoverageCurve& curve, bool difference) {
    Series series;
    const bool point = curve.levels.size() == 1;
    series.kind = point ? Series::Kind::Points : Series::Kind::Line;
    series.name = series.method = curve.method;
    for (std::size_t i = 0; i < curve.levels.size(); ++i) {
        series.x.push_back(curve.levels[i]);
        series.y.push_back(curve.observed[i] - (difference ? curve.levels[i] : 0.0));
        series.n.push_back(static_cast<double>(curve.n));
    }
    return series;
}

/// What an exact method covers on average, where few calibration galaxies make that more than the level.
Series expectedOf(const CoverageCurve& curve, bool difference) {
    Series series;
    series.kind = Series::Kind::Line;
    series.name = "exact method, on average";
    for (std::size_t i = 0; i < curve.levels.size(); ++i) {
        series.x.push_back(curve.levels[i]);
        series.y.push_back(curve.expected[i] - (difference ? curve.levels[i] : 0.0));
    }
    return series;
}

std::string areaText(const CoverageCurve& curve) {
    return "n = " + withThousands(static_cast<long long>(curve.n)) + ", area " +
           formatFixed(100.0 * curve.area, 1) + " % (chance " + formatFixed(100.0 * curve.areaByChance, 1) +
           ")";
}

Panel panelOf(const CoverageCurve& curve, double alpha, bool difference) {
    Panel panel;
    panel.heading = curve.method;
    panel.x.label = "nominal coverage, %";
    panel.y.label = difference ? "coverage − nominal, %" : "coverage, %";
    panel.x.percent = panel.y.percent = true;
    panel.x.low = 0.0;
    panel.x.high = 1.0;
    panel.series.push_back(bandOf(curve, difference));
    if (curve.kind == CoverageCurve::Kind::Split)
        panel.series.push_back(expectedOf(curve, difference));
    else if (!difference && curve.levels.size() > 1)
        panel.series.push_back(expectedOf(curve, false));
    panel.series.push_back(curveOf(curve, difference));
    if (difference)
        panel.lines.push_back({true, 0.0, ""});
    panel.lines.push_back({false, 1.0 - alpha, ""}); // the line above the panel is full
    panel.counts = {{std::numeric_limits<double>::quiet_NaN(),
                     curve.levels.size() > 1 ? areaText(curve)
                                             : "n = " + withThousands(static_cast<long long>(curve.n))}};
    return panel;
}

bool leavesBand(const CoverageCurve& curve) {
    for (std::size_t i = 0; i < curve.levels.size(); ++i)
        if (curve.observed[i] < curve.band.low[i] - 1e-12 || curve.observed[i] > curve.band.high[i] + 1e-12)
            return true;
    return false;
}

std::string captionOf(const std::vector<CoverageCurve>& curves, const std::string& target) {
    std::string caption =
        "Empirical against nominal coverage of " + target +
        " on held-out galaxies, at all levels from 1 to 99 %. Grey: where the whole curve of "
        "an exact method stays in 95 % of studies (equal local levels; exact for these "
        "numbers of test galaxies and, of split methods, for a calibration set that all levels "
        "share). Bands are of each method alone: two methods are compared by paired tests.";
    std::vector<std::string> outside, local, single;
    for (const CoverageCurve& curve : curves) {
        if (leavesBand(curve))
            outside.push_back(curve.method);
        if (curve.kind == CoverageCurve::Kind::Local)
            local.push_back(curve.method);
        if (curve.kind == CoverageCurve::Kind::OneLevel)
            single.push_back(curve.method);
    }
    caption += outside.empty() ? " All methods stay in their band."
                               : " Outside it: " + joinText(outside, ", ") + ".";
    if (!local.empty())
        caption +=
            " The bands of " + joinText(local, ", ") +
            " count the test galaxies alone: a calibration set that differs moves their curves further.";
    if (!single.empty())
        caption += " Of " + joinText(single, ", ") + " the study holds one level.";
    return caption;
}

FigureSpec make(const FigureInput& input, const OptionSet& options) {
    const TargetStudy* target = chosenTarget(input, options);
    const auto methods =
        target == nullptr ? std::vector<const Prediction*>() : chosenPredictions(*target, options);
    FigureSpec figure = startFigure("coverage-vs-alpha", input, options, methods.size() > 2);
    if (target == nullptr)
        return emptyFigure(figure, "The study has no target yet. Run it to see its coverage at every level.");
    std::vector<CoverageCurve> curves;
    for (const Prediction* method : methods)
        if (CoverageCurve curve = coverageCurve(*target, *method); curve.n > 0)
            curves.push_back(std::move(curve));
    if (curves.empty())
        return emptyFigure(figure, methods.empty()
                                       ? "No method has made predictions of " + target->name + " yet."
                                       : "No test galaxy has a true value of " + target->name + ".");
    const bool difference = options.getText("show") == "difference";
    for (const CoverageCurve& curve : curves) {
        figure.panels.push_back(panelOf(curve, input.study.alpha, difference));
        figure.panels.back().letter = panelLetter(figure.panels.size() - 1, curves.size());
    }
    // One range for all would hide a percentage point of one method behind the failure of another.
    if (!difference)
        shareRange(figure.panels, -0.02, 1.02);
    arrangePanels(figure, !difference);
    figure.caption = captionOf(curves, target->name);
    return figure;
}

} // namespace

FigureKind coverageVsAlphaFigure() {
    return {
        "coverage-vs-alpha", "Coverage at every level",
        "Empirical against nominal coverage for all levels from 1 to 99 %, with a band that holds for the "
        "whole curve.",
        describe, make};
}

} // namespace penumbra::report
