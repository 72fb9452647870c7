#pragma once

#include "gui/state/app_state.h"
#include "gui/state/host.h"

namespace penumbra::gui {

/// `regions ...`: begins a search, selects what it found, or names it.
void findRegions(AppState& state, Host* host, const Command& command);
/// `repair BY ...`: begins to calibrate methods anew.
void repairMethods(AppState& state, Host* host, const Command& command);
/// `apply FILE to OUT ...`: begins to put the study's intervals on other galaxies.
void applyStudy(AppState& state, Host* host, const Command& command);
/// `generate ...`: begins to ask AION of the galaxy looked at, or to measure how often it is right.
void generateGalaxy(AppState& state, Host* host, const Command& command);
/// `confirm ...`: begins to test what is selected on the galaxies held back.
void confirmSelected(AppState& state, Host* host, const Command& command);

/// The command that selects a region that was found, or, with a name, makes it a subset.
Command regionCommand(const FoundRegion& region, const std::string& subset = {});
/// Why these galaxies cannot be tested; empty: they can.
std::string whyNotConfirmed(const RowMask& rows, const std::string& where, bool drawn, bool byOutcome);

} // namespace penumbra::gui
