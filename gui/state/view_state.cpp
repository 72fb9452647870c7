#include "gui/state/view_state.h"

#include <algorithm>

namespace penumbra::gui {

const Subset* Choices::subset(const std::string& name) const {
    const auto found = std::find_if(subsets.begin(), subsets.end(),
                                    [&](const Subset& candidate) { return candidate.name == name; });
    return found == subsets.end() ? nullptr : &*found;
}

ViewState ViewState::viewBeside() const {
    ViewState second = *this;
    if (cloudBeside)
        second.cloud = *cloudBeside;
    return second;
}

const TargetStudy* ViewState::shownTarget() const {
    if (study)
        for (const TargetStudy& candidate : study->targets)
            if (candidate.name == target)
                return &candidate;
    return nullptr;
}

std::vector<std::string> ViewState::finishedMethods() const {
    std::vector<std::string> finished;
    if (const TargetStudy* shown = shownTarget())
        for (const Prediction& prediction : shown->predictions)
            if (std::find(methods.begin(), methods.end(), prediction.method) != methods.end())
                finished.push_back(prediction.method);
    return finished;
}

std::size_t ViewState::rowCount() const {
    if (catalogue)
        return catalogue->rowCount;
    std::int64_t last = -1;
    if (study)
        for (const TargetStudy& candidate : study->targets)
            for (const std::int64_t row : candidate.heldOut.rows)
                last = std::max(last, row);
    return static_cast<std::size_t>(last + 1);
}

RowMask ViewState::shownRows() const {
    const TargetStudy* shown = shownTarget();
    if (shown == nullptr)
        return RowMask::all(rowCount());
    return RowMask::of(rowCount(), shown->testRows());
}

std::string ViewState::nameOf(std::int64_t row) const {
    if (row < 0)
        return {};
    if (catalogue && static_cast<std::size_t>(row) < catalogue->rowCount)
        return catalogue->idText(static_cast<std::size_t>(row));
    return std::string("row ").append(std::to_string(row));
}

/// What is known of how they were chosen: an expression stands for a whole selection only.
Selection ViewState::picked(const RowMask& rows, Combine how, std::int64_t current) const {
    const std::size_t size = rowCount();
    Selection next;
    const RowMask present = selection.rows.size() == size ? selection.rows : RowMask::none(size);
    next.rows = combined(present, rows, how);
    if (next.rows.contains(current))
        next.current = current;
    else if (next.rows.contains(selection.current))
        next.current = selection.current;
    else if (next.rows.count() == 1)
        next.current = next.rows.rows().front();
    next.byOutcome = how != Combine::Replace && present.any() && selection.byOutcome;
    return next;
}

std::string ViewState::whyEmpty() const {
    if (!finishedMethods().empty())
        return {};
    if (study && methods.empty() && !study->methods.empty())
        return "No method is ticked. Choose some under Methods in the toolbar.";
    if (running)
        return "The first method is being trained; its result will appear here.";
    if (study)
        return "There is no result for the methods ticked in the toolbar: the study was not run with them, "
               "or it ended before they were done. Tick others, or run it again.";
    return "Choose targets and methods on the left and press Run: the result will appear here.";
}

} // namespace penumbra::gui
