#pragma once

#include "core/report/figures.h"
#include "core/report/galaxy_figures.h"

namespace penumbra::report {

// The table's entries, one a file.
FigureKind coverageByBinFigure();
FigureKind widthByBinFigure();
FigureKind comparisonFigure();
FigureKind predictionVsTruthFigure();
FigureKind residualsFigure();
FigureKind trainingFigure();
FigureKind stabilityFigure();
FigureKind coverageVsAlphaFigure();
FigureKind pitHistogramFigure();
FigureKind pitQqFigure();
FigureKind coverageCellsFigure();
FigureKind ksMapFigure();
GalaxyFigureKind galaxiesFigure();

/// What a perfect method would score, in the legend.
inline constexpr const char* kOracleName = "perfect method, 95 % range";
inline constexpr const char* kExactName = "exact intervals, 95 % range";
/// The band of perfect methods: calibrated on as many galaxies, or (exact) with the known exact intervals.
Series perfectBand(bool exact);
/// Whether the two bands part by what an eye can see, half a per cent.
bool exactBandParts(const Score& score);

/// Options every figure of one target has: target, methods, size.
void describeTargetOptions(OptionSet& options);

/// Its width alone, for figures of no single target.
void describeSizeOptions(OptionSet& options);
/// Millimetres of "88mm", "3.5in" or "88". @throws UsageError otherwise.
double pageWidthMm(const std::string& text);

/// A figure with its kind, size and recipe filled in. `preferWide`: two text columns where the size is left
/// to us.
FigureSpec startFigure(const std::string& kind, const FigureInput& input, const OptionSet& options,
                       bool preferWide);
/// The figure that says why nothing is drawn.
FigureSpec emptyFigure(FigureSpec figure, const std::string& message);

/// The chosen target (the first if none was named); null when the study has none. @throws Error for an
/// unknown name.
const TargetStudy* chosenTarget(const FigureInput& input, const OptionSet& options);
/// The target's predictions that were asked for (all if no methods were named), in the study's order.
/// @throws UsageError for a method the study does not hold.
std::vector<const Prediction*> chosenPredictions(const TargetStudy& target, const OptionSet& options);

/// Small multiples are read against each other: one vertical range for all, that of edges and reference
/// lines, inside least..most.
void shareRange(std::vector<Panel>& panels, double least, double most);
/// Columns and height of small multiples. @param sharedAxes numbers along the outer frames only
void arrangePanels(FigureSpec& figure, bool sharedAxes);

/// Test rows of one target that have a true value, with what figures need of them.
struct LabelledRows {
    std::vector<std::size_t> testIndex; ///< index among the test rows
    std::vector<std::int64_t> catalogueRow;
    std::vector<double> truth;
    std::vector<double> base; ///< the base head's prediction; empty if the study does not hold it
};
LabelledRows labelledRows(const TargetStudy& target);
/// The prediction on those rows alone. @throws Error if it does not have one entry per test row.
Prediction onRows(const Prediction& prediction, const LabelledRows& rows, std::size_t testCount);

/// A number that figures compare methods by.
struct Quantity {
    std::string metric, label;
    bool isCoverage = false;
};
/// Coverage, in the tails, in the worst bin, and mean width in the target's unit.
std::vector<Quantity> comparedQuantities(const TargetStudy& target);

/// A FITS unit as papers print it: "1e-17 erg/s/cm2/A" becomes "10⁻¹⁷ erg s⁻¹ cm⁻² Å⁻¹". What is not made of
/// names, powers, products and quotients stays as it is.
std::string printedUnit(const std::string& unit);
std::string percentText(double fraction); ///< "90 %", "97.5 %"
ReferenceLine nominalLine(double alpha, bool horizontal);
std::string panelLetter(std::size_t index, std::size_t panels); ///< "a", "b" ...; "" for a single panel

/// "predicted redshift": what is measured of the label is not in the prediction.
std::string predictedLabel(const TargetStudy& target);

} // namespace penumbra::report
