#pragma once

#include "core/eval/pit.h"
#include "core/report/figures/figure_parts.h"

#include <functional>

namespace penumbra::report {

/// What both figures of probability integral transforms draw: target, methods, kind, errors of labels.
void describePitOptions(OptionSet& options);

/// Transforms of the chosen methods that have them.
struct PitFigure {
    const TargetStudy* target = nullptr;
    std::vector<PitResult> results;
    std::string emptyMessage;         ///< why there is nothing; empty otherwise
    std::vector<std::string> without; ///< methods without such a transform
};
PitFigure pitResults(const FigureInput& input, const OptionSet& options);

/// "AD p = 0.03" and the shape in words, for the line above a panel.
std::string pitSummary(const PitResult& result);
/// What was tested and how, and which methods are missing.
std::string pitCaption(const PitFigure& pit, const OptionSet& options);

/// The figure of a kind: a panel a method, each with a range of its own, for one method's failure would
/// flatten the others. `grey`: what the grey band is, for the caption.
FigureSpec drawPit(const std::string& kind, const FigureInput& input, const OptionSet& options,
                   const std::function<Panel(const PitResult&)>& panelOf, const std::string& grey);

} // namespace penumbra::report
