#pragma once

#include "core/catalogue/catalogue.h"
#include "core/eval/study.h"

#include <memory>
#include <string>
#include <vector>

namespace penumbra::gui {

/// What every page obeys: the study at the alpha of the toolbar, and the toolbar's choices. A plain value.
struct ViewState {
    std::shared_ptr<const Study> study;         ///< null: nothing has run or been opened yet
    std::shared_ptr<const Catalogue> catalogue; ///< null: the study stands alone
    std::string target;
    std::vector<std::string> methods; ///< ticked ones
    std::string conditionOn = "prediction";
    std::int64_t selectedRow = -1; ///< catalogue row
    bool running = false;          ///< a study is being made; what it has so far is in `study`

    /// Ticked methods that have results for the target, in the study's order.
    std::vector<std::string> finishedMethods() const;
    /// Why there is nothing to show, and what to do; empty if there is something.
    std::string whyEmpty() const;
};

} // namespace penumbra::gui
