#pragma once

#include "core/eval/selection_coverage.h"
#include "gui/state/view_state.h"

namespace penumbra::gui {

/// Counts of the study shown that every selection is held against, kept while it is.
struct SelectionCounts {
    std::shared_ptr<const Study> study;
    std::string target;
    std::vector<std::string> methods;
    std::size_t rows = 0;
    SelectionCounter counter;
    bool isOf(const ViewState& state) const;
};
/// `known` where it still holds, else new ones: a pass over all test galaxies. Null without a study or
/// methods that have finished.
std::shared_ptr<const SelectionCounts> selectionCounts(const ViewState& state,
                                                       std::shared_ptr<const SelectionCounts> known,
                                                       const RunContext& context);

} // namespace penumbra::gui
