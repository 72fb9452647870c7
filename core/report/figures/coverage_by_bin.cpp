#include "core/base/text.h"
#include "core/report/figures/by_bin.h"

#include <algorithm>
#include <cmath>

namespace penumbra::report {

namespace {

void describe(OptionSet& options) {
    describeTargetOptions(options);
    describeBinOptions(options);
}

std::string captionOf(const BinnedTarget& binned, const OptionSet& options) {
    std::string caption = "Coverage of nominal " + percentText(1.0 - binned.alpha) + " intervals of " +
                          binned.target->name + " on held-out galaxies, in bins of " + binned.variable +
                          ". Points stand at the median of their bin; bars are 95 % " +
                          (options.getText("interval") == "wilson" ? "Wilson" : "Clopper-Pearson") +
                          " intervals.";
    if (options.getText("convention") == "finite")
        caption += " Infinite intervals are left out.";
    const bool hasBand =
        std::any_of(binned.methods.begin(), binned.methods.end(), [](const MethodBins& method) {
            return std::any_of(method.coverage.begin(), method.coverage.end(),
                               [](const Score& score) { return std::isfinite(score.oracleLow); });
        });
    if (hasBand)
        caption +=
            std::string(" Grey: 95 % of what a perfect method") +
            (binned.target->heldOut.calibrationCount() > 0 ? ", calibrated on as many galaxies as here,"
                                                           : "") +
            " would score in bins of this " +
            (binned.byOutcome ? "outcome, if errors are of the sizes that prediction, spreads and "
                                "residual nets tell."
                              : "variable, if it covers the nominal share in each of them.");
    if (hasBand && std::any_of(binned.methods.begin(), binned.methods.end(), [](const MethodBins& method) {
            return std::any_of(method.coverage.begin(), method.coverage.end(), exactBandParts);
        }))
        caption += " Dashed: intervals known exactly, which need no calibration.";
    if (binned.byOutcome)
        caption +=
            " The bins are chosen by the outcome: even a perfect method does not reach the nominal level in "
            "each of them.";
    return caption;
}

FigureSpec make(const FigureInput& input, const OptionSet& options) {
    const BinnedTarget binned = scoreByBin(input, options, false);
    FigureSpec figure = startFigure("coverage-by-bin", input, options, binned.methods.size() > 3);
    if (!binned.emptyMessage.empty())
        return emptyFigure(figure, binned.emptyMessage);
    figure.caption = captionOf(binned, options);
    BinnedQuantity coverage{&MethodBins::coverage, Axis(), true};
    coverage.axis.label = "coverage, %";
    coverage.axis.percent = true;
    addBinnedPanels(figure, binned, coverage, options);
    return figure;
}

} // namespace

FigureKind coverageByBinFigure() {
    return {"coverage-by-bin", "Coverage by bin",
            "How often each method's intervals hold the truth, along a property of the galaxies. A method to "
            "trust "
            "stays at the nominal level everywhere, not only on average.",
            describe, make};
}

} // namespace penumbra::report
