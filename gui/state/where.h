#pragma once

#include "gui/state/view_state.h"

#include <string>
#include <vector>

namespace penumbra::gui {

/// Galaxies for which an expression is true.
struct Matches {
    RowMask rows;           ///< among those shown (ViewState::shownRows)
    bool byOutcome = false; ///< the expression looks at the truth
};

/// @throws Error with a caret: a fault, or an unknown name (near ones are listed)
Matches rowsWhere(const std::string& expression, const ViewState& state);
/// Names that an expression may use here: for completion.
std::vector<std::string> namesForWhere(const ViewState& state);

} // namespace penumbra::gui
