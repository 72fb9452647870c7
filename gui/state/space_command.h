#pragma once

#include "gui/state/app_state.h"
#include "gui/state/host.h"

namespace penumbra::gui {

extern const char* const spaceUsage;
extern const char* const cameraUsage;

/// `space ...`: positions, size, opacity and range of colours of the cloud in three dimensions.
void arrangeSpace(AppState& state, Host* host, const Command& command);
/// `camera ...`: a view by name, or angles, zoom and centre.
void moveCamera(AppState& state, Host* host, const Command& command);

/// Azimuth and elevation of a view by name; nothing: no such view.
std::optional<std::pair<double, double>> presetCamera(const std::string& name);
/// What the hand did, in words.
Command cameraCommand(const SpaceChoices& space);

} // namespace penumbra::gui
