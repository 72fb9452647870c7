#pragma once

#include "core/catalogue/catalogue.h"
#include "core/catalogue/row_mask.h"
#include "core/eval/study.h"

#include <memory>
#include <string>
#include <vector>

namespace penumbra::gui {

/// Galaxies chosen in a table or a plot.
struct Selection {
    RowMask rows;              ///< of the catalogue
    std::int64_t current = -1; ///< the one that is looked at, one of rows; -1: none
    bool operator==(const Selection&) const = default;
};

/// What every page obeys: the study at the alpha of the toolbar, and the toolbar's choices. A plain value.
struct ViewState {
    std::shared_ptr<const Study> study;         ///< null: nothing has run or been opened yet
    std::shared_ptr<const Catalogue> catalogue; ///< null: the study stands alone
    std::string target;
    std::vector<std::string> methods; ///< ticked ones
    std::string conditionOn = "prediction";
    Selection selection;
    bool running = false; ///< a study is being made; what it has so far is in `study`

    /// Ticked methods that have results for the target, in the study's order.
    std::vector<std::string> finishedMethods() const;
    /// Rows of the catalogue; of a study that stands alone, up to its last one.
    std::size_t rowCount() const;
    /// The selection after others were picked. `current` is looked at if it is in it, else what was looked
    /// at, else, where only one galaxy is selected, that one.
    Selection picked(const std::vector<std::int64_t>& rows, Combine how, std::int64_t current = -1) const;
    /// Why there is nothing to show, and what to do; empty if there is something.
    std::string whyEmpty() const;
};

} // namespace penumbra::gui
