#pragma once

#include "gui/state/app_state.h"
#include "gui/state/host.h"

namespace penumbra::gui {

/// `select ...`
void selectGalaxies(AppState& state, Host* host, const Command& command);
/// `current OBJECT_ID`: alone, unless it is among those selected.
void lookAt(AppState& state, Host* host, const Command& command);

/// Whether galaxies picked in this figure are picked with a look at their truth: in all but maps.
bool showsOutcome(const std::string& view);
/// "add", "remove", "intersect", "toggle"; "" for Replace.
std::string combineWord(Combine how);
/// The way at words[at], where one stands there, which is then passed; else Replace.
Combine combineAt(const std::vector<std::string>& words, std::size_t& at);
/// Galaxies that are to be chosen, and how they were.
struct Picked {
    RowMask rows;
    std::string where; ///< may be empty
    bool byOutcome = false, drawn = false;
};
/// The selection after these met it.
Selection joined(const ViewState& state, const Picked& picked, Combine how);
/// The first row of this id; of a study that stands alone "row 17". @throws Error
std::int64_t rowOf(const ViewState& state, const std::string& id);

} // namespace penumbra::gui
