#pragma once

#include "core/catalogue/catalogue.h"
#include "core/eval/study.h"
#include "gui/state/choices.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace penumbra::gui {

/// What every page obeys: the open file, the study at the alpha of the toolbar, and the user's choices. A
/// plain value.
struct ViewState : Choices {
    std::filesystem::path path;                 ///< of the open file; empty: none
    std::shared_ptr<const Study> study;         ///< null: nothing has run or been opened yet
    std::shared_ptr<const Catalogue> catalogue; ///< null: the study stands alone
    std::vector<std::string> methods;           ///< ticked ones, in the study's order
    bool running = false;                       ///< a study is being made; what it has so far is in `study`

    const Choices& choices() const { return *this; }
    /// The same with the second view's cloud in place of the first's, where there is one.
    ViewState viewBeside() const;
    /// Ticked methods that have results for the target, in the study's order.
    std::vector<std::string> finishedMethods() const;
    /// The target shown; null where the study has none of that name, or there is no study.
    const TargetStudy* shownTarget() const;
    /// Rows of the catalogue; of a study that stands alone, up to its last one.
    std::size_t rowCount() const;
    /// The test galaxies of the target shown; without a study all rows.
    RowMask shownRows() const;
    /// "587722…", or "row 17" where there is no catalogue.
    std::string nameOf(std::int64_t row) const;
    /// The selection after others were picked. `current` is looked at if it is in it, else what was looked
    /// at, else, where only one galaxy is selected, that one.
    Selection picked(const RowMask& rows, Combine how, std::int64_t current = -1) const;
    /// Why there is nothing to show, and what to do; empty if there is something.
    std::string whyEmpty() const;
};

} // namespace penumbra::gui
