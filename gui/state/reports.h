#pragma once

#include "core/eval/selection_coverage.h"
#include "gui/state/app_state.h"

#include <nlohmann/json_fwd.hpp>

namespace penumbra::gui {

/// How the galaxies of a selection were found.
SelectionSearch searchOf(const Selection& selection);

/// How often each method shown covers what is selected: shares of the labelled test galaxies in it, 95 %
/// Wilson brackets, and a perfect method's central 95 %, null where galaxies were chosen by their outcome;
/// the same beside the galaxies that are not selected (rest_...), with how the selection was searched for.
/// @throws Error without a study
nlohmann::json selectionReport(const ViewState& state);
/// Names, expressions and counts: n is of the labelled test galaxies, as in selectionReport.
nlohmann::json subsetsReport(const ViewState& state);
nlohmann::json stateReport(const AppState& state);

} // namespace penumbra::gui
