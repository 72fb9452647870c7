#include "core/report/figures/by_bin.h"

namespace penumbra::report {

namespace {

void describe(OptionSet& options) {
    describeTargetOptions(options);
    describeBinOptions(options);
}

FigureSpec make(const FigureInput& input, const OptionSet& options) {
    const BinnedTarget binned = scoreByBin(input, options, true);
    FigureSpec figure = startFigure("width-by-bin", input, options, binned.methods.size() > 3);
    if (!binned.emptyMessage.empty())
        return emptyFigure(figure, binned.emptyMessage);
    figure.caption = "Mean width of nominal " + percentText(1.0 - binned.alpha) + " intervals of " +
                     binned.target->name + " in bins of " + binned.variable +
                     ", finite intervals only. Bars are 95 % bootstrap intervals.";
    BinnedQuantity width{&MethodBins::width, Axis(), false};
    width.axis.label =
        "mean interval width" + (binned.target->unit.empty() ? "" : ", " + binned.target->unit);
    addBinnedPanels(figure, binned, width, options);
    return figure;
}

} // namespace

FigureKind widthByBinFigure() {
    return {
        "width-by-bin", "Width by bin",
        "How wide each method's intervals are along a property of the galaxies. Among methods that cover, "
        "narrower is better.",
        describe, make};
}

} // namespace penumbra::report
