#pragma once

#include "core/base/run_context.h"
#include "core/catalogue/matrix.h"
#include "core/eval/local_coverage.h"
#include "gui/cloud/cloud_view.h"
#include "gui/documents/map_making.h"
#include "gui/state/selection_counts.h"
#include "gui/state/view_state.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace penumbra::gui {

/// The points that the choices mean: `places`, the sky, or two expressions.
/// `points`: those of `places`, where they are at hand.
/// @throws Error for a fault in an expression, or where there is nothing to draw
CloudPicture pictureOf(const ViewState& state, const MapPlaces* places,
                       std::shared_ptr<const CloudPoints> points = {});

/// The nearest test galaxies of every labelled test galaxy of the target shown, by the study's features.
struct LocalWindows {
    std::shared_ptr<const Catalogue> catalogue;
    std::string target;
    std::vector<std::int64_t> testRows; ///< of the target: another study may split otherwise
    std::vector<std::size_t> testIndex; ///< among these
    CoverageWindows windows;            ///< of testIndex
    bool isOf(const ViewState& state) const;
};
/// @throws Error where there is no study, no catalogue with its features, or too few galaxies
LocalWindows localWindowsOf(const ViewState& state, const RunContext& context);
/// A method's coverage in the window of every galaxy, about the nominal level; how many windows cover too
/// little (Benjamini-Hochberg at 5 %) stands in the label. `worst`: catalogue rows of the window whose
/// coverage is the least likely.
CloudColouring localColouring(const ViewState& state, const std::string& method, const LocalWindows& local,
                              std::vector<std::int64_t>& worst);

/// Colours by an expression or a column of text; empty: all alike.
CloudColouring colouringOf(const ViewState& state, const std::string& expression);
/// What the choices colour by: an expression, a column of text, or local coverage.
CloudColouring chosenColouring(const ViewState& state, const RunContext& context);
/// What is worth colouring by: of the target shown, of its methods, of the catalogue.
std::vector<std::string> colourSuggestions(const ViewState& state);

/// What is known of a galaxy, for a tip: its name, true value and intervals.
QString galaxyLines(const ViewState& state, std::int64_t row);
/// How the methods shown cover these rows, a line each (`counts` null: how many they are); what it cannot say
/// where they were chosen by their truth.
QString coverageLines(const SelectionCounts* counts, const std::vector<std::int64_t>& rows, bool byOutcome);

} // namespace penumbra::gui
