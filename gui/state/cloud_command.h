#pragma once

#include "gui/state/app_state.h"
#include "gui/state/command.h"

namespace penumbra::gui {

extern const char* const mapUsage;
extern const char* const positionsUsage;
extern const char* const colourUsage;
extern const char* const besideUsage;

/// `map umap|pca [FEATURES]`: begins to make a map.
void makeMap(AppState& state, Host* host, const Command& command);
// Of the first view of the map: `positions`, `colour`, `density`.
void choosePositions(AppState& state, Host* host, const Command& command);
void chooseColour(AppState& state, Host* host, const Command& command);
void chooseDensity(AppState& state, Host* host, const Command& command);
/// `beside ...`: a second view comes, goes, or gets positions, colour, density of its own.
void arrangeBeside(AppState& state, Host* host, const Command& command);

} // namespace penumbra::gui
