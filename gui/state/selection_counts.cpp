#include "gui/state/selection_counts.h"

namespace penumbra::gui {

bool SelectionCounts::isOf(const ViewState& state) const {
    return study == state.study && target == state.target && methods == state.finishedMethods() &&
           rows == state.rowCount();
}

std::shared_ptr<const SelectionCounts> selectionCounts(const ViewState& state,
                                                       std::shared_ptr<const SelectionCounts> known,
                                                       const RunContext& context) {
    if (known && known->isOf(state))
        return known;
    const TargetStudy* shown = state.shownTarget();
    if (shown == nullptr || state.finishedMethods().empty())
        return nullptr;
    auto counts = std::make_shared<SelectionCounts>();
    counts->study = state.study;
    counts->target = state.target;
    counts->methods = state.finishedMethods();
    counts->rows = state.rowCount();
    counts->counter = SelectionCounter(*shown, counts->methods, counts->rows, state.study->alpha, context);
    return counts;
}

} // namespace penumbra::gui
