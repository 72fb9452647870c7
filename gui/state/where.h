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
/// What an expression says of every row, for axes and colours.
struct RowValues {
    std::vector<double> values; ///< [rows], NaN: missing
    bool byOutcome = false;
};
/// @throws Error as rowsWhere
RowValues valuesOf(const std::string& expression, const ViewState& state);
/// Tells what is wrong with an expression without working out its values. @throws Error as rowsWhere
void checkFormula(const std::string& expression, const ViewState& state);
/// "CQR" of the colour "local_coverage(CQR)"; empty: another colour.
std::string localCoverageMethod(const std::string& colour);
/// Whether the points of the map stand where they do because of the truth.
bool cloudShowsOutcome(const ViewState& state);
/// The same of the cloud in three dimensions.
bool spaceShowsOutcome(const ViewState& state);
/// Names that an expression may use here: for completion.
std::vector<std::string> namesForWhere(const ViewState& state);

} // namespace penumbra::gui
