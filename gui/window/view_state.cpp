#include "gui/window/view_state.h"

#include <algorithm>

namespace penumbra::gui {

std::vector<std::string> ViewState::finishedMethods() const {
    std::vector<std::string> finished;
    if (!study)
        return finished;
    for (const TargetStudy& candidate : study->targets)
        if (candidate.name == target)
            for (const Prediction& prediction : candidate.predictions)
                if (std::find(methods.begin(), methods.end(), prediction.method) != methods.end())
                    finished.push_back(prediction.method);
    return finished;
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
