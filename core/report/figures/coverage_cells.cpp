#include "core/base/error.h"
#include "core/base/text.h"
#include "core/eval/cell_coverage.h"
#include "core/eval/evaluate.h"
#include "core/eval/hexagons.h"
#include "core/eval/regions.h"
#include "core/eval/tied_widths.h"
#include "core/report/figures/by_bin.h"
#include "core/report/figures/sky_pixels.h"

#include <algorithm>
#include <cmath>

namespace penumbra::report {

namespace {

constexpr double leastReach = 0.05; ///< of the colours to either side of the nominal level

void describe(OptionSet& options) {
    describeTargetOptions(options);
    options
        .text("condition-on", "prediction",
              "Along the horizontal axis: prediction, truth (or the target's own name), error, width, or a "
              "column of the catalogue.")
        .in("Cells");
    options
        .choice("cells", "hexagons", {"hexagons", "sky"},
                "hexagons: of two quantities; sky: HEALPix pixels of right ascension and declination.")
        .in("Cells");
    options.text("against", "width", "Along the vertical axis of hexagons: as condition-on.").in("Cells");
    options
        .integer("across", 12,
                 "Hexagons along the horizontal axis; more show finer structure with fewer galaxies in each.")
        .range(2, 200)
        .in("Cells");
    options
        .real(
            "false-discoveries", 0.05,
            "Expected share of cells that are covered as promised among those outlined as too low (and among "
            "those outlined as too high).")
        .range(0.001, 0.5)
        .in("Cells");
}

/// Where the galaxies of one method lie.
struct Cells {
    std::vector<std::int64_t> ofRow; ///< [labelled rows], -1: in none
    std::vector<CellOutline> outlines;
    Axis x, y;
    bool byOutcome = false;
    std::string kind = "hexagons";                  ///< for the caption
    std::vector<std::vector<std::int64_t>> members; ///< catalogue rows of each cell
};

std::size_t known(const Cells& cells) {
    return static_cast<std::size_t>(
        std::count_if(cells.ofRow.begin(), cells.ofRow.end(), [](auto cell) { return cell >= 0; }));
}

ConditionVariable variableFor(const FigureInput& input, const TargetStudy& target, const std::string& name,
                              const LabelledRows& rows, const Prediction& prediction) {
    if (name != "width")
        return conditionVariable(input, target, name, rows, prediction);
    return {"width", target.unit.empty() ? "interval width" : "interval width, " + target.unit, false,
            tiedWidths(prediction)};
}

Cells hexagons(const FigureInput& input, const OptionSet& options, const TargetStudy& target,
               const LabelledRows& rows, const Prediction& prediction) {
    const auto x = variableFor(input, target, options.getText("condition-on"), rows, prediction);
    const auto y = variableFor(input, target, options.getText("against"), rows, prediction);
    const HexagonGrid grid(x.values, y.values, static_cast<std::size_t>(options.getInteger("across")));
    Cells cells;
    for (std::size_t i = 0; i < x.values.size(); ++i)
        cells.ofRow.push_back(grid.cellOf(x.values[i], y.values[i]));
    for (std::size_t cell = 0; cell < grid.cells(); ++cell) {
        CellOutline outline;
        const auto centre = grid.centreOf(cell);
        outline.x = centre.x;
        outline.y = centre.y;
        for (const auto& corner : grid.cornersOf(cell)) {
            outline.cornersX.push_back(corner.x);
            outline.cornersY.push_back(corner.y);
        }
        cells.outlines.push_back(std::move(outline));
    }
    cells.x.label = x.axisLabel;
    cells.y.label = y.axisLabel;
    cells.byOutcome = x.byOutcome || y.byOutcome;
    return cells;
}

Cells skyCells(const FigureInput& input, const LabelledRows& rows) {
    std::vector<double> ra, dec;
    for (const std::int64_t row : rows.catalogueRow) {
        const auto at = static_cast<std::size_t>(row);
        const bool there = at < input.ra.size() && at < input.dec.size();
        ra.push_back(there ? input.ra[at] : std::numeric_limits<double>::quiet_NaN());
        dec.push_back(there ? input.dec[at] : std::numeric_limits<double>::quiet_NaN());
    }
    SkyPixels pixels = pixelsOfSky(ra, dec);
    Cells cells;
    cells.ofRow = std::move(pixels.ofRow);
    cells.outlines = std::move(pixels.outlines);
    cells.x.label = "right ascension, deg";
    cells.y.label = "declination, deg";
    cells.kind = "HEALPix pixels (nside " + std::to_string(1 << pixels.order) + ") of the sky";
    return cells;
}

std::string cellText(const CellCoverage& found, std::size_t cell, bool byOutcome) {
    const auto percent = [](double share) { return formatFixed(100.0 * share, 0); };
    std::string text = percent(found.coverage[cell]) + " % [" + percent(found.bracket[cell].low) + ", " +
                       percent(found.bracket[cell].high) + "] of " +
                       withThousands(static_cast<long long>(found.n[cell]));
    if (!byOutcome)
        text +=
            "; perfect " + percent(found.perfect[cell].low) + "–" + percent(found.perfect[cell].high) + " %";
    if (found.under[cell] != 0)
        text += "; too low";
    if (found.over[cell] != 0)
        text += "; too high";
    return text;
}

void addCell(Series& series, const CellOutline& outline) {
    series.x.push_back(outline.x);
    series.y.push_back(outline.y);
    series.cornersX.insert(series.cornersX.end(), outline.cornersX.begin(), outline.cornersX.end());
    series.cornersY.insert(series.cornersY.end(), outline.cornersY.begin(), outline.cornersY.end());
    series.corners = outline.cornersX.size();
}

/// The catalogue rows of each cell.
void gather(Cells& cells, const LabelledRows& rows) {
    cells.members.resize(cells.outlines.size());
    for (std::size_t i = 0; i < cells.ofRow.size(); ++i)
        if (cells.ofRow[i] >= 0)
            cells.members[static_cast<std::size_t>(cells.ofRow[i])].push_back(rows.catalogueRow[i]);
}

Panel panelOf(const Cells& cells, const CellCoverage& found, const std::string& method, std::size_t fewest) {
    Panel panel;
    panel.heading = method;
    panel.x = cells.x;
    panel.y = cells.y;
    Series filled, few, marked;
    filled.kind = marked.kind = Series::Kind::Cells;
    few.kind = Series::Kind::Points;
    filled.name = filled.method = method;
    few.name = "fewer than " + std::to_string(fewest) + " galaxies";
    marked.name = "beyond chance";
    filled.membersByOutcome = few.membersByOutcome = cells.byOutcome;
    std::size_t low = 0, high = 0;
    for (std::size_t cell = 0; cell < cells.outlines.size(); ++cell) {
        const CellOutline& outline = cells.outlines[cell];
        if (found.n[cell] == 0)
            continue;
        if (std::isnan(found.pUnder[cell])) {
            few.x.push_back(outline.x);
            few.y.push_back(outline.y);
            few.n.push_back(static_cast<double>(found.n[cell]));
            few.members.push_back(cells.members[cell]);
            continue;
        }
        addCell(filled, outline);
        filled.z.push_back(found.coverage[cell]);
        filled.n.push_back(static_cast<double>(found.n[cell]));
        filled.members.push_back(cells.members[cell]);
        filled.label.push_back(cellText(found, cell, cells.byOutcome));
        low += found.under[cell];
        high += found.over[cell];
        if (!cells.byOutcome && (found.under[cell] != 0 || found.over[cell] != 0))
            addCell(marked, outline);
    }
    if (!few.x.empty())
        panel.series.push_back(std::move(few));
    panel.series.push_back(std::move(filled));
    if (!marked.x.empty())
        panel.series.push_back(std::move(marked));
    std::string words = std::to_string(found.judged) + (found.judged == 1 ? " cell" : " cells");
    if (!cells.byOutcome)
        words += ": " + std::to_string(low) + " too low, " + std::to_string(high) + " too high";
    panel.counts = {{std::numeric_limits<double>::quiet_NaN(), words}};
    return panel;
}

/// One scale of colours and one frame for all panels.
void share(FigureSpec& figure, double nominal, bool sharedY) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    double reach = leastReach;
    Interval x{infinity, -infinity}, y = x;
    const auto widen = [](Interval& range, const std::vector<double>& values) {
        for (const double value : values)
            range = {std::min(range.low, value), std::max(range.high, value)};
    };
    const auto frame = [](Axis& axis, const Interval& range, double below) {
        const double span = range.high > range.low ? range.high - range.low : 50.0;
        axis.low = range.low - below * span;
        axis.high = range.high + 0.02 * span;
    };
    constexpr double scaleOfColours = 0.22; // room for it under the cells
    for (const Panel& panel : figure.panels)
        for (const Series& series : panel.series)
            for (const double z : series.z)
                reach = std::max(reach, std::abs(z - nominal));
    for (Panel& panel : figure.panels) {
        Interval own{infinity, -infinity};
        for (Series& series : panel.series) {
            for (const auto* values : {&series.x, &series.cornersX})
                widen(x, *values);
            for (const auto* values : {&series.y, &series.cornersY}) {
                widen(own, *values);
                widen(y, *values);
            }
            if (series.kind == Series::Kind::Cells)
                series.zScale = {nominal - reach, nominal, std::min(1.0, nominal + reach)};
        }
        frame(panel.y, own, scaleOfColours);
    }
    for (Panel& panel : figure.panels) {
        frame(panel.x, x, 0.02);
        if (sharedY)
            frame(panel.y, y, scaleOfColours);
    }
}

std::string captionOf(const TargetStudy& target, const OptionSet& options, double alpha,
                      std::size_t calibration, const Cells& cells, std::size_t fewest) {
    std::string caption = "Coverage of nominal " + percentText(1.0 - alpha) + " intervals of " + target.name +
                          " on held-out galaxies in " + cells.kind + " that hold at least " +
                          std::to_string(fewest) +
                          " (grey points: fewer): red below the nominal level, blue above.";
    if (cells.byOutcome)
        return caption + " Cells are chosen by the outcome: even a perfect method does not reach the nominal "
                         "level in each, so that none is tested.";
    caption +=
        " Outlined: as low or as high by chance alone in few cells, expected share of false ones at most " +
        percentText(options.getReal("false-discoveries")) +
        " to each side (Benjamini & Hochberg over the cells of a panel).";
    if (calibration > 0)
        caption += " A perfect method, calibrated on " + withThousands(static_cast<long long>(calibration)) +
                   " galaxies as here, is what they are held against.";
    return caption;
}

FigureSpec make(const FigureInput& input, const OptionSet& options) {
    const TargetStudy* target = chosenTarget(input, options);
    const auto chosen = target ? chosenPredictions(*target, options) : std::vector<const Prediction*>();
    FigureSpec figure = startFigure("coverage-cells", input, options, chosen.size() > 1);
    if (target == nullptr)
        return emptyFigure(figure, "The study has no target yet. Run it to see its calibration.");
    const LabelledRows rows = labelledRows(*target);
    if (chosen.empty() || rows.truth.empty())
        return emptyFigure(figure, chosen.empty()
                                       ? "No method has made predictions of " + target->name + " yet."
                                       : "No test galaxy has a true value of " + target->name + ".");
    const bool sky = options.getText("cells") == "sky";
    if (sky && (input.ra.empty() || input.dec.empty()))
        return emptyFigure(figure, "The catalogue holds no positions on the sky.");
    CellCoverageOptions judged;
    judged.alpha = input.study.alpha;
    judged.falseDiscoveryRate = options.getReal("false-discoveries");
    Cells cells;
    std::size_t placed = 0;
    for (const Prediction* prediction : chosen) {
        const Prediction labelled = onRows(*prediction, rows, target->heldOut.testCount());
        cells = sky ? skyCells(input, rows) : hexagons(input, options, *target, rows, labelled);
        gather(cells, rows);
        placed += known(cells);
        std::vector<std::uint8_t> covered;
        for (std::size_t i = 0; i < rows.truth.size(); ++i)
            covered.push_back(covers(labelled, i, rows.truth[i]) ? 1 : 0);
        judged.calibrationRows = calibrationRowsOf(*target, prediction->method);
        const CellCoverage found = cellCoverage(covered, cells.ofRow, cells.outlines.size(), judged);
        figure.panels.push_back(panelOf(cells, found, prediction->method, judged.fewestRows));
        figure.panels.back().letter = panelLetter(figure.panels.size() - 1, chosen.size());
    }
    if (placed == 0)
        return emptyFigure(figure, "No test galaxy with a true value has both quantities.");
    const bool ownWidths =
        !sky && (options.getText("condition-on") == "width" || options.getText("against") == "width");
    share(figure, 1.0 - input.study.alpha, !ownWidths);
    arrangePanels(figure, !ownWidths);
    figure.caption = captionOf(*target, options, input.study.alpha, target->heldOut.calibrationCount(), cells,
                               judged.fewestRows);
    return figure;
}

} // namespace

FigureKind coverageCellsFigure() {
    return {
        "coverage-cells", "Coverage in cells",
        "How often each method's intervals hold the truth, in hexagons of two quantities or in pixels of the "
        "sky, about the nominal level; cells beyond chance are outlined.",
        describe, make};
}

} // namespace penumbra::report
